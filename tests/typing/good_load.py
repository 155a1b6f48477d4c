# pyright: reportUnnecessaryTypeIgnoreComment=true
"""Typical uses of the load tool, as a type checker must see them. Checked by mypy and pyright, never run."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, assert_type

from xai_httpx import AsyncXAI
from xai_httpx.testing import LoadReport, run_load


async def load(client: AsyncXAI) -> None:
    report = await run_load(client, calls=1000, at_once=100, stream=True)
    assert_type(report, LoadReport)
    await run_load(client, duration=1.5, rate=20, endpoint="responses", model="m", prompt="p", max_tokens=1)
    assert_type(report.calls, int)
    assert_type(report.calls_per_second, float)
    assert_type(report.cost_usd, Decimal)
    assert_type(report.as_dict(), dict[str, Any])
    for times in (report.latency, report.first_token, report.per_token):
        if times is not None:
            assert_type(times.p50, float)
            assert_type(times.max, float)
    for failure in report.failures:
        assert_type(failure.error, str)
        assert_type(failure.count, int)
