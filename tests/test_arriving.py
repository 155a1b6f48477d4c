"""The body of a reply as it arrives: all that is there in one piece, and what came before a fault before the fault."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import httpcore
import httpx
import pytest

from tests.rawserver import CUT, RESET, Piece, RawServer, chunked, events, head, reply
from tests.streaming import chunk, made
from tests.wire import HELLO
from xai_httpx import (
    APIConnectionError,
    StreamTruncatedError,
)
from xai_httpx._arriving import Held
from xai_httpx._connections import Connections

CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
SIZED = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n"
OLD = b"HTTP/1.0 200 OK\r\n\r\n"
REQUEST: dict[str, Any] = {
    "method": "GET",
    "url": "http://127.0.0.1/",
    "headers": {"host": "h"},
    "extensions": {"timeout": {"read": None}},
}


class Network(httpcore.AsyncMockBackend):
    """A network on which each read brings the next of these bytes, and then the end."""

    def __init__(self, *reads: bytes) -> None:
        super().__init__(list(reads))


async def opened(*reads: bytes) -> tuple[Held, Connections]:
    """The body of the reply that these reads bring, and its connections."""
    connections = Connections(httpcore.AsyncConnectionPool(network_backend=Network(*reads)))
    response = await connections.handle_async_request(httpcore.Request(**REQUEST))
    return response.stream, connections


async def pieces(body: AsyncIterator[bytes]) -> list[bytes | str]:
    """The pieces of a body, and the words of what ends it before its end."""
    found: list[bytes | str] = []
    try:
        async for piece in body:
            found.append(piece)
    except httpcore.RemoteProtocolError as error:
        found.append(str(error).partition(" (")[0])
    return found


SHORT = "peer closed connection without sending complete message body"
SHORT_CHUNKED = "peer closed connection without sending complete message body"
BROKEN = "illegal chunk header: bytearray(b'zz\\r\\n')"


@pytest.mark.parametrize(
    ("reads", "expected", "reusable"),
    [
        pytest.param([SIZED % 5 + b"hello"], [b"hello"], True, id="whole body with the head"),
        pytest.param([SIZED % 5, b"hello"], [b"hello"], True, id="whole body after the head"),
        pytest.param([SIZED % 5, b"he", b"llo"], [b"he", b"llo"], True, id="in two reads"),
        pytest.param([SIZED % 0], [], True, id="empty"),
        pytest.param([b"HTTP/1.1 204 No Content\r\n\r\n"], [], True, id="204"),
        pytest.param([b"HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n"], [], True, id="304"),
        pytest.param([CHUNKED + b"1\r\na\r\n1\r\nb\r\n", b"1\r\nc\r\n0\r\n\r\n"], [b"ab", b"c"], True, id="chunks"),
        pytest.param([CHUNKED, b"2\r\na", b"b\r", b"\n0\r\n", b"\r\n"], [b"a", b"b"], True, id="split chunk"),
        pytest.param([CHUNKED + b"1\r\na\r\n0\r\nx-sum: 1\r\n", b"\r\n"], [b"a"], True, id="trailers"),
        pytest.param([CHUNKED + b"1\r\na\r\n0\r\n\r\nmore"], [b"a"], False, id="more than the reply"),
        pytest.param([OLD + b"a", b"b"], [b"a", b"b"], False, id="to the end of an HTTP/1.0 connection"),
        pytest.param([OLD], [], False, id="empty HTTP/1.0 reply"),
        pytest.param([b"HTTP/1.1 103 Hints\r\n\r\n", SIZED % 1 + b"a"], [b"a"], True, id="after 103"),
        pytest.param([b"HTTP/1.1 100 Continue\r\n\r\n" + SIZED % 1 + b"a"], [b"a"], True, id="after 100"),
        pytest.param([SIZED % 5 + b"he"], [b"he", SHORT], False, id="short of its length"),
        pytest.param([SIZED % 2 + b"hello"], [b"he"], False, id="longer than its length"),
        pytest.param([CHUNKED + b"1\r\na\r\n1\r\nb\r\n"], [b"ab", SHORT_CHUNKED], False, id="cut between chunks"),
        pytest.param([CHUNKED + b"1\r\na\r\n1\r\nb\r\nzz\r\n"], [b"ab", BROKEN], False, id="broken chunk"),
        pytest.param([CHUNKED + b"zz\r\n"], [BROKEN], False, id="nothing but a broken chunk"),
    ],
)
async def test_what_arrived_together_is_one_piece_and_a_fault_comes_after_it(
    reads: list[bytes], expected: list[bytes | str], reusable: bool
) -> None:
    body, connections = await opened(*reads)
    assert await pieces(body) == expected
    assert len(await pieces(body)) == len([piece for piece in expected if isinstance(piece, str)])  # it stays so
    await body.aclose()
    await body.aclose()
    assert not connections._busy
    assert [len(kept) for kept in connections._idle.values()] == [1] * reusable
    await connections.aclose()


class Unknown:
    """A body that is not made as those of httpcore are."""

    closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in (b"a", b"b"):
            yield piece

    async def aclose(self) -> None:
        self.closed = True


async def test_a_body_that_is_not_made_as_it_is_known_to_be_is_read_as_it_is() -> None:
    known, connections = await opened(SIZED % 1 + b"a")
    stream = Unknown()
    body = Held(stream, known._connection, known._origin, connections, None)
    assert await pieces(body) == [b"a", b"b"]
    await body.aclose()
    assert stream.closed
    assert not connections._busy
    assert not connections._idle  # nobody knows whether it could be used again
    await connections.aclose()


async def test_what_came_beyond_a_reply_is_not_taken_for_the_next_one(server: RawServer) -> None:
    models, wrong = reply(b'{"data": [], "object": "list"}'), reply(b'{"code": "quota", "error": "of another"}', 402)
    server.answer(models + wrong)
    server.answer(models)
    async with made(server) as client:
        for _ in range(2):
            await client.models.list()
    assert [request.connection for request in server.requests] == [1, 2]


DATA = events(chunk("a"), chunk("b"))
TOP, BODY, _ = chunked(DATA)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ([TOP, BODY, CUT], httpx.RemoteProtocolError),
        ([TOP, BODY, b"zz\r\nno chunk", CUT], httpx.RemoteProtocolError),
        ([TOP, BODY + b"zz\r\nno chunk", CUT], httpx.RemoteProtocolError),
        ([SIZED % 9999 + b"", DATA, CUT], httpx.RemoteProtocolError),
        ([head(), DATA, CUT], None),
        ([TOP, BODY, RESET], httpx.ReadError),
    ],
    ids=["cut", "broken chunk", "broken chunk at once", "short of its length", "unframed", "reset"],
)
async def test_the_events_before_a_fault_are_handed_out_and_the_fault_is_a_cut(
    server: RawServer, answer: list[Piece], cause: type[Exception] | None
) -> None:
    answer = [answer[0].replace(b"200 OK\r\n", b"200 OK\r\ncontent-type: text/event-stream\r\n"), *answer[1:]]
    server.answer(*answer)
    seen: list[str] = []
    async with made(server) as client, client.chat.completions.stream(model="m", messages=HELLO) as stream:
        for _ in range(2):
            seen.append((await anext(stream)).text)
        with pytest.raises(StreamTruncatedError) as caught:
            await anext(stream)
        with pytest.raises(StreamTruncatedError):
            await anext(stream)
    assert seen == ["a", "b"]
    assert caught.value.partial.text == "ab"
    assert type(caught.value.__cause__) is (cause or type(None))


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ([CHUNKED + b"1\r\n{\r\n", CUT], httpx.RemoteProtocolError),
        ([CHUNKED + b"1\r\n{\r\nzz\r\n"], httpx.RemoteProtocolError),
        ([SIZED % 50 + b"{", CUT], httpx.RemoteProtocolError),
        ([b"HTTP/1.1 200", CUT], httpx.RemoteProtocolError),
        ([CUT], httpx.RemoteProtocolError),
        ([CHUNKED, lambda: time.sleep(0.02), RESET], httpx.ReadError),
    ],
    ids=["cut", "broken chunk", "short of its length", "in the head", "before the head", "reset"],
)
async def test_a_reply_that_breaks_off_is_a_connection_error_of_httpx(
    server: RawServer, answer: list[Piece], cause: type[Exception]
) -> None:
    server.answer(*answer)
    async with made(server) as client:
        with pytest.raises(APIConnectionError) as caught:
            await client.models.list()
        assert type(caught.value.__cause__) is cause
        assert caught.value.may_have_been_processed
        server.answer(reply(b'{"data": [], "object": "list"}'))
        await client.models.list()
    assert [request.connection for request in server.requests] == [1, 2]
