"""What goes wrong leaves a conversation as it was, and it can be gone on with."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from pydantic import BaseModel

from tests.rawserver import CUT, WAIT, RawServer, events, head, reply
from tests.samples import sample
from tests.streaming import RESPONSE, chunk, made
from xai_httpx import (
    APIConnectionError,
    APIError,
    APIStatusError,
    AsyncXAI,
    JobTimeoutError,
    OutputError,
    OutputRefusedError,
    OutputTruncatedError,
    OutputValidationError,
    RequestValidationError,
    ResponseValidationError,
    StreamTruncatedError,
    UnexpectedResponseWarning,
    XAIError,
)
from xai_httpx.chat import Answer, Chat, ChatStream, file, image, user
from xai_httpx.testing import Fault, SimulatedXAI
from xai_httpx.types import ResponseCompletedEvent

BUSY = "the conversation is being answered"
TOP: dict[str, Any] = json.loads(sample("response.json"))


class City(BaseModel):
    name: str


async def streamed(chat: Chat) -> None:
    async with chat.stream("More") as stream:
        await stream.final()


async def parse_streamed(chat: Chat) -> None:
    async with chat.parse_stream(City, "More") as stream:
        await stream.final()


async def batch_streamed(chat: Chat) -> None:
    async with chat.stream_batch(2) as stream:
        await stream.final()


CALLS: dict[str, Callable[[Chat], Awaitable[Any]]] = {
    "sample": lambda chat: chat.sample("More"),
    "parse": lambda chat: chat.parse(City, "More"),
    "stream": streamed,
    "parse_stream": parse_streamed,
    "sample_batch": lambda chat: chat.sample_batch(2),
    "stream_batch": batch_streamed,
    "defer": lambda chat: chat.defer("More", interval=0.0),
    "defer_batch": lambda chat: chat.defer_batch(2, interval=0.0),
    "compact": lambda chat: chat.compact(),
}
each_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


async def begun(client: AsyncXAI, **settings: Any) -> Chat:
    chat = client.chat.create(model="grok-4.6", **settings)
    await chat.sample("One")
    return chat


async def check_that_it_goes_on(chat: Chat) -> None:
    assert len(chat.messages) == 2
    assert (await chat.sample("Two")).text == "You said: Two (turn 2)"
    assert len(chat.messages) == 4


@each_call
@pytest.mark.parametrize("store", [False, True], ids=["whole", "stored"])
async def test_a_call_that_fails_leaves_no_trace(
    sim: SimulatedXAI, client: AsyncXAI, call: Callable[[Chat], Awaitable[Any]], store: bool
) -> None:
    chat = await begun(client, store=store)
    before, written = chat.messages, chat.to_json()
    sim.fail(400)
    with pytest.raises(APIStatusError):
        await call(chat)
    assert (chat.messages, chat.to_json()) == (before, written)
    await check_that_it_goes_on(chat)


@each_call
async def test_a_call_that_is_cancelled_leaves_no_trace(
    server: RawServer, call: Callable[[Chat], Awaitable[Any]]
) -> None:
    async with made(server) as client:
        chat = client.chat.create(model="m", messages=["One"])
        written = chat.to_json()
        server.always = (WAIT,)
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_cancel_once_asked, server, scope)
                await call(chat)
        assert scope.cancelled_caught
        assert chat.to_json() == written
        server.always = None
        server.answer(reply(sample("response.json")))
        await chat.sample()
        assert len(chat.messages) == 2


async def _cancel_once_asked(server: RawServer, scope: anyio.CancelScope) -> None:
    while not server.requests:
        await anyio.sleep(0.001)
    scope.cancel()


@pytest.mark.parametrize("api", ["responses", "completions"])
@pytest.mark.parametrize("parsed", [False, True], ids=["stream", "parse_stream"])
async def test_a_stream_that_is_cut_leaves_no_trace_and_tells_what_came(
    sim: SimulatedXAI, client: AsyncXAI, api: Any, parsed: bool
) -> None:
    chat = await begun(client, api=api)
    sim.reply_json({"name": "Oslo on the fjord"})
    sim.fault(Fault.cut_after(4))
    with pytest.raises(StreamTruncatedError) as caught:
        async with chat.parse_stream(City, "More") if parsed else chat.stream("More") as stream:
            await stream.final()
    assert caught.value.partial is not None
    assert stream.partial is not None
    with pytest.raises(StreamTruncatedError):
        await stream.final()
    await check_that_it_goes_on(chat)


@pytest.mark.parametrize("api", ["responses", "completions"])
async def test_a_stream_that_is_left_early_leaves_no_trace(sim: SimulatedXAI, client: AsyncXAI, api: Any) -> None:
    chat = await begun(client, api=api)
    async with chat.stream("More") as stream:
        async for delta in stream:
            if delta.text:
                break
    assert stream.partial is not None
    with pytest.raises(StreamTruncatedError, match="left before its end"):
        await stream.final()
    await check_that_it_goes_on(chat)


@pytest.mark.parametrize("store", [False, True], ids=["whole", "stored"])
async def test_a_stream_that_is_left_at_its_last_event_does_not_join_later(
    sim: SimulatedXAI, client: AsyncXAI, store: bool
) -> None:
    chat = await begun(client, store=store)
    sim.reply("a")
    async with chat.stream("More") as stream:
        async for delta in stream:
            if isinstance(delta.event, ResponseCompletedEvent):
                break
    written = chat.to_json()
    assert (await stream.final()).text == "a"
    assert chat.to_json() == written
    await check_that_it_goes_on(chat)


async def test_a_read_that_is_cancelled_ends_the_stream_and_leaves_no_trace(server: RawServer) -> None:
    server.answer(head(), events(*RESPONSE[:2]), WAIT)
    server.answer(reply(sample("response.json")))
    async with made(server) as client:
        chat = client.chat.create(model="m", messages=["One"])
        async with chat.stream("More") as stream:
            with anyio.move_on_after(0.05):
                await stream.final()
            with pytest.raises(APIError, match="cancelled"):
                await anext(stream)
        assert chat.messages == (user("One"),)
        await chat.sample()


def failing(output: dict[str, Any], **changes: Any) -> bytes:
    return reply(json.dumps({**TOP, "output": [output], **changes}).encode())


def said(text: str, kind: str = "output_text", field: str = "text") -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "content": [{"type": kind, field: text}]}


CALLING = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
LENGTH = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
FILTER = {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}
UNUSABLE: dict[str, tuple[type[OutputError], dict[str, Any], dict[str, Any]]] = {
    "cut": (OutputTruncatedError, said('{"na'), LENGTH),
    "filtered": (OutputRefusedError, said(""), FILTER),
    "refused": (OutputRefusedError, said("no", "refusal", "refusal"), {}),
    "prose": (OutputValidationError, said("It is Oslo."), {}),
    "value": (OutputValidationError, said('{"name": 5}'), {}),
    "empty": (OutputValidationError, said(""), {}),
    "tools": (OutputError, CALLING, {}),
}


@pytest.mark.parametrize("streamed", [False, True], ids=["parse", "parse_stream"])
@pytest.mark.parametrize("case", UNUSABLE)
async def test_an_answer_of_no_use_leaves_no_trace(server: RawServer, case: str, streamed: bool) -> None:
    kind, output, changes = UNUSABLE[case]
    body = {**TOP, "output": [output], **changes}
    ending = {"length": "response.incomplete"}.get(case, "response.completed")
    if streamed:
        server.answer(head(), events(RESPONSE[0], json.dumps({"type": ending, "response": body})))
    else:
        server.answer(failing(output, **changes))
    server.answer(reply(sample("response.json")))
    async with made(server) as client:
        chat = client.chat.create(model="m", messages=["One"], store=True)
        written = chat.to_json()
        with pytest.raises(kind) as caught:
            await CALLS["parse_stream" if streamed else "parse"](chat)
        assert caught.value.reply is not None
        assert chat.to_json() == written
        await chat.sample()
        assert json.loads(server.requests[-1].body)["input"] == [{"role": "user", "content": "One"}]


async def test_an_answer_that_never_fits_leaves_no_trace(sim: SimulatedXAI, client: AsyncXAI) -> None:
    chat = await begun(client)
    before = chat.messages
    for _ in range(3):
        sim.reply_json({"name": 5})
    with pytest.raises(OutputValidationError):
        await chat.parse(City, "Oslo?", ask_again=2)
    assert len(sim.requests) == 4
    assert chat.messages == before


async def test_a_completion_without_answers_is_an_error(server: RawServer) -> None:
    empty = {**json.loads(sample("chat-completion.json")), "choices": []}
    server.always = (reply(json.dumps(empty).encode()),)
    async with made(server) as client:
        chat = client.chat.create(model="m", messages=["One"], api="completions")
        for call in (chat.sample, lambda: chat.parse(City)):
            with pytest.raises(OutputError) as caught:
                await call()
            assert caught.value.reason == "empty"
        assert await chat.sample_batch(2) == []
        with pytest.raises(RequestValidationError, match="a completion without answers"):
            chat.append(await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "x"}]))
        assert chat.messages == (user("One"),)


@pytest.mark.parametrize("api", ["responses", "completions"])
async def test_an_answer_that_was_cut_within_a_character_can_be_gone_on_from(server: RawServer, api: Any) -> None:
    answered = {"role": "assistant", "content": "cut \ud83d"}
    choice = {"index": 0, "finish_reason": "length", "message": answered}
    completion = {**json.loads(sample("chat-completion.json")), "choices": [choice]}
    body = completion if api == "completions" else {**TOP, "output": [said("cut \ud83d")]}
    server.always = (reply(json.dumps(body).encode()),)
    async with made(server) as client:
        chat = client.chat.create(model="m", messages=["One"], api=api)
        with pytest.warns(UnexpectedResponseWarning):
            assert (await chat.sample()).text == "cut \ud83d"
        with pytest.warns(UnexpectedResponseWarning):
            await chat.sample("Two")
        assert "cut ?" in server.requests[-1].body.decode()
        assert Chat.from_json(chat.to_json(), client=client).messages == chat.messages


async def test_a_compaction_that_is_none_leaves_the_conversation_as_it_was(server: RawServer) -> None:
    server.always = (
        reply(b'{"id": "c", "object": "response.compaction", "created_at": 1, "model": "m", "output": null}'),
    )
    async with made(server) as client:
        chat = client.chat.create(model="m", messages=["One"])
        with pytest.warns(UnexpectedResponseWarning), pytest.raises(ResponseValidationError, match="no compaction"):
            await chat.compact()
        assert chat.messages == (user("One"),)


async def test_a_deferred_answer_that_takes_too_long_can_be_appended_later(sim: SimulatedXAI, client: AsyncXAI) -> None:
    chat = await begun(client)
    sim.keep_pending(3)
    with pytest.raises(JobTimeoutError) as caught:
        await chat.defer("Two", interval=0.0, timeout=0)
    assert len(chat.messages) == 2
    completion = await client.chat.completions.wait_deferred(caught.value.id, interval=0.0)
    chat.append("Two", completion)
    assert (await chat.sample("Three")).text == "You said: Three (turn 3)"


@each_call
async def test_a_second_call_meanwhile_is_refused(
    sim: SimulatedXAI, client: AsyncXAI, call: Callable[[Chat], Awaitable[Any]]
) -> None:
    chat = await begun(client)
    async with chat.stream("Two") as stream:
        with pytest.raises(XAIError, match=BUSY):
            await call(chat)
        for change in (lambda: chat.append("x"), chat.fork, chat.to_json):
            with pytest.raises(XAIError, match=BUSY):
                change()
        await stream.final()
        chat.append("Three")  # it has joined
    assert len(chat.messages) == 5
    await call(chat)


async def test_a_file_that_cannot_be_read_is_named_by_its_place(
    sim: SimulatedXAI, client: AsyncXAI, tmp_path: Path
) -> None:
    (tmp_path / "fox.png").write_bytes(b"GIF89a")
    chat = await begun(client)
    for part, words in (
        (image(tmp_path / "missing.png"), "cannot be read"),
        (file(tmp_path / "missing.txt"), "cannot be read"),
        (image(tmp_path / "fox.png"), "of another type"),
        (image(tmp_path), "no regular file"),
        (file(tmp_path), "no regular file"),
    ):
        for call in (chat.sample, chat.defer):
            with pytest.raises(RequestValidationError) as caught:
                await call("And", user("this?", part))
            assert caught.value.parameter == "messages[3].content[1]"
            assert words in str(caught.value)
    assert len(sim.requests) == 1
    await check_that_it_goes_on(chat)


async def test_what_an_api_does_not_take_is_named_by_its_place(sim: SimulatedXAI, client: AsyncXAI) -> None:
    search: Any = {"type": "web_search_call"}
    wrong: Any = {"type": "reasoning", "id": "rs"}
    for settings in ({}, {"store": True}):
        chat = await begun(client, **settings)
        for call in (chat.sample, chat.stream):
            with pytest.raises(RequestValidationError) as caught:
                await done(call("Two", wrong))
            assert caught.value.parameter == "messages[3].items[0].summary"
            assert "messages[3].items[0].summary is required" in str(caught.value)
        answer = Answer("responses", ({"type": "reasoning", "summary": []}, wrong, search))
        with pytest.raises(RequestValidationError) as caught:
            await chat.sample("Two", answer)
        assert caught.value.parameter == "messages[3].items[1].summary"
        with pytest.raises(RequestValidationError) as caught:
            await chat.fork().append("Two", wrong).compact()
        assert caught.value.parameter == "messages[3].items[0].summary"
        for call in (chat.defer, chat.fork().append("Two", user(file(b"x", name="a"))).sample_batch):
            with pytest.raises(RequestValidationError, match="upload it") as caught:
                await (call("Two", user(file(b"x", name="a"))) if call == chat.defer else call(2))
            assert caught.value.parameter == "messages[3]"
        await check_that_it_goes_on(chat)


async def test_what_chat_completions_do_not_take_is_named_by_its_place(sim: SimulatedXAI, client: AsyncXAI) -> None:
    chat = await begun(client, api="completions")
    wrong: Any = {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "f"}}]}
    for call in (chat.sample, chat.defer, chat.stream):
        with pytest.raises(RequestValidationError) as caught:
            await done(call("Two", wrong))
        assert caught.value.parameter == "messages[3].items[0].tool_calls[0].function.arguments"
    await check_that_it_goes_on(chat)


async def done(call: Any) -> None:
    """Await a call, or read a stream."""
    if isinstance(call, ChatStream):
        async with call:
            await call.final()
    else:
        await call


async def test_a_connection_that_breaks_leaves_no_trace(server: RawServer) -> None:
    server.answer(CUT)
    server.answer(head(), events(chunk("a")), CUT)
    async with made(server) as client:
        chat = client.chat.create(model="m", messages=["One"], api="completions")
        with pytest.raises(APIConnectionError):
            await chat.sample("Two")
        with pytest.raises(StreamTruncatedError) as caught:
            await streamed(chat)
        assert caught.value.partial.text == "a"
        assert chat.messages == (user("One"),)
