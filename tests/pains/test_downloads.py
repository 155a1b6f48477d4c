"""P25: replies come down to files without being held in memory, and never by halves."""

from __future__ import annotations

import asyncio
import gzip
import os
import resource
import stat
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from tests.pains.bodies import BUSY, CONTENT, DONE, PASSING, made, pieces, there
from tests.rawserver import CUT, JSON, RESET, WAIT, RawServer, reply
from xai_httpx import (
    XAI,
    APIConnectionError,
    APIError,
    APITimeoutError,
    AsyncXAI,
    DeadlineExceededError,
    NotFoundError,
    RequestValidationError,
    Timeout,
)
from xai_httpx._sources import CHUNK

pytestmark = pytest.mark.usefixtures("own_connections")


async def test_p25_a_download_is_a_file(server: RawServer, folder: Path) -> None:
    for _ in range(3):
        server.answer(reply(CONTENT, content_type="video/mp4", x_request_id="r-1"))
    (folder / "b").write_bytes(b"old")
    told: list[tuple[int, int | None]] = []
    async with made(server, max_body_bytes=10) as client:
        result = await client.download(
            "/files/1", folder / "a", query={"v": 1}, on_progress=lambda *each: told.append(each)
        )
        assert (result.path, result.size, result.meta.request_id) == (folder / "a", len(CONTENT), "r-1")
        assert (await client.download("/files/1", str(folder / "b"))).path == folder / "b"
        assert (await client.download("/files/1", anyio.Path(folder / "c"))).path == folder / "c"
        assert client.concurrency.in_use == 0
    assert there(folder) == {"a": CONTENT, "b": CONTENT, "c": CONTENT}
    assert stat.S_IMODE((folder / "a").stat().st_mode) == 0o666 & ~os.umask(os.umask(0o022))
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert [sent for sent, _ in told] == sorted({sent for sent, _ in told})
    first = server.requests[0]
    assert (first.path, first.headers["accept"], first.headers["accept-encoding"]) == (
        "/v1/files/1?v=1", "*/*", "identity",
    )  # fmt: skip


async def test_p25_a_download_follows_a_link(server: RawServer, folder: Path) -> None:
    server.answer(reply(b"new"))
    (folder / "file").write_bytes(b"old")
    (folder / "link").symlink_to("file")
    async with made(server) as client:
        await client.download("/files/1", folder / "link")
    assert (folder / "link").is_symlink()
    assert (folder / "file").read_bytes() == b"new"


async def test_p25_an_empty_reply_is_an_empty_file(server: RawServer, folder: Path) -> None:
    server.answer(reply(b"", 204, content_type=None))
    async with made(server) as client:
        assert (await client.download("/files/1", folder / "a")).size == 0
    assert (folder / "a").read_bytes() == b""


CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


