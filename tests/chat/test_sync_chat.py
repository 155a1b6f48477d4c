"""Conversations of the sync client."""

from __future__ import annotations

import inspect
import json
import logging
import threading
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from pydantic import BaseModel

from tests.shown import shown
from xai_httpx import (
    XAI,
    APIStatusError,
    RequestValidationError,
    StreamTruncatedError,
    ToolTurnsExceededError,
    XAIError,
)
from xai_httpx.chat import Chat, Delta, ToolStarted, system, user
from xai_httpx.chat._sync import SyncChat
from xai_httpx.testing import Fault, SimulatedXAI


class City(BaseModel):
    name: str
    population: int


@pytest.fixture
def xai(sim: SimulatedXAI) -> Iterator[XAI]:
    with sim.sync_client() as client:
        yield client


def begun(client: XAI, *messages: Any, **settings: Any) -> SyncChat:
    return client.chat.create(model="grok-4.6", messages=messages, **settings)


def names(kind: type[Any]) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")}


def test_it_has_the_methods_of_the_async_one_with_their_parameters() -> None:
    assert names(Chat) - {"resume"} == names(SyncChat)
    for name in names(SyncChat):
        of_async, of_sync = getattr(Chat, name), getattr(SyncChat, name)
        if inspect.isfunction(of_async):
            assert [*inspect.signature(of_sync).parameters] == [*inspect.signature(of_async).parameters], name


@pytest.mark.parametrize("form", [{}, {"store": True}, {"api": "completions"}], ids=repr)
def test_a_conversation_without_await(sim: SimulatedXAI, xai: XAI, form: dict[str, Any]) -> None:
    chat = begun(xai, system("Be brief."), **form)
    assert repr(chat).startswith("SyncChat(model='grok-4.6'")
    assert chat.sample("One").text == "You said: One"
    with chat.stream("Two") as stream:
        assert stream.meta.status == 200
        assert "".join(stream.text_stream) == "You said: Two (turn 2)"
        assert stream.partial is not None
        assert stream.final().text == stream.partial.text == stream.partials[0].text
    sim.reply_json({"name": "Oslo", "population": 7})
    assert chat.parse(City, "Oslo?").parsed == City(name="Oslo", population=7)
    sim.reply_json({"name": "Oslo", "population": 8})
    with chat.parse_stream(City, "Oslo?") as parsing:
        objects = [parsing.partial_object for _ in parsing]
        assert parsing.final().parsed.population == 8
    assert objects[-1] == {"name": "Oslo", "population": 8}
    assert chat.append("Three") is chat
    sim.reply("a", "b")
    assert [reply.text for reply in chat.sample_batch(2)] == ["a", "b"]
    sim.reply("a", "b")
    with chat.stream_batch(2) as streams:
        assert {delta.index for delta in streams} == {0, 1}
        assert [reply.text for reply in streams.final()] == ["a", "b"]
    assert chat.defer("Four", interval=0.0).text == "You said: Four (turn 6)"
    sim.reply("a", "b")
    assert [reply.text for reply in chat.defer_batch(2, interval=0.0)] == ["a", "b"]
    other = chat.fork(model="grok-4.5", temperature=0.5)
    assert (other.model, other.api, other.settings["temperature"]) == ("grok-4.5", chat.api, 0.5)
    again = SyncChat.from_json(chat.to_json(), client=xai)
    assert again.messages == chat.messages == other.messages
    assert again.render() == chat.render()
    assert again.sample("Five").text == chat.sample("Five").text


def test_a_compaction_without_await(xai: XAI) -> None:
    chat = begun(xai)
    chat.sample("One")
    assert chat.compact().id
    assert chat.sample("Two").text == "You said: Two (turn 2)"
    assert len(chat.messages) == 3


def test_what_goes_wrong_leaves_it_as_it_was(sim: SimulatedXAI, xai: XAI) -> None:
    chat = begun(xai, "One")
    sim.fail(400)
    with pytest.raises(APIStatusError):
        chat.sample("Two")
    sim.fault(Fault.cut_after(3))
    with pytest.raises(StreamTruncatedError), chat.stream("Two") as stream:
        stream.final()
    with chat.stream("Two") as stream, pytest.raises(XAIError, match="is being answered"):
        chat.sample("Three")
    with pytest.raises(RequestValidationError, match=r"messages\[1\]"):
        chat.append(5)  # type: ignore[arg-type]
    assert chat.messages == (user("One"),)
    assert chat.sample().text == "You said: One"


