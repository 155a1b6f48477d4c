"""P2 silence and P3 cuts: a stream that does not go on, or not to its end, says so."""

from __future__ import annotations

import inspect
import json
import time
import warnings
from typing import Any

import anyio
import pytest

from tests.rawserver import CUT, RESET, WAIT, Piece, RawServer, Trickle, chunked, events, head, reply
from tests.streaming import (
    CHUNK,
    MESSAGES,
    META,
    RESPONSE,
    SAMPLES,
    chat,
    chat_reader,
    chunk,
    delta,
    lines,
    made,
    respond,
    response_reader,
)
from xai_httpx import (
    APIError,
    AsyncXAI,
    DeadlineExceededError,
    RequestOptions,
    StreamIdleTimeoutError,
    StreamTruncatedError,
)

pytestmark = pytest.mark.usefixtures("http_library")
PING = Trickle(b": ping\n\n")

TOOLS = lines(SAMPLES / "response-tools.chunks.txt")


# P2: the stream goes silent and the caller hangs for ever


async def test_p02_pings_do_not_stop_the_clock_between_events(server: RawServer) -> None:
    server.answer(head(), events(chunk("a"), chunk("b")), PING)
    async with made(server, stream_idle_timeout=0.2, first_event_timeout=60) as client:
        with pytest.raises(StreamIdleTimeoutError, match=r"no event within 0.2 s") as caught:
            await chat(client)
    assert caught.value.partial.text == "ab"


async def test_p02_pings_do_not_stop_the_clock_of_the_first_event(server: RawServer) -> None:
    server.answer(head(), PING)
    async with made(server, first_event_timeout=0.2, stream_idle_timeout=60) as client:
        with pytest.raises(StreamIdleTimeoutError, match=r"no first event within 0.2 s") as caught:
            await chat(client)
    assert caught.value.partial is None


@pytest.mark.parametrize("begun", [[], [head()]], ids=["no head", "no event"])
async def test_p02_a_server_that_never_says_anything_is_left(server: RawServer, begun: list[Piece]) -> None:
    server.answer(*begun, WAIT)
    async with made(server, first_event_timeout=0.2, stream_idle_timeout=60) as client:
        with pytest.raises(StreamIdleTimeoutError, match=r"no first event within 0.2 s"):
            await chat(client)
    assert await anyio.to_thread.run_sync(server.closed_by_client.wait, 5)


async def test_p02_silence_between_events_is_left(server: RawServer) -> None:
    server.answer(head(), events(chunk("a")), WAIT)
    async with made(server, stream_idle_timeout=0.1) as client:
        with pytest.raises(StreamIdleTimeoutError, match=r"no event within 0.1 s") as caught:
            await chat(client)
    assert caught.value.partial.text == "a"


@pytest.mark.parametrize("thinking", [lambda: time.sleep(0.3), Trickle(b": ping\n\n", times=30)], ids=["mute", "pings"])
@pytest.mark.parametrize("before", [[], [head()]], ids=["before the head", "after the head"])
async def test_p02_thinking_before_the_first_event_has_its_own_longer_limit(
    server: RawServer, thinking: Piece, before: list[Piece]
) -> None:
    thought = [*before, thinking] if before else [lambda: time.sleep(0.3), head()]
    server.answer(*thought, events(chunk("a"), done=True))
    async with made(server, stream_idle_timeout=0.05, first_event_timeout=60) as client:
        assert (await chat(client)).text == "a"


async def test_p02_waiting_for_a_slot_is_not_waiting_for_the_first_event(server: RawServer) -> None:
    server.answer(head(), events(chunk("first")), WAIT)
    server.answer(head(), events(chunk("second"), done=True))
    async with made(server, max_concurrency=1, first_event_timeout=0.3) as client, anyio.create_task_group() as tasks:
        async with client.chat.completions.stream(model="m", messages=MESSAGES) as stream:
            await anext(stream)

            async def second() -> None:
                assert (await chat(client)).text == "second"

            tasks.start_soon(second)
            await anyio.sleep(0.5)  # longer than the first event may take


@pytest.mark.parametrize("rest", [WAIT, Trickle(events(chunk("b")))], ids=["silence", "events"])
async def test_p02_the_deadline_is_the_clock_of_the_whole_stream(server: RawServer, rest: Piece) -> None:
    server.answer(head(), events(chunk("a")), rest)
    async with made(server, deadline=1) as client:
        with pytest.raises(DeadlineExceededError) as caught:
            await chat(client)
    assert caught.value.partial.text.startswith("a")


