"""Files: uploaded from any source, listed, fetched, published, deleted; many at once."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from tests.pains.bodies import CONTENT, PASSING, READ_ONCE, REPEATABLE, closed, made, there
from tests.rawserver import CUT, WAIT, RawServer, head, reply
from tests.shown import shown
from xai_httpx import (
    XAI,
    APIStatusError,
    AsyncXAI,
    BadRequestError,
    InternalServerError,
    NotFoundError,
    RateLimitError,
    RequestTooLargeError,
    RequestValidationError,
    UploadResult,
)
from xai_httpx.testing import SimulatedXAI
from xai_httpx.types.files import File

HOUR = 3_600
A_FILE = {"id": "file_1", "object": "file", "bytes": 1, "created_at": 0, "filename": "a.txt"}
PNG = ("a.png", b"\x89PNG")
BACKEND_FAILS = reply(b'{"code": "x", "error": "no"}', 500)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "naïve plan.txt"
    path.write_bytes(CONTENT)
    return path


@pytest.mark.parametrize("kind", [*REPEATABLE, *READ_ONCE])
async def test_every_source_arrives_whole(client: AsyncXAI, path: Path, kind: str) -> None:
    source = {**REPEATABLE, **READ_ONCE}[kind](path)
    file = await client.files.create(file=source)
    closed(source)
    assert file.bytes == len(CONTENT)
    assert (await client.files.content(file.id)).content == CONTENT
    named = "path" in kind or kind in ("file", "unbuffered file", "async file")
    assert file.filename == (path.name if named else "upload")


async def test_a_file_from_upload_to_deletion(client: AsyncXAI, sim: SimulatedXAI, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    file = await client.files.create(
        file=("notes.txt", b"hello"), purpose="assistants", on_progress=lambda *progress: told.append(progress)
    )
    assert (file.filename, file.bytes, file.purpose, file.expires) == ("notes.txt", 5, "assistants", None)
    assert told[-1] == (5, 5)
    assert file.created == datetime.fromtimestamp(file.created_at, UTC)
    assert (await client.files.retrieve(file.id)).id == file.id
    assert (await client.files.content(file.id, format="text")).text == "hello"
    saved = await client.files.download(file.id, tmp_path / "here.txt", format="original")
    assert (saved.size, saved.path.read_bytes()) == (5, b"hello")
    assert [request.query for request in sim.requests[-2:]] == [{"format": "text"}, {"format": "original"}]
    assert (await client.files.delete(file.id)).deleted
    with pytest.raises(NotFoundError):
        await client.files.retrieve(file.id)


@pytest.mark.parametrize("expires_after", [HOUR, timedelta(hours=1)])
async def test_it_expires_and_says_so_before_the_file_is_sent(
    client: AsyncXAI, sim: SimulatedXAI, expires_after: int | timedelta
) -> None:
    file = await client.files.create(file=b"x", expires_after=expires_after)
    assert file.expires is not None
    assert file.created is not None
    assert file.expires - file.created == timedelta(hours=1)
    raw = sim.requests[-1].raw
    assert raw.index(b'name="expires_after"\r\n\r\n3600\r\n') < raw.index(b'name="file"')
    sim.advance(HOUR)
    with pytest.raises(NotFoundError):
        await client.files.content(file.id)


@pytest.mark.parametrize(
    ("given", "parameter", "says"),
    [
        ({"file": Path("/nowhere.txt")}, "file", "No such file"),
        ({"file": Path("/")}, "file", "is a directory"),
        ({"file": "a.txt"}, "file", "must not be a string"),
        ({"file": b""}, "file", "empty"),
        ({"file": ("a\nb.txt", b"canary")}, "file", "file name must be"),
        (
            {"file": b"canary", "expires_after": HOUR - 1},
            "expires_after",
            "at least 3600 and at most 2592000, got 3599",
        ),
        ({"file": b"canary", "expires_after": timedelta(days=31)}, "expires_after", "at most 2592000"),
        ({"file": b"canary", "expires_after": "soon"}, "expires_after", "integer"),
        ({"file": b"canary", "purpose": 7}, "purpose", "string"),
    ],
)
async def test_what_cannot_be_sent_is_named_before_anything_is(
    client: AsyncXAI, sim: SimulatedXAI, given: dict[str, Any], parameter: str, says: str
) -> None:
    with pytest.raises(RequestValidationError, match=says) as caught:
        await client.files.create(**given)
    assert caught.value.parameter == parameter
    assert "canary" not in shown(caught.value)
    assert sim.requests == []


async def test_the_time_is_clamped_or_unchecked_on_request(sim: SimulatedXAI) -> None:
    async with sim.client(out_of_range="clamp") as client:
        file = await client.files.create(file=b"x", expires_after=5)
        assert file.expires_at == file.created_at + HOUR
    async with sim.client(validate=False) as client:
        with pytest.raises(BadRequestError, match="between"):
            await client.files.create(file=b"x", expires_after=5)


async def test_an_upload_that_fails_is_typed_and_shows_nothing(client: AsyncXAI, sim: SimulatedXAI) -> None:
    sim.limit_uploads(3)
    with pytest.raises(RequestTooLargeError) as caught:
        await client.files.create(file=b"canary")
    assert "canary" not in shown(caught.value)
    sim.fail(429, retry_after=0)
    assert (await client.files.create(file=b"abc")).meta.attempts == 2
    sim.fail(429, retry_after=0)
    with pytest.raises(RateLimitError):
        await client.files.create(file=b"abc", options={"retries": 0})
    sim.fail(500)
    with pytest.raises(InternalServerError) as failed:  # it may be stored: another attempt could store it twice
        await client.files.create(file=b"abc")
    assert failed.value.attempts == 1


async def test_a_list_goes_on_to_a_page_that_is_not_full(client: AsyncXAI, sim: SimulatedXAI) -> None:
    for name in "cabd":
        await client.files.create(file=(name, b"x"))
    sim.requests.clear()
    names = [file.filename async for file in client.files.list(limit=2, order="asc", sort_by="filename")]
    assert names == ["a", "b", "c", "d"]
    assert [request.query for request in sim.requests] == [
        {"limit": "2", "order": "asc", "sort_by": "filename"},
        {
            "limit": "2",
            "order": "asc",
            "sort_by": "filename",
            "pagination_token": sim.requests[1].query["pagination_token"],
        },
        {
            "limit": "2",
            "order": "asc",
            "sort_by": "filename",
            "pagination_token": sim.requests[2].query["pagination_token"],
        },
    ]
    sim.requests.clear()
    assert [file.filename for file in await client.files.list(filter='name = "a" OR size_bytes > 5').collect()] == ["a"]
    assert [request.query["sort_by"] for request in sim.requests] == ["created_at"]
    page = await client.files.list(limit=3)
    rest = await client.files.list(limit=3, pagination_token=page.raw.pagination_token)
    assert [file.filename for file in rest.items] == ["c"]


@pytest.mark.parametrize(
    "last",
    [
        {"data": [A_FILE, A_FILE]},
        {"data": [A_FILE, A_FILE], "pagination_token": None},
        {"data": [A_FILE, A_FILE], "pagination_token": ""},
        {"data": [A_FILE], "pagination_token": "more"},
        {"data": [], "pagination_token": "more"},
    ],
)
async def test_a_list_ends_however_the_server_says_so(server: RawServer, last: dict[str, Any]) -> None:
    server.answer(reply(json.dumps({"data": [A_FILE, A_FILE], "pagination_token": "next"}).encode()))
    server.answer(reply(json.dumps(last).encode()))
    async with made(server) as client:
        files = await client.files.list(limit=2).collect()
    assert len(files) == 2 + len(last["data"])
    assert len(server.requests) == 2
    assert "pagination_token=next" in server.requests[1].path


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        *[({"limit": limit}, "limit") for limit in (0, 101, True, "9")],
        ({"order": "up"}, "order"),
        ({"sort_by": "age"}, "sort_by"),
    ],
)
def test_a_list_that_cannot_be_is_refused(given: dict[str, Any], parameter: str) -> None:
    with pytest.raises(RequestValidationError, match=parameter) as caught:
        AsyncXAI(api_key="k").files.list(**given)
    assert caught.value.parameter == parameter


async def test_a_form_of_the_content_that_there_is_not_is_refused(client: AsyncXAI, tmp_path: Path) -> None:
    for call in (client.files.content("f", format="pdf"), client.files.download("f", tmp_path / "f", format="pdf")):  # type: ignore[arg-type]
        with pytest.raises(RequestValidationError, match="format must be one of original, text"):
            await call


async def test_a_delete_whose_reply_was_lost_is_no_error(server: RawServer) -> None:
    server.answer(CUT)
    server.answer(reply(b'{"code": "not-found", "error": "no"}', 404))
    async with made(server, retries=PASSING) as client:
        deleted = await client.files.delete("file_1")
    assert (deleted.id, deleted.deleted, deleted.meta.attempts) == ("file_1", True, 2)


async def test_a_cancelled_download_leaves_what_was_there(server: RawServer, tmp_path: Path) -> None:
    server.answer(head("application/octet-stream", **{"content-length": str(10**6)}), b"x" * 500_000, WAIT)
    (tmp_path / "a.bin").write_bytes(b"before")
    async with made(server) as client:
        with anyio.CancelScope() as scope:
            await client.files.download("f", tmp_path / "a.bin", on_progress=lambda *_: scope.cancel())
        assert scope.cancelled_caught
        assert client.concurrency.in_use == 0
    assert there(tmp_path) == {"a.bin": b"before"}


async def test_a_public_url_needs_no_key(client: AsyncXAI, sim: SimulatedXAI) -> None:
    file = await client.files.create(file=PNG, expires_after=timedelta(days=2))
    made = await client.files.create_public_url(file.id, expires_after=timedelta(hours=1))
    assert made.expires is not None
    async with httpx.AsyncClient() as anybody:
        assert (await anybody.get(made.public_url)).content == PNG[1]
    assert (await client.files.create_public_url(file.id)).public_url == made.public_url
    assert [request.body for request in sim.requests if request.path.endswith("public-url")] == [
        {"expires_after": HOUR},
        {},
    ]
    assert (await client.files.retrieve(file.id)).public_url == made.public_url
    assert (await client.files.revoke_public_url(file.id)).public_url == made.public_url
    assert not (await client.files.revoke_public_url(file.id)).revoked
    with pytest.raises(RequestValidationError, match="expires_after must be at least 3600"):
        await client.files.create_public_url(file.id, expires_after=60)
    text = await client.files.create(file=("a.txt", b"x"))
    with pytest.raises(BadRequestError, match="text/plain") as refused:
        await client.files.create_public_url(text.id)
    assert refused.value.code == "invalid-argument"


async def test_a_public_url_is_asked_for_again_after_any_failure(server: RawServer) -> None:
    server.answer(BACKEND_FAILS)
    server.answer(reply(b'{"public_url": "https://files-cdn.x.ai/a"}'))
    server.answer(CUT)
    server.answer(reply(b'{"id": "f", "revoked": true}'))
    async with made(server, retries=PASSING) as client:
        assert (await client.files.create_public_url("f")).meta.attempts == 2
        assert (await client.files.revoke_public_url("f")).meta.attempts == 2
    assert server.requests[-1].body == b""


class TestMany:
    async def test_each_has_a_result_in_order(self, client: AsyncXAI, path: Path) -> None:
        told: list[UploadResult] = []
        progress: dict[int, tuple[int, int | None]] = {}
        given = [("a.txt", b"a"), path.with_name("nowhere"), path, b""]
        results = await client.files.upload_many(
            given,
            concurrency=2,
            purpose="x",
            expires_after=HOUR,
            on_result=told.append,
            on_progress=lambda index, *sent: progress.update({index: sent}),
        )
        assert [result.index for result in results] == [0, 1, 2, 3]
        assert [result.input for result in results] == given
        assert [result.file.filename if result.file else None for result in results] == ["a.txt", None, path.name, None]
        assert [str(result.error)[:14] for result in results] == ["None", "file cannot be", "None", "file is empty"]
        assert sorted(told, key=lambda result: result.index) == results
        assert progress == {0: (1, 1), 2: (len(CONTENT), len(CONTENT))}
        assert all(file.purpose == "x" and file.expires for file in await client.files.list().collect())

    async def test_one_that_fails_at_the_server_is_no_matter_to_the_others(
        self, client: AsyncXAI, sim: SimulatedXAI
    ) -> None:
        sim.limit_uploads(3)
        results = await client.files.upload_many([b"a", b"canary", b"b"], concurrency=1, options={"retries": 0})
        assert [isinstance(result.error, APIStatusError) for result in results] == [False, True, False]
        assert results[1].error is not None
        assert "canary" not in shown(results[1].error) + repr(results)

    async def test_so_many_at_once_and_no_more(self, client: AsyncXAI) -> None:
        active, peak, full = 0, 0, anyio.Event()

        async def file() -> AsyncIterator[bytes]:
            nonlocal active, peak
            active += 1
            peak = max(peak, active)
            if active == 3:
                full.set()
            await full.wait()
            yield b"x"
            active -= 1

        results = await client.files.upload_many([file() for _ in range(10)], concurrency=3)
        assert all(result.file for result in results)
        assert peak == 3

    async def test_cancelled_it_has_told_what_was_uploaded(self, client: AsyncXAI) -> None:
        told: list[File | None] = []

        async def endless() -> AsyncIterator[bytes]:
            yield b"x"
            await anyio.sleep_forever()

        def tell(result: UploadResult) -> None:
            told.append(result.file)
            scope.cancel()

        with anyio.CancelScope() as scope:
            await client.files.upload_many([endless(), b"a", b"b", endless()], concurrency=2, on_result=tell)
        assert scope.cancelled_caught
        assert client.concurrency.in_use == 0
        assert [file.id async for file in client.files.list()] == [file.id for file in told if file] != []

    async def test_an_error_of_the_callback_ends_it_as_it_is(self, client: AsyncXAI, sim: SimulatedXAI) -> None:
        def refuse(_result: UploadResult) -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await client.files.upload_many([b"a", b"b", b"c", b"d"], concurrency=1, on_result=refuse)
        assert len(sim.requests) == 1

    async def test_none_is_none(self, client: AsyncXAI) -> None:
        assert await client.files.upload_many([]) == []

    @pytest.mark.parametrize(
        ("given", "parameter"),
        [
            ({"files": b"canary"}, "files"),
            ({"files": Path("a.txt")}, "files"),
            ({"files": ("a.txt", b"canary")}, "files"),
            ({"files": io.BytesIO(b"canary\n")}, "files"),
            ({"files": 7}, "files"),
            ({"files": [b"canary"], "concurrency": 0}, "concurrency"),
            ({"files": [b"canary"], "expires_after": 5}, "expires_after"),
        ],
    )
    async def test_what_is_wrong_for_all_is_refused_as_a_whole(
        self, client: AsyncXAI, sim: SimulatedXAI, given: dict[str, Any], parameter: str
    ) -> None:
        with pytest.raises(RequestValidationError, match=parameter) as caught:
            await client.files.upload_many(**given)
        assert caught.value.parameter == parameter
        assert sim.requests == []


@pytest.mark.parametrize("odd", [None, "soon", 10**30, float("nan"), []])
def test_a_time_that_is_none_is_none(odd: Any) -> None:
    file = File.model_construct(created_at=odd, expires_at=odd)
    assert (file.created, file.expires) == (None, None)


def test_without_await(sim: SimulatedXAI, tmp_path: Path) -> None:
    with sim.sync_client() as xai:
        file = xai.files.create(file=("a.png", b"x"))
        [result] = xai.files.upload_many([b"y"])
        assert [each.id for each in xai.files.list()] == [result.file and result.file.id, file.id]
        assert xai.files.retrieve(file.id).bytes == 1
        assert xai.files.content(file.id).content == b"x"
        assert xai.files.download(file.id, tmp_path / "a").path.read_bytes() == b"x"
        assert xai.files.create_public_url(file.id).public_url
        assert xai.files.revoke_public_url(file.id).revoked
        assert xai.files.delete(file.id).deleted


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_large_files_take_no_memory(loop: str) -> None:
    command = [sys.executable, "-m", "benchmarks.transfers", "--mebibytes", "128", "--backend", loop]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("memory is flat\n")


REFUSED: list[Callable[[XAI], Any]] = [
    lambda xai: xai.files.create(file=b"canary", expires_after=1),
    lambda xai: xai.files.create(file=("a;b", b"canary")),
]


@pytest.mark.parametrize("call", REFUSED)
def test_without_await_an_error_shows_nothing_either(call: Callable[[XAI], Any]) -> None:
    with XAI(api_key="k") as xai, pytest.raises(RequestValidationError) as caught:
        call(xai)
    assert "canary" not in shown(caught.value)
