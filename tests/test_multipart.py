"""Multipart forms: fields first, files read while they are sent, names and contents checked before."""

from __future__ import annotations

import io
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clients import client_of
from tests.faultserver import FaultServer
from tests.pains.bodies import CONTENT, DONE, PASSING, made, pieces
from tests.rawserver import RawServer, Received, reply
from xai_httpx import (
    APIConnectionError,
    RequestBodyError,
    RequestValidationError,
    ServiceUnavailableError,
    UploadResult,
)
from xai_httpx._call import Call, Replay
from xai_httpx._multipart import FORBIDDEN, LONGEST_NAME, checked_filename, form
from xai_httpx._raw import RawReply

pytestmark = pytest.mark.usefixtures("own_connections")

BUSY = reply(b"{}", 503)


def parts(request: Received) -> list[tuple[str | None, str | None, str, bytes]]:
    """Name, file name, type and content of each part, as an independent parser reads them."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    message = cast(EmailMessage, message_from_bytes(head + request.body, policy=policy.HTTP))
    assert not message.defects
    return [
        (
            part.get_param("name", header="content-disposition"),  # type: ignore[misc]
            part.get_filename(),
            part.get_content_type(),
            part.get_payload(decode=True),  # type: ignore[misc]
        )
        for part in message.iter_parts()
    ]


async def sent(server: RawServer, *args: Any, **kwargs: Any) -> Received:
    server.answer(DONE)
    async with made(server) as client:
        upload = await form(*args, **kwargs)
        await client._raw(Call("POST", "/files", RawReply, Replay.CREATE, upload=upload), None)
    return server.requests[-1]


async def test_fields_go_first_then_files(server: RawServer, tmp_path: Path) -> None:
    path = tmp_path / "naïve plan.pdf"
    path.write_bytes(CONTENT)
    fields = [("expires_after", "3600"), ("purpose", "a\r\nb")]
    files = [("file", path), ("file", ("two.txt", b"two")), ("file", b"\x00")]
    request = await sent(server, fields, files)
    assert int(request.headers["content-length"]) == len(request.body)
    named = [(name, filename) for name, filename, _, _ in parts(request)]
    assert named == [
        ("expires_after", None),
        ("purpose", None),
        ("file", "naïve plan.pdf"),
        ("file", "two.txt"),
        ("file", "upload"),
    ]
    assert [content for *_, content in parts(request)][2:] == [CONTENT, b"two", b"\x00"]
    assert [kind for _, _, kind, _ in parts(request)][2:] == [
        "application/pdf",
        "text/plain",
        "application/octet-stream",
    ]


@pytest.mark.parametrize("kind", ["path", "anyio.Path", "file", "buffer", "bytes", "iterator", "anyio file"])
async def test_every_kind_of_content_arrives(server: RawServer, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(CONTENT)
    with path.open("rb") as opened:
        async with await anyio.open_file(path, "rb") as asynchronous:
            content, name = {
                "path": (path, "a.bin"),
                "anyio.Path": (anyio.Path(path), "a.bin"),
                "file": (opened, "a.bin"),
                "buffer": (io.BytesIO(CONTENT), "upload"),
                "bytes": (CONTENT, "upload"),
                "iterator": (pieces(), "upload"),
                "anyio file": (asynchronous, "a.bin"),
            }[kind]
            request = await sent(server, [], [("file", content)])
    assert [(filename, content) for _, filename, _, content in parts(request)] == [(name, CONTENT)]
    assert ("content-length" in request.headers) is (kind != "iterator")


async def test_progress_counts_the_bytes_of_the_files(server: RawServer) -> None:
    told: list[tuple[int, int | None]] = []
    files = [("files", CONTENT), ("files", ("more", b"more"))]
    await sent(server, [("a", "b" * 1000)], files, on_progress=lambda *now: told.append(now))
    size = len(CONTENT) + 4
    assert {total for _, total in told} == {size}
    counts = [count for count, _ in told]
    assert counts == sorted(set(counts))
    assert (counts[0], counts[-1]) == (0, size)
    told.clear()
    await sent(server, [], [("file", pieces(b"abc", 1))], on_progress=lambda *now: told.append(now))
    assert told == [(0, None), (1, None), (2, None), (3, None)]


async def test_an_async_function_is_awaited(server: RawServer, tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []

    async def tell(moved: int, _total: int | None) -> None:
        await anyio.lowlevel.checkpoint()
        told.append(("form", moved))

    async def keep(result: UploadResult) -> None:
        await anyio.lowlevel.checkpoint()
        told.append(("result", result.index))

    await sent(server, [], [("file", b"abc")], on_progress=tell)
    server.answer(reply(b"abcd"))
    async with made(server) as client:
        await client.files.download("f", tmp_path / "f", on_progress=tell)
        await client.files.upload_many([b""], on_result=keep)
    assert told == [("form", 0), ("form", 3), ("form", 4), ("result", 0)]


async def test_a_form_is_sent_again_from_its_beginning(server: RawServer) -> None:
    server.answer(BUSY)
    server.answer(DONE)
    request = await sent_with_retries(server, [("a", "b")], [("file", CONTENT)])
    assert len(server.requests) == 2
    assert server.requests[0].body == request.body
    assert parts(request)[1][3] == CONTENT


async def test_one_that_cannot_be_read_twice_is_not(server: RawServer) -> None:
    server.always = (BUSY,)
    with pytest.raises(ServiceUnavailableError):
        await sent_with_retries(server, [], [("file", pieces())])
    assert len(server.requests) == 1


async def sent_with_retries(server: RawServer, *args: Any) -> Received:
    async with made(server, retries=PASSING) as client:
        upload = await form(*args)
        await client._raw(Call("POST", "/files", RawReply, Replay.CREATE, upload=upload), None)
    return server.requests[-1]


async def test_a_file_that_grows_meanwhile_is_no_whole_form(server: RawServer, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(CONTENT)

    def grow(sent: int, total: int | None) -> None:
        if sent == 0:
            path.write_bytes(CONTENT * 2)

    with pytest.raises(RequestBodyError, match="grew"):
        await sent(server, [], [("file", path)], on_progress=grow)


@pytest.mark.parametrize(("fault", "broken_off"), [("reset_in_body=2", True), ("reset_before_reply", False)])
async def test_one_that_breaks_off_says_where(fault: str, broken_off: bool) -> None:
    with FaultServer() as faulty:
        async with client_of(api_key="k", base_url=faulty.base_url) as client:
            with pytest.raises(APIConnectionError) as caught:
                await client.files.create(file=bytes(20 * 1024 * 1024), options={"headers": {"x-fault": fault}})
    assert any("broke off after" in note for note in getattr(caught.value, "__notes__", ())) == broken_off


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (Path("/nowhere/at/all"), "file cannot be read"),
        (Path("/"), "file cannot be read: '/' is a directory"),
        ("text", "file must not be a string"),
        (b"", "file is empty"),
        (("empty.txt", b""), "file is empty"),
        (io.BytesIO(), "file is empty"),
        (io.StringIO("x"), "file must be a file in binary mode"),
        (7, "file must be bytes"),
        (("a\nb", b"x"), "file: the file name must be"),
        (("", b"x"), "file: the file name must be"),
        ((7, b"x"), "file: the file name must be"),
        (("a\x9c", b"x"), "file: the file name must be"),
        (("a",), "file must be a content, or a pair of a name and a content, got a tuple of 1"),
        (("a", b"x", "text/plain"), "file must be a content, or a pair of a name and a content, got a tuple of 3"),
    ],
)
async def test_what_the_server_would_refuse_is_refused_before(given: Any, words: str) -> None:
    with pytest.raises(RequestValidationError) as caught:
        await form([], [("file", given)])
    assert str(caught.value).startswith(words)
    assert caught.value.parameter == "file"


@given(st.text(max_size=300))
def test_a_name_is_kept_or_refused(name: str) -> None:
    unfit = FORBIDDEN & set(name) or any("\ud800" <= char <= "\udfff" for char in name)
    if 0 < len(name) <= LONGEST_NAME and not unfit:
        assert checked_filename(name) == name
    else:
        with pytest.raises(RequestValidationError):
            checked_filename(name)
