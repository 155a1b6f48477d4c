"""A conversation as text, and back; a version in the text says how it was written."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import TypeAdapter

from .._encode import encode
from .._errors import RequestValidationError
from ._entries import Answer, Compaction, Entry, Message, ToolResult
from ._parts import File, Image, Part, Text
from ._tool_list import as_tool
from ._wire_tools import wire_tools

if TYPE_CHECKING:
    from .._resources import Resources
    from ._conversation import Conversation
    from ._local_tool import LocalTool
    from ._settings import ToolLike
    from ._tool_list import GivenTool

C = TypeVar("C", bound="Conversation")
FORMAT = "xai_httpx.chat"
VERSION = 1
KINDS: dict[str, type[Entry]] = {
    "message": Message,
    "tool_result": ToolResult,
    "answer": Answer,
    "compaction": Compaction,
}
PARTS: dict[str, Any] = {"text": Text, "image": Image, "file": File}
EXPECTED = f"what to_json wrote, of version {VERSION}"


def to_json(chat: Conversation) -> str:
    """Write a conversation."""
    chat._history.idle()
    return encode(written(chat)).decode()


def written(chat: Conversation) -> Mapping[str, Any]:
    """A conversation as it is now, also in the middle of a turn."""
    settings = dict(chat._settings)
    if "tools" in settings:
        settings["tools"] = wire_tools(settings["tools"], "responses")
    return {
        FORMAT: VERSION,
        "model": chat.model,
        "api": chat.api,
        "store": chat._store,
        "settings": settings,
        "origin": chat._origin,
        "stored": chat._stored,
        "messages": [written_entry(entry) for entry in chat.messages],
    }


def written_entry(entry: Entry) -> Mapping[str, Any]:
    kind = next(name for name, kind in KINDS.items() if isinstance(entry, kind))
    fields = {name: getattr(entry, name) for name in type(entry).__dataclass_fields__}
    for name in ("parts", "output"):
        if isinstance(fields.get(name), tuple):
            fields[name] = [_written_part(part) for part in fields[name]]
    return {"kind": kind, **fields}


def _written_part(part: Part) -> Mapping[str, Any]:
    kind = next(name for name, kind in PARTS.items() if isinstance(part, kind))
    given: dict[str, str | os.PathLike[str] | None] = asdict(part)
    fields = {name: os.fspath(value) for name, value in given.items() if value is not None}
    paths = [name for name, value in given.items() if isinstance(value, os.PathLike)]
    return {"kind": kind, **fields, **({"paths": paths} if paths else {})}


def from_json(kind: type[C], text: str | bytes, client: Resources, tools: Iterable[GivenTool]) -> C:
    """Read a conversation.

    Raises:
        RequestValidationError: The text is no conversation, or of another version.
    """
    try:
        written: object = json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise _refused(f"no JSON ({error})") from None
    saved = cast("dict[str, Any]", written) if isinstance(written, dict) else {}
    version = saved.get(FORMAT)
    if version != VERSION:
        raise _refused("something else" if version is None else f"version {version!r:.40}, of another xai_httpx")
    try:
        settings = {**saved["settings"]}
        given = {tool.name: tool for tool in map(as_tool, tools)}
        if given:
            settings["tools"] = _with_functions(settings.get("tools", ()), given)
        chat = kind(client, saved["model"], (), api=saved["api"], store=saved["store"], **settings)
        chat._origin, stored = saved["origin"], saved["stored"]
        chat._stored = stored and (stored[0], stored[1])
        chat._history.replace([read_entry(fields) for fields in saved["messages"]])
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, RequestValidationError):
            raise
        raise _refused(f"one that is broken: {error!r:.200}") from None
    return chat


def _with_functions(written: Iterable[Mapping[str, Any]], given: Mapping[str, LocalTool]) -> list[ToolLike]:
    """The tools, with functions where there are some; one that was not there is added."""
    left = dict(given)
    return [*(left.pop(str(tool.get("name")), tool) for tool in written), *left.values()]


def read_entry(fields: Mapping[str, Any]) -> Entry:
    kind = KINDS[fields["kind"]]
    rest = {name: value for name, value in fields.items() if name != "kind"}
    for name in ("parts", "output"):
        if isinstance(rest.get(name), list):
            rest[name] = tuple(_read_part(part) for part in rest[name])
    return TypeAdapter(kind).validate_python(rest)


def _read_part(fields: Mapping[str, Any]) -> Part:
    paths = fields.get("paths", ())
    rest = {name: value for name, value in fields.items() if name not in ("kind", "paths")}
    return cast("Part", PARTS[fields["kind"]](**rest | {name: Path(fields[name]) for name in paths}))


def _refused(got: str) -> RequestValidationError:
    return RequestValidationError(f"text must be {EXPECTED}, got {got}", "text", EXPECTED)
