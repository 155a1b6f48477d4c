"""From what a caller may append to an entry of the conversation: messages, replies, text, and what the APIs speak."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from pydantic import BaseModel

from .._encode import encode
from .._errors import RequestValidationError
from .._media import is_list
from ..types.chat import ChatCompletion
from ..types.responses import Response
from . import _completions_form, _responses_form
from ._entries import FORMS, ROLES, Answer, Compaction, Entry, Message, ToolResult
from ._messages import parts, user
from ._parts import File, Image, Part, Text
from ._reply import Reply

if TYPE_CHECKING:
    from ..types.chat import ChatCompletionMessage
    from ..types.chat_params import ChatMessageParam
    from ..types.responses import InputItem, OutputItem
    from ..types.responses_params import InputItemParam

    ItemLike: TypeAlias = ChatMessageParam | InputItemParam | ChatCompletionMessage | OutputItem | InputItem
    Said: TypeAlias = Entry | Reply[Any] | str | ChatCompletion | Response | ItemLike

_EXPECTED = "a message, a reply, a text, or a message or item as either API writes it"
_TEXTS = ("text", "input_text", "output_text")
_PARTS = (*_TEXTS, "refusal", "image_url", "input_image", "file", "input_file")
_ANSWERED = ("tool_calls", "reasoning_content", "refusal")  # what only the model itself says


def entries_of(said: Sequence[object], before: Sequence[Entry]) -> list[Entry]:
    """The entries that something stands for; a reply that has just joined by itself stands for none.

    Args:
        said: What was appended.
        before: What was said before.

    Raises:
        RequestValidationError: One is no message. Behind it are no frames, for they hold what was said.
    """
    try:
        found = [entry_of(one, f"messages[{index}]") for index, one in enumerate(said, len(before))]
        known = bool(found) and isinstance(said[0], Reply) and bool(before) and before[-1] == found[0]
        return found[1:] if known else found
    except RequestValidationError as error:
        refused = error.with_traceback(None)
        refused.__cause__ = refused.__context__ = None
    finally:
        del said, before  # no locals of this frame, for tracebacks may be logged with them
    raise refused


def entry_of(said: object, place: str) -> Entry:
    """The entry that something stands for.

    Args:
        said: What was appended.
        place: Its place, for an error.

    Raises:
        RequestValidationError: It is no message.
    """
    if isinstance(said, Message | ToolResult):
        return _checked(said, place)
    if isinstance(said, Answer) and said.form not in FORMS:
        raise _refused(place, f"an answer of the form {said.form!r:.60}")
    if isinstance(said, Answer | Compaction):
        return said
    if isinstance(said, Reply):
        return said.answer
    if isinstance(said, str):
        return user(said)
    if isinstance(said, ChatCompletion | Response):
        return _whole(said, place)
    if isinstance(said, BaseModel):
        said = said.model_dump(mode="json", exclude_unset=True)
    if isinstance(said, Mapping):
        given = cast("Mapping[str, Any]", said)
        return _item(given, place) if given.get("type", "message") != "message" else _message(given, place)
    hint = "; a part goes into user(...)" if isinstance(said, Text | Image | File) else ""
    hint = "; give each by itself: append(*messages)" if is_list(said) else hint
    raise _refused(place, f"a {type(said).__name__}{hint}")


def _checked(said: Message | ToolResult, place: str) -> Message | ToolResult:
    """One that was made without the helpers may hold anything."""
    if isinstance(said, Message):
        if said.role not in ROLES:
            raise _refused(place, f"the role {said.role!r:.60}")
        return replace(said, parts=parts(said.parts, f"{place}.content"))
    return said if isinstance(said.output, str) else replace(said, output=parts(said.output, f"{place}.output"))


def _whole(said: ChatCompletion | Response, place: str) -> Entry:
    """The first answer of a reply, as `wait_deferred` and others return it."""
    replies = [_responses_form.read(said)] if isinstance(said, Response) else _completions_form.read(said)
    if not replies:
        raise _refused(place, "a completion without answers")
    return replies[0].answer


def _message(given: Mapping[str, Any], place: str) -> Entry:
    role, content, name = given.get("role"), given.get("content"), given.get("name")
    if role in ("assistant", "tool") and is_list(content) and ("status" in given or "id" in given):
        return Answer("responses", (_own({"type": "message", **given}),))
    if role == "tool":
        return ToolResult(_id(given, "tool_call_id", place), _output(content, f"{place}.content"))
    if role not in ROLES:
        raise _refused(place, f"the role {role!r:.60}" if "role" in given else _shape(given))
    if role == "assistant" and any(given.get(field) for field in _ANSWERED):
        return Answer("completions", (_own(given),))
    if not isinstance(name, str | None):
        raise _refused(place, f"the name {name!r:.60}")
    return Message(role, (Text(content),) if isinstance(content, str) else _parts(content, f"{place}.content"), name)


def _item(given: Mapping[str, Any], place: str) -> Entry:
    kind = given["type"]
    if kind == "function_call_output":
        return ToolResult(_id(given, "call_id", place), _output(given.get("output"), f"{place}.output"))
    if kind == "compaction":
        return Compaction((_own(given),))
    if not isinstance(kind, str) or kind in _PARTS:
        raise _refused(place, f"the type {kind!r:.60}")
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
        raise _refused(place, _shape(content) if content else "nothing")
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
            url = fields.get("image_url")
            url = cast("Mapping[str, Any]", url).get("url") if isinstance(url, Mapping) else url
            if isinstance(url, str):
                return Image(url)
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
    raise _refused(place, got)


def _file(fields: Mapping[str, Any], keys: Mapping[str, str], place: str) -> File:
    given = {field: fields.get(key) for field, key in keys.items()}
    sources = [given.get(field) for field in ("id", "url", "content") if given.get(field) is not None]
    if len(sources) != 1 or not all(isinstance(value, str | None) for value in given.values()):
        raise _refused(place, f"a file with {' and '.join(key for key, value in fields.items() if value)}"[:100])
    return File(**given)


def _shape(given: object) -> str:
    """What something is, without what it says."""
    if not isinstance(given, Mapping):
        return f"a {type(given).__name__}"
    return f"an object of {', '.join(map(str, cast('Mapping[object, object]', given)))}"[:100]


def _refused(place: str, got: str) -> RequestValidationError:
    return RequestValidationError(f"{place} must be {_EXPECTED}, got {got}", place, _EXPECTED)
