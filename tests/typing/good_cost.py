# pyright: reportUnnecessaryTypeIgnoreComment=true
"""Typical uses of meters and budgets, as a type checker must see them. Checked by mypy and pyright, never run."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import assert_type

from xai_httpx import XAI, AsyncXAI, Budget, BudgetExceededError, Meter, Usage


def clients(meter: Meter, budget: Budget) -> None:
    AsyncXAI(meter=meter, budget=budget)
    AsyncXAI(meter=budget)
    XAI(meter=meter, budget=budget)


def sums() -> None:
    with Meter() as meter:
        assert_type(meter, Meter)
    assert_type(meter.calls, int)
    assert_type(meter.cost_usd, Decimal)
    assert_type(meter.usage, Usage)
    assert_type(meter.usage.cost_usd, Decimal | None)
    assert_type(meter.usage.cost_ticks, int | None)
    assert_type(meter.usage + meter.usage, Usage)
    assert_type(meter.by_model, Mapping[str, Usage])
    assert_type(meter.unpriced + meter.uncertain, int)
    meter.reset()


def limits() -> None:
    for budget in (Budget(usd="0.50"), Budget(usd=1), Budget(usd=0.5), Budget(usd=Decimal(1)), Budget(tokens=10)):
        assert_type(budget.limit_usd, Decimal | None)
        assert_type(budget.limit_tokens, int | None)
    with Budget(usd=1, tokens=1000) as entered:
        assert_type(entered, Budget)


def refused(error: BudgetExceededError) -> None:
    assert_type(error.limit_usd, Decimal | None)
    assert_type(error.spent_usd, Decimal)
    assert_type(error.limit_tokens, int | None)
    assert_type(error.spent_tokens, int)
