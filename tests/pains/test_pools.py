"""P12 and P13: every way out of a call or a stream gives its slot and its connection back, cancellation above all."""

from __future__ import annotations

import asyncio
import gc
import logging
import random
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

import anyio
import httpx
import httpx2
import pytest

from tests.rawserver import WAIT, RawServer, events, head, reply
from tests.wire import HELLO
from xai_httpx import (
    AsyncXAI,
    ConcurrencyTimeoutError,
    InternalServerError,
    ResponseValidationError,
    StreamProtocolError,
)

TIMES = 1000
MODELS = reply(b'{"data": [], "object": "list"}')
CHUNK = '{"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": []}'
OPEN = (head(), events(CHUNK), WAIT)


@pytest.fixture(params=["own", "httpx", "httpx2"])
async def client(request: pytest.FixtureRequest, server: RawServer) -> AsyncIterator[AsyncXAI]:
    """A client with ten slots at most; one that is injected shows no more connections than that."""
    if request.param == "own":
        async with AsyncXAI(api_key="k", base_url=server.base_url, max_concurrency=10, retries=0) as made:
            yield made
        return
    library: Any = {"httpx": httpx, "httpx2": httpx2}[request.param]
    async with library.AsyncClient(limits=library.Limits(max_connections=10)) as http:
        async with AsyncXAI(api_key="k", base_url=server.base_url, http_client=http, retries=0) as made:
            yield made


def stream(client: AsyncXAI) -> Any:
    return client.chat.completions.stream(model="m", messages=HELLO)


async def full_read(client: AsyncXAI) -> None:
    async with stream(client) as opened:
        await opened.final()


async def left_by_break(client: AsyncXAI) -> None:
    async with stream(client) as opened:
        async for _ in opened:
            break


async def failing_reader(client: AsyncXAI) -> None:
    async with stream(client) as opened:
        async for _ in opened:
            raise ZeroDivisionError


async def left_by_exception(client: AsyncXAI) -> None:
    with pytest.raises(ZeroDivisionError):
        await failing_reader(client)


async def cancelled(client: AsyncXAI) -> None:
    with anyio.CancelScope() as scope:
        async with stream(client) as opened:
            await anext(opened)
            scope.cancel()
            await anext(opened)
    assert scope.cancelled_caught


async def closed(client: AsyncXAI) -> None:
    async with stream(client) as opened:
        await anext(opened)
        await opened.aclose()
        await opened.aclose()


async def refused(client: AsyncXAI) -> None:
    with pytest.raises(InternalServerError):
        async with stream(client):
            pass


async def not_a_stream(client: AsyncXAI) -> None:
    with pytest.raises(ResponseValidationError):
        async with stream(client):
            pass


async def broken(client: AsyncXAI) -> None:
    with pytest.raises(StreamProtocolError):
        await full_read(client)


async def no_model(client: AsyncXAI) -> None:
    with pytest.raises(ResponseValidationError):
        await client.models.list()


WAYS: dict[str, tuple[Callable[[AsyncXAI], Awaitable[None]], tuple[Any, ...]]] = {
    "full read": (full_read, (head(), events(CHUNK, done=True))),
    "break": (left_by_break, OPEN),
    "exception": (left_by_exception, OPEN),
    "cancel": (cancelled, OPEN),
    "aclose": (closed, OPEN),
    "error status": (refused, (reply(b"{}", 500),)),
    "no stream": (not_a_stream, (reply(b"<html>", content_type="text/html"),)),
    "broken event": (broken, (head(), events("{"))),
    "broken reply": (no_model, (reply(b"["),)),
}


