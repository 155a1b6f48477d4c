"""Connections over real sockets: which are used again, which are closed, and who is asked where a mock stands."""

from __future__ import annotations

import functools
import ssl
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import anyio
import httpcore
import pytest
import respx

from tests.proxy import Proxy
from tests.rawserver import CUT, EVENTS, WAIT, Piece, RawServer, events, head, reply
from tests.streaming import chunk
from tests.wire import HELLO
from xai_httpx import APIConnectionError, AsyncXAI, _connections

MODELS = reply(b'{"data": [], "object": "list"}')
COLLECTIONS = reply(b'{"collections": []}')
STREAM = reply(events(chunk("a"), done=True), content_type=EVENTS)


def made(server: RawServer, **options: Any) -> AsyncXAI:
    return AsyncXAI(**{"api_key": "k", "base_url": server.base_url, "retries": 0, **options})


def stream(client: AsyncXAI) -> Any:
    return client.chat.completions.stream(model="m", messages=HELLO)


def taken(server: RawServer) -> list[int]:
    """The connection by which each request came."""
    return [request.connection for request in server.requests]


async def idle(server: RawServer, but: int = 0) -> None:
    await anyio.to_thread.run_sync(server.wait_until_idle, but)


async def at_once(client: AsyncXAI, times: int) -> None:
    async with anyio.create_task_group() as tasks:
        for _ in range(times):
            tasks.start_soon(client.models.list().collect)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock of the connections that the test moves, by `now`."""
    clock = SimpleNamespace(now=1000.0)
    clock.monotonic = lambda: clock.now
    monkeypatch.setattr(_connections, "time", clock)
    return clock


@pytest.mark.parametrize("closed_last", [0, 1])
async def test_the_connection_that_was_used_last_is_used_next(server: RawServer, closed_last: int) -> None:
    server.always = (STREAM,)
    async with made(server) as client:
        async with stream(client) as first, stream(client) as second:
            await (first, second)[1 - closed_last].final()
            await (first, second)[closed_last].final()
        async with stream(client) as third, stream(client) as fourth:
            await third.final()
            await fourth.final()
    last = closed_last + 1
    assert taken(server) == [1, 2, last, 3 - last]


async def test_a_connection_that_the_server_closed_while_idle_is_not_used(server: RawServer) -> None:
    server.answer(MODELS, CUT)
    server.answer(STREAM)
    async with made(server) as client:
        await client.models.list()
        await idle(server)
        async with stream(client) as opened:
            await opened.final()
    assert taken(server) == [1, 2]


async def test_connections_that_were_idle_too_long_are_closed_whatever_they_lead_to(
    server: RawServer, clock: SimpleNamespace
) -> None:
    meeting = threading.Barrier(2)
    with RawServer() as other:
        server.always, other.always = (MODELS,), (COLLECTIONS,)
        for _ in range(2):
            server.answer(meeting.wait, MODELS)
        async with made(server, management_key="m", management_base_url=other.base_url) as client:
            await at_once(client, 2)
            await client.collections.list()
            clock.now += _connections.KEPT
            await client.models.list()
            assert (len(server._open), len(other._open)) == (2, 1)
            clock.now += 0.5
            await client.models.list()
            await idle(server, but=1)
            await idle(other)
            await client.collections.list()
        assert len(set(taken(server))) == 2
        assert taken(server)[2:] == [taken(server)[2]] * 2
        assert taken(other) == [1, 2]


async def test_no_more_connections_than_calls_at_once(server: RawServer) -> None:
    server.always = (MODELS,)
    async with made(server, max_concurrency=20) as client:
        await at_once(client, 100)
        most = server.connections
        for _ in range(100):
            await client.models.list()
        assert server.connections == most <= 20
        assert taken(server)[100:] == [taken(server)[-1]] * 100
    await idle(server)


async def test_closing_the_client_closes_idle_and_busy_connections(server: RawServer) -> None:
    meeting, asked = threading.Barrier(2), threading.Event()
    answers: list[tuple[Piece, ...]] = [(meeting.wait, MODELS)] * 2
    for answer in (*answers, (head(), events(chunk("a")), WAIT), (asked.set, WAIT)):
        server.answer(*answer)
    client = made(server)

    async def call() -> None:
        with pytest.raises(APIConnectionError):
            await client.models.list()

    await at_once(client, 2)
    async with stream(client), anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        await anyio.to_thread.run_sync(asked.wait)
        await client.aclose()
        await idle(server)
    assert server.connections == 2


class Hesitant(RawServer):
    """A server that begins to encrypt only when it is told to."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        super().__init__(tls)
        self.asked, self.go = threading.Event(), threading.Event()

    def _encrypted(self, connection: Any) -> Any:
        self.asked.set()
        self.go.wait(5)
        return super()._encrypted(connection)


