"""A multipart form whose files are read from their sources while it is sent."""

from __future__ import annotations

import mimetypes
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from secrets import token_hex
from typing import Any, TypeAlias, cast

from ._errors import RequestValidationError
from ._sources import BodySource, Progress, Source, source_of
from ._upload import Upload

FileInput: TypeAlias = BodySource | tuple[str, BodySource]
LONGEST_NAME = 255
FORBIDDEN = frozenset('"\\;\u2028\u2029') | frozenset(map(chr, (*range(32), *range(127, 160))))
UNNAMED = "upload"  # the server wants a name for what has none
END = b"\r\n"


async def form(
    fields: Sequence[tuple[str, str]],
    files: Sequence[tuple[str, FileInput]],
    on_progress: Progress | None = None,
    *,
    allow_empty: bool = False,
) -> Upload:
    """The upload of a form.

    Args:
        fields: Names and values; they go first, for the server reads a form as it comes and cannot look back.
        files: Names, which may repeat, and contents; with a name of the file, or that of its path.
        on_progress: Called with the bytes of the files sent and their total, or None, after each chunk.
        allow_empty: Whether a file may have no bytes.

    Raises:
        RequestValidationError: A file cannot be read, is empty, or has a name that the server would refuse, or that of
            another in the same field.
    """
    try:
        named = [(name, *await _named(name, given, allow_empty)) for name, given in files]
        _refuse_twins([(name, filename) for name, filename, _ in named])
    except RequestValidationError as error:
        raise error.with_traceback(None) from error.__cause__  # the frames below hold the content
    finally:
        del files  # no local of this frame, for tracebacks may be logged with them
    boundary = token_hex(16)
    parts = [Part(_file_head(boundary, name, filename), source) for name, filename, source in named]
    lead = b"".join(_field(boundary, name, value) for name, value in fields)
    parts[0] = replace(parts[0], head=lead + parts[0].head)
    source = Form(parts, f"--{boundary}--\r\n".encode())
    tell = None if on_progress is None else source.telling(on_progress)
    return Upload(source, f"multipart/form-data; boundary={boundary}", tell)


async def _named(name: str, given: FileInput, allow_empty: bool) -> tuple[str, Source]:
    parts: tuple[Any, ...] = given if isinstance(given, tuple) else (None, given)
    if len(parts) != 2:
        expected = "a content, or a pair of a name and a content"
        raise RequestValidationError(f"{name} must be {expected}, got a tuple of {len(parts)}", name, expected)
    filename, content = parts
    try:
        source = await source_of(content)
    except RequestValidationError as error:
        message = f"{error}".replace("content", name, 1)
        raise RequestValidationError(message, name, error.expected) from error.__cause__
    if source.length == 0 and not allow_empty:
        raise RequestValidationError(f"{name} is empty", name, "at least one byte")
    return checked_filename(_own_name(content) if filename is None else filename, name), source


def _refuse_twins(names: Sequence[tuple[str, str]]) -> None:
    """Refuse files of one name in one field: kept by their names, one would take the place of the other."""
    for (name, filename), count in Counter(names).items():
        if count > 1:
            expected = "files of different names; a pair of a name and a content sets one"
            raise RequestValidationError(
                f"{name} must be {expected}, got {filename!r} {count} times", name, expected, filename
            )


def _own_name(content: object) -> str:
    """The name that a path or an open file has of itself."""
    name: Any = cast(Any, content) if isinstance(content, os.PathLike) else getattr(content, "name", None)
    known = isinstance(name, str | bytes) or hasattr(name, "__fspath__")
    given = os.fsdecode(cast(Any, name)) if known else ""
    return PurePath(given).name or UNNAMED


def checked_filename(filename: object, name: str = "file") -> str:
    """A file name that the server takes, by the rules of xAI's `files.proto`.

    Raises:
        RequestValidationError: It is none.
    """
    expected = f'a name of 1 to {LONGEST_NAME} characters without line breaks, control characters, ", ; and \\'
    bad = not isinstance(filename, str) or not 0 < len(filename) <= LONGEST_NAME or FORBIDDEN & set(filename)
    if not bad and isinstance(filename, str):
        try:
            filename.encode()
        except UnicodeEncodeError:
            bad = True
        else:
            return filename
    raise RequestValidationError(
        f"{name}: the file name must be {expected}, got {filename!r:.300}", name, expected, filename
    )


def _field(boundary: str, name: str, value: str) -> bytes:
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def _file_head(boundary: str, name: str, filename: str) -> bytes:
    kind = mimetypes.guess_type(filename)[0] or "application/octet-stream"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
    return f"{head}Content-Type: {kind}\r\n\r\n".encode()


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a form, and all that comes before it."""

    head: bytes
    source: Source


class Form(Source):
    """The files of a form one after the other, each with its head, and what closes the form."""

    def __init__(self, parts: Sequence[Part], tail: bytes) -> None:
        self._parts = parts
        self._tail = tail
        self._left: list[bytes | Source] = []
        self._opened: Source | None = None
        self._read = 0
        sizes = [part.source.length for part in parts]
        self.size = None if None in sizes else sum(size or 0 for size in sizes)
        if self.size is not None:
            self.length = self.size + sum(len(part.head) + len(END) for part in parts) + len(tail)
        self.repeatable = all(part.source.repeatable for part in parts)

    def telling(self, on_progress: Progress) -> Progress:
        """What tells the progress of the form as that of its files."""
        told = -1

        def tell(_sent: int, _total: int | None) -> object:
            nonlocal told
            if self._read == told:
                return None
            told = self._read
            return on_progress(told, self.size)

        return tell

    async def open(self) -> None:
        self._left = [piece for part in self._parts for piece in (part.head, part.source, END)] + [self._tail]
        self._opened = None
        self._read = 0

    async def read(self) -> bytes:
        while self._left:
            piece = self._left[0]
            if isinstance(piece, bytes):
                del self._left[0]
                return piece
            if self._opened is not piece:
                self._opened = piece
                await piece.open()
            if content := await piece.read():
                self._read += len(content)
                return content
            await piece.aclose()  # a folder may have more files than a process may have open
            del self._left[0]
        return b""

    async def aclose(self) -> None:
        for part in self._parts:
            await part.source.aclose()
