"""A simulator with a directory: what is stored is there again, whatever became of the process that stored it."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest
from starlette.types import Message

from tests.persisting import check_disk, database, running
from xai_httpx.testing import SimulatedXAI
from xai_httpx.testing._api.app import build_app
from xai_httpx.testing._saving.clock import Clock
from xai_httpx.testing._saving.disk import VERSION

HI = [{"role": "user", "content": "hi"}]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
SKILL = b"---\nname: pdf-tools\ndescription: Reads PDF files.\n---\n"
DAY = 86_400

Read: TypeAlias = "str | tuple[str, dict[str, Any]]"  # what to GET, or to POST with which body


def post(http: httpx.Client, path: str, body: dict[str, Any]) -> Any:
    reply = http.post(path, json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()


def read(http: httpx.Client, what: Read) -> tuple[int, bytes]:
    """A reply, without the host and port of the simulator."""
    reply = http.get(what) if isinstance(what, str) else http.post(what[0], json=what[1])
    return reply.status_code, reply.content.replace(b"127.0.0.1:%d" % http.base_url.port, b"")


def upload(http: httpx.Client, name: str = "a.txt", content: bytes = b"rivers and hills") -> str:
    return str(http.post("/files", files={"file": (name, content)}).json()["id"])


def respond(http: httpx.Client, **body: Any) -> str:
    return str(post(http, "/responses", {"model": "grok-4.6", "input": "hi", **body})["id"])


def a_response(http: httpx.Client) -> list[Read]:
    first = respond(http)
    second, gone = respond(http, previous_response_id=first, input="\0 é \U0001f600"), respond(http)
    http.delete(f"/responses/{gone}")
    return [f"/responses/{one}{more}" for one in (first, second, gone) for more in ("", "/input_items?limit=5")]


def some_files(http: httpx.Client) -> list[Read]:
    image, text, gone = upload(http, "ä b.png", PNG), upload(http), upload(http)
    post(http, f"/files/{image}/public-url", {"expires_after": 3600})
    revoked = upload(http, "b.png", PNG)
    post(http, f"/files/{revoked}/public-url", {})
    http.post(f"/files/{revoked}/public-url/revoke")
    http.post("/files", data={"expires_after": "3600"}, files={"file": ("c.bin", bytes(range(256)))})
    http.delete(f"/files/{gone}")
    contents = [f"/files/{file}/content" for file in (image, text, revoked, gone)]
    return [f"/files/{image}", f"/files/{text}", "/files", "/files?order=asc&sort_by=filename", *contents]


def a_batch(http: httpx.Client) -> list[Read]:
    batch, image = post(http, "/batches", {"name": "b"})["batch_id"], {"prompt": "x", "n": 2}
    requests = [
        {"batch_request_id": kind, "batch_request": {kind: body}}
        for kind, body in {
            "chat_get_completion": {"model": "grok-4.6", "messages": HI},
            "image_generation": image,
            "video_generation": {"prompt": "x", "duration": 1},
            "responses": {"model": "none", "input": "hi"},
        }.items()
    ]
    post(http, f"/batches/{batch}/requests", {"batch_requests": requests})
    http.get(f"/batches/{batch}")
    cancelled = post(http, "/batches", {"name": "c"})["batch_id"]
    post(http, f"/batches/{cancelled}/requests", {"batch_requests": requests})
    http.post(f"/batches/{cancelled}:cancel")
    return ["/batches", *(f"/batches/{b}{end}" for b in (batch, cancelled) for end in ("", "/requests", "/results"))]


def a_batch_of_a_file(http: httpx.Client) -> list[Read]:
    line = b'{"custom_id": "1", "method": "POST", "url": "/v1/chat/completions", "body": %s}'
    good = upload(http, "a.jsonl", line % b'{"model": "grok-4.6", "messages": [{"role": "user", "content": "hi"}]}')
    bad = upload(http, "b.jsonl", line % b"3")
    batches = [post(http, "/batches", {"name": "b", "input_file_id": file})["batch_id"] for file in (good, bad)]
    return [f"/batches/{batch}{end}" for batch in batches for end in ("", "/requests", "/results")]


def media(http: httpx.Client) -> list[Read]:
    storage = {"filename": "a.png", "public_url": True}
    post(http, "/images/generations", {"prompt": "x"})
    image = post(http, "/images/generations", {"prompt": "x", "deferred": True, "storage_options": storage})
    video = post(http, "/videos/generations", {"prompt": "x", "duration": 1})
    made = http.get(f"/images/{image['request_id']}").json()["data"][0]
    urls = [made["url"], made["file_output"]["public_url"], http.get(f"/videos/{video['request_id']}").json()]
    paths = [httpx.URL(url).path for url in (*urls[:2], urls[2]["video"]["url"])]
    return [f"/images/{image['request_id']}", f"/videos/{video['request_id']}", *(f"..{path}" for path in paths)]


def collections(http: httpx.Client) -> list[Read]:
    fields = [{"key": "year"}, {"key": "old", "inject_into_chunk": True}]
    made = post(http, "/collections", {"collection_name": "papers", "field_definitions": fields})["collection_id"]
    gone = post(http, "/collections", {"collection_name": "gone"})["collection_id"]
    rivers, hills, away = upload(http), upload(http, "b.txt", b"hills"), upload(http)
    for file in (rivers, hills, away):
        post(http, f"/collections/{made}/documents/{file}", {"fields": {"year": "2020", "old": "x"}})
        post(http, f"/collections/{gone}/documents/{file}", {})
    http.get(f"/collections/{made}/documents")
    http.put(f"/collections/{made}", json={
        "collection_name": "essays",
        "field_definition_updates": [{"field_definition": {"key": "old"}, "operation": "FIELD_DEFINITION_DELETE"}],
    })  # fmt: skip
    http.patch(f"/collections/{made}/documents/{hills}")
    http.delete(f"/collections/{made}/documents/{away}")
    http.delete(f"/files/{rivers}")  # the collection keeps what it has of it
    http.delete(f"/collections/{gone}")
    search = {"query": "rivers", "source": {"collection_ids": [made]}}
    return [
        f"/collections/{made}/documents",
        *(("/documents/search", search | {"retrieval_mode": {"type": mode}}) for mode in ("keyword", "hybrid")),
        *(f"/collections/{made}/documents/{file}" for file in (rivers, hills, away)),
        "/collections",
        f"/collections/{gone}",
    ]


def skills(http: httpx.Client) -> list[Read]:
    made, gone = (http.post("/skills", files={"files": ("SKILL.md", SKILL)}).json()["id"] for _ in range(2))
    http.delete(f"/skills/{gone}")
    return ["/skills", f"/skills/{made}", f"/skills/{made}/content", f"/skills/{gone}"]


@pytest.mark.parametrize(
    "kind",
    [a_response, some_files, a_batch, a_batch_of_a_file, media, collections, skills],
    ids=lambda kind: kind.__name__,
)
def test_what_is_stored_is_there_after_a_restart_at_another_port(
    kind: Callable[[httpx.Client], list[Read]], tmp_path: Path
) -> None:
    with running(tmp_path / "made" / "on demand") as (_, http):
        port, reads = http.base_url.port, kind(http)
        before = [read(http, what) for what in reads]
    with SimulatedXAI(port=port or 0), running(tmp_path / "made" / "on demand") as (_, http):
        assert http.base_url.port != port
        assert [read(http, what) for what in reads] == before
    assert {status for status, _ in before} <= {200, 404}


def test_urls_in_what_is_kept_work_at_the_port_of_the_next_run(tmp_path: Path) -> None:
    with running(tmp_path) as (_, http):
        port, image = http.base_url.port, {"prompt": "x", "deferred": True}
        job = post(http, "/images/generations", image)["request_id"]
        batch = post(http, "/batches", {"name": "b"})["batch_id"]
        requests = [{"batch_request": {"image_generation": {"prompt": "x"}}}]
        post(http, f"/batches/{batch}/requests", {"batch_requests": requests})
        http.get(f"/batches/{batch}")
        file = upload(http, "a.png", PNG)
        post(http, f"/files/{file}/public-url", {})
    with SimulatedXAI(port=port or 0), running(tmp_path) as (_, http):
        result = http.get(f"/batches/{batch}/results").json()["results"][0]["batch_result"]["response"]
        urls = [
            http.get(f"/images/{job}").json()["data"][0]["url"],
            result["image_generation"]["data"][0]["url"],
            http.get(f"/files/{file}").json()["public_url"],
        ]
        assert all(httpx.get(url, trust_env=False).content.startswith(PNG[:8]) for url in urls)


def test_a_url_of_another_server_stays_as_it_is(tmp_path: Path) -> None:
    elsewhere = "https://example.com/public/a.png"
    with running(tmp_path) as (_, http):
        body = {"prompt": "x", "deferred": True, "output": {"upload_urls": [elsewhere]}}
        job = post(http, "/images/generations", body)["request_id"]
        assert http.get(f"/images/{job}").json()["data"][0]["url"] == elsewhere


def test_jobs_go_on_from_where_they_were(tmp_path: Path) -> None:
    with running(tmp_path) as (sim, http):
        sim.keep_pending(3)
        video = post(http, "/videos/generations", {"prompt": "x", "duration": 1})["request_id"]
        deferred = post(http, "/chat/completions", {"model": "grok-4.6", "messages": HI, "deferred": True})
        path = f"/chat/deferred-completion/{deferred['request_id']}"
        assert [http.get(f"/videos/{video}").json()["progress"] for _ in range(2)] == [0, 33]
        assert [http.get(path).status_code for _ in range(2)] == [202, 202]
    with running(tmp_path) as (_, http):
        assert http.get(f"/videos/{video}").json()["progress"] == 66
        assert http.get(f"/videos/{video}").json()["status"] == "done"
        assert [http.get(path).status_code for _ in range(2)] == [202, 200]
    with running(tmp_path) as (_, http):
        assert http.get(path).status_code == 404  # it was read


def test_the_time_goes_on_from_where_it_was_moved_to(tmp_path: Path) -> None:
    sim = SimulatedXAI(persist=tmp_path)
    sim.advance(DAY)
    with sim:
        sim.advance(DAY)
    sim.advance(DAY)
    with sim:
        assert sim._state.clock.ahead == 3 * DAY
    with SimulatedXAI(persist=tmp_path) as other:
        other.advance(DAY)
    with sim:  # the first one again: what the other did is what it has now
        assert sim._state.clock.now() == pytest.approx(time.time() + 4 * DAY, abs=600)


def test_a_simulator_that_starts_again_has_what_others_did_meanwhile(tmp_path: Path) -> None:
    sim = SimulatedXAI(persist=tmp_path)
    with sim, sim.sync_client() as client:
        response = client.responses.create(model="grok-4.6", input="hi").id
    with SimulatedXAI(persist=tmp_path) as other, other.sync_client() as client:
        client.responses.delete(response)
        file = client.files.create(file=("a.txt", b"a")).id
    with sim, sim.sync_client() as client:
        assert [entry.id for entry in client.files.list()] == [file]
        assert httpx.get(f"{sim.base_url}/responses/{response}", headers=key(sim)).status_code == 404


def key(sim: SimulatedXAI) -> dict[str, str]:
    return {"authorization": f"Bearer {sim.api_key}"}


def statuses(http: httpx.Client, response: str) -> list[int]:
    following = {"model": "grok-4.6", "input": "hi", "previous_response_id": response}
    return [
        http.get(f"/responses/{response}").status_code,
        http.get(f"/responses/{response}/input_items").status_code,
        http.post("/responses", json=following).status_code,
    ]


def test_a_stored_response_is_kept_for_30_days(tmp_path: Path) -> None:
    with running(tmp_path) as (sim, http):
        response = respond(http)
        sim.advance(30 * DAY - 60)
        assert statuses(http, response) == [200, 200, 200]
    with running(tmp_path) as (sim, http):
        assert statuses(http, response) == [200, 200, 200]
        sim.advance(61)
    with running(tmp_path) as (_, http):
        assert statuses(http, response) == [404, 404, 400] == statuses(http, "unknown")
        assert http.delete(f"/responses/{response}").status_code == 404
        of_it, of_none = http.get(f"/responses/{response}").text, http.get("/responses/unknown").text
        assert of_it == of_none.replace("unknown", response)


def test_a_deferred_completion_can_be_read_for_24_hours(tmp_path: Path) -> None:
    body = {"model": "grok-4.6", "messages": HI, "deferred": True}
    with running(tmp_path) as (sim, http):
        early = post(http, "/chat/completions", body)["request_id"]
        sim.advance(120)
        late = post(http, "/chat/completions", body)["request_id"]
        sim.advance(DAY - 60)
    with running(tmp_path) as (_, http):
        assert http.get(f"/chat/deferred-completion/{early}").status_code == 404
        assert http.get(f"/chat/deferred-completion/{late}").status_code == 200


def test_what_a_simulator_makes_without_a_directory_ends_as_well(sim: SimulatedXAI) -> None:
    with httpx.Client(base_url=sim.base_url, headers=key(sim), trust_env=False) as http:
        response = respond(http)
        sim.advance(30 * DAY)
        assert statuses(http, response) == [404, 404, 400]


def test_no_id_comes_twice_and_files_stay_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clock, "now", lambda _: 1e9)  # so nothing but their numbers tells which one came first
    seen, order = list[str](), list[str]()
    for _ in range(3):
        with running(tmp_path) as (_, http):
            order += [upload(http), upload(http), upload(http)]
            http.delete(f"/files/{order.pop()}")
            collection = post(http, "/collections", {"collection_name": "c"})["collection_id"]
            post(http, f"/collections/{collection}/documents/{order[-1]}", {})
            image = post(http, "/images/generations", {"prompt": "x", "deferred": True})["request_id"]
            seen += [respond(http), order[-1], collection, post(http, "/batches", {"name": "b"})["batch_id"], image]
            seen.append(http.get(f"/images/{image}").json()["data"][0]["url"])
            assert [file["id"] for file in http.get("/files").json()["data"]] == order[::-1]
    assert len(set(seen)) == len(seen)


def test_bytes_are_written_once_and_go_when_nothing_has_them(tmp_path: Path) -> None:
    with running(tmp_path) as (sim, http):
        statements = list[str]()
        database(sim).set_trace_callback(lambda statement: statements.append(statement[:30]))
        file = upload(http, "a.png", b"\xff" * 1_000_000)
        collection = post(http, "/collections", {"collection_name": "c"})["collection_id"]
        for _ in range(5):
            post(http, f"/files/{file}/public-url", {})
            http.post(f"/files/{file}/public-url/revoke")
            post(http, f"/collections/{collection}/documents/{file}", {})
            http.get(f"/collections/{collection}/documents")
            post(http, "/batches", {"name": "b", "input_file_id": file})
            respond(http)
        database(sim).set_trace_callback(None)
        assert sum("insert into blobs" in statement for statement in statements) == 1
        assert sum("insert into entries" in statement for statement in statements) > 5
        http.delete(f"/files/{file}")
        http.delete(f"/collections/{collection}")
    with running(tmp_path) as (sim, http):
        assert blobs(sim) == 1  # the batches have not read their file
        for batch in http.get("/batches").json()["batches"]:
            http.get(f"/batches/{batch['batch_id']}")
    with running(tmp_path) as (sim, http):
        assert blobs(sim) == 0


def blobs(sim: SimulatedXAI) -> int:
    (count,) = database(sim).execute("select count(*) from blobs").fetchone()
    return int(count)


def test_a_request_writes_what_it_changed_and_one_that_reads_writes_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as (sim, http):
        batch = post(http, "/batches", {"name": "b"})["batch_id"]
        body = {"chat_get_completion": {"model": "grok-4.6", "messages": HI}}
        for _ in range(2):
            before = database(sim).total_changes
            post(http, f"/batches/{batch}/requests", {"batch_requests": [{"batch_request": body}] * 100})
            assert database(sim).total_changes - before <= 100 + 2  # the requests, and the two numbers
        before = database(sim).total_changes
        for path in ("/batches", f"/batches/{batch}/requests", "/files", "/models"):
            http.get(path)
        respond(http, store=False)
        assert database(sim).total_changes == before


@pytest.mark.parametrize("stream", [False, True])
def test_nothing_is_told_before_it_is_written(stream: bool, tmp_path: Path) -> None:
    asked = [json.dumps({"model": "grok-4.6", "input": "hi", "stream": stream}).encode()]
    told = list[bytes]()
    headers = [(b"authorization", b"Bearer k"), (b"content-type", b"application/json")]

    async def receive() -> Message:
        if not asked:
            await asyncio.Event().wait()  # the client stays
        return {"type": "http.request", "body": asked.pop()}

    async def ask(sim: SimulatedXAI) -> None:
        async def send(message: Message) -> None:
            check_disk(sim)
            told.append(message.get("body", b""))

        scope = {"type": "http", "method": "POST", "path": "/v1/responses", "query_string": b"", "headers": headers}
        await build_app(sim._state)(scope, receive, send)

    with running(tmp_path) as (sim, http):
        asyncio.run(ask(sim))
        response = re.search(rb'"id":"([^"]+)"', b"".join(told))
        assert response is not None
        assert http.get(f"/responses/{response[1].decode()}").status_code == 200


def test_a_full_disk_fails_the_request_and_is_made_up_for(tmp_path: Path) -> None:
    with running(tmp_path) as (sim, http):
        http.event_hooks = {}
        respond(http)
        database(sim).execute("pragma max_page_count = 1")
        assert http.post("/responses", json={"model": "grok-4.6", "input": "x" * 100_000}).status_code == 500
        database(sim).execute("pragma max_page_count = 100000")
        respond(http)
    with running(tmp_path) as (sim, http):
        assert len(sim._state.responses._responses) == 3


def test_the_version_goes_up_with_the_form_of_what_is_saved(sim: SimulatedXAI) -> None:
    types = sim._state.journal.types.items()
    saved = {kind: " ".join(field.name for field in fields(type_)) for kind, type_ in types if is_dataclass(type_)}
    assert (VERSION, saved) == (
        1,  # if what follows has to be changed, add 1 here and there
        {
            "deferred": "end created_at polls polled",
            "responses": "body input_items context created_at",
            "files": "id filename blob content_type created_at expires_at purpose serial public",
            "batches": "id name created_at polls_left input_file_id unread loading items results cancelled_at message",
            "batches.items": "id kind body created_at state finished_at",
            "images": "end created_at polls polled",
            "videos": "end created_at polls polled",
            "media": "blob ends_at",
            "collections": "id settings field_definitions created_at serial documents",
            "collections.documents": "file fields serial status polls_left error_message last_indexed_at chunks",
            "skills": "body blob",
        },
    )


def test_without_a_directory_nothing_is_noted(sim: SimulatedXAI) -> None:
    with httpx.Client(base_url=sim.base_url, headers=key(sim), trust_env=False) as http:
        respond(http)
    assert (sim._state.journal.notes, sim._state.journal.save) == (None, None)