def test_p02_the_first_event_may_take_minutes_and_each_clock_has_its_own_option() -> None:
    defaults = inspect.signature(AsyncXAI).parameters
    assert defaults["first_event_timeout"].default >= 600
    assert {"first_event_timeout", "stream_idle_timeout", "deadline"} <= RequestOptions.__annotations__.keys()


# P3: a cut stream looks like a complete answer


def ended(body: bytes, ending: str) -> list[Piece]:
    """A reply with this body that ends in one of the ways in which bodies end, or break off."""
    match ending:
        case "connection closed":
            return [head(), body, CUT]
        case "last chunk":
            return chunked(body)
        case "no last chunk":
            return chunked(body, end=False)
        case "whole length":
            return [reply(body, content_type="text/event-stream")]
        case "half the length":
            return [reply(body + b"x" * 1000, content_type="text/event-stream")[:-1000], CUT]
        case _:
            return [*chunked(body)[:2], RESET]


ENDINGS = ["connection closed", "last chunk", "no last chunk", "whole length", "half the length"]


@pytest.mark.parametrize("ending", ENDINGS)
async def test_p03_a_stream_cut_after_any_event_is_truncated(server: RawServer, ending: str) -> None:
    whole = [chunk("a"), chunk("b"), chunk("", finish_reason="stop"), CHUNK % "[]"]
    async with made(server) as client:
        for count in range(len(whole) + 1):
            server.answer(*ended(events(*whole[:count]), ending))
            with pytest.raises(StreamTruncatedError) as caught:
                await chat(client)
            assert (caught.value.partial.text if count else caught.value.partial) == ("ab"[:count] if count else None)


@pytest.mark.parametrize("done", [False, True], ids=["without DONE", "with DONE"])
@pytest.mark.parametrize("ending", ENDINGS)
async def test_p03_a_response_cut_after_any_event_is_truncated(server: RawServer, ending: str, done: bool) -> None:
    async with made(server) as client:
        for count in range(len(RESPONSE)):
            server.answer(*ended(events(*RESPONSE[:count], done=done), ending))
            with pytest.raises(StreamTruncatedError) as caught:
                await respond(client)
            deltas = [json.loads(line) for line in RESPONSE[:count] if "output_text.delta" in line]
            partial = caught.value.partial
            assert (partial.output_text if count else partial) == (
                "".join(e["delta"] for e in deltas) if count else None
            )


@pytest.mark.parametrize("way", ["events", "text"])
async def test_p03_no_way_of_reading_ends_normally_after_a_cut(server: RawServer, way: str) -> None:
    server.answer(*ended(events(chunk("a"), chunk("b")), "last chunk"))
    seen: list[Any] = []
    async with made(server) as client, client.chat.completions.stream(model="m", messages=MESSAGES) as stream:
        pieces = stream if way == "events" else stream.text_stream
        for _ in range(2):
            seen.append(await anext(pieces))
        for _ in range(2):  # and it stays so
            with pytest.raises(StreamTruncatedError):
                await anext(pieces)
        with pytest.raises(StreamTruncatedError):
            await stream.final()
    assert [each if way == "text" else each.text for each in seen] == ["a", "b"]


async def test_p03_a_reset_is_an_error_with_the_partial(server: RawServer) -> None:
    server.answer(*ended(events(chunk("a")), "reset"))
    async with made(server) as client, client.chat.completions.stream(model="m", messages=MESSAGES) as stream:
        with pytest.raises(APIError) as caught:
            await stream.final()
    assert caught.value.partial is None or caught.value.partial.text == "a"  # a reset may overtake what was sent
    assert caught.value.__cause__ is not None


def call_piece(index: int, arguments: str, **rest: Any) -> str:
    return delta({"tool_calls": [{"index": index, **rest, "function": {"arguments": arguments, **rest}}]})


CALLS = [  # what is sent, and the calls whose arguments are complete after it
    (call_piece(0, '{"x"', id="a", name="f"), []),
    (call_piece(0, ': "}'), []),
    (call_piece(1, "", id="b", name="g"), []),
    (call_piece(0, '"}'), ["a"]),
    (call_piece(1, "{}"), ["a", "b"]),
    (call_piece(2, '{"whole": {"in": "one"}}', id="c", name="h"), ["a", "b", "c"]),  # as recorded
    (call_piece(3, "", id="d", name="no arguments"), ["a", "b", "c"]),
    (delta({}, finish_reason="tool_calls"), ["a", "b", "c", "d"]),
]


