# pyright: reportUnnecessaryTypeIgnoreComment=true
"""Mistakes with the load tool that a type checker must report, as in bad.py. Never run."""

from __future__ import annotations

from xai_httpx import XAI, AsyncXAI
from xai_httpx.testing import LoadReport, run_load


async def load(client: AsyncXAI, sync_client: XAI, report: LoadReport) -> None:
    await run_load(sync_client)  # type: ignore[arg-type]
    await run_load(client, 1000)  # type: ignore[call-arg]
    await run_load(client, endpoint="videos")  # type: ignore[arg-type]
    await run_load(client, at_once="10")  # type: ignore[arg-type]
    report.calls = 1  # type: ignore[misc]
    _ = report.latency.p50  # type: ignore[union-attr]
