"""P25: bodies go up without being held in memory, without blocking the loop, and never by halves."""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from tests.pains.bodies import (
    BUSY,
    CANARY,
    CONTENT,
    DONE,
    KEY,
    MIB,
    PASSING,
    READ_ONCE,
    REPEATABLE,
    at,
    closed,
    made,
    pieces,
)
from tests.pains.bulk import BulkServer
from tests.rawserver import CUT, RawServer
from xai_httpx import (
    APIConnectionError,
    CircuitBreaker,
    DeadlineExceededError,
    RequestBodyError,
    RequestValidationError,
    RetryPolicy,
    ServiceUnavailableError,
)
from xai_httpx._sources import CHUNK

pytestmark = pytest.mark.usefixtures("own_connections")


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_p25_half_a_gigabyte_up_and_down_takes_no_memory(loop: str, tmp_path: Path) -> None:
    size = 512 * MIB
    source, target = tmp_path / "source", tmp_path / "target"
    source.touch()
    os.truncate(source, size)
    with BulkServer() as server:
        command = [sys.executable, "-m", "tests.pains.transfers", loop, server.base_url, str(source), str(target)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    written = target.stat().st_size
    target.unlink()
    told = json.loads(done.stdout)
    assert (told["sent"], told["received"], written) == ([size, size], size, size)
    assert told["growth"] < 32 * MIB, told


@pytest.mark.parametrize("kind", [*REPEATABLE, *READ_ONCE])
async def test_p25_every_source_arrives_whole(server: RawServer, path: Path, kind: str) -> None:
    server.answer(DONE)
    content = {**REPEATABLE, **READ_ONCE}[kind](path)
    async with made(server) as client:
        result = await client.request("POST", "/files", content=content, content_type="audio/mpeg")
    closed(content)
    assert result.json() == {"ok": True}
    [request] = server.requests
    assert request.body == CONTENT
    assert request.headers["content-type"] == "audio/mpeg"
    length = None if kind in READ_ONCE else str(len(CONTENT))
    assert request.headers.get("content-length") == length
    assert request.headers.get("transfer-encoding") == ("chunked" if kind in READ_ONCE else None)


@pytest.mark.parametrize("content", [b"", io.BytesIO(), at(io.BytesIO(b"abc"), 3), at(io.BytesIO(b"abc"), 9)])
async def test_p25_nothing_is_a_body_of_no_bytes(server: RawServer, content: Any) -> None:
    server.answer(DONE)
    async with made(server) as client:
        await client.request("POST", "/files", content=content)
    assert (server.requests[0].headers["content-length"], server.requests[0].body) == ("0", b"")


@pytest.mark.parametrize("kind", REPEATABLE)
async def test_p25_a_retry_reads_the_source_anew(server: RawServer, path: Path, kind: str) -> None:
    server.answer(BUSY)
    server.answer(CUT)
    server.answer(DONE)
    content = REPEATABLE[kind](path)
    async with made(server, retries=PASSING) as client:
        result = await client.request("PUT", "/files", content=content)
    closed(content)
    assert result.meta.attempts == 3
    assert [request.body == CONTENT for request in server.requests] == [True, True, True]


@pytest.mark.parametrize("kind", READ_ONCE)
async def test_p25_a_retry_that_cannot_rewind_is_refused(server: RawServer, path: Path, kind: str) -> None:
    server.answer(BUSY)
    content = READ_ONCE[kind](path)
    async with made(server, retries=PASSING) as client:
        with pytest.raises(ServiceUnavailableError) as caught:
            await client.request("PUT", "/files", content=content)
        assert client.concurrency.in_use == 0
    closed(content)
    assert len(server.requests) == caught.value.attempts == 1
    assert ["only once" in note for note in caught.value.__notes__] == [True]


async def test_p25_what_was_not_begun_is_sent_after_all() -> None:
    with socket.socket() as listener, contextlib.ExitStack() as started:
        listener.bind(("127.0.0.1", 0))
        server = RawServer(listener=listener)
        server.answer(DONE)

        def start(*_: object) -> None:  # until then connections are refused
            listener.listen()
            started.enter_context(server)

        async with made(server, retries=RetryPolicy(first_delay=0.0, on_retry=start)) as client:
            result = await client.request("POST", "/files", content=pieces())
    assert (result.meta.attempts, server.requests[0].body) == (2, CONTENT)


REFUSED: list[tuple[str, Callable[[Path], Any], str]] = [
    ("missing", lambda folder: folder / "none", "No such file"),
    ("directory", lambda folder: folder, "is a directory"),
    ("nul", lambda folder: Path("a\0b"), "null"),
    ("text", lambda folder: io.StringIO("text"), "text mode"),
    ("string", lambda folder: "text or path", "Path"),
    ("number", lambda folder: 5, "got int"),
    ("list", lambda folder: [b"a"], "got list"),
    ("iterator", lambda folder: iter([b"a"]), "async iterator of bytes, got list_iterator"),
]


@pytest.mark.parametrize(("content", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
async def test_p25_what_cannot_be_read_is_refused_before_anything_is_sent(
    server: RawServer, folder: Path, content: Callable[[Path], Any], words: str
) -> None:
    async with made(server) as client:
        with pytest.raises(RequestValidationError, match=words) as caught:
            await client.request("POST", "/files", content=content(folder))
    assert caught.value.parameter == "content"
    assert server.requests == []


async def test_p25_files_in_the_wrong_state_are_refused(server: RawServer, path: Path, folder: Path) -> None:
    class Upload:
        """As Starlette's UploadFile is."""

        async def read(self, size: int) -> bytes:
            return b""

    fifo = folder / "fifo"
    os.mkfifo(fifo)
    async with made(server) as client:
        with (
            path.open(encoding="latin-1") as text,
            path.open("rb") as shut,
            (folder / "new").open("wb") as writing,
            tempfile.SpooledTemporaryFile(mode="w+", encoding="ascii") as spooled_text,
        ):
            shut.close()
            cases: list[tuple[Any, str]] = [
                (text, "text mode"),
                (anyio.wrap_file(text), "text mode"),
                (spooled_text, "text mode"),
                (shut, "closed"),
                (writing, "writing"),
                (Upload(), "async read"),
                (fifo, "no regular file"),
            ]
            for content, words in cases:
                with pytest.raises(RequestValidationError, match=words):
                    await client.request("POST", "/files", content=content)
    assert server.requests == []


async def test_p25_what_does_not_go_together_is_refused(server: RawServer) -> None:
    async with made(server) as client:
        for arguments, parameter in (
            ({"content": b"a", "body": {"a": 1}}, "content"),
            ({"content": b"a", "content_type": "text/plain\r\nx: y"}, "content_type"),
            ({"content": b"a", "options": {"extra_body": {"a": 1}}}, "options.extra_body"),
            ({"body": {}, "on_progress": print}, "on_progress"),
        ):
            with pytest.raises(RequestValidationError) as caught:
                await client.request("POST", "/files", **arguments)
            assert caught.value.parameter == parameter
    assert server.requests == []


async def test_p25_the_content_is_in_no_traceback(server: RawServer) -> None:
    async with made(server) as client:
        with pytest.raises(RequestValidationError) as caught:
            await client.request("POST", "/files", content=CANARY, body=1)
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "in request" in shown
    assert "canary canary" not in shown


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda path: os.truncate(path, CHUNK + 1), f"ended after {CHUNK + 1} of the {len(CONTENT)} bytes"),
        (lambda path: os.truncate(path, 10), f"ended after {CHUNK} of the {len(CONTENT)} bytes"),
        (lambda path: os.truncate(path, len(CONTENT) + 1), f"grew beyond the {len(CONTENT)} bytes"),
        (lambda path: os.truncate(path, 3 * MIB), f"grew beyond the {len(CONTENT)} bytes"),
    ],
    ids=["shrunk", "shrunk much", "grown by a byte", "grown much"],
)
async def test_p25_a_file_that_changes_on_the_way_is_an_error(
    server: RawServer, path: Path, change: Callable[[Path], None], words: str
) -> None:
    server.answer(DONE)

    def first(sent: int, _: int | None) -> None:
        if sent == CHUNK:
            change(path)

    async with made(server, retries=PASSING) as client:
        with pytest.raises(RequestBodyError, match=words) as caught:
            await client.request("PUT", "/files", content=path, on_progress=first)
        assert client.concurrency.in_use == 0
    assert caught.value.attempts == 1
    server.closed_by_client.wait(5)
    assert all(len(request.body) < len(CONTENT) for request in server.requests)


