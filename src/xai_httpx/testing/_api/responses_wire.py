"""Builders of responses, their items and their stream events, in the forms and the order recorded from the API."""

import base64
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .._brain import tokens
from .._brain.brain import Answer
from .._json import JsonObject, as_object, compact
from .._stores.catalogue import CatalogueModel


@dataclass(frozen=True, slots=True)
class ResponseTurn:
    """One answered call of `POST /v1/responses`."""

    id: str
    created: int
    model: CatalogueModel
    answer: Answer
    input_tokens: int
    request: JsonObject

    @property
    def status(self) -> str:
        """The status that the response ends with."""
        return "incomplete" if self.answer.finish == "length" else "completed"

    @property
    def output_tokens(self) -> int:
        """The tokens of the output, the reasoning included."""
        return self.answer.visible_tokens + self.answer.reasoning_tokens


def response(turn: ResponseTurn) -> JsonObject:
    """Build the finished response."""
    body = _base(turn) | {
        "output": _output(turn),
        "usage": _usage(turn),
        "status": turn.status,
        "completed_at": turn.created if turn.status == "completed" else None,
    }
    if turn.status == "incomplete":
        body["incomplete_details"] = {"reason": "max_output_tokens"}
    return body


def events(turn: ResponseTurn) -> Iterator[JsonObject]:
    """Build the events of a streamed response.

    Yields:
        The events, numbered from 0, up to the terminal one.
    """
    for number, event in enumerate(_events(turn)):
        yield {"sequence_number": number, **event}


def compaction(turn_id: str, created: int, model: CatalogueModel, blob: str, usage: JsonObject) -> JsonObject:
    """Build the reply of `POST /v1/responses/compact`."""
    return {
        "id": f"cmp_{turn_id}",
        "object": "response.compaction",
        "created_at": created,
        "model": model.id,
        "output": [{"type": "compaction", "id": f"cmp_{turn_id}", "encrypted_content": blob}],
        "usage": usage,
    }


def _base(turn: ResponseTurn) -> JsonObject:
    asked = turn.request
    reasoning = as_object(asked.get("reasoning")) or {"effort": asked.get("reasoning_effort")}
    tier = asked.get("service_tier")
    text = as_object(asked.get("text")) or {}
    return {
        "created_at": turn.created,
        "completed_at": None,
        "id": turn.id,
        "max_output_tokens": asked.get("max_output_tokens"),
        "model": turn.model.id,
        "object": "response",
        "output": [],
        "parallel_tool_calls": asked.get("parallel_tool_calls") is not False,
        "previous_response_id": asked.get("previous_response_id"),
        "reasoning": {"effort": reasoning.get("effort"), "summary": reasoning.get("summary")},
        "temperature": asked.get("temperature"),
        "text": {"format": text.get("format") or {"type": "text"}},
        "tool_choice": asked.get("tool_choice") or "auto",
        "tools": asked.get("tools") or [],
        "top_p": asked.get("top_p"),
        "user": asked.get("user"),
        "incomplete_details": None,
        "status": "in_progress",
        "store": asked.get("store") is not False,
        "metadata": {},
        "background": False,
        "service_tier": "default" if tier in (None, "auto") else tier,
        "truncation": "disabled",
        "top_logprobs": asked.get("top_logprobs") or 0,
        "presence_penalty": 0,
        "frequency_penalty": 0,
        "prompt_cache_key": asked.get("prompt_cache_key"),
        "max_tool_calls": None,
        "safety_identifier": asked.get("safety_identifier"),
        "error": None,
        "instructions": asked.get("instructions"),
    }


def _usage(turn: ResponseTurn) -> JsonObject:
    cost = turn.model.cost_in_ticks(turn.input_tokens, turn.output_tokens)
    return {
        "input_tokens": turn.input_tokens,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": turn.output_tokens,
        "output_tokens_details": {"reasoning_tokens": turn.answer.reasoning_tokens},
        "total_tokens": turn.input_tokens + turn.output_tokens,
        "num_sources_used": 0,
        "num_server_side_tools_used": int(bool(turn.answer.citations)),
        "cost_in_usd_ticks": cost,
        "context_details": {"input_tokens": turn.input_tokens, "output_tokens": turn.output_tokens},
    }


