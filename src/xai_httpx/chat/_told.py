"""What an answer says, whichever API it came from: the bridge between the two; no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from ._entries import Answer, ToolCall


@dataclass(frozen=True, slots=True)
class Told:
    """The words of an answer.

    Attributes:
        text: Its text; where it declined to answer, its words for that.
        reasoning: The model's thoughts, as far as they are told.
        tool_calls: The functions that it asks for.
    """

    text: str
    reasoning: str
    tool_calls: tuple[ToolCall, ...]


def told_by(answer: Answer) -> Told:
    """What an answer says."""
    if answer.form == "responses":
        return _by_items(answer.items)
    return _by_message(answer.items[0] if answer.items else {})


def _by_message(message: Mapping[str, Any]) -> Told:
    ours = [call for call in _objects(message, "tool_calls") if call.get("type") in (None, "function")]
    calls = [(call, _object(call, "function")) for call in ours]
    found = tuple(ToolCall(_text(call, "id"), _text(asked, "name"), _text(asked, "arguments")) for call, asked in calls)
    content = message.get("content")
    text = content if isinstance(content, str) else _texts(_objects(message, "content"))
    return Told(text or _text(message, "refusal"), _text(message, "reasoning_content"), found)


def _by_items(items: Iterable[Mapping[str, Any]]) -> Told:
    text, refusal, reasoning, calls = "", "", "", list[ToolCall]()
    for item in items:
        match item.get("type"):
            case "message":
                content = item.get("content")
                text += content if isinstance(content, str) else _texts(_objects(item, "content"))
                refusal += "".join(_text(part, "refusal") for part in _objects(item, "content"))
            case "reasoning":
                reasoning += _texts(_objects(item, "content")) or _texts(_objects(item, "summary"))
            case "function_call":
                calls.append(ToolCall(_text(item, "call_id"), _text(item, "name"), _text(item, "arguments")))
            case _:  # what the server ran
                pass
    return Told(text or refusal, reasoning, tuple(calls))


def _object(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = of.get(name)
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _objects(of: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    given = cast("list[object]", of.get(name)) if isinstance(of.get(name), list) else []
    return [cast("Mapping[str, Any]", one) for one in given if isinstance(one, Mapping)]


def _texts(parts: Iterable[Mapping[str, Any]]) -> str:
    return "".join(_text(part, "text") for part in parts)


def _text(of: Mapping[str, Any], name: str) -> str:
    value = of.get(name)
    return value if isinstance(value, str) else ""