def test_neither_key_nor_prompt_is_shown(sim: SimulatedXAI, xai: XAI, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    prompt, wrong = "canary prompt", {"role": "canary prompt"[:0], "content": "canary prompt"}
    chat: Any = begun(xai, prompt)
    sim.fail(400, times=2)
    calls: list[Any] = [
        lambda: chat.sample(prompt),
        lambda: chat.parse(int, prompt),
        lambda: chat.sample(prompt, wrong),
        lambda: chat.stream(prompt, wrong),
        lambda: chat.parse_stream(int, prompt, wrong),
        lambda: chat.append(prompt, wrong),
        lambda: begun(xai, prompt, wrong),
        lambda: SyncChat.from_json(chat.to_json().replace("user", "boss"), client=xai),
    ]
    for call in calls:
        with pytest.raises(XAIError) as caught:
            call()
        seen = shown(caught.value) + caplog.text
        assert prompt not in seen
        assert sim.api_key not in seen


def get_temperature(place: str) -> str:
    """Measure how warm it is."""
    return f"{place}: 7"


def test_tools_run_without_await(sim: SimulatedXAI, xai: XAI) -> None:
    chat = xai.chat.create(model="grok-4.6")
    reply = chat.run("Ask get_temperature.", tools=[get_temperature], max_turns=3)
    assert reply.text.startswith("The tools say: ")
    assert len(chat.messages) == 4
    sim.reply_tool_call("get_temperature", {"place": "Oslo"})
    with chat.run_stream("And Oslo?", tools=[get_temperature]) as stream:
        told = [type(event).__name__ for event in stream if not isinstance(event, Delta)]
        assert stream.final().text == "The tools say: Oslo: 7"
    assert told == ["TurnStarted", "TurnFinished", "ToolStarted", "ToolFinished", "TurnStarted", "TurnFinished"]


def test_a_run_is_taken_up_without_await(sim: SimulatedXAI, xai: XAI) -> None:
    for _ in range(2):
        sim.reply_tool_call("get_temperature", {"place": "Oslo"})
    chat = xai.chat.create(model="grok-4.6")
    with pytest.raises(ToolTurnsExceededError) as caught:
        chat.run("Oslo?", tools=[get_temperature], max_turns=1)
    with xai.chat.resume_stream(caught.value.state, tools=[get_temperature], max_turns=9) as stream:
        assert stream.final().text == "The tools say: Oslo: 7"
    assert xai.chat.resume(caught.value.state, tools=[get_temperature]).text == "The tools say: Oslo: 7"


def test_leaving_the_block_of_a_run_ends_its_tools(sim: SimulatedXAI, xai: XAI) -> None:
    ended = threading.Event()

    async def wait_for_ever() -> str:
        """Wait."""
        try:
            await anyio.sleep_forever()
        finally:
            ended.set()
        return ""

    sim.reply_tool_call("wait_for_ever", {})
    chat = xai.chat.create(model="grok-4.6")
    with chat.run_stream("Wait.", tools=[wait_for_ever]) as stream:
        for event in stream:
            if isinstance(event, ToolStarted):
                break
    assert ended.is_set()
    assert chat.messages == ()
    assert json.loads(stream.state)["pending"]["results"] == [None]
    with pytest.raises(XAIError, match="left before its end"):
        stream.final()
    with pytest.raises(XAIError, match="opened once"):
        stream.__enter__()


def test_a_run_that_is_not_open_says_so(xai: XAI) -> None:
    stream = xai.chat.create(model="grok-4.6").run_stream("Hi", tools=[get_temperature])
    with pytest.raises(XAIError, match="is not open"):
        next(stream)


def test_closing_the_client_ends_its_runs(sim: SimulatedXAI) -> None:
    sim.reply_tool_call("get_temperature", {"place": "Oslo"})
    with sim.sync_client() as client:
        with client.chat.create(model="grok-4.6").run_stream("Oslo?", tools=[get_temperature]) as stream:
            next(stream)
            client.close()
            with pytest.raises(XAIError, match="left before its end"):
                stream.final()
