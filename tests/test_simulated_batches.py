"""The simulated Batch API by itself, spoken to with plain HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.batching import chat, chats, line
from xai_httpx.testing import SimulatedXAI

MONTH = 30 * 86_400


@pytest.fixture
def http(sim: SimulatedXAI) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sim.base_url, headers={"authorization": f"Bearer {sim.api_key}"}) as client:
        yield client


def ok(reply: httpx.Response) -> Any:
    assert reply.status_code == 200, reply.text
    return reply.json()


def made(http: httpx.Client, content: bytes | None = None) -> str:
    """The path of a new batch, of a file if there is content."""
    body = {"name": "n"}
    if content is not None:
        body["input_file_id"] = ok(http.post("/files", files={"file": ("a.jsonl", content)}))["id"]
    return f"/batches/{ok(http.post('/batches', json=body))['batch_id']}"


def add(http: httpx.Client, path: str, requests: list[Any]) -> httpx.Response:
    return http.post(f"{path}/requests", json={"batch_requests": requests})


def counts(http: httpx.Client, path: str) -> dict[str, int]:
    return {name.removeprefix("num_"): count for name, count in ok(http.get(path))["state"].items() if count}


def test_a_batch_gets_on_at_every_poll(sim: SimulatedXAI, http: httpx.Client) -> None:
    sim.keep_pending(2)
    path = made(http)
    assert ok(add(http, path, chats(6))) == {}
    assert counts(http, path) == {"requests": 6, "pending": 4, "success": 2}
    assert len(ok(http.get(f"{path}/results"))["results"]) == 2
    assert counts(http, path) == {"requests": 6, "pending": 2, "success": 4}
    assert counts(http, path) == {"requests": 6, "success": 6}
    metadata = ok(http.get(f"{path}/requests"))["batch_request_metadata"]
    assert {(each["state"], each["endpoint"]) for each in metadata} == {("succeeded", "xai_api.Chat/GetCompletion")}
    assert all(each["finish_time"] >= each["create_time"] for each in metadata)


def test_results_are_not_in_the_order_of_requests(sim: SimulatedXAI, http: httpx.Client) -> None:
    sim.keep_pending(0)
    path = made(http)
    add(http, path, chats(3))
    http.get(path)
    results = ok(http.get(f"{path}/results"))["results"]
    assert [each["batch_request_id"] for each in results] == ["q-2", "q-1", "q-0"]


def test_a_script_answers_in_a_batch_too(sim: SimulatedXAI, http: httpx.Client) -> None:
    sim.keep_pending(0)
    sim.reply("Paris.")
    path = made(http)
    add(http, path, chats(1))
    http.get(path)
    (result,) = ok(http.get(f"{path}/results"))["results"]
    reply = result["batch_result"]["response"]["chat_get_completion"]
    assert reply["choices"][0]["message"]["content"] == "Paris."


@pytest.mark.parametrize("how", ["stream", "deferred"])
def test_a_request_that_is_streamed_or_deferred_fails(sim: SimulatedXAI, http: httpx.Client, how: str) -> None:
    sim.keep_pending(0)
    path = made(http)
    add(http, path, [chat(0, **{how: True})])
    assert counts(http, path) == {"requests": 1, "error": 1}
    (result,) = ok(http.get(f"{path}/results"))["results"]
    assert result["batch_result"] == {"error": f"{how} is not supported for batch processing."}


def test_a_video_that_fails_is_an_error(sim: SimulatedXAI, http: httpx.Client) -> None:
    sim.keep_pending(0)
    sim.fail_job("invalid_argument", "no fox")
    path = made(http)
    add(http, path, [{"batch_request": {"video_generation": {"prompt": "a fox"}}}])
    assert counts(http, path) == {"requests": 1, "error": 1}
    (result,) = ok(http.get(f"{path}/results"))["results"]
    assert result["batch_result"] == {"error": "no fox"}


def test_all_requests_of_a_call_are_taken_or_none(http: httpx.Client) -> None:
    path = made(http)
    add(http, path, chats(2))
    for requests in ([chat(2), chat(1)], [chat(2), chat(2)]):
        reply = add(http, path, requests)
        assert (reply.status_code, "Duplicate batch_request_id" in reply.text) == (400, True)
    assert len(ok(http.get(f"{path}/requests"))["batch_request_metadata"]) == 2


@pytest.mark.parametrize(
    "request_",
    [{}, {"batch_request": {}}, {"batch_request": {"a": {}}}, {"batch_request": {"responses": 5}}, 5],
)
def test_a_request_of_another_shape_is_refused(http: httpx.Client, request_: Any) -> None:
    assert add(http, made(http), [request_]).status_code == 422


def test_a_file_shows_no_requests_until_it_is_read(http: httpx.Client) -> None:
    path = made(http, line("a") + line("b", "/v1/responses", body={"model": "grok-4.6", "input": "hi"}))
    assert counts(http, path) == {}
    assert counts(http, path) == {"requests": 2, "success": 2}
    assert add(http, path, chats(1)).status_code == 400


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (b"oops\n", "not JSON"),
        (b"5\n", "invalid type, expected object"),
        (line("a"), "duplicate custom_id a"),
        (line("b", "/v1/embeddings"), "POST /v1/embeddings is not supported for batch processing"),
        (
            line("b", body={"model": "grok-4.6", "messages": []}),
            "Invalid value for messages: it must be at least 1 long.",
        ),
        (line("b", body={"model": "none", "messages": [{"role": "user", "content": "a"}]}), "The model none does not"),
        (line("b", body={"model": "grok-4.6", "messages": [], "stream": True}), "stream is not supported"),
        (line("b", "/v1/images/generations", body={"model": "grok-4.6", "prompt": "a"}), "not a image model"),
    ],
)
def test_a_bad_line_cancels_the_whole_batch(http: httpx.Client, bad: bytes, message: str) -> None:
    path = made(http, line("a") + bad)
    http.get(path)
    batch = ok(http.get(path))
    assert batch["cancel_by_xai_message"].startswith("Invalid request in line 2: ")
    assert message in batch["cancel_by_xai_message"]
    assert (batch["cancel_time"] is not None, batch["state"]["num_requests"]) == (True, 0)


def test_cancelling_drops_what_is_pending(http: httpx.Client) -> None:
    path = made(http)
    add(http, path, chats(4))
    http.get(path)
    batch = ok(http.post(f"{path}:cancel"))
    assert (batch["state"]["num_success"], batch["state"]["num_cancelled"]) == (2, 2)
    assert ok(http.post(f"{path}:cancel")) == batch
    assert add(http, path, [chat(9)]).status_code == 400


def test_a_batch_cannot_be_deleted_and_expires(sim: SimulatedXAI, http: httpx.Client) -> None:
    path = made(http)
    assert http.delete(path).status_code == 405
    add(http, path, chats(1))
    assert counts(http, path)
    assert counts(http, path) == {"requests": 1, "success": 1}
    sim.advance(MONTH)
    assert ok(http.get(f"{path}/results"))["results"] == []


def test_what_is_not_there_has_xais_new_code(http: httpx.Client) -> None:
    replies = [http.get("/batches/x"), http.post("/batches/x:cancel"), http.get("/batches/x/results")]
    assert [(reply.status_code, reply.json()["code"]) for reply in replies] == [(404, "not-found")] * 3
    assert http.post("/batches", json={"name": "n", "input_file_id": "x"}).status_code == 404


def test_pages(http: httpx.Client) -> None:
    paths = [made(http) for _ in range(3)]
    first = ok(http.get("/batches", params={"limit": 2}))
    second = ok(http.get("/batches", params={"limit": 2, "pagination_token": first["pagination_token"]}))
    found = [f"/batches/{batch['batch_id']}" for batch in (*first["batches"], *second["batches"])]
    assert (found, second["pagination_token"]) == (paths[::-1], None)
    for query in ({"limit": 0}, {"limit": 1001}, {"pagination_token": "x"}):
        assert http.get("/batches", params=query).status_code == 400


def test_a_value_out_of_range_is_told_by_the_result(http: httpx.Client) -> None:
    batch = http.post("/batches", json={"name": "n"}).json()["batch_id"]
    body = {"model": "grok-4.6", "messages": [{"role": "user", "content": "a"}], "temperature": 7}
    item = {"batch_request_id": "a", "batch_request": {"chat_get_completion": body}}
    assert http.post(f"/batches/{batch}/requests", json={"batch_requests": [item]}).status_code == 200
    assert http.get(f"/batches/{batch}").json()["state"]["num_pending"] == 1
    assert http.get(f"/batches/{batch}").json()["state"]["num_error"] == 1
    (result,) = http.get(f"/batches/{batch}/results").json()["results"]
    assert result["batch_result"] == {"error": "Invalid value for temperature: it must be at most 2."}
