"""A conversation as text, and back; a version in the text says how it was written."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from .._encode import encode
from .._errors import RequestValidationError
from .._faults import spelt
from ._entries import Answer, Compaction, Entry, Form, Message, ToolResult
from ._parts import File, Image, Part, Text
from ._settings import NAMES
from ._tool_list import as_tool
from ._wire_tools import wire_tools

if TYPE_CHECKING:
    from .._resources import Resources
    from ._conversation import Conversation
    from ._local_tool import LocalTool
    from ._settings import ToolLike
    from ._tool_list import GivenTool

C = TypeVar("C", bound="Conversation")
V = TypeVar("V")
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
        return read_chat(kind, parsed(text, _refused), client, tools)
    except RequestValidationError as error:
        refused = error.with_traceback(None)  # the frames hold the text
        refused.__cause__ = refused.__context__ = None
    finally:
        del text
    raise refused


def parsed(text: str | bytes, refuse: Callable[[str], RequestValidationError]) -> object:
    """What a text holds.

    Raises:
        RequestValidationError: It is no JSON.
    """
    try:
        written: object = json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise refuse(f"no JSON ({error})") from None
    return written


def of_version(
    written: object, format: str, version: int, refuse: Callable[[str], RequestValidationError]
) -> dict[str, Any]:
    """What was written, if it is of a format in a version.

    Raises:
        RequestValidationError: It is not.
    """
    top = cast("dict[str, Any]", written) if isinstance(written, dict) else {}
    given = top.get(format)
    if given != version:
        raise refuse("something else" if given is None else f"version {given!r:.40}, of another xai_httpx")
    return top


def read_chat(kind: type[C], written: object, client: Resources, tools: Iterable[GivenTool] = ()) -> C:
    """A conversation that was written.

    Raises:
        RequestValidationError: It is none, or of another version.
    """
    top = of_version(written, FORMAT, VERSION, _refused)
    given = {tool.name: tool for tool in map(as_tool, tools)}
    saved = _saved(top)
    settings: dict[str, Any] = {"prompt_cache_key": None, **saved.settings}  # None makes no new one
    if given:
        written_tools = _valid(list[dict[str, Any]], settings.get("tools", []), "settings.tools")
        settings["tools"] = _with_functions(written_tools, given)
    chat = kind(client, saved.model, (), api=saved.api, store=saved.store, **settings)
    chat._origin, chat._stored = saved.origin, saved.stored
    chat._history.replace([read_entry(fields, f"messages[{index}]") for index, fields in enumerate(saved.messages)])
    return chat


@dataclass(frozen=True, slots=True)
class _Saved:
    model: str
    api: Form
    store: bool
    settings: dict[str, Any]
    origin: str | None
    stored: tuple[str, int] | None
    messages: list[dict[str, Any]]


def _saved(written: object) -> _Saved:
    saved = _valid(_Saved, written, "")
    if odd := saved.settings.keys() - NAMES:
        raise _refused(f"one that is broken: there is no setting {min(odd)!r:.60}")
    if saved.stored and not 0 <= saved.stored[1] <= len(saved.messages):
        raise _refused("one that is broken: stored is none of its messages")
    return saved


def _with_functions(written: Iterable[Mapping[str, Any]], given: Mapping[str, LocalTool]) -> list[ToolLike]:
    """The tools, with functions where there are some; one that was not there is added."""
    left = dict(given)
    return [*(left.pop(str(tool.get("name")), tool) for tool in written), *left.values()]


def read_entry(fields: Mapping[str, Any], place: str = "an entry") -> Entry:
    """An entry that was written.

    Raises:
        RequestValidationError: It is none.
    """
    kind = KINDS.get(str(fields.get("kind")))
    if kind is None:
        raise _refused(f"one that is broken: {place} is of no known kind")
    rest = {name: value for name, value in fields.items() if name != "kind"}
    for name in ("parts", "output"):
        if isinstance(rest.get(name), list):
            given = cast("list[object]", rest[name])
            rest[name] = tuple(_read_part(part, f"{place}.{name}[{at}]") for at, part in enumerate(given))
    return _valid(kind, rest, place)


def _read_part(given: object, place: str) -> Part:
    fields = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    kind = PARTS.get(str(fields.get("kind")))
    if kind is None:
        raise _refused(f"one that is broken: {place} is of no known kind")
    rest = {name: value for name, value in fields.items() if name not in ("kind", "paths")}
    paths = _valid(list[str], fields.get("paths", []), f"{place}.paths")
    return cast("Part", _valid(kind, rest | {name: Path(str(rest.get(name))) for name in paths}, place))


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _valid(kind: type[V], given: object, place: str) -> V:
    """Something as what it has to be.

    Raises:
        RequestValidationError: It is not; the place is named, and nothing that is there is shown.
    """
    try:
        return cast(V, _adapter(cast("Any", kind)).validate_python(given))
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
    path = spelt([*([place] if place else []), *fault["loc"]])
    raise _refused(f"one that is broken: {path}: {fault['msg']}")


def _refused(got: str) -> RequestValidationError:
    return RequestValidationError(f"text must be {EXPECTED}, got {got}", "text", EXPECTED)
