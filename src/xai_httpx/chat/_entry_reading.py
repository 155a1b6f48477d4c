"""From what a caller may append to an entry of the conversation: messages, replies, text, and the APIs' own dicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from pydantic import BaseModel

from .._errors import RequestValidationError
from .._media import is_list
from ._entries import ROLES, Answer, Compaction, Entry, Message, ToolResult
from ._messages import user
from ._parts import File, Image, Part, Text
from ._reply import Reply

if TYPE_CHECKING:
    from ..types.chat import ChatCompletionMessage
    from ..types.chat_params import ChatMessageParam
    from ..types.responses import OutputItem
    from ..types.responses_params import InputItemParam

    Said: TypeAlias = Entry | Reply[Any] | str | ChatMessageParam | InputItemParam | ChatCompletionMessage | OutputItem

_EXPECTED = "a message, a reply, a text, or a message or item as either API writes it"
_TEXTS = ("text", "input_text", "output_text")


def entry_of(said: object, place: str) -> Entry:
    """The entry that something stands for.

    Args:
        said: What was appended.
        place: Its place, for an error.

    Raises:
        RequestValidationError: It is no message.
    """
    if isinstance(said, Message | ToolResult | Answer | Compaction):
        return said
    if isinstance(said, Reply):
        return said.answer
    if isinstance(said, str):
        return user(said)
    if isinstance(said, BaseModel):
        said = said.model_dump(mode="json", exclude_unset=True)
    if isinstance(said, Mapping):
        given = cast("Mapping[str, Any]", said)
        return _item(given, place) if given.get("type", "message") != "message" else _message(given, place)
    raise _refused(place, f"a {type(said).__name__}")


def _message(given: Mapping[str, Any], place: str) -> Entry:
    role, content = given.get("role"), given.get("content")
    if role == "tool":
        output = content if isinstance(content, str) else _parts(content, f"{place}.content")
        return ToolResult(str(given.get("tool_call_id")), output)
    if role not in ROLES:
        raise _refused(place, f"the role {role!r}" if "role" in given else f"an object of {', '.join(given)}"[:100])
    if role == "assistant" and given.get("tool_calls"):
        return Answer("completions", (given,))
    if role == "assistant" and is_list(content) and "status" in given:
        return Answer("responses", (given,))
    parts = (Text(content),) if isinstance(content, str) else _parts(content, f"{place}.content")
    return Message(role, parts, given.get("name"))


def _item(given: Mapping[str, Any], place: str) -> Entry:
    kind = given["type"]
    if kind == "function_call_output":
        output = given.get("output")
        parts = output if isinstance(output, str) else _parts(output, f"{place}.output")
        return ToolResult(str(given.get("call_id")), parts)
    if kind == "compaction":
        return Compaction((given,))
    if not isinstance(kind, str):
        raise _refused(place, f"the type {kind!r:.60}")
    return Answer("responses", (given,))


def _parts(content: object, place: str) -> tuple[Part, ...]:
    if not is_list(content) or not content:
        raise _refused(place, f"the content {content!r:.60}")
    return tuple(_part(one, f"{place}[{index}]") for index, one in enumerate(content))


def _part(given: object, place: str) -> Part:
    if isinstance(given, Text | Image | File):
        return given
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
            file: Mapping[str, Any] = fields.get("file") or {}
            if file.get("file_id") or file.get("url"):
                return File(id=file.get("file_id"), url=file.get("url"))
        case "input_file":
            data = {"id": "file_id", "url": "file_url", "content": "file_data", "name": "filename"}
            return File(**{field: fields.get(key) for field, key in data.items()}, media_type=fields.get("mime_type"))
        case _:
            pass
    raise _refused(place, f"{given!r:.60}")


def _refused(place: str, got: str) -> RequestValidationError:
    return RequestValidationError(f"{place} must be {_EXPECTED}, got {got}", place, _EXPECTED)
