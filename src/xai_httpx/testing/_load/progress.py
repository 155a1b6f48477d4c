"""The live bar of a load on a terminal."""

import sys

import anyio

from .plan import LoadPlan
from .report import Tally

_INTERVAL = 0.1


async def show_progress(plan: LoadPlan, tally: Tally) -> None:
    """Draw the bar on stderr until cancelled; where stderr is no terminal, nothing at all."""
    if not sys.stderr.isatty():
        return
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # drawn by this task: a thread would take the interpreter away while it is measured
    total, form = plan.duration or plan.total, "{bar} {desc} {elapsed}"
    with tqdm(total=total, bar_format=form, file=sys.stderr, leave=False, dynamic_ncols=True) as bar:
        while True:
            bar.n = tally.ended if plan.duration is None else min(tally.seconds, plan.duration)
            bar.set_description_str(_told(tally))
            await anyio.sleep(_INTERVAL)


def _told(tally: Tally) -> str:
    rate = tally.ended / tally.seconds if tally.seconds else 0.0
    return f"{tally.ended:,} calls, {rate:,.0f} a second, {tally.begun - tally.ended:,} open, {tally.failed:,} failed"
