"""Batches from their making to their results, against the simulator; and what their states mean."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.batching import BATCH, chat, chats, client_of, later, line, made, state
from tests.rawserver import RawServer, reply
from tests.test_imports import loaded
from xai_httpx import (
    XAI,
    AsyncXAI,
    BadRequestError,
    JobExpiredError,
    JobFailedError,
    JobState,
    JobTimeoutError,
    NotFoundError,
    RequestValidationError,
    ResponseValidationError,
    UnexpectedResponseWarning,
)
from xai_httpx._batch_bases import NO_RESULT
from xai_httpx.batches import (
    image_edit_request,
    image_request,
    response_request,
    video_edit_request,
    video_extension_request,
    video_request,
)
from xai_httpx.testing import SimulatedXAI
from xai_httpx.types import Batch

TOUCHED = "from xai_httpx import AsyncXAI; AsyncXAI(api_key='k').batches"
URL: Any = {"url": "https://example.com/fox"}


def wire(**changes: Any) -> bytes:
    return reply(json.dumps({**BATCH, **changes}).encode())


async def test_a_batch_of_requests_that_are_given_with_it(sim: SimulatedXAI, client: AsyncXAI) -> None:
    batch = await client.batches.create(name="nightly", requests=chats(5))
    assert (batch.name, batch.finished, batch.meta.status) == ("nightly", False, 200)
    done = await client.batches.wait(batch.batch_id, interval=0)
    assert (done.state.num_success, done.finished, done.progress) == (5, True, 100.0)
    results = await client.batches.results_by_id(batch.batch_id)
    assert {id: result.completion and result.completion.text for id, result in results.items()} == {
        f"q-{number}": f"You said: say {number}" for number in range(5)
    }
    assert [request.path.rpartition("/")[2] for request in sim.requests] == [
        "batches",
        "requests",
        batch.batch_id,
        batch.batch_id,
        "results",
    ]


async def test_a_batch_that_requests_are_added_to(client: AsyncXAI) -> None:
    batch_id = await made(client)
    assert await client.batches.add(batch_id, requests=[]) == []
    assert await client.batches.add(batch_id, requests=chats(2)) == ["q-0", "q-1"]
    nameless: Any = {"batch_request": {"responses": {"model": "grok-4.6", "input": "hi"}}}
    (id,) = await client.batches.add(batch_id, requests=later([nameless]))
    metadata = await client.batches.list_requests(batch_id).collect()
    assert [(each.batch_request_id, each.state, each.model) for each in metadata] == [
        ("q-0", "pending", "grok-4.6"),
        ("q-1", "pending", "grok-4.6"),
        (id, "pending", "grok-4.6"),
    ]


async def test_a_batch_of_a_file(sim: SimulatedXAI, client: AsyncXAI) -> None:
    file = await client.batches.upload(requests=later(chats(3)))
    assert (file.filename, file.purpose) == ("requests.jsonl", "batch")
    batch_id = await made(client, input_file_id=file.id)
    heard: list[JobState] = []
    done = await client.batches.wait(batch_id, interval=0, on_progress=heard.append)
    assert [(each.status, each.progress) for each in heard] == [("pending", None)]  # its file was not read yet
    assert (done.state.num_success, done.input_file_id) == (3, file.id)
    assert {result.batch_request_id async for result in client.batches.results(batch_id)} == {"q-0", "q-1", "q-2"}
    with pytest.raises(BadRequestError, match="sealed") as caught:
        await client.batches.add(batch_id, requests=[chat("late")])
    assert caught.value.job_id == batch_id


async def test_progress_goes_up_with_every_poll(sim: SimulatedXAI, client: AsyncXAI) -> None:
    sim.keep_pending(3)
    batch_id = await made(client, requests=chats(40))
    heard: list[JobState] = []
    await client.batches.wait(batch_id, interval=0, on_progress=heard.append)
    assert [each.progress for each in heard] == [25.0, 50.0, 75.0]


async def test_all_six_kinds_in_one_batch(client: AsyncXAI, tmp_path: Path) -> None:
    picture = tmp_path / "fox.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n more")
    image, video = "grok-imagine-image", "grok-imagine-video"
    requests = [
        chat("chat"),
        response_request("response", model="grok-4.6", input="hello"),
        image_request("image", model=image, prompt="a fox"),
        image_edit_request("edit", model=image, prompt="at night", image=picture),
        video_request("video", model=video, prompt="a fox runs"),
        video_edit_request("video-edit", model=video, prompt="at night", video=URL),
        video_extension_request("extension", model=video, prompt="it rests", video=URL),
    ]
    batch_id = await made(client, requests=requests)
    await client.batches.wait(batch_id, interval=0)
    results = await client.batches.results_by_id(batch_id)
    assert all(result.succeeded and result.error is None for result in results.values())
    assert all(result.cost_usd for result in results.values())
    completion = results["response"].completion
    assert completion is not None
    assert completion.text == "You said: hello"
    for id in ("image", "edit"):
        images = results[id].images
        assert images is not None
        assert len(images.data) == 1
    for id in ("video", "video-edit", "extension"):
        done = results[id].video
        assert done is not None
        assert done.status == "done"


async def test_what_is_sent_of_each_kind(sim: SimulatedXAI, client: AsyncXAI, tmp_path: Path) -> None:
    requests = [
        response_request("r", model="grok-4.6", input="hello"),
        image_edit_request("e", prompt="at night", image=b"\x89PNG\r\n\x1a\n more"),
        video_edit_request("v", prompt="at night", video=URL),
    ]
    await client.batches.add(await made(client), requests=requests)
    sent = [request["batch_request"] for request in sim.requests[-1].body["batch_requests"]]
    assert sent == [
        {"responses": {"model": "grok-4.6", "input": "hello", "stream": False}},
        {"image_edit": {"prompt": "at night", "image": {"url": "data:image/png;base64,iVBORw0KGgogbW9yZQ=="}}},
        {"video_generation": {"prompt": "at night", "video": URL}},
    ]
    await client.batches.upload(requests=requests)
    content = await client.files.content((await client.files.list()).items[0].id)
    assert [json.loads(each)["url"] for each in content.content.splitlines()] == [
        "/v1/responses",
        "/v1/images/edits",
        "/v1/videos/edits",
    ]


async def test_a_request_that_fails_is_a_result_and_the_others_are_not_lost(client: AsyncXAI) -> None:
    batch_id = await made(client, requests=[chat(1), chat("bad", model="no-such-model"), chat(2)])
    done = await client.batches.wait(batch_id, interval=0)
    assert (done.state.num_success, done.state.num_error) == (2, 1)
    results = await client.batches.results_by_id(batch_id)
    assert [results[id].succeeded for id in ("q-1", "q-bad", "q-2")] == [True, False, True]
    assert "no-such-model" in str(results["q-bad"].error)
    assert results["q-bad"].cost_usd is None


async def test_a_line_that_is_no_request_fails_the_batch_with_xais_message(client: AsyncXAI) -> None:
    file = await client.files.create(file=("a.jsonl", line() + b"oops\n"))
    batch_id = await made(client, input_file_id=file.id)
    with pytest.raises(JobFailedError, match="Invalid request in line 2") as caught:
        await client.batches.wait(batch_id, interval=0)
    assert caught.value.id == batch_id
    assert isinstance(caught.value.reply, Batch)
    assert (caught.value.reply.finished, (await client.batches.results(batch_id)).items) == (True, [])


async def test_cancelling_drops_what_is_pending_and_keeps_what_is_done(sim: SimulatedXAI, client: AsyncXAI) -> None:
    batch_id = await made(client, requests=chats(4))
    await client.batches.retrieve(batch_id)
    for _ in range(2):
        cancelled = await client.batches.cancel(batch_id)
    assert sim.requests[-1].path == f"/v1/batches/{batch_id}:cancel"
    assert (sim.requests[-1].raw, cancelled.state.num_success, cancelled.state.num_cancelled) == (b"", 2, 2)
    assert (await client.batches.wait(batch_id)).cancel_time is not None
    assert len(await client.batches.results_by_id(batch_id)) == 2
    with pytest.raises(BadRequestError, match="cancelled"):
        await client.batches.add(batch_id, requests=[chat("late")])


async def test_an_empty_batch_that_is_cancelled_has_ended(client: AsyncXAI) -> None:
    batch_id = await made(client)
    with pytest.raises(JobTimeoutError):
        await client.batches.wait(batch_id, timeout=0)
    await client.batches.cancel(batch_id)
    assert (await client.batches.wait(batch_id, timeout=0)).finished


async def test_the_colon_of_cancel_is_literal_and_after_the_encoded_id(server: RawServer) -> None:
    server.answer(wire())
    async with client_of(server) as client:
        await client.batches.cancel("team/batch:1")
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/v1/batches/team%2Fbatch%3A1:cancel")
    assert (request.body, request.headers.get("content-type")) == (b"", None)


async def test_lists_come_in_pages(sim: SimulatedXAI, client: AsyncXAI) -> None:
    ids = [await made(client) for _ in range(5)]
    page = await client.batches.list(limit=2)
    assert [batch.batch_id for batch in page.items] == [ids[4], ids[3]]
    assert [batch.batch_id async for batch in client.batches.list(limit=2)] == ids[::-1]
    await client.batches.add(ids[0], requests=chats(5))
    await client.batches.wait(ids[0], interval=0)
    for listing in (client.batches.list_requests(ids[0], limit=2), client.batches.results(ids[0], limit=2)):
        assert [len(each.items) async for each in listing.pages()] == [2, 2, 1]
    token = (await client.batches.results(ids[0], limit=3)).raw.pagination_token
    second = await client.batches.results(ids[0], limit=3, pagination_token=token)
    assert (len(second.items), second.has_next) == (2, False)


@pytest.mark.parametrize(
    "end", [{"pagination_token": None}, {"pagination_token": ""}, {}], ids=["null", "empty", "absent"]
)
async def test_a_token_that_is_none_ends_a_list(server: RawServer, end: dict[str, Any]) -> None:
    server.answer(reply(json.dumps({"batches": [BATCH], "pagination_token": "t"}).encode()))
    server.answer(reply(json.dumps({"batches": [BATCH], **end}).encode()))
    async with client_of(server) as client:
        assert len(await client.batches.list().collect()) == 2
    assert [request.path for request in server.requests] == ["/v1/batches", "/v1/batches?pagination_token=t"]


@pytest.mark.parametrize("limit", [0, 1001, "5"])
async def test_a_page_is_of_up_to_a_thousand(client: AsyncXAI, sim: SimulatedXAI, limit: Any) -> None:
    for listed in (client.batches.results, client.batches.list_requests):
        with pytest.raises(RequestValidationError, match="limit must be"):
            listed("b", limit=limit)
    assert sim.requests == []


async def test_all_results_come_in_pages_that_are_as_large_as_wanted(sim: SimulatedXAI, client: AsyncXAI) -> None:
    batch_id = await made(client, requests=chats(3))
    await client.batches.wait(batch_id, interval=0)
    before = len(sim.requests)
    assert len(await client.batches.results_by_id(batch_id, limit=2)) == 3
    assert len(sim.requests) - before == 2
    with pytest.raises(RequestValidationError, match="limit must be"):
        await client.batches.results_by_id(batch_id, limit=0)


async def test_what_is_not_there_is_not_found(client: AsyncXAI) -> None:
    batches = client.batches
    for call in (batches.retrieve, batches.cancel, batches.wait, batches.results_by_id):
        with pytest.raises(NotFoundError) as caught:
            await call("nothing")
        assert caught.value.code == "not-found"
    for call in (batches.retrieve, batches.cancel, batches.wait):
        with pytest.raises(RequestValidationError, match="batch_id"):
            await call("..")


@pytest.mark.filterwarnings("ignore::xai_httpx.UnexpectedResponseWarning")
async def test_a_batch_without_counts_goes_on(server: RawServer) -> None:
    server.answer(reply(b'{"batch_id": "b", "name": "n", "state": null}'))
    server.answer(wire())
    async with client_of(server) as client:
        assert (await client.batches.wait("b", interval=0)).progress == 100.0


@pytest.mark.filterwarnings("ignore::xai_httpx.UnexpectedResponseWarning")
async def test_a_reason_of_another_shape_is_told_all_the_same(server: RawServer) -> None:
    server.answer(wire(cancel_by_xai_message={"line": 2}))
    async with client_of(server) as client:
        with pytest.raises(JobFailedError, match=r"job b failed: \{'line': 2\}"):
            await client.batches.wait("b", interval=0)


async def test_one_that_has_expired_is_waited_for_no_more(server: RawServer) -> None:
    server.answer(reply(json.dumps(state() | {"expire_time": "2020-01-01T00:00:00Z"}).encode()))
    async with client_of(server) as client:
        with pytest.raises(JobExpiredError, match="job b has expired"):
            await client.batches.wait("b", interval=0)


async def test_waiting_bears_faults(sim: SimulatedXAI, client: AsyncXAI) -> None:
    batch_id = await made(client, requests=chats(2))
    sim.fail(503, times=2)
    async with sim.client(retries=0) as other:
        assert (await other.batches.wait(batch_id, interval=0)).state.num_success == 2


async def test_a_cancelled_wait_stops_at_once(client: AsyncXAI) -> None:
    batch_id = await made(client)
    with anyio.CancelScope() as scope:
        await client.batches.wait(batch_id, interval=3600, on_progress=lambda _: scope.cancel())
    assert scope.cancelled_caught


async def test_a_row_that_is_malformed_does_not_lose_the_others(server: RawServer) -> None:
    good = {"batch_request_id": "good", "batch_result": {"response": {"image_generation": {"data": []}}}}
    rows: list[Any] = [
        {"batch_request_id": "a", "batch_result": {"response": {"chat_get_completion": "oops"}}},
        {"batch_request_id": "b", "batch_result": None},
        {"batch_request_id": ["x"], "batch_result": {}},
        {"batch_request_id": "c", "batch_result": {"response": {"chat_get_completion": {"id": "x"}}}},
        good,
    ]
    body = reply(json.dumps({"results": rows}).encode())
    server.answer(body)
    server.answer(body)
    async with client_of(server) as client:
        with pytest.warns(UnexpectedResponseWarning):
            results = await client.batches.results_by_id("b")
        assert [(id, row.error) for id, row in results.items()] == [
            ("a", NO_RESULT),
            ("b", NO_RESULT),
            ("c", None),
            ("good", None),
        ]
        assert results["c"].completion is not None
        assert (results["c"].completion.text, results["c"].completion.id, results["c"].cost_usd) == ("", "x", None)
    async with client_of(server, strict=True) as client:
        with pytest.raises(ResponseValidationError) as caught:
            await client.batches.results("b")
    assert json.loads(caught.value.body)["results"] == rows


def test_batches_load_the_models_of_their_results_alone() -> None:
    models = {name.removeprefix("xai_httpx.types.") for name in loaded(TOUCHED) if name.startswith("xai_httpx.types.")}
    assert models == {"batches", "chat", "images", "shared", "videos"}


@pytest.fixture
def xai(sim: SimulatedXAI) -> Iterator[XAI]:
    with sim.sync_client() as running:
        yield running


def test_the_sync_form_takes_an_async_iterable_too(xai: XAI) -> None:
    batch_id = xai.batches.create(name="nightly", requests=later(chats(2))).batch_id
    assert xai.batches.add(batch_id, requests=later([chat(2)])) == ["q-2"]
    assert xai.batches.wait(batch_id, interval=0).state.num_success == 3


def test_the_sync_form(xai: XAI, tmp_path: Path) -> None:
    batches = xai.batches
    batch_id = batches.create(name="nightly", requests=iter(chats(2))).batch_id
    assert batches.add(batch_id, requests=[chat(2)]) == ["q-2"]
    assert batches.wait(batch_id, interval=0).state.num_success == 3
    assert len(batches.list_requests(batch_id, limit=2).collect()) == 3
    assert {row.batch_request_id for row in batches.results(batch_id)} == set(batches.results_by_id(batch_id))
    assert [batch.batch_id for batch in batches.list()] == [batch_id]
    (tmp_path / "a.jsonl").write_bytes(line())
    file = batches.upload(requests=tmp_path / "a.jsonl")
    assert batches.cancel(batches.create(name="other", input_file_id=file.id).batch_id).finished
    assert batches.retrieve(batch_id).finished
