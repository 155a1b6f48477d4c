"""Whatever a server does, connections of aiohttp and of httpx make the same of it: each row is sent over both."""

from __future__ import annotations

import asyncio
import gzip
import os
import random
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from tests.pains.bodies import DONE
from tests.rawserver import CUT, EVENTS, RESET, WAIT, Piece, RawServer, events, head, reply
from xai_httpx import (
    APIConnectionError,
    APIError,
    APIStatusError,
    APITimeoutError,
    AsyncXAI,
    ConfigurationError,
    StreamTruncatedError,
    Timeout,
)
from xai_httpx.testing._guard import allow_real_requests

BODY = b'{"data": [], "object": "list"}'
TOP = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
SIZED = b"content-length: 30\r\n\r\n" + BODY
CHUNKED = b"transfer-encoding: chunked\r\n\r\n1e\r\n" + BODY + b"\r\n"
ZIPPED = gzip.compress(BODY)
FETCHED = "/signed/a%2Fb%3A1/%C3%A9~x?X-Amz-Signature=a%2Fb%3D&x=%20+~&y='()*,;:@/?"
TRANSPORTS = ("httpx", "aiohttp")
IDLE = 1.2  # seconds after which a client looks at what became of its connections


@pytest.fixture(params=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, object]]:
    return "asyncio", {"use_uvloop": request.param == "uvloop"}


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> Any:
    return request.param


def made(server: RawServer, transport: Any, **options: Any) -> AsyncXAI:
    return AsyncXAI(api_key="k", base_url=server.base_url, transport=transport, **{"retries": 0, **options})


# What a server sends for one or more requests, and what the calls come to: a status, or an error and whether it
# may have been processed.
BROKEN = [(APIConnectionError, True)]
FINE = [200]
REPLIES: dict[str, tuple[list[tuple[Piece, ...]], list[Any]]] = {
    "closed after the request": ([(CUT,)], BROKEN),
    "reset after the request": ([(RESET,)], BROKEN),
    "half a status line": ([(b"HTTP/1.1 20", CUT)], BROKEN),
    "half a head": ([(b"HTTP/1.1 200 OK\r\ncontent-", CUT)], BROKEN),
    "not HTTP": ([(b"\x16\x03\x01 what\r\n\r\n", CUT)], BROKEN),
    "a line of 90 KiB": ([(TOP + b"x: " + b"y" * 90 * 1024 + b"\r\n" + SIZED,)], FINE),
    "a line of 200 KiB": ([(TOP + b"x: " + b"y" * 200 * 1024 + b"\r\n" + SIZED,)], BROKEN),
    "100 headers": ([(TOP + b"x: y\r\n" * 100 + SIZED,)], FINE),
    "replies before the final one": (
        [(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + TOP + SIZED,)],
        FINE,
    ),
    "a redirect": (
        [(b"HTTP/1.1 307 X\r\nlocation: /v1/other\r\ncontent-length: 0\r\n\r\n",)],
        [(APIStatusError, True)],
    ),
    "trailers": ([(TOP + CHUNKED + b"0\r\nx-trailer: 1\r\n\r\n",)], FINE),
    "HTTP/1.0": ([(TOP.replace(b"1.1", b"1.0") + b"\r\n" + BODY, CUT)], FINE),
    "HTTP/1.0, reset": ([(TOP.replace(b"1.1", b"1.0") + b"\r\n" + BODY[:9], RESET)], BROKEN),
    "a length too large": ([(TOP + b"content-length: 50\r\n\r\n" + BODY, CUT)], BROKEN),
    "a length that is none": ([(TOP + b"content-length: ab\r\n\r\n" + BODY, CUT)], BROKEN),
    "two lengths": ([(TOP + b"content-length: 3\r\n" + SIZED, CUT)], BROKEN),
    "a chunk without a size": ([(TOP + b"transfer-encoding: chunked\r\n\r\nzz\r\n", CUT)], BROKEN),
    "chunks without an end": ([(TOP + CHUNKED, CUT)], BROKEN),
    "gzip": ([(reply(ZIPPED, content_encoding="gzip"),)], FINE),
    "gzip, broken": ([(reply(ZIPPED[:-12] + b"x" * 12, content_encoding="gzip"),)], BROKEN),
    "gzip, too short": ([(reply(ZIPPED[:-9], content_encoding="gzip"),)], BROKEN),
    "bytes beyond ASCII in a header": ([(TOP + b"x: \xe9\xff\r\n" + SIZED,)], FINE),
    "an error that breaks off": (
        [(TOP.replace(b"200", b"429") + b'content-length: 99\r\n\r\n{"error": "busy", "code": "b"}', CUT)],
        [(APIStatusError, False)],
    ),
    "a cookie": ([(reply(BODY, set_cookie="a=b"),), (reply(BODY),)], FINE * 2),
    "a kept connection that closes": ([(reply(BODY),), (CUT,)], [200, *BROKEN]),
    "a kept connection that is reset": ([(reply(BODY),), (RESET,)], [200, *BROKEN]),
}


