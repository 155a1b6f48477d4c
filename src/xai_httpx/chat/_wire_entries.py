"""From a message or item as either API writes it to an entry of the conversation; no I/O."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel

from .._encode import encode
from .._errors import RequestValidationError
from .._media import is_list
from ._entries import ROLES, Answer, Compaction, Entry, Message, ToolResult
from ._parts import File, Image, Part, Text

_EXPECTED = "a message, a reply, a text, or a message or item as either API writes it"
_TEXTS = ("text", "input_text", "output_text")
_PARTS = (*_TEXTS, "refusal", "image_url", "input_image", "file", "input_file")
_ANSWERED = ("tool_calls", "reasoning_content", "refusal")  # what only the model itself says


def wire_entry(given: Mapping[str, Any], place: str) -> Entry:
    """The entry that a message or item is.

    Args:
        given: The message or item; it is copied.
        place: Its place, for an error.

    Raises:
        RequestValidationError: It is none.
    """
    return _item(given, place) if given.get("type", "message") != "message" else _message(given, place)


def refused(place: str, got: str) -> RequestValidationError:
    """The error for what is no message."""
    return RequestValidationError(f"{place} must be {_EXPECTED}, got {got}", place, _EXPECTED)


def _message(given: Mapping[str, Any], place: str) -> Entry:
    role, content, name = given.get("role"), given.get("content"), given.get("name")
    if role in ("assistant", "tool") and is_list(content) and ("status" in given or "id" in given):
        return Answer("responses", (_own({"type": "message", **given}),))
    if role == "tool":
        return ToolResult(_id(given, "tool_call_id", place), _output(content, f"{place}.content"))
    if role not in ROLES:
        raise refused(place, f"the role {role!r:.60}" if "role" in given else _shape(given))
    if role == "assistant" and any(given.get(field) for field in _ANSWERED):
        return Answer("completions", (_own(given),))
    if not isinstance(name, str | None):
        raise refused(place, f"the name {name!r:.60}")
    return Message(role, (Text(content),) if isinstance(content, str) else _parts(content, f"{place}.content"), name)


def _item(given: Mapping[str, Any], place: str) -> Entry:
    kind = given["type"]
    if kind == "function_call_output":
        return ToolResult(_id(given, "call_id", place), _output(given.get("output"), f"{place}.output"))
    if kind == "compaction":
        return Compaction((_own(given),))
    if not isinstance(kind, str) or kind in _PARTS:
        raise refused(place, f"the type {kind!r:.60}")
    return Answer("responses", (_own(given),))


def _own(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """A copy, which nobody else changes, as plain JSON."""
    return cast("Mapping[str, Any]", json.loads(encode(given)))


def _id(given: Mapping[str, Any], name: str, place: str) -> str:
    found = given.get(name)
    if not isinstance(found, str) or not found:
        expected = "the id of the tool call"
        raise RequestValidationError(
            f"{place}.{name} must be {expected}, got {found!r:.60}", f"{place}.{name}", expected
        )
    return found


def _output(given: object, place: str) -> str | tuple[Part, ...]:
    return given if isinstance(given, str) else _parts(given, place)


def _parts(content: object, place: str) -> tuple[Part, ...]:
    if not is_list(content) or not content:
        raise refused(place, _shape(content) if content else "nothing")
    return tuple(_part(one, f"{place}[{index}]") for index, one in enumerate(content))


def _part(given: object, place: str) -> Part:
    if isinstance(given, BaseModel):
        given = given.model_dump(mode="json", exclude_unset=True)
    if isinstance(given, Text | Image | File):
        return given
    named = type(given).__name__
    fields: Mapping[str, Any] = cast("Mapping[str, Any]", given) if isinstance(given, Mapping) else {}
    match fields.get("type"):
        case kind if kind in _TEXTS and isinstance(fields.get("text"), str):
            return Text(fields["text"])
        case "image_url" | "input_image":
            given_as = fields.get("image_url")
            told = cast("Mapping[str, Any]", given_as) if isinstance(given_as, Mapping) else {"url": given_as}
            if isinstance(told.get("url"), str):
                return Image(told["url"])
            if isinstance(told.get("file_id"), str):
                return Image(id=told["file_id"])
        case "file":
            file: object = fields.get("file")
            if isinstance(file, Mapping):
                return _file(cast("Mapping[str, Any]", file), {"id": "file_id", "url": "url"}, place)
        case "input_file":
            keys = {"id": "file_id", "url": "file_url", "content": "file_data", "name": "filename"}
            return _file(fields, keys | {"media_type": "mime_type"}, place)
        case _:
            pass
    got = f"a part of type {fields['type']!r:.60}" if fields.get("type") else f"a {named}"
    raise refused(place, got)


def _file(fields: Mapping[str, Any], keys: Mapping[str, str], place: str) -> File:
    given = {field: fields.get(key) for field, key in keys.items()}
    sources = [given.get(field) for field in ("id", "url", "content") if given.get(field) is not None]
    if len(sources) != 1 or not all(isinstance(value, str | None) for value in given.values()):
        raise refused(place, f"a file with {' and '.join(key for key, value in fields.items() if value)}"[:100])
    return File(**given)


def _shape(given: object) -> str:
    """What something is, without what it says."""
    if not isinstance(given, Mapping):
        return f"a {type(given).__name__}"
    return f"an object of {', '.join(map(str, cast('Mapping[object, object]', given)))}"[:100]
