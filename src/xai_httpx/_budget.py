"""A limit of what may be spent."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from ._errors import BudgetExceededError, RequestValidationError
from ._meter import Meter


class Budget(Meter):
    """A meter that refuses calls once so much is spent.

        with Budget(usd="0.50"):
            await client.responses.create(...)

    It is given to a client as its `budget`, or entered, and counts as any `Meter`. While what the server told of costs
    and tokens is below the limits, calls are sent; after that, the next that may cost raises `BudgetExceededError`
    before it is sent. Calls and streams that are under way are never cut short, so they may go beyond the limit.
    Reading, listing and deleting is never refused, nor is waiting for a job.

    Args:
        usd: US dollars that may be spent, more than 0. A float counts as it is written: 0.1 is a tenth. Default: no
            limit.
        tokens: Tokens that may be used, input and output together; 1 or more. Default: no limit.

    Attributes:
        limit_usd: US dollars that may be spent; None for no limit.
        limit_tokens: Tokens that may be used; None for no limit.

    Raises:
        RequestValidationError: A limit is not what it may be, or there is none.
    """

    def __init__(self, *, usd: Decimal | int | str | float | None = None, tokens: int | None = None) -> None:
        if usd is None and tokens is None:
            raise RequestValidationError("a budget needs a limit: usd, tokens or both", "usd", "a limit")
        super().__init__()
        self.limit_usd = None if usd is None else _dollars(usd)
        self.limit_tokens = None if tokens is None else _tokens(tokens)

    def _admit(self) -> None:
        usage = self.usage
        cost = usage.cost_usd or Decimal(0)
        spent: list[str] = []
        if self.limit_usd is not None and cost >= self.limit_usd:
            spent.append(f"{cost:f} of {self.limit_usd:f} USD")
        if self.limit_tokens is not None and usage.total_tokens >= self.limit_tokens:
            spent.append(f"{usage.total_tokens} of {self.limit_tokens} tokens")
        if spent:
            raise BudgetExceededError(
                f"the budget is spent, so nothing was sent: {', '.join(spent)}",
                limit_usd=self.limit_usd,
                spent_usd=cost,
                limit_tokens=self.limit_tokens,
                spent_tokens=usage.total_tokens,
            )


def _dollars(given: object) -> Decimal:
    expected = "US dollars, more than 0"
    try:
        amount = Decimal(str(given)) if isinstance(given, Decimal | int | str | float) else Decimal("NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount <= 0:
        raise RequestValidationError(f"usd must be {expected}, got {given!r}", "usd", expected, given)
    return amount


def _tokens(given: object) -> int:
    expected = "a whole number of tokens, 1 or more"
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise RequestValidationError(f"tokens must be {expected}, got {given!r}", "tokens", expected, given)
    return given
