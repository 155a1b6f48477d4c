"""The simulator by itself, spoken to with plain HTTP: it answers as the real API does."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from xai_httpx.testing import SimulatedXAI

ARGUMENTS = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "minLength": 3},
        "unit": {"enum": ["C", "F"]},
        "days": {"type": "integer", "minimum": 2},
    },
    "required": ["city", "unit", "days"],
}


@pytest.fixture
def http(sim: SimulatedXAI) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sim.base_url, headers={"authorization": f"Bearer {sim.api_key}"}) as client:
        yield client


def ask(http: httpx.Client, **body: Any) -> Any:
    messages = [{"role": "user", "content": "one two three four"}]
    return http.post("/chat/completions", json={"model": "grok-4.6", "messages": messages, **body}).json()


def streamed(http: httpx.Client, path: str, **body: Any) -> list[Any]:
    reply = http.post(path, json={"model": "grok-3-mini", "stream": True, **body})
    assert reply.headers["content-type"].startswith("text/event-stream")
    data = [line.removeprefix("data: ") for line in reply.text.split("\n") if line.startswith("data: ")]
    assert data.pop() == "[DONE]"
    return [json.loads(line) for line in data]


@pytest.mark.parametrize(
    ("call", "status"),
    [
        ({"method": "GET", "url": "/models", "headers": {"authorization": ""}}, 401),
        ({"method": "GET", "url": "/models", "headers": {"authorization": "Bearer wrong"}}, 400),
        ({"method": "GET", "url": "/nowhere"}, 404),
        ({"method": "DELETE", "url": "/models"}, 405),
        ({"method": "POST", "url": "/responses", "content": b"{}"}, 415),
        ({"method": "POST", "url": "/responses", "json": {"model": "grok-4.6"}}, 422),
        ({"method": "POST", "url": "/responses", "json": {"model": 7, "input": "x"}}, 422),
        ({"method": "POST", "url": "/responses", "json": {"model": "grok-99", "input": "x"}}, 404),
        ({"method": "GET", "url": "/responses/unknown"}, 404),
    ],
)
def test_a_bad_request_gets_status_and_body_of_the_api(http: httpx.Client, call: Any, status: int) -> None:
    reply = http.request(**call)
    assert reply.status_code == status
    assert {"code", "error"} <= reply.json().keys()
    assert reply.headers["x-request-id"]


def test_broken_json_is_told_of_in_plain_text_and_so_is_a_wrong_shape_of_chat(http: httpx.Client) -> None:
    headers = {"content-type": "application/json"}
    broken = http.post("/responses", content=b"{", headers=headers)
    assert (broken.status_code, broken.headers["content-type"]) == (400, "text/plain; charset=utf-8")
    assert broken.text.startswith("Failed to parse the request body as JSON: ")
    wrong = http.post("/chat/completions", json={"model": "grok-4.6"})
    assert (wrong.status_code, wrong.headers["content-type"]) == (422, "text/plain; charset=utf-8")
    assert wrong.text == "Failed to deserialize the JSON body into the target type: missing field `messages`"


def test_the_key_is_never_echoed(sim: SimulatedXAI) -> None:
    reply = httpx.get(sim.base_url + "/models", headers={"authorization": "Bearer xai-very-secret"})
    assert "Incorrect API key" in reply.json()["error"]
    assert "very-secret" not in reply.text


@pytest.mark.parametrize("recording", ["samples", "shared"])
def test_response_events_come_in_the_recorded_order(http: httpx.Client, recording: str, request: Any) -> None:
    path = Path(__file__).parent / "samples" / "response.chunks.txt"
    if recording == "shared":
        path = request.getfixturevalue("shared") / "contract" / "wire" / "responses-reasoning.chunks.txt"
    recorded = [json.loads(line)["type"] for line in path.read_text(encoding="utf-8").splitlines()]
    events = streamed(http, "/responses", input="hi")
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    once = list(dict.fromkeys(event["type"] for event in events))
    assert once == [kind for kind in dict.fromkeys(recorded) if kind in once]
    assert {"response.reasoning_summary_text.delta", "response.output_text.delta", "response.completed"} <= set(once)


def test_a_chat_stream_ends_with_finish_and_usage(http: httpx.Client) -> None:
    messages = [{"role": "user", "content": "hi"}]
    chunks = streamed(http, "/chat/completions", messages=messages, stream_options={"include_usage": True})
    *_, finish, usage = chunks
    assert finish["choices"][0]["finish_reason"] == "stop"
    assert usage["choices"] == []
    counts = usage["usage"]
    reasoning = counts["completion_tokens_details"]["reasoning_tokens"]
    assert reasoning > 0
    assert counts["total_tokens"] == counts["prompt_tokens"] + counts["completion_tokens"] + reasoning


def test_settings_are_honoured(http: httpx.Client) -> None:
    assert len(ask(http, n=3)["choices"]) == 3
    short = ask(http, max_tokens=2)
    assert (short["choices"][0]["finish_reason"], short["usage"]["completion_tokens"]) == ("length", 2)
    assert "two" not in ask(http, stop=["two"])["choices"][0]["message"]["content"]


def test_a_required_tool_is_called_with_arguments_that_fit(http: httpx.Client) -> None:
    tools = [{"type": "function", "function": {"name": "weather", "parameters": ARGUMENTS}}]
    answer = ask(http, tools=tools, tool_choice="required")
    (call,) = answer["choices"][0]["message"]["tool_calls"]
    assert call["function"]["name"] == "weather"
    jsonschema.validate(json.loads(call["function"]["arguments"]), ARGUMENTS)


def test_a_schema_is_answered_with_an_instance(http: httpx.Client) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "w", "schema": ARGUMENTS}}
    jsonschema.validate(json.loads(ask(http, response_format=form)["choices"][0]["message"]["content"]), ARGUMENTS)
    text = {"format": {"type": "json_schema", "name": "w", "schema": ARGUMENTS}}
    response = http.post("/responses", json={"model": "grok-4.6", "input": "x", "text": text}).json()
    jsonschema.validate(json.loads(response["output"][-1]["content"][0]["text"]), ARGUMENTS)


def test_scripts_and_faults_come_in_order(sim: SimulatedXAI, http: httpx.Client) -> None:
    sim.reply("first", reasoning="because")
    sim.reply_tool_calls([("a", {}), ("b", {"x": 1})])
    sim.fail(503, code="later", message="come back", retry_after=2, times=2)
    failures = [http.get("/models") for _ in range(2)]
    assert [(reply.status_code, reply.headers["retry-after"]) for reply in failures] == [(503, "2")] * 2
    assert failures[0].json() == {"code": "later", "error": "come back"}
    first, second = ask(http)["choices"][0]["message"], ask(http)["choices"][0]["message"]
    assert (first["content"], first["reasoning_content"]) == ("first", "because")
    assert [call["function"]["name"] for call in second["tool_calls"]] == ["a", "b"]
    sim.raw(200, b"<html>", "text/html")
    assert http.get("/models").content == b"<html>"


def test_a_deferred_completion_is_pending_then_there_once_then_gone(sim: SimulatedXAI, http: httpx.Client) -> None:
    sim.keep_pending(2)
    sim.reply("later")
    path = f"/chat/deferred-completion/{ask(http, deferred=True)['request_id']}"
    replies = [http.get(path) for _ in range(4)]
    assert [reply.status_code for reply in replies] == [202, 202, 200, 404]
    assert replies[0].content == b""
    assert replies[2].json()["choices"][0]["message"]["content"] == "later"
    sim.keep_pending(0)
    assert http.get(f"/chat/deferred-completion/{ask(http, deferred=True)['request_id']}").status_code == 200
    with pytest.raises(ValueError, match="0 or more"):
        sim.keep_pending(-1)


def test_requests_are_kept(sim: SimulatedXAI, http: httpx.Client) -> None:
    http.get("/models", params={"a": "b"})
    ask(http)
    first, second = sim.requests
    assert (first.method, first.path, first.query, first.body) == ("GET", "/v1/models", {"a": "b"}, None)
    assert (second.body["model"], json.loads(second.raw)["model"]) == ("grok-4.6", "grok-4.6")


def test_it_starts_and_stops_any_number_of_times() -> None:
    before = threading.active_count()
    sim = SimulatedXAI()
    with pytest.raises(RuntimeError):
        _ = sim.base_url
    for _ in range(5):
        sim.start()
        url = sim.base_url
        assert httpx.get(url + "/models").status_code == 401
        sim.stop()
        sim.stop()
        with pytest.raises(httpx.ConnectError):
            httpx.get(url + "/models")
    assert threading.active_count() == before


def test_a_port_in_use_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=str(port)):
            SimulatedXAI(port=port).start()


async def test_it_runs_inside_async_code() -> None:
    async with SimulatedXAI() as sim, sim.client() as client:
        assert (await client.account.me()).user_id