def _output(turn: ResponseTurn) -> list[JsonObject]:
    items: list[JsonObject] = []
    if turn.answer.reasoning:
        items.append(_reasoning_item(turn))
    if turn.answer.citations:
        items.append(_search_item(turn))
    if not turn.answer.tool_uses:
        items.append(
            {
                "content": [_text_part(turn.answer.text, turn.answer.citations)],
                "id": f"msg_{turn.id}",
                "role": "assistant",
                "type": "message",
                "status": turn.status,
            }
        )
    for index, use in enumerate(turn.answer.tool_uses):
        items.append(
            {
                "arguments": use.arguments,
                "call_id": f"call_{zlib.crc32(f'{turn.id}/{index}'.encode()) % 10**8:08d}",
                "name": use.name,
                "type": "function_call",
                "id": f"fc_{turn.id}_{index}",
                "status": "completed",
            }
        )
    return items


def _reasoning_item(turn: ResponseTurn) -> JsonObject:
    item: JsonObject = {
        "id": f"rs_{turn.id}",
        "summary": [{"text": turn.answer.reasoning, "type": "summary_text"}],
        "type": "reasoning",
        "status": "completed",
    }
    if "reasoning.encrypted_content" in (turn.request.get("include") or []):
        item["encrypted_content"] = base64.b64encode(turn.answer.reasoning.encode()).decode()
    return item


def _search_item(turn: ResponseTurn) -> JsonObject:
    return {
        "arguments": compact({"query": "simulated", "num_results": len(turn.answer.citations)}),
        "call_id": "",
        "name": "web_search",
        "type": "web_search_call",
        "id": f"ws_{turn.id}",
        "status": "completed",
    }


def _text_part(text: str, citations: Iterable[str] = ()) -> JsonObject:
    notes = [{"type": "url_citation", "url": url} for url in citations]
    return {"type": "output_text", "text": text, "logprobs": [], "annotations": notes}


def _events(turn: ResponseTurn) -> Iterator[JsonObject]:
    opened = _base(turn)
    yield {"type": "response.created", "response": opened}
    yield {"type": "response.in_progress", "response": opened}
    for index, item in enumerate(_output(turn)):
        match item["type"]:
            case "reasoning":
                yield from _reasoning_events(item, index)
            case "message":
                yield from _message_events(item, index)
            case "web_search_call":
                yield {"type": "response.output_item.added", "item": item, "output_index": index}
                yield {"type": "response.output_item.done", "item": item, "output_index": index}
            case _:
                yield from _function_call_events(item, index)
    yield {"type": f"response.{turn.status}", "response": response(turn)}


def _reasoning_events(item: JsonObject, index: int) -> Iterator[JsonObject]:
    opened: JsonObject = {"id": item["id"], "summary": [], "type": "reasoning", "status": "in_progress"}
    at: JsonObject = {"item_id": item["id"], "output_index": index, "summary_index": 0}
    part: JsonObject = item["summary"][0]
    text: str = part["text"]
    yield {"type": "response.output_item.added", "item": opened, "output_index": index}
    yield {"type": "response.reasoning_summary_part.added", **at, "part": {"text": "", "type": "summary_text"}}
    for piece in tokens.pieces(text):
        yield {"type": "response.reasoning_summary_text.delta", "delta": piece, **at}
    yield {"type": "response.reasoning_summary_text.done", **at, "text": text}
    yield {"type": "response.reasoning_summary_part.done", **at, "part": part}
    yield {"type": "response.output_item.done", "item": item, "output_index": index}


def _message_events(item: JsonObject, index: int) -> Iterator[JsonObject]:
    at: JsonObject = {"content_index": 0, "item_id": item["id"], "output_index": index}
    part: JsonObject = item["content"][0]
    text: str = part["text"]
    opened: JsonObject = {**item, "content": [], "status": "in_progress"}
    yield {"type": "response.output_item.added", "item": opened, "output_index": index}
    yield {"type": "response.content_part.added", **at, "part": _text_part("")}
    for piece in tokens.pieces(text):
        yield {"type": "response.output_text.delta", **at, "delta": piece, "logprobs": []}
    for number, note in enumerate(part["annotations"]):
        yield {"type": "response.output_text.annotation.added", **at, "annotation": note, "annotation_index": number}
    yield {"type": "response.output_text.done", **at, "text": text}
    yield {"type": "response.content_part.done", **at, "part": part}
    yield {"type": "response.output_item.done", "item": item, "output_index": index}


def _function_call_events(item: JsonObject, index: int) -> Iterator[JsonObject]:
    at: JsonObject = {"item_id": item["id"], "output_index": index}
    opened = item | {"arguments": "", "status": "in_progress"}
    yield {"type": "response.output_item.added", "item": opened, "output_index": index}
    # As in chat completions, the arguments come in one piece.
    yield {"type": "response.function_call_arguments.delta", **at, "delta": item["arguments"]}
    yield {"type": "response.function_call_arguments.done", **at, "arguments": item["arguments"], "name": item["name"]}
    yield {"type": "response.output_item.done", "item": item, "output_index": index}
