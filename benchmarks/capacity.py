"""How many streams one simulator holds open at once, and how fast it starts.

    python -m benchmarks.capacity --streams 1000 --backend trio

The simulator is a process of its own, so that its memory is told apart from the client's. Each stream is held at its
first event until all have come to theirs, while the simulator goes on with every one at its pace. The status is 1 when
they were not all open at once, one did not bring every event, or start-up took too long.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from statistics import median

import anyio

from benchmarks._measures import BACKENDS
from benchmarks._memory import memory, memory_of
from xai_httpx import AsyncXAI, Timeout, XAIError
from xai_httpx.testing import SimulatedXAI
from xai_httpx.testing._load.open_files import files_lacking
from xai_httpx.testing._load.server import SimulatorProcess, simulator_process

PATIENCE = 120.0  # seconds: a machine that cannot keep up is slow, not wrong
STARTS = 20
FIRST_STARTS = 5  # each needs a process
LONGEST_START = 0.3  # seconds, so that each test may have a simulator of its own
ENDS = 2  # events after the tokens: the finish, and the usage
FIRST_START = """
import time
from xai_httpx.testing import SimulatedXAI
start = time.perf_counter()
with SimulatedXAI():
    print(time.perf_counter() - start)
"""


@dataclass
class Tally:
    """What came of the streams."""

    counts: Counter[str] = field(default_factory=Counter[str])
    errors: Counter[str] = field(default_factory=Counter[str])
    most: int = 0
    opening: float = 0.0
    megabytes: float = 0.0
    simulator_megabytes: float = 0.0


async def hold(simulator: SimulatorProcess, streams: int, words: int, tally: Tally) -> None:
    """Hold so many streams open at once, then read each to its end."""
    text, all_open, start = " ".join(["word"] * words), anyio.Event(), time.monotonic()

    async def one() -> None:
        events = 0
        asked = client.chat.completions.stream(model="grok-4.6", messages=[{"role": "user", "content": text}])
        try:
            async with asked as stream:
                async for _ in stream:
                    events += 1
                    if events == 1:
                        tally.counts["open"] += 1
                        tally.most = max(tally.most, tally.counts["open"])
                        if tally.counts["open"] == streams:
                            tally.opening = time.monotonic() - start
                            tally.megabytes, tally.simulator_megabytes = (
                                memory(),
                                memory_of(simulator.pid, "VmRSS") or 0.0,
                            )
                            all_open.set()
                        await all_open.wait()
                answer = (await stream.final()).text
            complete = answer == f"You said: {text}" and events > words + ENDS
            tally.counts["whole" if complete else "not whole"] += 1
        except XAIError as error:
            tally.errors[type(error).__name__] += 1
            all_open.set()  # it will never be

    async with AsyncXAI(
        api_key=simulator.api_key,
        base_url=simulator.base_url,
        retries=0,
        timeout=Timeout(connect=PATIENCE, read=PATIENCE, write=PATIENCE),
        max_concurrency=streams,
    ) as client:
        async with anyio.create_task_group() as tasks:
            for _ in range(streams):
                tasks.start_soon(one)


def starts() -> list[float]:
    """How long simulators take to start, in seconds, in a process that has had one before."""
    taken: list[float] = []
    for _ in range(STARTS + 1):
        sim = SimulatedXAI()
        start = time.perf_counter()
        sim.start()
        taken.append(time.perf_counter() - start)
        sim.stop()
    return taken[1:]


def first_starts() -> list[float]:
    """How long the first of a process takes, which loads the server's libraries."""
    command = [sys.executable, "-c", FIRST_START]
    return [float(subprocess.check_output(command, text=True)) for _ in range(FIRST_STARTS)]


def main() -> int:
    """Run the measurement that the command line describes."""
    parser = argparse.ArgumentParser(description="Many streams at once, held by one simulator.")
    parser.add_argument("--streams", type=int, default=1000, help="at once")
    parser.add_argument("--words", type=int, default=60, help="of each answer")
    parser.add_argument("--pace", type=float, default=0.5, help="seconds from one token of a stream to its next")
    parser.add_argument("--backend", choices=tuple(BACKENDS), default="asyncio")
    given = parser.parse_args()
    if (lacking := files_lacking(given.streams)) is not None:
        parser.error(f"--streams {given.streams} {lacking}")
    warm, cold = median(starts()), median(first_starts())
    name, options = BACKENDS[given.backend]
    tally, began, busy = Tally(), time.monotonic(), time.process_time()
    with simulator_process("--tokens-per-second", str(1 / given.pace)) as simulator:
        empty = memory_of(simulator.pid, "VmRSS") or 0.0
        anyio.run(hold, simulator, given.streams, given.words, tally, backend=name, backend_options=options)
    length = given.words * given.pace
    held = tally.most == given.streams and tally.opening < length
    print(f"{given.streams} streams of {length:g} s on {given.backend}\n")
    print(f"{'open at once':40}{tally.most:10}")
    print(f"{'brought every event':40}{tally.counts['whole']:10}")
    for error, count in sorted(tally.errors.items()):
        print(f"{'  ' + error:40}{count:10}")
    print(f"{'until all were open':40}{tally.opening:10.1f} s")
    print(f"{'until all were over':40}{time.monotonic() - began:10.1f} s")
    print(f"{'processor time of the client':40}{time.process_time() - busy:10.1f} s")
    print(f"{'memory of the client':40}{tally.megabytes:10.1f} MiB")
    print(f"{'memory of the simulator':40}{tally.simulator_megabytes:10.1f} MiB ({empty:.1f} before)")
    print(f"{f'start-up, median of {STARTS}':40}{warm * 1000:10.1f} ms")
    print(f"{f'first of a process, median of {FIRST_STARTS}':40}{cold * 1000:10.1f} ms\n")
    good = held and tally.counts["whole"] == given.streams
    if tally.most == given.streams and not held:
        print("the first streams were over before the last was open: try a longer --pace")
    print("all were open at once and brought every event" if good else "NOT all were open and brought every event")
    print("start-up is fast enough" if warm < LONGEST_START else f"start-up took more than {LONGEST_START} s")
    return 0 if good and warm < LONGEST_START else 1


if __name__ == "__main__":
    sys.exit(main())
