"""What a request body that is not held in memory is read from: bytes, paths, files, async iterators."""

from __future__ import annotations

import inspect
import io
import os
import stat
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeAlias, cast

import anyio
from anyio.to_thread import run_sync

from ._errors import RequestBodyError, RequestValidationError

CHUNK = 256 * 1024  # bytes that are read, and sent, at once
CLOSING = 1.0  # seconds that a clean-up may take, even when the caller is being cancelled
EXPECTED = "bytes, a path (pathlib.Path, anyio.Path), a binary file or an async iterator of bytes"


class Readable(Protocol):
    """A binary file, or what reads like one; it is read in a thread."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


BodySource: TypeAlias = bytes | bytearray | memoryview | os.PathLike[str] | Readable | AsyncIterable[bytes]
Progress: TypeAlias = Callable[[int, int | None], object]


class Source:
    """Where a body comes from.

    Attributes:
        length: Its bytes; None where only reading it would tell.
        repeatable: Whether it can be opened again once something of it was read.
    """

    length: int | None = None
    repeatable = True

    async def open(self) -> None:
        """Go to its beginning."""

    async def read(self) -> bytes:
        """The next bytes; none at the end."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Let go of what `open` took."""


class BytesSource(Source):
    """Bytes, cut into chunks: in one piece they would be copied as a whole on their way."""

    def __init__(self, content: bytes | bytearray | memoryview) -> None:
        self._view = memoryview(content).cast("B")
        self._at = 0
        self.length = len(self._view)

    async def open(self) -> None:
        self._at = 0

    async def read(self) -> bytes:
        piece = bytes(self._view[self._at : self._at + CHUNK])
        self._at += len(piece)
        return piece


class PathSource(Source):
    """A regular file by its path, which is opened for each attempt."""

    def __init__(self, path: os.PathLike[Any]) -> None:
        """Look at the file, in a thread.

        Raises:
            RequestValidationError: It cannot be read.
        """
        self._path = Path(os.fsdecode(path))
        self._opened: _Opened | None = None
        try:
            status = self._path.stat()
            if stat.S_ISREG(status.st_mode):
                self._path.open("rb").close()
        except (OSError, ValueError) as error:
            raise _refused(f"content cannot be read: {error}") from error
        if not stat.S_ISREG(status.st_mode):
            kind = "is a directory" if stat.S_ISDIR(status.st_mode) else "is no regular file: open it, and pass that"
            raise _refused(f"content cannot be read: {str(self._path)!r} {kind}")
        self.length = status.st_size

    async def open(self) -> None:
        self._opened = _Opened()
        await run_sync(self._opened.open, self._path)

    async def read(self) -> bytes:
        assert self._opened is not None
        assert self._opened.file is not None
        return await run_sync(self._opened.file.read, CHUNK)

    async def aclose(self) -> None:
        if self._opened is not None:
            self._opened.close()


class _Opened:
    """A file that a thread opens, and that is closed even when nobody waits for that thread any more."""

    def __init__(self) -> None:
        self.file: BinaryIO | None = None
        self._closed = False

    def open(self, path: Path) -> None:
        self.file = path.open("rb")
        if self._closed:
            self.file.close()

    def close(self) -> None:
        self._closed = True
        if self.file is not None:
            self.file.close()


class FileSource(Source):
    """The caller's own file, from where it stands to its end; it stays open."""

    def __init__(self, file: Any) -> None:
        """Look at the file, in a thread.

        Raises:
            RequestValidationError: It gives text, is closed, or is open for writing alone.
        """
        self._file = file
        if isinstance(file, io.TextIOBase) or getattr(file, "encoding", None) is not None:
            raise _refused("content must be a file in binary mode, got one in text mode: open it with 'rb'")
        if getattr(file, "closed", False):
            raise _refused("content is a closed file")
        if not getattr(file, "readable", lambda: True)():
            raise _refused("content is a file that is open for writing alone")
        try:
            self._start: int = file.tell()
            file.seek(0, os.SEEK_END)
            self.length = max(0, file.tell() - self._start)
            file.seek(self._start)
        except (OSError, AttributeError):  # a pipe for one
            self.repeatable = False

    async def open(self) -> None:
        if self.repeatable:
            await run_sync(self._file.seek, self._start)

    async def read(self) -> bytes:
        # The silence of a pipe may last for ever, so the thread is left behind; nothing reads that file again.
        return as_bytes(await run_sync(self._file.read, CHUNK, abandon_on_cancel=not self.repeatable))


class IteratorSource(Source):
    """An async iterator; an iterable too is read once, for many of them go on where the last reader stopped."""

    repeatable = False

    def __init__(self, pieces: AsyncIterable[bytes]) -> None:
        self._pieces = pieces
        self._iterator: AsyncIterator[bytes] | None = None

    async def open(self) -> None:
        self._iterator = aiter(self._pieces)

    async def read(self) -> bytes:
        assert self._iterator is not None
        while True:
            try:
                piece = as_bytes(await anext(self._iterator))
            except StopAsyncIteration:
                return b""
            if piece:
                return piece

    async def aclose(self) -> None:
        iterator: Any = self._iterator
        if isinstance(iterator, AsyncGenerator):  # Trio warns of one that is left before its end
            with anyio.move_on_after(CLOSING, shield=True), suppress(Exception):
                await cast("AsyncGenerator[bytes]", iterator).aclose()


def as_bytes(piece: object) -> bytes:
    """What a source of the caller's gave.

    Raises:
        RequestBodyError: It is no bytes.
    """
    if isinstance(piece, bytes):
        return piece
    if isinstance(piece, bytearray | memoryview):
        return bytes(cast("bytearray", piece))
    raise RequestBodyError(f"content must give bytes, and gave {type(piece).__name__}")


async def source_of(content: BodySource) -> Source:
    """The source for what a caller gives; nothing is read of it yet.

    Raises:
        RequestValidationError: It is none, or a file that cannot be read.
    """
    if isinstance(content, str):
        raise _refused("content must not be a string, which may be text or a path: use text.encode() or Path(...)")
    if isinstance(content, bytes | bytearray | memoryview):
        return BytesSource(content)
    if isinstance(content, os.PathLike):
        return await run_sync(PathSource, content)
    given: Any = getattr(content, "wrapped", content) if isinstance(content, anyio.AsyncFile) else content
    if isinstance(given, AsyncIterable):  # an AsyncFile is one as well, of lines
        return IteratorSource(cast("AsyncIterable[bytes]", given))
    read = getattr(given, "read", None)
    if inspect.iscoroutinefunction(read):
        raise _refused(f"content has an async read(): pass the file within it (an UploadFile's .file), or {EXPECTED}")
    if not callable(read):
        raise _refused(f"content must be {EXPECTED}, got {type(given).__name__}")
    return await run_sync(FileSource, given)


def _refused(message: str) -> RequestValidationError:
    return RequestValidationError(message, "content", EXPECTED)
