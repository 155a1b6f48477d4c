"""Streams over real sockets: what was recorded comes out, and what is cut, broken or an error says so."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.rawserver import JSON, WAIT, RawServer, events, head, reply
from tests.streaming import MESSAGES, SAMPLES, chunk, lines, made, recorded
from xai_httpx import (
    ResponseValidationError,
    StreamError,
    XAIError,
    XAIModel,
)

pytestmark = pytest.mark.usefixtures("http_library")


@pytest.fixture(params=["samples", "recorded"])
def folder(request: pytest.FixtureRequest) -> Path:
    """Where streams are: our own samples, and what was recorded from the real API."""
    return SAMPLES if request.param == "samples" else request.getfixturevalue("shared") / "contract" / "wire"


def wire(model: XAIModel) -> dict[str, Any]:
    return model.model_dump(mode="json", exclude_unset=True)


def served(server: RawServer, payload: bytes) -> None:
    """Serve a stream in three pieces that split events, and characters, anywhere."""
    third = len(payload) // 3 + 1
    server.answer(head(), *[payload[start : start + third] for start in range(0, len(payload), third)])


async def test_recorded_responses_streams_give_the_recorded_final_object(server: RawServer, folder: Path) -> None:
    for stream_of in recorded(folder, "response*.chunks.txt"):
        served(server, events(*stream_of))
        async with made(server) as client, client.responses.stream(model="m", input="hi") as stream:
            seen = [event async for event in stream]
            final = await stream.final()
        assert [event.model_dump(mode="json", exclude_unset=True) for event in seen] == [
            json.loads(e) for e in stream_of
        ]
        assert wire(final) == json.loads(stream_of[-1])["response"]


async def test_recorded_chat_streams_add_up_to_a_completion(server: RawServer, folder: Path) -> None:
    for stream_of in recorded(folder, "chat*.chunks.txt"):
        chunks = [json.loads(line) for line in stream_of]
        deltas = [choice["delta"] for each in chunks for choice in each["choices"]]
        served(server, events(*stream_of, done=True))
        async with made(server) as client, client.chat.completions.stream(model="m", messages=MESSAGES) as stream:
            assert len([event async for event in stream]) == len(stream_of)
            final = await stream.final()
        assert final.text == "".join(delta.get("content") or "" for delta in deltas)
        assert final.reasoning_text == "".join(delta.get("reasoning_content") or "" for delta in deltas)
        calls = [call for delta in deltas for call in delta.get("tool_calls", [])]
        assert [wire(call) for call in final.tool_calls] == calls
        assert final.usage is not None
        assert wire(final.usage) == chunks[-1]["usage"]
        assert (final.id, final.created, final.object) == (chunks[0]["id"], chunks[0]["created"], "chat.completion")
        finished = [
            choice["finish_reason"] for each in chunks for choice in each["choices"] if "finish_reason" in choice
        ]
        assert final.finish_reason == finished[-1]


async def test_text_stream_gives_text_alone(server: RawServer) -> None:
    server.answer(head(), events(chunk("a"), chunk("other answer", index=1), chunk("b"), done=True))
    async with made(server) as client, client.chat.completions.stream(model="m", messages=MESSAGES, n=2) as stream:
        assert [text async for text in stream.text_stream] == ["a", "b"]
        final = await stream.final()
    assert [choice.message.content for choice in final.choices] == ["ab", "other answer"]


async def test_an_incomplete_response_is_no_error(server: RawServer) -> None:
    created = json.loads(lines(SAMPLES / "response.chunks.txt")[0])
    short = {**created["response"], "status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
    server.answer(head(), events(json.dumps({"type": "response.incomplete", "response": short})))
    async with made(server) as client, client.responses.stream(model="m", input="hi") as stream:
        final = await stream.final()
    assert final.incomplete_details is not None
    assert final.incomplete_details.reason == "max_output_tokens"


async def test_an_event_name_stands_in_for_a_missing_type(server: RawServer) -> None:
    server.answer(
        head(),
        b"event: response.output_text.delta\n",
        b'data: {"delta": "x", "item_id": "i", "output_index": 0, "content_index": 0}\n\n',
        b"event: ping\n\n",
        events('{"type": "response.brand_new", "odd": [1]}'),
        events(lines(SAMPLES / "response.chunks.txt")[-1]),
    )
    async with made(server) as client, client.responses.stream(model="m", input="hi") as stream:
        kinds = [type(event).__name__ async for event in stream]
    assert kinds == [
        "ResponseOutputTextDeltaEvent",
        "UnknownResponseStreamEvent",
        "ResponseCompletedEvent",
    ]


@pytest.mark.parametrize("content_type", [JSON, "text/html"])
async def test_something_else_in_place_of_a_stream_is_refused(server: RawServer, content_type: str) -> None:
    server.answer(reply(b"<html>hello</html>", content_type=content_type, x_request_id="r-3"))
    async with made(server) as client:
        with pytest.raises(ResponseValidationError, match=r"not an event stream.*r-3.*<html>hello") as caught:
            async with client.chat.completions.stream(model="m", messages=MESSAGES):
                pass
    assert caught.value.body == b"<html>hello</html>"


async def test_a_slow_consumer_is_not_an_idle_stream(server: RawServer) -> None:
    server.answer(head(), events(chunk("a")), events(chunk("b")), lambda: time.sleep(0.01), events(done=True))
    async with made(server, stream_idle_timeout=0.1) as client:
        async with client.chat.completions.stream(model="m", messages=MESSAGES) as stream:
            async for _ in stream:
                await anyio.sleep(0.2)
            assert (await stream.final()).text == "ab"


async def test_a_cancelled_read_ends_the_stream_and_says_so(server: RawServer) -> None:
    server.answer(head(), events(chunk("a")), WAIT)
    async with made(server) as client, client.chat.completions.stream(model="m", messages=MESSAGES) as stream:
        await stream.__anext__()
        with anyio.move_on_after(0.05):
            await stream.__anext__()
        with pytest.raises(StreamError, match="cancelled") as caught:
            await stream.__anext__()
    assert caught.value.partial.text == "a"


async def test_another_task_may_close_a_stream_that_is_being_read(server: RawServer) -> None:
    server.answer(head(), events(chunk("a")), WAIT)
    seen: list[str] = []
    async with made(server) as client, client.chat.completions.stream(model="m", messages=MESSAGES) as stream:

        async def read() -> None:
            async for each in stream:
                seen.append(each.text)
                first.set()

        first = anyio.Event()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(read)
            await first.wait()
            await stream.aclose()
    assert seen == ["a"]


async def test_the_wait_for_the_end_of_the_body_is_within_the_deadline(server: RawServer) -> None:
    server.answer(head(), events(lines(SAMPLES / "response.chunks.txt")[-1]), WAIT)
    async with made(server, deadline=5) as client, client.responses.stream(model="m", input="hi") as stream:
        with anyio.fail_after(3):
            assert (await stream.final()).status == "completed"


async def test_the_connection_is_reused_after_a_whole_stream(server: RawServer) -> None:
    body = events(chunk("a"), done=True)
    server.answer(reply(body, content_type="text/event-stream"))
    server.answer(reply(b'{"data": [], "object": "list"}'))
    async with made(server) as client:
        async with client.chat.completions.stream(model="m", messages=MESSAGES) as stream:
            await stream.final()
        await client.models.list()
        assert not server.closed_by_client.is_set()  # both went over the one connection


async def test_the_terminal_event_is_handed_out_before_the_body_ends(server: RawServer) -> None:
    server.answer(head(), events(lines(SAMPLES / "response.chunks.txt")[-1]), WAIT)
    async with made(server) as client, client.responses.stream(model="m", input="hi") as stream:
        with anyio.fail_after(0.09):  # the wait for the end of the body is 0.1 s, and comes after it
            assert (await stream.__anext__()).type == "response.completed"


async def test_a_stream_is_used_inside_its_block_and_once(server: RawServer) -> None:
    server.answer(head(), events(chunk("a"), done=True))
    async with made(server) as client:
        stream = client.chat.completions.stream(model="m", messages=MESSAGES)
        with pytest.raises(XAIError, match="async with"):
            await stream.__anext__()
        async with stream:
            assert (await stream.final()).text == "a"
        assert (await stream.final()).text == "a"  # what was read stays
        with pytest.raises(XAIError, match="once"):
            async with stream:
                pass


@pytest.mark.parametrize("validate", [True, False])
async def test_stream_and_usage_are_asked_for_unless_the_caller_says_otherwise(
    server: RawServer, validate: bool
) -> None:
    given: list[Any] = [{}, {"stream_options": {"include_usage": False}}]
    if not validate:
        given.append({"stream": False})
    for options in given:
        server.answer(head(), events(chunk("a"), done=True))
        async with made(server, validate=validate) as client:
            async with client.chat.completions.stream(model="m", messages=MESSAGES, **options) as stream:
                await stream.final()
    sent = [json.loads(request.body) for request in server.requests]
    assert [body["stream"] for body in sent] == [True] * len(given)
    assert [body["stream_options"]["include_usage"] for body in sent] == [True, False, True][: len(given)]
    assert server.requests[0].headers["accept"] == "text/event-stream"
