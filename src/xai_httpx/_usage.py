"""What a reply used, in one form for all endpoints."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ._bases import usd


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and cost.

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

    @property
    def cost_usd(self) -> Decimal | None:
        """The cost in US dollars, exact; None where the server told none."""
        return usd(self.cost_ticks)


def usage_of(result: object) -> Usage | None:
    return None