@pytest.mark.parametrize("way", WAYS)
async def test_p12_every_way_out_gives_slot_and_connection_back(server: RawServer, way: str) -> None:
    leave, server.always = WAYS[way]
    async with AsyncXAI(api_key="k", base_url=server.base_url, max_concurrency=2, retries=0) as client:
        for _ in range(TIMES // 4):
            async with anyio.create_task_group() as tasks:
                for _ in range(4):
                    tasks.start_soon(leave, client)
        assert client.concurrency == (2, 0, 0)
        server.always = (MODELS,)
        assert (await client.models.list()).meta.attempts == 1
    assert len(server.requests) == TIMES + 1
    await anyio.to_thread.run_sync(server.wait_until_idle)


async def test_p12_those_who_wait_are_served_in_order(server: RawServer) -> None:
    order: list[int] = []
    server.answer(*OPEN)
    server.always = (MODELS,)
    async with AsyncXAI(api_key="k", base_url=server.base_url, max_concurrency=1) as client:

        async def one(number: int) -> None:
            await client.models.list()
            order.append(number)

        async with anyio.create_task_group() as tasks:
            async with stream(client):
                for number in range(20):
                    tasks.start_soon(one, number)
                    await anyio.wait_all_tasks_blocked()
                assert client.concurrency == (1, 1, 20)
            tasks.start_soon(one, 20)  # the slot is free now, but 20 others are before it
    assert order == list(range(21))


async def test_p12_one_who_stops_waiting_takes_no_slot_along(server: RawServer) -> None:
    server.answer(*OPEN)
    server.always = (MODELS,)
    async with AsyncXAI(api_key="k", base_url=server.base_url, max_concurrency=1) as client:
        async with stream(client), anyio.create_task_group() as tasks:
            tasks.start_soon(client.models.list().collect)
            await anyio.wait_all_tasks_blocked()
            assert client.concurrency.waiting == 1
            tasks.cancel_scope.cancel()
        assert client.concurrency == (1, 0, 0)
        assert await client.models.list().collect() == []


async def test_p12_waiting_too_long_tells_how_full_it_is(server: RawServer) -> None:
    server.answer(*OPEN)
    async with AsyncXAI(api_key="k", base_url=server.base_url, max_concurrency=1) as client:
        async with stream(client), anyio.create_task_group() as tasks:
            tasks.start_soon(client.models.list().collect)
            await anyio.wait_all_tasks_blocked()
            with pytest.raises(ConcurrencyTimeoutError, match=r"1 slots.*1 in use, 2 waiting") as caught:
                await client.models.list(options={"deadline": 0.01})
            assert (caught.value.limit, caught.value.in_use, caught.value.waiting) == (1, 1, 2)
            tasks.cancel_scope.cancel()


@contextmanager
def collected() -> Iterator[None]:
    """Before 4.16 anyio leaves a connection that is cancelled while it is made to the garbage collector, and warns."""
    if tuple(map(int, version("anyio").split(".")[:2])) >= (4, 16):
        yield
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        gc.collect()


async def test_p13_a_storm_of_cancellations_leaves_the_client_whole(server: RawServer, client: AsyncXAI) -> None:
    with collected():
        await storm(server, client)
    assert client.concurrency == (10, 0, 0)
    server.always = (MODELS,)
    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(client.models.list(options={"deadline": 20}).collect)
    assert client.concurrency == (10, 0, 0)


async def storm(server: RawServer, client: AsyncXAI) -> None:
    server.always = (lambda: time.sleep(0.01), MODELS)
    chance = random.Random(13)

    async def caller() -> None:
        for _ in range(20):
            with anyio.move_on_after(chance.random() * 0.02):
                await client.models.list()

    async with anyio.create_task_group() as tasks:
        for _ in range(25):
            tasks.start_soon(caller)


async def models(client: AsyncXAI) -> None:
    await client.models.list()


class CancelsAtClosing(logging.Handler):
    """Cancels the running task in the way of asyncio as soon as httpcore begins to give a connection back."""

    def emit(self, record: logging.LogRecord) -> None:
        task = asyncio.current_task()
        if record.getMessage().startswith("response_closed.started") and task is not None and not task.cancelling():
            task.cancel()


@pytest.mark.parametrize("way", [models, left_by_break], ids=["call", "stream"])
async def test_p13_a_task_that_is_cancelled_as_it_gives_its_connection_back_does_so(
    client: AsyncXAI, server: RawServer, way: Callable[[AsyncXAI], Awaitable[None]], anyio_backend_name: str
) -> None:
    if anyio_backend_name == "trio":
        pytest.skip("Trio has no cancellation of tasks")
    server.always = (MODELS,) if way is models else OPEN
    loggers = [logging.getLogger(f"{library}.http11") for library in ("httpcore", "httpcore2")]
    handler = CancelsAtClosing()
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    try:
        for _ in range(12):  # more than there are connections
            with anyio.fail_after(10), pytest.raises(asyncio.CancelledError):
                await asyncio.ensure_future(way(client))
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
            logger.setLevel(logging.NOTSET)
    server.always = (MODELS,)
    with anyio.fail_after(10):
        await models(client)
    assert client.concurrency.in_use == 0
    await anyio.to_thread.run_sync(server.wait_until_idle, 1)
