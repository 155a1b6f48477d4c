"""Builders of chat completions and their chunks, in the forms recorded from the API."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from .._brain import tokens
from .._brain.brain import Answer
from .._json import JsonObject
from .._stores.catalogue import CatalogueModel

_FINGERPRINT = "fp_51a0a7ed00"


@dataclass(frozen=True, slots=True)
class ChatTurn:
    """One answered call, with an answer for each choice."""

    id: str
    created: int
    model: CatalogueModel
    answers: tuple[Answer, ...]
    prompt_tokens: int
    service_tier: str | None = None


def completion(turn: ChatTurn) -> JsonObject:
    """Build the body of a completion that is not streamed."""
    choices = [
        {"index": index, "message": _message(turn, index), "finish_reason": answer.finish}
        for index, answer in enumerate(turn.answers)
    ]
    return _envelope(turn, "chat.completion", choices, usage(turn)) | _citations(turn)


def chunks(turn: ChatTurn, *, include_usage: bool) -> Iterator[JsonObject]:
    """Build the chunks of a streamed completion.

    Args:
        turn: The answered call.
        include_usage: Whether a last chunk, without choices, carries the usage.

    Yields:
        The chunks; those of several choices take turns.
    """
    rows = [*zip_longest(*(_choice_chunks(turn, index) for index in range(len(turn.answers))))]
    for row in rows:
        for choice in row:
            if choice is not None:
                last = _citations(turn) if row is rows[-1] else {}
                yield _envelope(turn, "chat.completion.chunk", [choice]) | last
    if include_usage:
        yield _envelope(turn, "chat.completion.chunk", [], usage(turn))


def _citations(turn: ChatTurn) -> JsonObject:
    urls = dict.fromkeys(url for answer in turn.answers for url in answer.citations)
    return {"citations": [*urls]} if urls else {}


def usage(turn: ChatTurn) -> JsonObject:
    """Count the tokens of a call and price them; `completion_tokens` leaves the reasoning out, the total does not."""
    completion_tokens = sum(answer.visible_tokens for answer in turn.answers)
    reasoning_tokens = sum(answer.reasoning_tokens for answer in turn.answers)
    return {
        "prompt_tokens": turn.prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": turn.prompt_tokens + completion_tokens + reasoning_tokens,
        "prompt_tokens_details": {
            "text_tokens": turn.prompt_tokens,
            "audio_tokens": 0,
            "image_tokens": 0,
            "cached_tokens": 0,
        },
        "completion_tokens_details": {
            "reasoning_tokens": reasoning_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
        "num_sources_used": 0,
        "cost_in_usd_ticks": turn.model.cost_in_ticks(turn.prompt_tokens, completion_tokens + reasoning_tokens),
    }


def _envelope(turn: ChatTurn, kind: str, choices: list[JsonObject], usage: JsonObject | None = None) -> JsonObject:
    body: JsonObject = {
        "id": turn.id,
        "object": kind,
        "created": turn.created,
        "model": turn.model.id,
        "choices": choices,
    }
    if usage is not None:
        body["usage"] = usage
    body["system_fingerprint"] = _FINGERPRINT
    if turn.service_tier is not None:
        # Without a tier in the request the recorded replies carry none either.
        body["service_tier"] = "default" if turn.service_tier == "auto" else turn.service_tier
    return body


def _message(turn: ChatTurn, choice: int) -> JsonObject:
    answer = turn.answers[choice]
    message: JsonObject = {"role": "assistant", "content": answer.text}
    if answer.reasoning:
        message["reasoning_content"] = answer.reasoning
    if calls := _tool_calls(turn, choice):
        message["tool_calls"] = calls
    return message | {"refusal": None}


def _tool_calls(turn: ChatTurn, choice: int) -> list[JsonObject]:
    return [
        {
            "id": f"call_{zlib.crc32(f'{turn.id}/{choice}/{index}'.encode()) % 10**8:08d}",
            "function": {"name": use.name, "arguments": use.arguments},
            "type": "function",
        }
        for index, use in enumerate(turn.answers[choice].tool_uses)
    ]


def _choice_chunks(turn: ChatTurn, choice: int) -> Iterator[JsonObject]:
    for position, delta in enumerate(_deltas(turn, choice)):
        yield {"index": choice, "delta": delta | {"role": "assistant"} if position == 0 else delta}
    yield {"index": choice, "delta": {}, "finish_reason": turn.answers[choice].finish}


def _deltas(turn: ChatTurn, choice: int) -> list[JsonObject]:
    answer = turn.answers[choice]
    deltas: list[JsonObject] = [{"reasoning_content": piece} for piece in tokens.pieces(answer.reasoning)]
    deltas += [{"content": piece} for piece in tokens.pieces(answer.text)]
    # A call arrives whole, its arguments in one piece.
    deltas += [{"tool_calls": [call | {"index": index}]} for index, call in enumerate(_tool_calls(turn, choice))]
    return deltas or [{"content": ""}]