async def test_p25_a_file_that_changes_between_attempts_is_an_error(server: RawServer, path: Path) -> None:
    server.answer(BUSY)
    server.answer(DONE)
    retries = RetryPolicy(first_delay=0.0, on_retry=lambda *_: path.write_bytes(CONTENT + b"!"))
    async with made(server, retries=retries) as client:
        with pytest.raises(RequestBodyError, match="grew") as caught:
            await client.request("PUT", "/files", content=path)
    assert caught.value.attempts == 2


class Failing:
    """An async iterator that breaks after its first piece."""

    def __init__(self, error: Exception) -> None:
        self._error = error
        self._begun = False

    def __aiter__(self) -> Failing:
        return self

    async def __anext__(self) -> bytes:
        if self._begun:
            raise self._error
        self._begun = True
        return b"a"


@pytest.mark.parametrize(
    "error",
    [
        ValueError("mine"),
        OSError(5, "mine"),
        ConnectionResetError("mine"),
        TimeoutError("mine"),
        httpx.ReadError("mine"),
        APIConnectionError("mine"),
        ExceptionGroup("mine", [ValueError("mine")]),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_p25_an_error_of_the_source_passes_as_it_is(server: RawServer, error: Exception) -> None:
    async with made(server, retries=PASSING) as client:
        with pytest.raises(type(error), match="mine") as caught:
            await client.request("PUT", "/files", content=Failing(error))
        assert client.concurrency.in_use == 0
    assert caught.value is error
    assert (error.__cause__, error.__context__) == (None, None)
    shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert f"Bearer {KEY}" not in shown
    server.closed_by_client.wait(5)
    assert len(server.requests) <= 1


async def test_p25_an_error_of_the_source_says_nothing_of_the_host(server: RawServer) -> None:
    server.answer(DONE)
    async with made(server, circuit_breaker=CircuitBreaker(window=1)) as client:
        with pytest.raises(OSError, match="mine"):
            await client.request("PUT", "/files", content=Failing(OSError(5, "mine")))
        server.closed_by_client.wait(5)  # what it made of half a request took an answer
        server.answer(DONE)
        assert (await client.request("GET", "/files")).json() == {"ok": True}


async def test_p25_a_file_that_vanishes_between_attempts_says_so(server: RawServer, path: Path) -> None:
    server.answer(BUSY)
    retries = RetryPolicy(first_delay=0.0, on_retry=lambda *_: path.unlink())
    async with made(server, retries=retries) as client:
        with pytest.raises(FileNotFoundError):
            await client.request("PUT", "/files", content=path)


async def test_p25_an_error_of_the_progress_callback_passes_as_it_is(server: RawServer, path: Path) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "mine")

    async with made(server, retries=PASSING) as client:
        with pytest.raises(OSError, match="mine"):
            await client.request("PUT", "/files", content=path, on_progress=full)


async def test_p25_pieces_that_are_no_bytes_are_an_error(server: RawServer) -> None:
    async def texts() -> AsyncIterator[Any]:
        yield "text"

    async with made(server) as client:
        with pytest.raises(RequestBodyError, match="gave str"):
            await client.request("POST", "/files", content=texts())


async def test_p25_files_are_read_off_the_loop(server: RawServer) -> None:
    server.answer(DONE)
    threads: set[int] = set()

    class Watched(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            threads.add(threading.get_ident())
            return super().read(size)

    async with made(server) as client:
        await client.request("POST", "/files", content=Watched(CONTENT))
    assert threads
    assert threading.get_ident() not in threads


async def test_p25_a_cancelled_upload_ends_its_generator(server: RawServer) -> None:
    ended = False

    async def endless() -> AsyncIterator[bytes]:
        nonlocal ended
        try:
            for count in range(10_000):
                if count == 20:
                    scope.cancel()
                yield bytes(CHUNK)
        finally:
            ended = True

    async with made(server) as client:
        with anyio.CancelScope() as scope:
            await client.request("POST", "/files", content=endless())
        assert scope.cancelled_caught
        assert client.concurrency.in_use == 0
    assert ended


async def test_p25_the_deadline_covers_a_pipe_that_says_nothing(server: RawServer) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb", buffering=0) as file:
        async with made(server) as client:
            with pytest.raises(DeadlineExceededError):
                await client.request("POST", "/files", content=file, options={"deadline": 0.1})
        os.close(writing)  # lets the thread go that is still reading


async def test_p25_progress_tells_what_was_sent(server: RawServer, path: Path) -> None:
    server.answer(BUSY)
    server.answer(DONE)
    server.answer(DONE)
    told: list[tuple[int, int | None]] = []
    async with made(server, retries=PASSING) as client:
        await client.request("PUT", "/files", content=path, on_progress=lambda *each: told.append(each))
        size = len(CONTENT)
        once = [(CHUNK, size), (2 * CHUNK, size), (size, size)]
        assert told == once + once
        told.clear()
        await client.request("PUT", "/files", content=pieces(b"abcdef", 2), on_progress=lambda *each: told.append(each))
        assert told == [(2, None), (4, None), (6, None)]
