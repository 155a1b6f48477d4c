"""What the tests of uploads and downloads share."""

from __future__ import annotations

import io
import os
import tempfile
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio

from tests.clients import client_of
from tests.rawserver import RawServer, reply
from xai_httpx import (
    AsyncXAI,
    RetryPolicy,
)

KEY = "xai-canary-key"
CANARY = b"canary " * 9
CONTENT = bytes(range(256)) * 1024 * 2 + b"the rest"  # two chunks and a bit
DONE = reply(b'{"ok": true}')
BUSY = reply(b"{}", 503)
PASSING = RetryPolicy(retries=2, first_delay=0.0)
MIB = 1024 * 1024


def made(server: RawServer, **options: Any) -> AsyncXAI:
    return client_of(api_key=KEY, base_url=server.base_url, **{"retries": 0, **options})


async def pieces(content: bytes = CONTENT, size: int = 100_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def there(folder: Path) -> dict[str, bytes]:
    """All files of a folder."""
    return {file.name: file.read_bytes() for file in folder.iterdir()}


class Pieces:
    """An async iterator that is no generator."""

    def __init__(self) -> None:
        self._pieces: list[Any] = [CONTENT[:10], b"", bytearray(CONTENT[10:20]), memoryview(CONTENT)[20:]]

    def __aiter__(self) -> Pieces:
        return self

    async def __anext__(self) -> bytes:
        if not self._pieces:
            raise StopAsyncIteration
        return self._pieces.pop(0)


def piped(content: bytes = CONTENT) -> io.BufferedReader:
    """A file that cannot be read twice."""
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb") as file:
            file.write(content)

    threading.Thread(target=write, daemon=True).start()
    return os.fdopen(reading, "rb")


def spooled() -> Any:
    file = tempfile.SpooledTemporaryFile(max_size=1000)  # noqa: SIM115
    file.write(CONTENT)
    file.seek(0)
    return file


def at(file: Any, position: int) -> Any:
    file.seek(position)
    return file


REPEATABLE: dict[str, Callable[[Path], Any]] = {
    "bytes": lambda path: CONTENT,
    "bytearray": lambda path: bytearray(CONTENT),
    "memoryview": lambda path: memoryview(CONTENT),
    "path": lambda path: path,
    "anyio path": anyio.Path,
    "file": lambda path: path.open("rb"),
    "unbuffered file": lambda path: path.open("rb", buffering=0),
    "BytesIO": lambda path: io.BytesIO(CONTENT),
    "spooled file": lambda path: spooled(),
    "file from where it stands": lambda path: at(io.BytesIO(b"before" + CONTENT), 6),
    "async file": lambda path: anyio.wrap_file(path.open("rb")),
}
READ_ONCE: dict[str, Callable[[Path], Any]] = {
    "generator": lambda path: pieces(),
    "iterator": lambda path: Pieces(),
    "pipe": lambda path: piped(),
}


def closed(content: Any) -> None:
    """Close a file of the test: the SDK leaves it open."""
    file = getattr(content, "wrapped", content)
    if hasattr(file, "close"):
        assert not getattr(file, "closed", False)
        file.close()
