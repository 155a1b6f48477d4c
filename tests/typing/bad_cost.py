# pyright: reportUnnecessaryTypeIgnoreComment=true
"""Mistakes with meters and budgets that a type checker must report, as in bad.py. Never run."""

from __future__ import annotations

from xai_httpx import XAI, AsyncXAI, Budget, Meter, Usage


def clients(meter: Meter, client: AsyncXAI) -> None:
    AsyncXAI(meter=True)  # type: ignore[arg-type]
    AsyncXAI(budget=meter)  # type: ignore[arg-type]
    AsyncXAI(budget=0.5)  # type: ignore[arg-type]
    XAI(meter=7)  # type: ignore[arg-type]
    client.with_options(meter=meter)  # type: ignore[call-arg]


def sums(meter: Meter, usage: Usage) -> None:
    meter.cost_usd = 0  # type: ignore[assignment, misc]
    meter.by_model["m"] = usage  # type: ignore[index]
    usage.cost_ticks = 1  # type: ignore[misc]
    _ = usage + 1  # type: ignore[operator]
    _ = usage.cost_usd * 2  # type: ignore[operator]


def limits(budget: Budget) -> None:
    Budget("0.50")  # type: ignore[call-arg]
    Budget(usd=[1])  # type: ignore[arg-type]
    Budget(tokens="1")  # type: ignore[arg-type]
    Budget(tokens=1.5)  # type: ignore[arg-type]
    budget.limit_usd = "much"  # type: ignore[assignment]


async def blocks(meter: Meter) -> None:
    async with meter:  # type: ignore[attr-defined]
        pass
