"""When the events of a stream are decoded and counted, what ends it, and which of its clocks runs."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace
from typing import Any

import pytest

from tests.costing import chat_usage
from tests.rawserver import EVENTS, WAIT, RawServer, Trickle, events, head, reply
from tests.streaming import CHUNK, chunk, made
from tests.wire import HELLO
from xai_httpx import (
    AsyncXAI,
    Meter,
    StreamError,
    StreamIdleTimeoutError,
    Timeout,
    UnexpectedResponseWarning,
    _streams,
    _transport,
)

ODD = CHUNK % "7"  # does not fit
USED = json.dumps({**json.loads(CHUNK % "[]"), "usage": chat_usage()})
TEXTS = [chunk("a"), chunk("b"), chunk("c")]


def stream(client: AsyncXAI, **options: Any) -> Any:
    return client.chat.completions.stream(model="m", messages=HELLO, **options)


def together(*data: str) -> bytes:
    """A whole stream that arrives at once."""
    return reply(events(*data, done=True), content_type=EVENTS)


async def test_partial_is_what_was_handed_out_and_not_what_arrived_with_it(server: RawServer) -> None:
    server.answer(together(*TEXTS))
    async with made(server) as client:
        async with stream(client) as opened:
            assert opened.partial is None
            for seen in ("a", "ab"):
                await anext(opened)
                assert opened.partial.text == seen
        assert opened.partial.text == "ab"
        assert [event async for event in opened] == []


async def test_a_stream_that_was_left_is_unpriced_whatever_arrived(server: RawServer) -> None:
    server.answer(together(*TEXTS, USED))
    meter = Meter()
    async with made(server, meter=meter) as client, stream(client) as opened:
        await anext(opened)
    assert (meter.calls, meter.unpriced, meter.usage.total_tokens) == (1, 1, 0)


async def test_an_event_that_cannot_be_taken_in_ends_the_stream(server: RawServer) -> None:
    server.answer(together(TEXTS[0], ODD, TEXTS[1], USED))
    async with made(server) as client, stream(client) as opened:
        await anext(opened)
        with pytest.raises(UnexpectedResponseWarning):
            await anext(opened)
        for _ in range(2):
            with pytest.raises(StreamError, match="could not be taken in") as caught:
                await anext(opened)
        assert caught.value.partial.text == "a"


async def test_a_first_event_that_cannot_be_taken_in_ends_the_stream(server: RawServer) -> None:
    server.answer(together(ODD, *TEXTS))
    async with made(server) as client, stream(client) as opened:
        with pytest.raises(UnexpectedResponseWarning):
            await anext(opened)
        with pytest.raises(StreamError, match="could not be taken in"):
            await anext(opened)


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no time pass between two looks at the clock."""
    for module in (_streams, _transport):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: 5.0))


@pytest.mark.usefixtures("frozen")
async def test_the_clock_of_the_first_event_runs_also_where_nothing_was_waited(server: RawServer) -> None:
    server.answer(head(), WAIT)
    async with made(server, first_event_timeout=0.05, timeout=Timeout(read=5)) as client, stream(client) as opened:
        with pytest.raises(StreamIdleTimeoutError, match=r"first event within 0\.05 s"):
            await anext(opened)


@pytest.mark.usefixtures("frozen")
async def test_the_clock_between_events_runs_also_where_nothing_was_waited(server: RawServer) -> None:
    server.answer(head(), events(*TEXTS[:1]), WAIT)
    async with made(server, stream_idle_timeout=0.05, timeout=Timeout(read=5)) as client, stream(client) as opened:
        await anext(opened)
        with pytest.raises(StreamIdleTimeoutError, match=r"no event within 0\.05 s"):
            await anext(opened)


@pytest.mark.parametrize("read", [None, 0.05, 5], ids=["no read timeout", "a shorter one", "a longer one"])
async def test_pings_do_not_stop_the_clock_between_events(server: RawServer, read: float | None) -> None:
    server.answer(head(), events(*TEXTS[:2]), Trickle(b": ping\n\n"))
    options = {"stream_idle_timeout": 0.1, "timeout": Timeout(read=read)}
    async with made(server, **options) as client, stream(client) as opened:
        for _ in range(2):
            await anext(opened)
        with pytest.raises(StreamIdleTimeoutError, match=r"no event within 0\.1 s"):
            await anext(opened)
        assert opened.partial.text == "ab"


@pytest.mark.parametrize("limit", [None, 5.0])
async def test_a_stream_without_a_read_timeout_is_read_to_its_end(server: RawServer, limit: float | None) -> None:
    server.answer(head(), lambda: time.sleep(0.02), *[events(each) for each in TEXTS], events(done=True))
    options = {"stream_idle_timeout": limit, "first_event_timeout": limit, "timeout": Timeout(read=None)}
    async with made(server, **options) as client, stream(client) as opened:
        assert (await opened.final()).text == "abc"
