"""The JSONL file of a batch: written from requests, checked line by line, never all in memory."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.batching import chat, chats, later, line, made
from tests.shown import shown
from xai_httpx import AsyncXAI, RequestTooLargeError, RequestValidationError, UnknownParameterWarning
from xai_httpx import _batch_files as batch_files
from xai_httpx._batch_files import MOST_LINES, write_lines
from xai_httpx._batch_reading import Reader
from xai_httpx._batch_requests import KINDS, URLS, Rules, entry_of_line
from xai_httpx.testing import SimulatedXAI

RULES = Rules(validate=True, clamp=False)
CANARY = "canary prompt"


async def test_requests_become_lines(client: AsyncXAI) -> None:
    file = await client.batches.upload(requests=[chat(0), chat("ü\n")], filename="mine.jsonl")
    content = await client.files.content(file.id)
    assert file.filename == "mine.jsonl"
    assert content.text.count("\n") == 2
    assert [json.loads(each) for each in content.text.splitlines()] == [
        {
            "custom_id": given["batch_request_id"],
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": given["batch_request"]["chat_get_completion"],
        }
        for given in (chat(0), chat("ü\n"))
    ]


async def test_a_file_of_ones_own_is_checked_and_uploaded_as_it_is(client: AsyncXAI, tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_bytes(line("a") + line("b", extra=1).rstrip())
    sent: list[tuple[int, int | None]] = []
    file = await client.batches.upload(
        requests=anyio.Path(path), on_progress=lambda sent_bytes, total: sent.append((sent_bytes, total))
    )
    assert (await client.files.content(file.id)).content == path.read_bytes()
    assert sent[-1] == (path.stat().st_size, path.stat().st_size)


BAD: list[tuple[bytes, str]] = [
    (b"oops\n", "line 2 must be a JSON object in UTF-8 (Expecting value"),
    (b"\n", "line 2 must be a JSON object"),
    (b"\xff\n", "line 2 must be a JSON object in UTF-8"),
    (b"[" * 100_000 + b"\n", "line 2 must be a JSON object"),
    (b"\xef\xbb\xbf" + line("b"), "line 2 must be a JSON object in UTF-8 (Unexpected UTF-8 BOM"),
    (b"\r\n", "line 2 must be a JSON object"),
    (line("b", extra=float("nan"), body={"model": float("nan")}), "line 2: body.model has no JSON form"),
    (line("b") + line("b"), "line 3: custom_id must be unique"),
    (b"5\n", "line 2 must be an object, got 5"),
    (line("b", method="GET"), "line 2: method must be POST, got 'GET'"),
    (line("b", method=None), "line 2: method must be POST, got None"),
    (line("b", "/v1/embeddings"), "line 2: url must be one of /v1/chat/completions,"),
    (line(""), "line 2: custom_id must be an id"),
    (line(custom_id=None), "line 2: custom_id must be an id"),
    (line("a"), "line 2: custom_id must be unique, got 'a' again"),
    (line("b", body=None), "line 2: body must be an object, got None"),
    (line("b", body={"model": "m"}), "line 2: body.messages is required"),
    (line("b", body={"model": "m", "messages": [{"role": "robot"}]}), "line 2: body.messages[0].role must be"),
    (
        line("b", "/v1/responses", body={"model": "m", "input": "a", "stream": True}),
        "line 2: body.stream must be absent",
    ),
    (line("b", "/v1/videos/edits", body={"prompt": "a"}), "line 2: body.video is required"),
]


@pytest.mark.parametrize(("bad", "message"), BAD, ids=[message for _, message in BAD])
async def test_a_line_that_is_no_request_is_named_by_its_number(
    sim: SimulatedXAI, client: AsyncXAI, tmp_path: Path, bad: bytes, message: str
) -> None:
    path = tmp_path / "own.jsonl"
    path.write_bytes(line("a") + bad)
    with pytest.raises(RequestValidationError) as caught:
        await client.batches.upload(requests=path)
    assert str(caught.value).startswith(message)
    assert message.startswith(caught.value.parameter)
    assert sim.requests == []


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_no_line_breaks_the_check(text: bytes) -> None:
    with pytest.raises(RequestValidationError, match=r"^line 1"):
        entry_of_line(text, "line 1", RULES)


def test_every_endpoint_has_a_url() -> None:
    assert {endpoint.kind for endpoint in URLS.values()} == set(KINDS)


async def test_a_file_that_cannot_be_read_is_refused(sim: SimulatedXAI, client: AsyncXAI, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "nothing.jsonl", tmp_path, tmp_path / "pipe", Path("\0")):
        with pytest.raises(RequestValidationError, match="requests cannot be read"):
            await client.batches.upload(requests=path)
    (tmp_path / "empty.jsonl").touch()
    for requests in ([], later([]), tmp_path / "empty.jsonl"):
        with pytest.raises(RequestValidationError, match="requests must be at least one"):
            await client.batches.upload(requests=requests)
    assert sim.requests == []


async def test_where_a_path_goes_is_said(client: AsyncXAI) -> None:
    name: Any = "requests.jsonl"
    path: Any = Path(name)
    hint = r"got (str|PosixPath); upload\(\) takes the path of a file, as Path\(\.\.\.\)"
    for call in (client.batches.add("b", requests=path), client.batches.upload(requests=name)):
        with pytest.raises(RequestValidationError, match=hint):
            await call


async def test_lines_end_as_on_any_system(sim: SimulatedXAI, client: AsyncXAI, tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_bytes((line("a") + line("b")).replace(b"\n", b"\r\n"))
    file = await client.batches.upload(requests=path)
    done = await client.batches.wait(await made(client, input_file_id=file.id), interval=0)
    assert done.state.num_success == 2


async def test_a_parameter_that_is_new_is_warned_of_at_the_line_that_uploads(client: AsyncXAI, tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_bytes(line(body={"model": "m", "messages": [{"role": "user", "content": "a"}], "mystery": 1}))
    with pytest.warns(UnknownParameterWarning, match="mystery") as caught:
        await client.batches.upload(requests=path)
    assert [warning.filename for warning in caught] == [__file__]


async def test_more_lines_than_a_file_may_have_are_refused_while_they_are_written() -> None:
    read = 0

    async def many() -> Any:
        nonlocal read
        for number in range(MOST_LINES * 2):
            read = number
            yield chat(number)

    with pytest.raises(RequestValidationError, match="at most 50000 requests and 200000000 bytes; add"):
        async with Reader(many(), Rules(validate=False, clamp=False)) as reader:
            await write_lines(reader, io.BytesIO())
    assert read < MOST_LINES + 1_001


async def test_more_bytes_than_a_file_may_have_are_refused(
    client: AsyncXAI, sim: SimulatedXAI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_files, "LARGEST_FILE", 300)
    path = tmp_path / "own.jsonl"
    path.write_bytes(line("a") + line("b") + line("c"))
    for requests in (path, chats(3), later(chats(3))):
        with pytest.raises(RequestValidationError, match="at most 50000 requests and 300 bytes"):
            await client.batches.upload(requests=requests)
    assert sim.requests == []


async def test_an_upload_that_xai_refuses_for_its_size(client: AsyncXAI, sim: SimulatedXAI) -> None:
    sim.limit_uploads(100)
    with pytest.raises(RequestTooLargeError):
        await client.batches.upload(requests=chats(2))


async def test_no_line_is_shown_by_an_error(client: AsyncXAI, tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    body = {"model": "m", "messages": [{"role": "user", "content": CANARY}], "temperature": 7}
    path.write_bytes(line(body=body))
    with pytest.raises(RequestValidationError) as caught:
        await client.batches.upload(requests=path)
    assert CANARY not in shown(caught.value)
