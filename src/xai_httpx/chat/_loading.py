"""Files at paths become part of a message before it is sent; they are read off the event loop."""

from __future__ import annotations

import mimetypes
import os
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from anyio.to_thread import run_sync

from .._errors import RequestValidationError
from .._media import IMAGE, file_url
from ._entries import Entry, Message, ToolResult
from ._parts import File, Image, Part, Text

E = TypeVar("E", bound=Entry)


async def loaded(entry: E, place: str) -> E:
    """An entry whose files are read.

    Args:
        entry: The entry; itself, if there are none.
        place: Its place, for errors.

    Raises:
        RequestValidationError: A file cannot be read, or is not what it has to be.
    """
    if not has_paths(entry):
        return entry
    if isinstance(entry, Message):
        return replace(entry, parts=await _loaded(entry.parts, f"{place}.content"))
    if isinstance(entry, ToolResult) and not isinstance(entry.output, str):
        return replace(entry, output=await _loaded(entry.output, f"{place}.output"))
    return entry


def has_paths(entry: Entry) -> bool:
    """Whether there are files that are not read yet."""
    parts = entry.parts if isinstance(entry, Message) else entry.output if isinstance(entry, ToolResult) else ()
    return not isinstance(parts, str) and any(_path(part) is not None for part in parts)


def _path(part: Part) -> os.PathLike[str] | None:
    given = part.source if isinstance(part, Image) else part.content if isinstance(part, File) else None
    return None if isinstance(given, str) else given


async def _loaded(parts: tuple[Part, ...], place: str) -> tuple[Part, ...]:
    return tuple([await _loaded_part(part, f"{place}[{index}]") for index, part in enumerate(parts)])


async def _loaded_part(part: Part, place: str) -> Part:
    path = _path(part)
    if path is None:
        return part
    match part:
        case Image():
            return replace(part, source=await run_sync(file_url, path, place, IMAGE))
        case File():
            media_type = part.media_type or mimetypes.guess_type(os.fspath(path))[0]
            return replace(part, content=await run_sync(_content, path, place), media_type=media_type)
        case Text():
            return part


def _content(path: os.PathLike[str], place: str) -> str:
    file = Path(path)
    expected = "a file that can be read"
    if file.exists() and not file.is_file():  # reading a pipe might never end
        raise RequestValidationError(f"{place} is no regular file: {str(file)!r}", place, expected)
    try:
        return b64encode(file.read_bytes()).decode()
    except (OSError, ValueError) as error:
        raise RequestValidationError(f"{place} cannot be read: {error}", place, expected) from error