@pytest.mark.parametrize("name", REPLIES)
async def test_both_make_the_same_of_a_reply(server: RawServer, name: str, transport: Any) -> None:
    answers, expected = REPLIES[name]
    for answer in answers:
        server.answer(*answer)
    async with made(server, transport) as client:
        for outcome in expected:
            if isinstance(outcome, int):
                assert (await client.models.list()).meta.status == outcome
            else:
                with pytest.raises(outcome[0]) as caught:
                    await client.models.list()
                assert caught.value.may_have_been_processed is outcome[1]
                assert not set("\n\r") & set(str(caught.value))
    assert [request.headers.get("cookie") for request in server.requests] == [None] * len(answers)  # nothing twice


async def test_what_came_before_a_reset_is_handed_out_first(server: RawServer, transport: Any) -> None:
    delta = '{"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": []}'
    server.answer(head(EVENTS), events(delta, delta), RESET)
    came = 0
    async with made(server, transport) as client:
        async with client.chat.completions.stream(model="m", messages=[{"role": "user", "content": "hi"}]) as stream:
            with pytest.raises(StreamTruncatedError) as caught:  # noqa: PT012 - the loop is what breaks
                async for _ in stream:
                    came += 1
    assert came == 2
    assert caught.value.may_have_been_processed


@pytest.mark.parametrize("blocked", [False, True], ids=["seen by the loop", "while the loop stood still"])
async def test_a_connection_that_was_closed_while_idle_is_not_used_again(
    server: RawServer, blocked: bool, transport: Any
) -> None:
    server.answer(reply(BODY), CUT)
    server.answer(reply(BODY))
    async with made(server, transport) as client:
        await client.models.list()
        if blocked:
            time.sleep(IDLE)  # noqa: ASYNC251 - what is tested
        else:
            await anyio.to_thread.run_sync(server.wait_until_idle)
            await anyio.sleep(0.05)  # for the end of the connection has no event of its own
        await client.models.list()
    assert (len(server.requests), server.connections) == (2, 2)


async def test_urls_reach_the_server_byte_for_byte(server: RawServer, transport: Any) -> None:
    server.answer(reply(BODY))
    server.answer(reply(BODY))
    async with made(server, transport) as client:
        await client._fetched(f"{server.base_url}{FETCHED}", None)  # as the files are that the API gives URLs of
        await client.request("GET", "/models/a%2Fb%3A1:x")
    assert [request.path for request in server.requests] == [f"/v1{FETCHED}", "/v1/models/a%2Fb%3A1:x"]


async def test_headers_that_the_user_removed_stay_away(server: RawServer, transport: Any) -> None:
    server.answer(reply(BODY))
    removed = dict.fromkeys(("user-agent", "accept", "accept-encoding", "content-type", "x-client-request-id"))
    async with made(server, transport) as client:
        await client.request("POST", "/models", body={}, options={"headers": removed})
    assert not set(removed) & set(server.requests[0].headers)


