"""How long tools that the model calls at once take together: `python -m benchmarks.tool_loop`.

Each tool sleeps, or blocks its thread, for so many milliseconds. What is measured is the time from the model's answer
that calls them to the next question, of which the simulator has no part. The status is 1 when running them side by side
took half a tool longer than one of them.
"""

from __future__ import annotations

import argparse
import sys
import time
from statistics import median

import anyio

from benchmarks._measures import BACKENDS
from xai_httpx.chat import LocalTool, TurnFinished, TurnStarted, tool
from xai_httpx.testing import SimulatedXAI


def tools_of(seconds: float) -> dict[str, LocalTool]:
    """A tool that awaits and one that blocks, by the words for them."""

    async def rest() -> str:
        await anyio.sleep(seconds)
        return "done"

    def block() -> str:
        time.sleep(seconds)
        return "done"

    return {"async": tool(rest), "sync": tool(block)}


async def seconds_of(sim: SimulatedXAI, used: LocalTool, count: int, at_once: int) -> float:
    """How long so many calls of one turn took."""
    no_arguments: dict[str, object] = {}
    sim.reply_tool_calls([(used.name, no_arguments)] * count)
    sim.reply("Done.")
    taken: list[float] = []
    async with sim.client() as client:
        chat = client.chat.create(model="grok-4.6")
        async with chat.run_stream("Go.", tools=[used], max_parallel=at_once) as stream:
            async for event in stream:
                if isinstance(event, TurnFinished | TurnStarted):
                    taken.append(time.perf_counter())
    _, answered, asked, _ = taken
    return asked - answered


async def measured(count: int, seconds: float, repeats: int) -> dict[str, float]:
    """Medians in seconds, by the kind of tool and how many ran at once."""
    found: dict[str, float] = {}
    async with SimulatedXAI() as sim:
        for kind, used in tools_of(seconds).items():
            for at_once in (count, 1):
                times = [await seconds_of(sim, used, count, at_once) for _ in range(repeats)]
                found[f"{kind}, {at_once} at once"] = median(times)
    return found


def main() -> int:
    """Run the measurement that the command line describes."""
    parser = argparse.ArgumentParser(description="Tools that the model calls at once.")
    parser.add_argument("--tools", type=int, default=3, help="calls in one turn, 2 or more")
    parser.add_argument("--milliseconds", type=float, default=100, help="that each takes")
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    one, good = given.milliseconds / 1000, True
    print(f"{given.tools} tools of {given.milliseconds:g} ms, median of {given.repeats}\n")
    for backend, (name, options) in BACKENDS.items():
        found = anyio.run(measured, given.tools, one, given.repeats, backend=name, backend_options=options)
        for what, seconds in found.items():
            print(f"{backend:12}{what:24}{seconds * 1000:8.1f} ms")
            good = good and (what.endswith(" 1 at once") or seconds < one * 1.5)
    print("\nside by side" if good else "\nNOT side by side")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
