"""A long history is encoded and checked once: a turn costs what is new in it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.wire import Wire
from xai_httpx import AsyncXAI, _prepare
from xai_httpx.chat import Chat, _history, assistant, user

TURNS = 1_000


class Counting:
    """A function that notes what it is called with."""

    def __init__(self, function: Any) -> None:
        self._function = function
        self.calls: list[Any] = []

    def __call__(self, *args: Any, **options: Any) -> Any:
        self.calls.append(args)
        return self._function(*args, **options)


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> Counting:
    """What entries are encoded."""
    counting = Counting(_history.encode)
    monkeypatch.setattr(_history, "encode", counting)
    return counting


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> Counting:
    """What bodies are checked."""
    counting = Counting(_prepare.check)
    monkeypatch.setattr(_prepare, "check", counting)
    return counting


def long(wire: Wire, **settings: Any) -> Chat:
    history = [message for turn in range(TURNS) for message in (user(f"Say {turn}"), assistant(f"{turn}"))]
    return wire.client().chat.create(model="m", messages=history, **settings)


def checked_items(checked: Counting, history: str = "input") -> int:
    """How many items the last check looked at."""
    return len(json.loads(checked.calls[-1][2])[history])


async def test_a_turn_encodes_and_checks_what_is_new_alone(wire: Wire, encoded: Counting, checked: Counting) -> None:
    chat = long(wire)
    reply = await chat.sample("First")
    assert len(encoded.calls) == checked_items(checked) == 2 * TURNS + 1
    new = len(reply.answer.items)
    for turn in range(3):
        encoded.calls.clear()
        await chat.sample(f"Next {turn}")
        assert len(encoded.calls) == checked_items(checked) == new + 1
    body = json.loads(wire.requests[-1].content)
    assert len(body["input"]) == 2 * TURNS + 4 + 3 * new
    assert [item["content"] for item in body["input"][:2]] == ["Say 0", "0"]


async def test_a_fork_encodes_and_checks_what_is_new_in_it(wire: Wire, encoded: Counting, checked: Counting) -> None:
    chat = long(wire)
    new = len((await chat.sample("First")).answer.items)
    encoded.calls.clear()
    await chat.fork(temperature=0.5).sample("Next")
    assert len(encoded.calls) == checked_items(checked) == new + 1


async def test_what_failed_is_checked_again(wire: Wire, checked: Counting) -> None:
    chat = long(wire)
    for _ in range(2):
        with pytest.raises(ValueError, match="temperature"):
            await chat.fork(temperature=9).sample("First")
        assert checked_items(checked) == 2 * TURNS + 1


async def test_each_api_has_its_own(wire: Wire, encoded: Counting, checked: Counting) -> None:
    chat = long(wire, api="completions")
    await chat.sample("First")
    encoded.calls.clear()
    await chat.sample("Next")
    assert len(encoded.calls) == checked_items(checked, "messages") == 2


async def test_a_stream_counts_as_a_turn(encoded: Counting, checked: Counting, client: AsyncXAI) -> None:
    chat = client.chat.create(model="grok-4.6", messages=["One"] * 50)
    async with chat.stream("First") as stream:
        new = len((await stream.final()).answer.items)
    assert checked_items(checked) == 51
    encoded.calls.clear()
    async with chat.stream("Next") as stream:
        await stream.final()
    assert len(encoded.calls) == checked_items(checked) == new + 1
