"""The conversation in the Responses API: entries to input items, settings to a body, a response to a reply; no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._bases import OutputMessageBase, models, text_in, texts
from .._encode import sendable
from .._errors import RequestValidationError
from .._usage import usage_of
from ..types.responses import ImageGenerationCall, Response
from ..types.responses_events import (
    ResponseOutputTextDeltaEvent,
    ResponseReasoningSummaryTextDeltaEvent,
    ResponseReasoningTextDeltaEvent,
    ResponseStreamEvent,
)
from ._delta import Delta
from ._entries import Answer, Compaction, Entry, Message, ToolCall, ToolResult
from ._parts import File, Image, Part, Text
from ._reply import Citation, GeneratedImage, Reply, ServerToolCall
from ._settings import lacking
from ._told import told_by
from ._wire_tools import wire_format, wire_use_of_tools

REASONING = ("reasoning.encrypted_content",)
OTHERWISE_NAMED = ("tools", "tool_choice", "response_format", "reasoning_effort")
FINISHED_BY = {"max_output_tokens": "length", "max_tokens": "length"}
SAID = ("message", "reasoning", "function_call")  # the items that are no calls of server-side tools


def render(entries: Sequence[Entry], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The body of `POST /v1/responses`."""
    return {**body(settings), "input": [item for entry in entries for item in items(entry)]}


def body(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The body without its input.

    Raises:
        RequestValidationError: There is a setting that the API does not have.
    """
    lacking(settings, "responses")
    kept = {name: value for name, value in settings.items() if name not in OTHERWISE_NAMED}
    made = kept | wire_use_of_tools(settings, "responses")
    if settings.get("response_format") is not None:
        made["text"] = {"format": wire_format(settings["response_format"], "responses")}
    if settings.get("reasoning_effort") is not None:
        made["reasoning"] = {"effort": settings["reasoning_effort"]}
    if not settings.get("store") and "include" not in settings:
        made["include"] = REASONING
    return made


def items(entry: Entry) -> Sequence[Mapping[str, Any]]:
    """The input items that an entry is."""
    match entry:
        case Message():
            named = {"name": entry.name} if entry.name else {}
            return [{"role": entry.role, "content": _content(entry.parts, entry.role), **named}]
        case ToolResult():
            output = entry.output if isinstance(entry.output, str) else _content(entry.output, "user")
            return [{"type": "function_call_output", "call_id": entry.call_id, "output": output}]
        case Answer(form="completions"):
            return _items_of(entry)
        case Answer() | Compaction():
            return entry.items


def _items_of(answer: Answer) -> list[Mapping[str, Any]]:
    """An answer of Chat Completions; its reasoning is left out, for it cannot be proved to be the model's own."""
    told = told_by(answer)
    calls = [
        {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": call.arguments}
        for call in told.tool_calls
    ]
    return [*([{"role": "assistant", "content": told.text}] if told.text else []), *calls]


def _content(parts: Sequence[Part], role: str) -> str | list[Mapping[str, Any]]:
    if len(parts) == 1 and isinstance(parts[0], Text):
        return parts[0].text
    return [_part(part, role) for part in parts]


def _part(part: Part, role: str) -> Mapping[str, Any]:
    match part:
        case Text():
            return {"type": "output_text" if role == "assistant" else "input_text", "text": part.text}
        case Image(id=None):
            return {"type": "input_image", "image_url": part.source}
        case Image():
            raise RequestValidationError(
                "the Responses API takes images by URL, bytes and path, and no uploaded ones: give file(...) instead",
                "messages",
                "the URL, bytes or path of an image",
            )
        case File():
            fields = {
                "file_id": part.id,
                "file_url": part.url,
                "file_data": part.content,
                "filename": part.name,
                "mime_type": part.media_type,
            }
            return {"type": "input_file", **{key: value for key, value in fields.items() if value is not None}}


def read(response: Response) -> Reply[None]:
    """What a response says; one that did not fit its model may hold anything anywhere."""
    output = models(response.output)
    asked = response.tool_calls
    calls = tuple(ToolCall(*(text_in(call, name) for name in ("call_id", "name", "arguments"))) for call in asked)
    parts = [part for item in output if isinstance(item, OutputMessageBase) for part in models(item.content)]
    inline = _citations(parts)
    urls = [*(citation.url for citation in inline), *texts(getattr(response, "citations", None))]
    whole_calls = set(map(id, asked))
    whole = [item for item in output if item.type != "function_call" or id(item) in whole_calls]
    return Reply(
        text=response.output_text,
        parsed=None,
        reasoning=response.reasoning_text,
        refusal="".join(text_in(part, "refusal") for part in parts),
        tool_calls=calls,
        server_tool_calls=tuple(_server_call(item) for item in output if item.type not in SAID),
        citations=tuple(dict.fromkeys(urls)),
        inline_citations=inline,
        images=tuple(
            GeneratedImage(text_in(item, "result"), text_in(item, "prompt") or None, text_in(item, "status") or None)
            for item in output
            if isinstance(item, ImageGenerationCall)
        ),
        finish_reason=_finish_reason(response, bool(calls)),
        usage=usage_of(response),
        index=0,
        raw=response,
        answer=Answer(
            "responses",
            tuple(sendable([item.model_dump(mode="json", exclude_unset=True) for item in whole])),
            text_in(response, "id"),
        ),
    )


def _finish_reason(response: Response, calls: bool) -> str:
    reason = getattr(response.incomplete_details, "reason", None)
    if response.status == "incomplete" or reason:
        return FINISHED_BY.get(str(reason), str(reason or "incomplete"))
    if response.status == "completed":
        return "tool_calls" if calls else "stop"
    return text_in(response, "status") or "unknown"


def _server_call(item: object) -> ServerToolCall:
    kind, name, arguments, status, id = (
        text_in(item, field) for field in ("type", "name", "arguments", "status", "id")
    )
    return ServerToolCall(kind, name, arguments or text_in(item, "input"), status, id)


def _citations(parts: Sequence[Any]) -> tuple[Citation, ...]:
    """The citations in the parts of all messages, by their places in the joined text."""
    found: list[Citation] = []
    before = 0
    for part in parts:
        for note in models(getattr(part, "annotations", None)):
            if url := text_in(note, "url"):
                places = [before + at if isinstance(at, int) else None for at in (note.start_index, note.end_index)]
                found.append(Citation(url, text_in(note, "title") or None, *places))
        before += len(text_in(part, "text")) if part.type == "output_text" else 0
    return tuple(found)


def deltas(event: ResponseStreamEvent) -> list[Delta]:
    """What an event adds to the answer."""
    if isinstance(event, ResponseOutputTextDeltaEvent):
        return [Delta(text_in(event, "delta"), "", 0, event)]
    if isinstance(event, ResponseReasoningSummaryTextDeltaEvent | ResponseReasoningTextDeltaEvent):
        return [Delta("", text_in(event, "delta"), 0, event)]
    return [Delta("", "", 0, event)]
