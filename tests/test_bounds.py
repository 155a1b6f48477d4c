"""Bounds of what a server may send: size, rate, compression, and the size of an event."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import pytest

from tests.clients import client_of
from tests.rawserver import CUT, TRICKLE, RawServer, events, head, reply
from tests.wire import HELLO
from xai_httpx import (
    APIConnectionError,
    APITimeoutError,
    AsyncXAI,
    InternalServerError,
    Meta,
    ResponseTooLargeError,
    StreamProtocolError,
    StreamTruncatedError,
    Timeout,
)
from xai_httpx._body import decompressed

pytestmark = pytest.mark.usefixtures("own_connections")

MODELS = b'{"data": [], "object": "list"}'
META = Meta(200, (), "id", 1, 0.0)


def made(server: RawServer, **options: Any) -> AsyncXAI:
    return client_of(api_key="k", base_url=server.base_url, retries=0, **options)


def chunked(*pieces: bytes) -> list[Any]:
    top = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    return [top, *(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces), b"0\r\n\r\n"]


@pytest.mark.parametrize("how", ["content-length", "chunked", "gzip"])
async def test_a_reply_over_the_limit_is_refused(server: RawServer, how: str) -> None:
    body = b'{"data": [], "filler": "%s"}' % (b"x" * 200_000)
    answers: dict[str, list[Any]] = {
        "content-length": [reply(body)],
        "chunked": chunked(body[:50_000], body[50_000:]),
        "gzip": [reply(gzip.compress(body), content_encoding="gzip")],
    }
    server.answer(*answers[how])
    server.answer(reply(MODELS))
    async with made(server, max_body_bytes=100_000) as client:
        with pytest.raises(ResponseTooLargeError, match=r"larger than 100000 bytes \(max_body_bytes\)") as caught:
            await client.models.list()
        assert caught.value.limit == 100_000
        assert caught.value.may_have_been_processed
        assert client.concurrency.in_use == 0
        assert await client.models.list().collect() == []


async def test_a_reply_of_just_the_limit_is_taken(server: RawServer) -> None:
    server.answer(reply(MODELS))
    async with made(server, max_body_bytes=len(MODELS)) as client:
        assert await client.models.list().collect() == []


def test_a_bomb_is_not_blown_up() -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    with pytest.raises(ResponseTooLargeError):
        decompressed(bomb, "gzip", 1000, META)


@pytest.mark.parametrize(
    ("encoding", "raw"),
    [
        ("gzip", gzip.compress(MODELS)),
        ("GZIP ", gzip.compress(MODELS)),
        ("deflate", zlib.compress(MODELS)),
        ("deflate", zlib.compress(MODELS, wbits=-15)),
    ],
    ids=["gzip", "in capitals", "deflate", "deflate without header"],
)
def test_what_was_asked_for_is_decompressed(encoding: str, raw: bytes) -> None:
    assert decompressed(raw, encoding, 1000, META) == MODELS


@pytest.mark.parametrize(
    ("encoding", "raw", "words"),
    [
        ("gzip", b"no gzip", "broken"),
        ("gzip", gzip.compress(MODELS)[:-9], "ends too early"),
        ("br", b"x", "'br', which was not asked for"),
    ],
    ids=["broken", "cut", "unknown"],
)
def test_what_cannot_be_decompressed_is_a_connection_error(encoding: str, raw: bytes, words: str) -> None:
    with pytest.raises(APIConnectionError, match=words):
        decompressed(raw, encoding, 1000, META)


async def test_an_error_with_an_endless_body_is_still_that_error(server: RawServer) -> None:
    server.answer(b"HTTP/1.1 500 X\r\n\r\n", b'{"code": "x", "error": "' + b"x" * 3_000_000, TRICKLE)
    server.answer(reply(MODELS))
    async with made(server, max_concurrency=1) as client:
        with pytest.raises(InternalServerError) as caught:
            await client.models.list()
        assert await client.models.list(options={"deadline": 20}).collect() == []  # the connection was given back
    assert len(caught.value.body) == 1024 * 1024


async def test_an_error_whose_body_stalls_is_still_that_error(server: RawServer) -> None:
    server.answer(b"HTTP/1.1 500 X\r\ncontent-length: 100\r\n\r\n", b"half", "wait")
    server.answer(reply(MODELS))
    async with made(server, timeout=Timeout(read=0.2), max_concurrency=1) as client:
        with pytest.raises(InternalServerError) as caught:
            await client.models.list()
        assert await client.models.list(options={"deadline": 20, "timeout": 20}).collect() == []
    assert caught.value.body == "half"


async def test_a_body_slower_than_the_floor_is_given_up(server: RawServer) -> None:
    server.answer(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n", TRICKLE)
    async with made(server, timeout=Timeout(read=0.3)) as client:
        with pytest.raises(APITimeoutError, match=r"more slowly than 1024 bytes a second \(min_body_rate\)") as caught:
            await client.models.list()
    assert caught.value.may_have_been_processed


async def test_a_slow_body_above_the_floor_is_taken(server: RawServer) -> None:
    server.answer(*chunked(b"{", b'"data"', b": []", b', "object": "list"}'))
    async with made(server, timeout=Timeout(read=5), min_body_rate=1) as client:
        assert await client.models.list().collect() == []


async def test_an_event_over_the_limit_ends_the_stream_and_its_connection(server: RawServer) -> None:
    chunk = '{"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": []}'
    server.answer(head(), events(chunk), b"data: " + b"x" * 200_000, TRICKLE)
    async with made(server, max_event_bytes=100_000) as client:
        async with client.chat.completions.stream(model="m", messages=HELLO) as stream:
            with pytest.raises(StreamProtocolError, match="larger than 100000 bytes") as caught:
                await stream.final()
            assert client.concurrency.in_use == 0
    assert caught.value.partial.id == "c"


@pytest.mark.parametrize("broken", [False, True])
async def test_a_stream_may_be_compressed_though_that_was_not_asked_for(server: RawServer, broken: bool) -> None:
    chunk = '{"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": []}'
    body = gzip.compress(events(*[chunk] * 50, done=True))
    top = head(content_encoding="gzip")
    server.answer(top, body[:40], b"garbage" if broken else body[40:])
    async with made(server) as client:
        assert server.requests == []
        async with client.chat.completions.stream(model="m", messages=HELLO) as stream:
            if broken:
                with pytest.raises((APIConnectionError, StreamTruncatedError)):
                    await stream.final()
            else:
                assert len([event async for event in stream]) == 50
    assert server.requests[0].headers["accept-encoding"] == "identity"


async def test_a_body_that_is_cut_is_no_body(server: RawServer) -> None:
    server.answer(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1e\r\n" + MODELS, CUT)
    async with made(server) as client:
        with pytest.raises(APIConnectionError, match="broke off"):
            await client.models.list()