@pytest.fixture
def unread() -> Iterator[RawServer]:
    """A server that accepts connections and reads nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        yield RawServer(listener=listener)


@pytest.mark.parametrize("form", ["json", "upload"])
async def test_what_cannot_be_sent_in_time_is_a_write_timeout(unread: RawServer, form: str, transport: Any) -> None:
    size = 16 * 1024 * 1024
    sent: Any = {"body": {"a": "x" * size}} if form == "json" else {"content": bytes(size)}
    async with made(unread, transport, timeout=Timeout(write=0.2)) as client:
        with pytest.raises(APITimeoutError, match="could not be sent within the write timeout") as caught:
            await client.request("POST", "/x", **sent)
        assert client.concurrency.in_use == 0
    assert caught.value.may_have_been_processed


async def test_a_slow_source_is_no_write_timeout(server: RawServer, transport: Any) -> None:
    async def slow() -> AsyncIterator[bytes]:
        for _ in range(3):
            await anyio.sleep(0.2)
            yield b"abc"

    server.answer(DONE)
    async with made(server, transport, timeout=Timeout(write=0.1)) as client:
        await client.request("POST", "/x", content=slow())
    assert server.requests[0].body == b"abc" * 3


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/v1", "https://no-such-host.invalid/v1"], ids=["refused", "unknown"]
)
async def test_where_no_connection_comes_about_nothing_was_processed(url: str, transport: Any) -> None:
    async with AsyncXAI(api_key="k", base_url=url, retries=0, transport=transport) as client:
        with (
            allow_real_requests(),
            pytest.raises(APIConnectionError, match="no connection to the server") as caught,
        ):
            await client.models.list()
    assert not caught.value.may_have_been_processed


async def test_a_connection_that_takes_too_long_is_a_timeout(transport: Any) -> None:
    with socket.socket() as full:  # TLS is never answered
        full.bind(("127.0.0.1", 0))
        full.listen()
        url = f"https://localhost:{full.getsockname()[1]}/v1"
        options: Any = {"timeout": Timeout(connect=0.1), "transport": transport}
        async with AsyncXAI(api_key="k", base_url=url, retries=0, **options) as client:
            with pytest.raises(APITimeoutError, match="within the connect timeout") as caught:
                await client.models.list()
    assert not caught.value.may_have_been_processed


async def test_a_certificate_that_nobody_vouches_for_is_told(of_authority: ssl.SSLContext, transport: Any) -> None:
    with RawServer(of_authority) as server:
        async with made(server, transport) as client:
            with pytest.raises(APIConnectionError, match=r"(?i)certificate.verify.failed") as caught:
                await client.models.list()
    assert not caught.value.may_have_been_processed
    assert server.requests == []


@pytest.fixture
def refusing() -> Iterator[str]:
    """The URL of a server that refuses a file before it has read it."""

    def refuse() -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            while b"\r\n\r\n" not in connection.recv(64 * 1024, socket.MSG_PEEK):
                pass
            connection.sendall(reply(b'{"code": "x", "error": "too large"}', 413, connection="close"))
            while connection.recv(1 << 20):
                pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=refuse, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        thread.join(10)


async def test_a_refusal_that_comes_while_a_file_goes_up_is_told(refusing: str, tmp_path: Path, transport: Any) -> None:
    path = tmp_path / "large"
    path.touch()
    os.truncate(path, 64 * 1024 * 1024)
    async with AsyncXAI(api_key="k", base_url=refusing, retries=0, transport=transport) as client:
        with anyio.fail_after(10), pytest.raises(APIStatusError, match="too large"):
            await client.request("POST", "/x", content=path)
        assert client.concurrency.in_use == 0


async def test_with_aiohttp_a_refusal_need_not_wait_for_a_source_that_says_nothing(refusing: str) -> None:
    left = False

    async def silent() -> AsyncIterator[bytes]:
        nonlocal left
        try:
            yield b"abc"
            await anyio.sleep_forever()
        finally:
            left = True

    async with AsyncXAI(api_key="k", base_url=refusing, retries=0, transport="aiohttp") as client:
        with anyio.fail_after(10), pytest.raises(APIStatusError, match="too large"):
            await client.request("POST", "/x", content=silent())
    assert left


async def test_closing_a_client_ends_its_calls_with_an_error(server: RawServer, transport: Any) -> None:
    server.always = (WAIT,)
    client = made(server, transport)
    told: list[Exception] = []

    async def call() -> None:
        try:
            await client.models.list()
        except APIError as error:
            told.append(error)

    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(call)
            while len(server.requests) < 5:
                await anyio.sleep(0.01)
            await client.aclose()
    assert [type(error) for error in told] == [APIConnectionError] * 5


async def test_cancelling_at_any_point_leaves_slots_and_connections_whole(server: RawServer, transport: Any) -> None:
    server.always = (reply(BODY),)
    chance = random.Random(7)

    async def upload() -> AsyncIterator[bytes]:
        for _ in range(4):
            await anyio.lowlevel.checkpoint()
            yield bytes(50_000)

    async with made(server, transport, max_concurrency=3) as client:

        async def call() -> None:
            if chance.random() < 0.5:
                await client.models.list()
            else:
                await client.request("POST", "/x", content=upload())

        for _ in range(100):
            tasks = [asyncio.create_task(call()) for _ in range(5)]
            for task in tasks:
                await asyncio.sleep(chance.random() * 0.002)
                if chance.random() < 0.7:
                    task.cancel()
            _, pending = await asyncio.wait(tasks, timeout=5)
            assert not pending
            for outcome in await asyncio.gather(*tasks, return_exceptions=True):
                assert outcome is None or isinstance(outcome, asyncio.CancelledError), outcome
        assert (client.concurrency.in_use, client.concurrency.waiting) == (0, 0)
        for _ in range(3):
            with suppress(TimeoutError):
                async with asyncio.timeout(0):
                    await client.models.list()
        async with anyio.create_task_group() as group:
            for _ in range(6):
                group.start_soon(client.models.list().collect)
    await anyio.to_thread.run_sync(server.wait_until_idle)


async def test_five_hundred_streams_are_open_at_once(transport: Any) -> None:
    from tests.faultserver import FaultServer

    with FaultServer() as server:
        opened, most = 0, 0
        async with AsyncXAI(api_key="k", base_url=server.base_url, transport=transport, max_concurrency=500) as client:
            ready = anyio.Event()

            async def read() -> None:
                nonlocal opened, most
                async with client.chat.completions.stream(
                    model="m", messages=[{"role": "user", "content": "hi"}]
                ) as stream:
                    await anext(stream)
                    opened += 1
                    most = max(most, client.concurrency.in_use)
                    if opened == 500:
                        ready.set()
                    await ready.wait()
                    await stream.final()

            async with anyio.create_task_group() as tasks:
                for _ in range(500):
                    tasks.start_soon(read)
        assert most == 500
        assert server.completed.total() == 500


async def test_a_password_reaches_a_proxy_of_a_plain_host(server: RawServer, transport: Any) -> None:
    server.answer(reply(BODY))
    proxy = f"http://u:p@127.0.0.1:{server.port}"
    async with AsyncXAI(
        api_key="k", base_url="http://localhost:1/v1", proxy=proxy, retries=0, transport=transport
    ) as client:
        await client.models.list()
    assert (server.requests[0].path, server.requests[0].headers["proxy-authorization"]) == (
        "http://localhost:1/v1/models",
        "Basic dTpw",
    )


async def test_a_proxy_that_aiohttp_does_not_know_is_refused(server: RawServer) -> None:
    async with made(server, "aiohttp", proxy="socks5://127.0.0.1:9") as client:
        with pytest.raises(ConfigurationError, match="no SOCKS proxies"):
            await client.models.list()