@pytest.fixture
def encrypted(of_authority: ssl.SSLContext) -> Iterator[Hesitant]:
    with Hesitant(of_authority) as running:
        running.always = (MODELS,)
        yield running


async def test_a_connection_that_was_being_made_when_the_client_was_closed_is_closed_after_its_call(
    encrypted: Hesitant, ca_file: str
) -> None:
    client = made(encrypted, verify=ca_file)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(client.models.list().collect)
        await anyio.to_thread.run_sync(encrypted.asked.wait)
        await client.aclose()
        encrypted.go.set()
    await idle(encrypted)


async def test_encrypted_connections_are_used_again_also_through_a_proxy(encrypted: Hesitant, ca_file: str) -> None:
    encrypted.go.set()
    with Proxy("user", "password") as proxy:
        for options in ({}, {"proxy": proxy.url}):
            async with made(encrypted, verify=ca_file, **options) as client:
                for _ in range(3):
                    await client.models.list()
            await idle(encrypted)
        assert proxy.targets == [f"localhost:{encrypted.port}"]
    assert taken(encrypted) == [1, 1, 1, 2, 2, 2]


async def test_connections_to_a_proxy_that_forwards_are_used_again(server: RawServer) -> None:
    server.always = (MODELS,)
    async with made(server, base_url="http://127.0.0.1:9/v1", proxy=f"http://127.0.0.1:{server.port}") as client:
        for _ in range(3):
            await client.models.list()
    assert taken(server) == [1, 1, 1]
    assert {request.path for request in server.requests} == {"http://127.0.0.1:9/v1/models"}


def as_recorders_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a method in the place of that of httpcore's pool that looks like it, as vcrpy does."""
    original = httpcore.AsyncConnectionPool.handle_async_request

    @functools.wraps(original)
    async def recorded(pool: Any, request: httpcore.Request) -> httpcore.Response:
        return httpcore.Response(
            200, headers={"content-type": "application/json"}, content=MODELS.split(b"\r\n\r\n")[1]
        )

    monkeypatch.setattr(httpcore.AsyncConnectionPool, "handle_async_request", recorded)


async def test_a_recorder_in_the_place_of_the_pool_is_asked_as_long_as_it_is_there(server: RawServer) -> None:
    server.always = (MODELS,)
    async with made(server) as client:
        await client.models.list()
        with pytest.MonkeyPatch.context() as patch:
            as_recorders_do(patch)
            await client.models.list()
        assert taken(server) == [1]
        await client.models.list()
        assert taken(server) == [1, 1]


async def test_respx_is_asked_as_long_as_it_is_there(server: RawServer) -> None:
    server.always = (MODELS,)
    async with made(server) as client:
        await client.models.list()
        with respx.mock(base_url=server.base_url) as routes:
            route = routes.get("/models").respond(json={"data": [], "object": "list"})
            await client.models.list()
        assert (route.call_count, taken(server)) == (1, [1])
        await client.models.list()
        assert taken(server) == [1, 1]


async def test_pytest_httpx_is_asked(server: RawServer, httpx_mock: Any) -> None:
    httpx_mock.add_response(json={"data": [], "object": "list"})
    async with made(server) as client:
        await client.models.list()
    assert server.connections == 0


async def test_without_a_mock_the_pool_is_asked_for_nothing(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _connections.Connections.send.__module__ == "xai_httpx.testing._guard"  # which must not look like a mock
    asked: list[Any] = []
    assign = httpcore.AsyncConnectionPool._assign_requests_to_connections

    def assigned(pool: httpcore.AsyncConnectionPool) -> Any:
        asked.append(pool)
        return assign(pool)

    monkeypatch.setattr(httpcore.AsyncConnectionPool, "_assign_requests_to_connections", assigned)
    server.answer(STREAM)
    server.always = (MODELS,)
    async with made(server) as client:
        async with stream(client) as opened:
            await opened.final()
        await client.models.list()
    assert (asked, taken(server)) == ([], [1, 1])
