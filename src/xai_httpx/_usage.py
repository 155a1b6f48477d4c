"""What a reply used, in one form for all endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from ._bases import usd, whole
from ._models import XAIModel, from_lax_json
from ._raw import RawReply

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and cost. Two of them add up; a cost that the server did not tell adds nothing.

    Attributes:
        input_tokens: Tokens that the model read.
        cached_tokens: Those of them that the prompt cache had.
        output_tokens: Tokens that the model wrote, reasoning included.
        reasoning_tokens: Those of them that it thought.
        total_tokens: Both together.
        server_tool_calls: How many tools the server ran.
        cost_ticks: The cost in ticks of 1e-10 US dollars; None where the server told none.
    """

    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    total_tokens: int = 0
    server_tool_calls: int = 0
    cost_ticks: int | None = None

    def __add__(self, other: Usage) -> Usage:
        ticks = [usage.cost_ticks for usage in (self, other) if usage.cost_ticks is not None]
        return Usage(
            self.input_tokens + other.input_tokens,
            self.cached_tokens + other.cached_tokens,
            self.output_tokens + other.output_tokens,
            self.reasoning_tokens + other.reasoning_tokens,
            self.total_tokens + other.total_tokens,
            self.server_tool_calls + other.server_tool_calls,
            sum(ticks) if ticks else None,
        )

    @property
    def cost_usd(self) -> Decimal | None:
        """The cost in US dollars, exact; None where the server told none."""
        return usd(self.cost_ticks)


def usage_of(reply: object) -> Usage | None:
    """What a reply says that it used; None where it says nothing.

    Args:
        reply: The reply of any endpoint: its model, a `RawReply`, its bytes, or these decoded. One that did not fit its
            model may hold anything.
    """
    told = _fields(fields_of(reply).get("usage"))
    if all(value is None for value in told.values()):
        return None
    return _of_responses(told) if told.get("prompt_tokens") is None else _of_chat(told)


def _of_chat(told: Told) -> Usage:
    """Chat completions, legacy completions, embeddings: reasoning is not in `completion_tokens`."""
    reasoning = _count(_fields(told.get("completion_tokens_details")), "reasoning_tokens")
    read, written = _count(told, "prompt_tokens"), _count(told, "completion_tokens") + reasoning
    cached = _count(_fields(told.get("prompt_tokens_details")), "cached_tokens")
    return _usage(told, read, cached, written, reasoning)


def _of_responses(told: Told) -> Usage:
    """Responses, compaction, media: reasoning is in `output_tokens`. Messages: what was cached is not in the input."""
    cached_apart = _count(told, "cache_read_input_tokens")
    read = _count(told, "input_tokens") + cached_apart + _count(told, "cache_creation_input_tokens")
    cached = cached_apart + _count(_fields(told.get("input_tokens_details")), "cached_tokens")
    reasoning = _count(_fields(told.get("output_tokens_details")), "reasoning_tokens")
    return _usage(told, read, cached, _count(told, "output_tokens"), reasoning)


def _usage(told: Told, read: int, cached: int, written: int, reasoning: int) -> Usage:
    runs = _fields(told.get("server_side_tool_usage_details"))
    calls = _count(told, "num_server_side_tools_used") or sum(
        _count(runs, name) for name in runs if name.endswith("_calls")
    )
    ticks = whole(told.get("cost_in_usd_ticks"))
    return Usage(
        input_tokens=read,
        cached_tokens=cached,
        output_tokens=written,
        reasoning_tokens=reasoning,
        total_tokens=_count(told, "total_tokens") or read + written,
        server_tool_calls=calls,
        cost_ticks=None if ticks is None else max(0, ticks),
    )


def fields_of(reply: object) -> Told:
    """What a reply holds, in any form of `usage_of`; nothing where it is no object."""
    content = reply.content if isinstance(reply, RawReply) else reply
    if not isinstance(content, bytes):
        return _fields(content)
    try:
        return _fields(from_lax_json(content))
    except ValueError:
        return {}


def _fields(owner: object) -> Told:
    if isinstance(owner, XAIModel):
        return {**vars(owner), **(owner.model_extra or {})}
    return cast("Told", owner) if isinstance(owner, dict) else {}


def _count(told: Told, name: str) -> int:
    """A number of things; 0 where there is none, or one that cannot be a count."""
    return max(0, whole(told.get(name)) or 0)
