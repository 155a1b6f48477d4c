"""The live bar of a load on a terminal."""

import sys

import anyio

from ._load_plan import LoadPlan
from ._load_report import Tally

_INTERVAL = 0.1


async def show_progress(plan: LoadPlan, tally: Tally) -> None:
    """Draw the bar on stderr until cancelled; where stderr is no terminal, nothing at all."""
    if not sys.stderr.isatty():
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        BarColumn(bar_width=None),
        TextColumn("{task.fields[ended]:,} calls"),
        TextColumn("{task.fields[rate]:,.0f} a second"),
        TextColumn("{task.fields[open]:,} open"),
        TextColumn("{task.fields[failed]:,} failed", style="red"),
        TimeElapsedColumn(),
    )
    # Drawn by this task: a thread would take the interpreter away at moments that are measured.
    with Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as progress:
        bar = progress.add_task("", total=plan.duration or plan.total, ended=0, rate=0.0, open=0, failed=0)
        while True:
            progress.update(
                bar,
                completed=tally.ended if plan.duration is None else progress.tasks[0].elapsed or 0.0,
                ended=tally.ended,
                rate=tally.ended / tally.seconds if tally.seconds else 0.0,
                open=tally.begun - tally.ended,
                failed=tally.failed,
                refresh=True,
            )
            await anyio.sleep(_INTERVAL)