@pytest.mark.parametrize("count", range(1, len(CALLS) + 1))
def test_p03_a_chat_call_is_handed_out_when_its_arguments_are_complete(count: int) -> None:
    reader = chat_reader(strict=True)
    list(reader.feed(events(*[line for line, _ in CALLS[:count]]), META))
    list(reader.feed(None, META))
    assert isinstance(reader.failure, StreamTruncatedError)
    partial = reader.accumulator.result()
    assert [call.id for call in partial.tool_calls] == CALLS[count - 1][1]
    message = partial.model_dump(mode="json", exclude_unset=True)["choices"][0]["message"]
    assert [call["id"] for call in message.get("tool_calls", [])] == CALLS[count - 1][1]


@pytest.mark.parametrize("length", range(1, len('{"a": [{"b": 1}, "}{"]}')))
def test_p03_no_beginning_of_arguments_is_taken_for_the_whole(length: int) -> None:
    reader = chat_reader(strict=True)
    list(reader.feed(events(call_piece(0, '{"a": [{"b": 1}, "}{"]}'[:length], id="a", name="f")), META))
    assert reader.accumulator.result().tool_calls == []


async def test_p03_a_cut_stream_hands_out_no_half_call(server: RawServer) -> None:
    server.answer(*ended(events(chunk("Let me see"), CALLS[5][0], CALLS[0][0]), "last chunk"))
    async with made(server) as client:
        with pytest.raises(StreamTruncatedError) as caught:
            await chat(client)
    assert caught.value.partial.text == "Let me see"
    assert [call.id for call in caught.value.partial.tool_calls] == ["c"]


@pytest.mark.parametrize("status", ["in_progress", "completed", None])
def test_p03_a_response_call_is_handed_out_when_its_item_is_done(status: str | None) -> None:
    stream = [json.loads(line) for line in TOOLS]
    for event in stream:
        if event["type"] == "response.output_item.added":
            event["item"] = {**event["item"], "status": status} if status else without_status(event["item"])
    calls = 0
    for count in range(1, len(stream)):
        reader = response_reader(strict=True, max_event_bytes=1 << 20)
        list(reader.feed(events(*map(json.dumps, stream[:count])), META))
        partial, done = reader.accumulator.result(), [e["item"] for e in stream[:count] if "item.done" in e["type"]]
        assert [c.arguments for c in partial.tool_calls] == [
            i["arguments"] for i in done if i["type"] == "function_call"
        ]
        others = [item.id for item in partial.output if item.type.endswith("_call")]
        assert others == [item["id"] for item in done if item["type"].endswith("_call")]
        calls += len(partial.tool_calls)
    assert calls > 0


def test_p03_a_chat_call_that_the_token_limit_cut_is_kept_but_not_handed_out() -> None:
    reader = chat_reader(strict=True)
    half, whole = call_piece(1, '{"x": ', id="b", name="f"), call_piece(0, "{}", id="a", name="f")
    list(reader.feed(events(whole, half, delta({}, finish_reason="length"), done=True), META))
    completion = reader.accumulator.result()
    assert [call.id for call in completion.tool_calls] == ["a"]
    assert [call.id for call in completion.choices[0].message.tool_calls] == ["a", "b"]


@pytest.mark.parametrize("status", ["incomplete", "in_progress"])
def test_p03_a_response_call_that_the_token_limit_cut_is_kept_but_not_handed_out(status: str) -> None:
    response = json.loads(RESPONSE[0])["response"]
    half = {"type": "function_call", "id": "fc", "call_id": "c", "name": "f", "arguments": '{"x": ', "status": status}
    whole = {**half, "call_id": "d", "arguments": "{}", "status": "completed"}
    reason = {"incomplete_details": {"reason": "max_output_tokens"}}
    cut = {**response, "status": "incomplete", "output": [whole, half], **reason}
    reader = response_reader(strict=True)
    list(reader.feed(events(RESPONSE[0], json.dumps({"type": "response.incomplete", "response": cut})), META))
    final = reader.accumulator.result()
    assert [call.call_id for call in final.tool_calls] == ["d"]
    assert [item.call_id for item in final.output] == ["d", "c"]


@pytest.mark.parametrize("content", [None, 7, "text", {"a": 1}, True], ids=repr)
@pytest.mark.parametrize("kind", ["reasoning", "brand_new"])
def test_p03_an_odd_item_does_not_take_the_partial_away(kind: str, content: Any) -> None:
    at = {"item_id": "x", "output_index": 0, "content_index": 0}
    item = {"type": kind, "id": "x", "summary": [], "content": content}
    odd = [{"type": "response.output_item.done", "output_index": 0, "item": item}]
    odd += [{"type": "response.output_text.delta", "delta": "a", **at}]
    reader = response_reader()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        list(reader.feed(events(RESPONSE[0], *map(json.dumps, odd)), META))
        assert reader.accumulator.result().id == "r2"


def without_status(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "status"}