async def test_p25_chunks_are_joined(server: RawServer, folder: Path) -> None:
    server.answer(CHUNKED + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    told: list[tuple[int, int | None]] = []
    async with made(server) as client:
        result = await client.download("/files/1", folder / "a", on_progress=lambda *each: told.append(each))
    assert (result.path.read_bytes(), told) == (b"abcde", [(5, None)])


BROKEN: dict[str, tuple[bytes | str, ...]] = {
    "short": (reply(CONTENT)[:-1], CUT),
    "reset": (reply(CONTENT)[: 2 * CHUNK], RESET),
    "chunk cut": (CHUNKED + b"9\r\nabc", CUT),
    "no last chunk": (CHUNKED + b"3\r\nabc\r\n", CUT),
    "compression cut": (reply(gzip.compress(CONTENT)[:-9], content_encoding="gzip"),),
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
async def test_p25_a_cut_download_leaves_nothing(server: RawServer, folder: Path, answer: tuple[bytes, ...]) -> None:
    (folder / "kept").write_bytes(b"old")
    server.answer(*answer)
    server.answer(*answer)
    async with made(server) as client:
        for name in ("a", "kept"):
            with pytest.raises(APIConnectionError) as caught:
                await client.download("/files/1", folder / name)
            assert caught.value.meta
            assert caught.value.meta.status == 200
        assert client.concurrency.in_use == 0
    assert there(folder) == {"kept": b"old"}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
async def test_p25_a_cut_download_begins_again(server: RawServer, folder: Path, answer: tuple[bytes, ...]) -> None:
    server.answer(*answer)
    server.answer(BUSY)
    server.answer(reply(b"whole"))
    async with made(server, retries=PASSING) as client:
        result = await client.download("/files/1", folder / "a")
    assert (result.size, result.meta.attempts) == (5, 3)
    assert there(folder) == {"a": b"whole"}


async def test_p25_a_cut_reply_to_a_create_is_not_asked_for_again(server: RawServer, folder: Path) -> None:
    server.answer(*BROKEN["short"])
    async with made(server, retries=PASSING) as client:
        with pytest.raises(APIConnectionError) as caught:
            await client.download("/audio", folder / "a", method="post")
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, True)
    assert there(folder) == {}


async def test_p25_a_body_shorter_than_announced_is_an_error_on_any_transport(folder: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b"abc", headers={"content-length": "10"})

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    async with http, AsyncXAI(api_key="k", http_client=http, retries=0) as client:
        with pytest.raises(APIConnectionError, match="after 3 of 10 bytes"):
            await client.download("/files/1", folder / "a")
    assert there(folder) == {}


async def test_p25_a_refused_download_leaves_nothing(server: RawServer, folder: Path) -> None:
    server.answer(reply(b'{"code": "not-found", "error": "no"}', 404, x_request_id="r-1"))
    async with made(server) as client:
        with pytest.raises(NotFoundError, match="r-1"):
            await client.download("/files/1", folder / "a")
    assert there(folder) == {}


async def test_p25_a_cancelled_download_leaves_nothing(server: RawServer, folder: Path) -> None:
    (folder / "a").write_bytes(b"old")
    server.answer(reply(CONTENT)[: 2 * CHUNK], WAIT)
    async with made(server) as client:
        with anyio.CancelScope() as scope:
            await client.download("/files/1", folder / "a", on_progress=lambda *_: scope.cancel())
        assert scope.cancelled_caught
        assert client.concurrency.in_use == 0
    assert there(folder) == {"a": b"old"}


async def test_p25_a_download_whose_task_is_cancelled_leaves_nothing(
    server: RawServer, folder: Path, anyio_backend_name: str
) -> None:
    if anyio_backend_name == "trio":
        pytest.skip("Trio has no cancellation of tasks")
    server.answer(reply(CONTENT)[: 2 * CHUNK], WAIT)
    async with made(server) as client:
        task: asyncio.Task[Any] = asyncio.ensure_future(
            client.download("/files/1", folder / "a", on_progress=lambda *_: task.cancel())
        )
        with pytest.raises(asyncio.CancelledError):
            await task
    assert there(folder) == {}


async def test_p25_the_deadline_covers_the_body(server: RawServer, folder: Path) -> None:
    server.answer(reply(CONTENT)[:CHUNK], WAIT)
    async with made(server, retries=PASSING) as client:
        with pytest.raises(DeadlineExceededError):
            await client.download("/files/1", folder / "a", options={"deadline": 0.2})
    assert there(folder) == {}


async def test_p25_a_trickle_is_an_error(server: RawServer, folder: Path) -> None:
    server.answer(reply(bytes(100))[:-90], *[part for _ in range(9) for part in (lambda: time.sleep(0.05), b"x")], WAIT)
    async with made(server, min_body_rate=10**6) as client:
        with pytest.raises(APITimeoutError, match="min_body_rate"):
            await client.download("/files/1", folder / "a", options={"timeout": Timeout(read=0.2)})
    assert there(folder) == {}


async def test_p25_a_download_is_not_bound_by_the_clock_of_streams(server: RawServer, folder: Path) -> None:
    server.answer(reply(b"abc"))
    async with made(server, first_event_timeout=0.0) as client:
        assert (await client.download("/files/1", folder / "a")).size == 3


async def test_p25_a_full_disk_is_told_as_it_is(server: RawServer, folder: Path) -> None:
    server.answer(reply(CONTENT))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with made(server, retries=PASSING) as client:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
        try:
            with pytest.raises(OSError, match="too large"):
                await client.download("/files/1", folder / "a")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert client.concurrency.in_use == 0
    assert there(folder) == {}


async def test_p25_a_target_that_cannot_be_is_refused_before_anything_is_sent(server: RawServer, folder: Path) -> None:
    cases: list[tuple[Any, str]] = [
        (folder, "is a directory"),
        (folder / "none" / "a", "does not exist"),
        (f"{folder}/none/", "is a directory"),
        ("", "is a directory"),
        ("/dev/null", "no regular file"),
        ("a\0b", "null"),
        (5, "got int"),
        (folder / ("x" * 300), "too long"),
    ]
    async with made(server) as client:
        for to, words in cases:
            with pytest.raises(RequestValidationError, match=words) as caught:
                await client.download("/files/1", to)
            assert caught.value.parameter == "to"
        with pytest.raises(RequestValidationError, match="HEAD"):
            await client.download("/files/1", folder / "a", method="HEAD")
    assert server.requests == []
    assert there(folder) == {}


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
async def test_p25_both_libraries_send_and_receive(server: RawServer, path: Path, folder: Path, library: str) -> None:
    pytest.importorskip(library)
    server.answer(BUSY)
    server.answer(DONE)
    server.answer(DONE)
    server.answer(reply(CONTENT))
    async with import_module(library).AsyncClient() as http, made(server, retries=PASSING, http_client=http) as client:
        await client.request("PUT", "/files", content=path)
        await client.request("POST", "/files", content=pieces())
        result = await client.download("/files/1", folder / "a")
    assert [request.body for request in server.requests] == [CONTENT, CONTENT, CONTENT, b""]
    assert result.path.read_bytes() == CONTENT


def test_p25_sync_clients_send_and_receive_files(server: RawServer, path: Path, folder: Path) -> None:
    server.answer(DONE)
    server.answer(reply(CONTENT, content_type=JSON))
    told: list[int] = []
    with XAI(api_key="k", base_url=server.base_url) as client:
        client.request("POST", "/files", content=path, on_progress=lambda sent, _: told.append(sent))
        result = client.download("/files/1", folder / "a")
        with pytest.raises(APIError):
            client.download("/files/2", folder / "a", options={"retries": 0})
    assert (server.requests[0].body, result.path.read_bytes()) == (CONTENT, CONTENT)
    assert told[-1] == len(CONTENT)
