"""Conversations of the sync client."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from tests.shown import shown
from xai_httpx import XAI, APIStatusError, RequestValidationError, StreamTruncatedError, XAIError
from xai_httpx.chat import Chat, system, user
from xai_httpx.chat._sync import SyncChat
from xai_httpx.testing import Fault, SimulatedXAI

LATER = {"run", "run_stream", "resume"}


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
    assert names(Chat) - LATER == names(SyncChat) - LATER
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
