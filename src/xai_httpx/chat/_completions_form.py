"""The conversation in Chat Completions: entries to messages, settings to a body, a completion to replies; no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._bases import is_object, models, text_in, texts
from .._encode import sendable
from .._errors import RequestValidationError
from .._usage import usage_of
from ..types.chat import ChatChoice, ChatCompletion
from ..types.chat import ToolCall as WireCall
from ..types.chat_events import ChatChunkChoice, ChatCompletionChunk
from ._delta import Delta
from ._entries import Answer, Compaction, Entry, Message, ToolCall, ToolResult
from ._parts import File, Image, Part, Text
from ._reply import Reply, ServerToolCall
from ._settings import lacking
from ._told import told_by
from ._wire_tools import wire_format, wire_use_of_tools

OTHERWISE_NAMED = ("tools", "tool_choice", "response_format", "max_output_tokens", "store")
ROLES = {"developer": "system"}  # Chat Completions has no developer


def render(entries: Sequence[Entry], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The body of `POST /v1/chat/completions`."""
    return {**body(settings), "messages": [message for entry in entries for message in items(entry)]}


def body(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The body without its messages.

    Raises:
        RequestValidationError: There is a setting or a tool that the API does not have.
    """
    lacking(settings, "completions")
    kept = {name: value for name, value in settings.items() if name not in OTHERWISE_NAMED}
    made = kept | wire_use_of_tools(settings, "completions")
    if settings.get("response_format") is not None:
        made["response_format"] = wire_format(settings["response_format"], "completions")
    if settings.get("max_output_tokens") is not None:
        made["max_completion_tokens"] = settings["max_output_tokens"]
    return made


def items(entry: Entry) -> Sequence[Mapping[str, Any]]:
    """The messages that an entry is.

    Raises:
        RequestValidationError: It exists in the Responses API alone.
    """
    match entry:
        case Message():
            named = {"name": entry.name} if entry.name else {}
            return [{"role": ROLES.get(entry.role, entry.role), "content": _content(entry.parts), **named}]
        case ToolResult():
            output = entry.output if isinstance(entry.output, str) else _content(entry.output)
            return [{"role": "tool", "tool_call_id": entry.call_id, "content": output}]
        case Answer(form="completions"):
            return entry.items
        case Answer():
            return [_message_of(entry)]
        case Compaction():
            raise RequestValidationError(
                "a compacted conversation cannot go on in Chat Completions", "messages", "the Responses API"
            )


def _message_of(answer: Answer) -> Mapping[str, Any]:
    """An answer of the Responses API; what the server ran for it has no form here, and is in its text."""
    told = told_by(answer)
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in told.tool_calls
    ]
    reasoning = {"reasoning_content": told.reasoning} if told.reasoning else {}
    return {"role": "assistant", "content": told.text, **reasoning, **({"tool_calls": calls} if calls else {})}


def _content(parts: Sequence[Part]) -> str | list[Mapping[str, Any]]:
    if len(parts) == 1 and isinstance(parts[0], Text):
        return parts[0].text
    return [_part(part) for part in parts]


def _part(part: Part) -> Mapping[str, Any]:
    match part:
        case Text():
            return {"type": "text", "text": part.text}
        case Image():
            return {"type": "image_url", "image_url": {"file_id": part.id} if part.id else {"url": part.source}}
        case File(content=None):
            return {"type": "file", "file": {"file_id": part.id} if part.id else {"url": part.url}}
        case File():
            raise RequestValidationError(
                "Chat Completions takes files by id and URL alone: upload it with client.files.create",
                "messages",
                "a file that was uploaded, or a URL",
            )


def read(completion: ChatCompletion) -> list[Reply[None]]:
    """What a completion says, answer by answer; one that did not fit its model may hold anything anywhere."""
    replies = [_reply(completion, choice, place) for place, choice in enumerate(models(completion.choices))]
    return sorted(replies, key=lambda reply: reply.index)


def _reply(completion: ChatCompletion, choice: ChatChoice, place: int) -> Reply[None]:
    message, reason = next(iter(models([choice.message])), None), text_in(choice, "finish_reason")
    calls = models(message.tool_calls if message else None)
    whole = [call for call in calls if reason != "length" or is_object(text_in(call.function, "arguments"))]
    wire: dict[str, Any] = message.model_dump(mode="json", exclude_unset=True) if message else {"role": "assistant"}
    if len(whole) < len(calls):
        del wire["tool_calls"]
        wire |= {"tool_calls": [call.model_dump(mode="json", exclude_unset=True) for call in whole]} if whole else {}
    return Reply(
        text=text_in(message, "content"),
        parsed=None,
        reasoning=text_in(message, "reasoning_content"),
        refusal=text_in(message, "refusal"),
        tool_calls=tuple(ToolCall(text_in(call, "id"), *_called(call)) for call in whole if _is_function(call)),
        server_tool_calls=tuple(
            ServerToolCall(text_in(call, "type"), *_called(call), "", text_in(call, "id"))
            for call in whole
            if not _is_function(call)
        ),
        citations=tuple(dict.fromkeys(texts(completion.citations))),
        inline_citations=(),
        images=(),
        finish_reason=reason or "stop",
        usage=usage_of(completion),
        index=_index(choice, place),
        raw=completion,
        answer=Answer("completions", (sendable(wire),), text_in(completion, "id")),
    )


def _index(choice: ChatChoice | ChatChunkChoice, place: int) -> int:
    """Which of several answers a choice is, or a piece of; its place, where the server does not say."""
    given: object = choice.index
    return given if isinstance(given, int) else place


def _is_function(call: WireCall) -> bool:
    return call.type in (None, "function")


def _called(call: WireCall) -> tuple[str, str]:
    return text_in(call.function, "name"), text_in(call.function, "arguments")


def deltas(chunk: ChatCompletionChunk) -> list[Delta]:
    """What a chunk adds to each answer; one that belongs to none, such as that of the usage, goes with the first."""
    return [
        Delta(text_in(one.delta, "content"), text_in(one.delta, "reasoning_content"), _index(one, place), chunk)
        for place, one in enumerate(models(chunk.choices))
    ] or [Delta("", "", 0, chunk)]
