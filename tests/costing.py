"""What the tests of costs share: replies that tell what they cost, to the tick."""

from __future__ import annotations

import json
from typing import Any

from tests.rawserver import reply

MESSAGES: list[Any] = [{"role": "user", "content": "hi"}]


def chat_usage(ticks: int | None = 7, **fields: Any) -> dict[str, Any]:
    """Of a chat completion: 10 tokens read, 1 written, 4 thought; the sum is 15."""
    told: dict[str, Any] = {} if ticks is None else {"cost_in_usd_ticks": ticks}
    return {
        "prompt_tokens": 10,
        "completion_tokens": 1,
        "total_tokens": 15,
        "prompt_tokens_details": {"text_tokens": 10, "audio_tokens": 0, "image_tokens": 0, "cached_tokens": 3},
        "completion_tokens_details": {
            "reasoning_tokens": 4,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
        **told,
        **fields,
    }


def completion(usage: Any, **fields: Any) -> dict[str, Any]:
    """A chat completion that used so much."""
    choice = {"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}
    top = {"id": "c", "object": "chat.completion", "created": 1, "model": "grok-4.6", "choices": [choice]}
    return {**top, "usage": usage, **fields}


def answer(ticks: int | None = 7) -> bytes:
    """The reply of a server to a chat completion."""
    return reply(json.dumps(completion(chat_usage(ticks))).encode())


def chunk(text: str, **fields: Any) -> str:
    """A piece of a streamed chat completion."""
    choices = [{"index": 0, "delta": {"content": text}}]
    top = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "grok-4.6", "choices": choices}
    return json.dumps({**top, **fields})
