"""Helpers that write messages: `user("What is this?", image(path))`."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import BaseModel

from .._errors import RequestValidationError
from .._media import IMAGE, MediaSource, data_url, is_link
from ._entries import Message, Role, ToolCall, ToolResult
from ._parts import File, Image, Part, Text

if TYPE_CHECKING:
    from ..types.files import File as UploadedFile

Content: TypeAlias = str | Part
_FILE_ID = re.compile(r"file[-_][\w-]+")
_CONTENT = "text, image(...) or file(...)"


def system(*content: Content) -> Message:
    """Instructions for the model.

    Args:
        content: Text and parts, in order; one at least.

    Raises:
        RequestValidationError: There is none, or it is something else.
    """
    return message("system", content)


def developer(*content: Content) -> Message:
    """Instructions for the model from the program; in Chat Completions, which has no such role, `system`."""
    return message("developer", content)


def user(*content: Content, name: str | None = None) -> Message:
    """What the user says.

    Args:
        content: Text, images and files, in order; one at least.
        name: Who of several users speaks.

    Raises:
        RequestValidationError: There is none, or it is something else.
    """
    return message("user", content, name)


def assistant(*content: Content) -> Message:
    """What the model is to have said: for examples, and for conversations from elsewhere."""
    return message("assistant", content)


def tool_result(call: ToolCall | str, output: str | Sequence[Content]) -> ToolResult:
    """What a function returned, for the model.

    Args:
        call: The call, or its id.
        output: Text, or a list of texts, images and files.

    Raises:
        RequestValidationError: It is something else.
    """
    call_id: object = call.id if isinstance(call, ToolCall) else call
    if not isinstance(call_id, str) or not call_id:
        raise RequestValidationError(f"call must be a tool call or its id, got {call!r:.100}", "call", "a tool call")
    return ToolResult(call_id, output if isinstance(output, str) else parts(output, "output"))


def image(source: MediaSource | UploadedFile) -> Image:
    """An image for the model to look at: JPEG, PNG or WebP.

    Args:
        source: Its URL, its bytes, or its path, which is read when it is sent; or an uploaded file or its id, which
            Chat Completions alone take for an image.

    Raises:
        RequestValidationError: It is none of that.
    """
    if isinstance(source, os.PathLike):
        return Image(source)
    if isinstance(source, bytes | bytearray | memoryview):
        return Image(data_url(source, "source", IMAGE))
    given: object = getattr(source, "id", None) if isinstance(source, BaseModel) else source
    if is_link(given):
        return Image(given)
    if isinstance(given, str) and _FILE_ID.fullmatch(given):
        return Image(id=given)
    expected = f"the URL, bytes or path of {IMAGE.words}, or an uploaded file"
    hint = "; the path of a file is given as Path(...)" if isinstance(given, str) else ""
    raise RequestValidationError(f"source must be {expected}, got {given!r:.60}{hint}", "source", expected)


def file(source: MediaSource | UploadedFile, *, name: str | None = None, media_type: str | None = None) -> File:
    """A file for the model to read.

    Args:
        source: An uploaded file or its id, a public URL, the bytes, or a path, which is read when it is sent. Bytes and
            paths go with the request, and exist in the Responses API alone; what is used twice is better uploaded.
        name: Its name; needed with bytes, that of the path by default.
        media_type: Its media type, with bytes and paths, such as `application/pdf`.

    Raises:
        RequestValidationError: It is none of that, or a name is missing.
    """
    if isinstance(source, os.PathLike):
        return File(content=source, name=name or Path(source).name, media_type=media_type)
    if isinstance(source, bytes | bytearray | memoryview):
        if not name:
            raise RequestValidationError("name is needed with the bytes of a file", "name", "the name of the file")
        return File(content=b64encode(source).decode(), name=name, media_type=media_type)
    given: object = getattr(source, "id", None) if isinstance(source, BaseModel) else source
    if not isinstance(given, str) or not given:
        expected = "an uploaded file, its id, a URL, bytes or a path"
        raise RequestValidationError(f"source must be {expected}, got {given!r:.100}", "source", expected)
    return File(url=given, name=name) if is_link(given) else File(id=given, name=name)


def message(role: Role, content: Sequence[Content], name: str | None = None) -> Message:
    """A message of any role."""
    if not content:
        raise RequestValidationError("content is empty", "content", _CONTENT)
    return Message(role, parts(content, "content"), name)


def parts(content: Sequence[Content], parameter: str) -> tuple[Part, ...]:
    """Content as parts.

    Raises:
        RequestValidationError: One is something else; its place is named.
    """
    given: Any = content
    if isinstance(given, str | Mapping) or not isinstance(given, Sequence):
        raise RequestValidationError(f"{parameter} must be a list of {_CONTENT}", parameter, _CONTENT)
    return tuple(_part(one, f"{parameter}[{index}]") for index, one in enumerate(content))


def _part(given: Content, place: str) -> Part:
    if isinstance(given, str):
        return Text(given)
    if isinstance(given, Text | Image | File):  # pyright: ignore[reportUnnecessaryIsInstance]
        return given
    raise RequestValidationError(f"{place} must be {_CONTENT}, got a {type(given).__name__}", place, _CONTENT)
