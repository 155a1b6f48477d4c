"""One library, one case, one process: `python -m benchmarks._measured CASE LIBRARY PORT` prints a figure as JSON.

Nothing is imported that the library does not need, this package least of all: what lies in memory costs at each
collection of garbage. Processor time is that of this process alone. Calls are repeated and the best repeat counts, for
noise only ever adds.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from statistics import quantiles

import anyio
import anyio.lowlevel

from benchmarks._callers import DEPENDENCIES, LIBRARIES, Caller, Ours
from benchmarks._memory import memory, peak_memory
from benchmarks._server import wanted
from benchmarks._speed import CASES, Size
from benchmarks._targets import Figure

REPEATS = 2  # in one process
TICK = 0.01  # seconds
KIB = 1024  # to a MiB
TENTH = 10

Make = Callable[[], Caller]


async def calls(make: Make, size: Size) -> Figure:
    """What a call takes whose reply comes at once."""
    caller = make()

    async def one() -> int:
        await caller.unary("What is 101 times 3?")
        return 1

    return await best(one, size)


async def streams(make: Make, size: Size) -> Figure:
    """What an event takes."""
    caller, text = make(), wanted(size.events, size.per)
    return await best(lambda: caller.stream(text), size)


async def joined(make: Make, size: Size) -> Figure:
    """What an event takes when all of them are joined in the end."""
    caller, text = make(), wanted(size.events, size.per)
    assert isinstance(caller, Ours)
    return await best(lambda: caller.whole(text), size)


async def best(call: Callable[[], Awaitable[int]], size: Size) -> Figure:
    """The least processor time for one of the items that calls count, in microseconds."""
    await call()
    await at_once(call, size.at_once, 1)  # opens as many connections as it takes
    found: list[tuple[float, float]] = []
    for _ in range(REPEATS):
        gc.collect()
        busy, started = time.process_time(), time.perf_counter()
        items = await at_once(call, size.at_once, size.calls // size.at_once)
        found.append(((time.process_time() - busy) / items, (time.perf_counter() - started) / items))
    cpu, wall = min(found)
    return Figure(cpu * 1e6, f"wall {wall * 1e6:.1f} us")


async def at_once(call: Callable[[], Awaitable[int]], callers: int, times: int) -> int:
    """Call so many times in each of so many tasks; what the calls returned, added up."""
    items = 0

    async def one() -> None:
        nonlocal items
        for _ in range(times):
            counted = await call()  # before it is added: meanwhile others add theirs
            items += counted

    if callers == 1:
        await one()
    else:
        async with anyio.create_task_group() as tasks:
            for _ in range(callers):
                tasks.start_soon(one)
    return items


async def first_call(make: Make, size: Size) -> Figure:
    """What it takes to make a client and call once, in milliseconds."""
    exec(DEPENDENCIES, {})  # noqa: S102 - so that no library has to import what another had imported already
    busy, started = time.process_time(), time.perf_counter()
    await make().unary("What is 101 times 3?")
    cpu, wall = time.process_time() - busy, time.perf_counter() - started
    return Figure(cpu * 1e3, f"wall {wall * 1e3:.0f} ms")


async def idle_memory(make: Make, size: Size) -> Figure:
    """What a stream takes that has had one event, in KiB."""
    caller = make()
    await caller.stream(wanted(1))
    gc.collect()
    before = after = memory()
    async with anyio.create_task_group() as tasks:
        await held(caller.stream, size, tasks.start_soon)
        gc.collect()
        after = memory()
        tasks.cancel_scope.cancel()
    return Figure((after - before) * KIB / size.at_once, f"{after:.0f} MiB with {size.at_once} of them")


async def growth(make: Make, size: Size) -> Figure:
    """How many MiB the peak of memory rises when a stream goes on after its first tenth."""
    caller = make()
    await caller.stream(wanted(size.events // TENTH, size.per), keep=False)
    before = peak_memory()
    await caller.stream(wanted(size.events, size.per), keep=False)
    return Figure(peak_memory() - before, f"peak {peak_memory():.0f} MiB")


async def lateness(make: Make, size: Size) -> Figure:
    """How late, at p99 and in milliseconds, a ticker is while all of so many streams are open."""
    caller, ended, all_ended = make(), 0, anyio.Event()
    half = size.events * size.pace / 2  # of what a stream takes: none is over by then

    async def read(text: str, opened: Callable[[], None]) -> None:
        nonlocal ended
        await caller.stream(text, opened)
        ended += 1
        if ended == size.at_once:
            all_ended.set()

    phases: list[list[float]] = []
    async with anyio.create_task_group() as tasks:
        phases.append(await late_until(lambda: held(read, size, tasks.start_soon)))
        phases.append(await late_until(lambda: anyio.sleep(half)))
        phases.append(await late_until(all_ended.wait))
    opening, late, ending = phases
    cuts = quantiles(late, n=100, method="inclusive")
    remark = f"p50 {cuts[49]:.1f}, max {max(late):.0f}, open {max(opening):.0f}, end {max(ending):.0f}"
    return Figure(cuts[98], remark)


async def late_until(done: Callable[[], Awaitable[None]]) -> list[float]:
    """How late each tick was meanwhile, in milliseconds."""
    late: list[float] = []

    async def tick() -> None:
        while True:
            due = time.perf_counter() + TICK
            try:
                await anyio.sleep(TICK)
            finally:  # one that is cancelled may be late already
                late.append(max(0, time.perf_counter() - due) * 1e3)

    async with anyio.create_task_group() as ticking:
        ticking.start_soon(tick)
        await anyio.lowlevel.checkpoint()  # which starts it
        await done()
        ticking.cancel_scope.cancel()
    return late


async def held(read: Callable[..., Awaitable[object]], size: Size, start: Callable[..., object]) -> None:
    """Open so many streams, and return when each has had an event."""
    opened, all_opened = 0, anyio.Event()

    def one_more() -> None:
        nonlocal opened
        opened += 1
        if opened == size.at_once:
            all_opened.set()

    for _ in range(size.at_once):
        start(read, wanted(size.events, size.per, size.pace), one_more)
    await all_opened.wait()


MEASURES = {each.__name__: each for each in (calls, streams, joined, first_call, idle_memory, growth, lateness)}


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description="One library in one case.")
    parser.add_argument("case", choices=CASES)
    parser.add_argument("library", choices=LIBRARIES)
    parser.add_argument("port", type=int)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    case, library = CASES[given.case], LIBRARIES[given.library]
    size = case.size.quick() if given.quick else case.size
    exec(library.imports, {})  # noqa: S102

    async def measured() -> None:
        print(json.dumps(await MEASURES[case.measure](lambda: library.caller(given.port, size.at_once), size)))
        sys.stdout.flush()
        os._exit(0)  # without waiting for what connections there are to be closed

    anyio.run(measured, backend=library.backend)


if __name__ == "__main__":
    main()
