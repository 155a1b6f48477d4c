"""Cancellation at any point of a call or a stream, hundreds of times: no slot, socket or connection is left behind."""

from __future__ import annotations

import asyncio
import gc
import logging
import random
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from tests.pains.test_pools import collected
from tests.rawserver import EVENTS, RawServer, events, head, reply
from tests.streaming import chunk
from tests.wire import HELLO
from xai_httpx import AsyncXAI, _connections

TIMES = 120
STEPS = (20, 60, 300)  # of the event loop; a call takes between ten and hundreds
MODELS = reply(b'{"data": [], "object": "list"}')
STREAM = reply(events(chunk("a"), chunk("b"), done=True), content_type=EVENTS)
UNFRAMED = (head(), events(chunk("a"), chunk("b"), done=True))


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Make all idle connections too old to be kept."""
    clock = SimpleNamespace(now=1000.0)
    clock.monotonic = lambda: clock.now
    monkeypatch.setattr(_connections, "time", clock)

    def pass_by() -> None:
        clock.now += _connections.KEPT + 1

    return pass_by


def files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


async def call(client: AsyncXAI) -> None:
    await client.models.list()


async def stream(client: AsyncXAI) -> None:
    async with client.chat.completions.stream(model="m", messages=HELLO) as opened:
        await opened.final()


async def leave(client: AsyncXAI) -> None:
    async with client.chat.completions.stream(model="m", messages=HELLO) as opened:
        await anext(opened)


async def by_scope(work: Callable[[], Awaitable[None]], chance: random.Random) -> None:
    """Cancel in the way of anyio."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(work)
        for _ in range(chance.randrange(chance.choice(STEPS))):
            await checkpoint()
        tasks.cancel_scope.cancel()


async def by_task(work: Callable[[], Awaitable[None]], chance: random.Random) -> None:
    """Cancel in the way of asyncio, which reaches through every shield; one time in three twice."""
    task = asyncio.ensure_future(work())
    for _ in range(chance.choice((1, 1, 2))):
        for _ in range(chance.randrange(chance.choice(STEPS))):
            await asyncio.sleep(0)
        task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled() or task.exception() is None


async def by_timeout(work: Callable[[], Awaitable[None]], chance: random.Random) -> None:
    """Cancel by asyncio's clock."""
    try:
        async with asyncio.timeout(chance.random() * chance.choice((0.003, 0.03))):
            await work()
    except TimeoutError:
        pass


@pytest.mark.parametrize("cancel", [by_scope, by_task, by_timeout], ids=lambda way: way.__name__)
@pytest.mark.parametrize(
    ("work", "answer"),
    [(call, (MODELS,)), (stream, (STREAM,)), (leave, (STREAM,)), (stream, UNFRAMED)],
    ids=["call", "stream", "left stream", "stream to the end of the connection"],
)
async def test_what_is_cancelled_anywhere_leaves_nothing_behind(
    server: RawServer,
    later: Callable[[], None],
    work: Callable[[AsyncXAI], Awaitable[None]],
    answer: tuple[Any, ...],
    cancel: Callable[[Callable[[], Awaitable[None]], random.Random], Awaitable[None]],
    anyio_backend_name: str,
) -> None:
    if anyio_backend_name == "trio" and cancel is not by_scope:
        pytest.skip("Trio has no cancellation of tasks")
    chance = random.Random(7)
    whole: list[None] = []
    async with AsyncXAI(api_key="k", base_url=server.base_url, max_concurrency=4, retries=0) as client:

        async def once() -> None:
            await work(client)
            whole.append(None)

        async def files_with_one_connection() -> int:
            server.always = (MODELS,)
            await client.models.list()  # as it gives its connection back, it closes those that were kept
            await anyio.to_thread.run_sync(server.wait_until_idle, 1)
            return files()

        before = await files_with_one_connection()
        server.always = answer
        with collected():
            for _ in range(TIMES // 4):
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(once)
                    for _ in range(4):
                        tasks.start_soon(cancel, once, chance)
                assert client.concurrency == (4, 0, 0)
        later()
        left = await files_with_one_connection()
        with anyio.move_on_after(5):  # the threads of the server take their time to close what was hung up
            while left > before:
                await anyio.sleep(0.01)
                gc.collect()
                left = files()
        assert left <= before
    assert TIMES // 4 <= len(whole) < TIMES // 4 * 5  # some were cancelled


class CancelsAtClosing(logging.Handler):
    """Cancels the running task in the way of asyncio when httpcore begins to close the first of its connections."""

    armed = True

    def emit(self, record: logging.LogRecord) -> None:
        task = asyncio.current_task()
        if self.armed and record.getMessage().startswith("close.started") and task is not None:
            self.armed = False
            task.cancel()


@pytest.fixture
def cancelled_at_closing() -> Iterator[None]:
    logger, handler = logging.getLogger("httpcore.connection"), CancelsAtClosing()
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


@pytest.mark.usefixtures("cancelled_at_closing")
@pytest.mark.parametrize("way", ["a call closes what is too old", "the client is closed"])
async def test_all_are_closed_though_closing_one_is_cancelled(
    server: RawServer, later: Callable[[], None], way: str, anyio_backend_name: str
) -> None:
    if anyio_backend_name == "trio":
        pytest.skip("Trio has no cancellation of tasks")
    meeting = threading.Barrier(5)
    for _ in range(5):
        server.answer(meeting.wait, MODELS)
    server.always = (MODELS,)
    client = AsyncXAI(api_key="k", base_url=server.base_url, retries=0)
    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(call, client)
    later()
    closing = call(client) if way.startswith("a call") else client.aclose()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.ensure_future(closing)
    await anyio.to_thread.run_sync(server.wait_until_idle, way.startswith("a call"))
    await client.aclose()
    await anyio.to_thread.run_sync(server.wait_until_idle)
