"""A long load of concurrent streams, of which one in a hundred is cut and one in a hundred cancelled.

    python -m benchmarks.soak --streams 1000 --seconds 60 --backend trio

The server is a process of its own, so that the memory that is measured is the client's. The status is 1 when anything
leaked, a failure was not typed, a stream that nobody cut failed, or memory grew by a tenth.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import mean
from urllib.request import urlopen

import anyio
import anyio.to_thread

from benchmarks._measures import BACKENDS, Held, chat_stream, complaints, slots_lost
from benchmarks._memory import memory
from xai_httpx import AsyncXAI, Timeout, XAIError

PROJECT = Path(__file__).parents[1]
EVENTS = 7  # of the sample stream, besides the repeated ones
RARE = 0.01  # of the streams are cut, and as many cancelled
CLOCK = 60.0  # seconds: a machine that cannot keep up is slow, not wrong
GROWTH = 0.1  # of the memory at the start of the measurement


@dataclass
class Load:
    """What is to be run.

    Attributes:
        streams: How many at once.
        seconds: For how long, from the first stream on.
        events: Events of each stream.
        pace: Seconds from one event to the next.
    """

    streams: int
    seconds: float
    events: int
    pace: float
    seed: int


@dataclass
class Tally:
    """What came of it."""

    counts: Counter[str] = field(default_factory=Counter[str])
    errors: Counter[str] = field(default_factory=Counter[str])
    megabytes: list[float] = field(default_factory=list[float])
    wrong: Counter[str] = field(default_factory=Counter[str])


async def soak(port: int, load: Load, tally: Tally) -> None:
    """Keep so many streams open until the time is over, and see what is left of them."""
    async with _client(port, load) as client:
        await client.models.list()  # what loads or opens once does so now
    before = Held.now()
    async with _client(port, load) as client:
        ends = time.monotonic() + load.seconds
        with anyio.CancelScope() as sampling:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_sample_memory, tally)
                async with anyio.create_task_group() as callers:
                    for number in range(load.streams):
                        callers.start_soon(_caller, client, load, tally, ends, Random(f"{load.seed}/{number}"))
                sampling.cancel()
        tally.wrong["slots leaked"] += await slots_lost(client, load.streams)
    connections = await anyio.to_thread.run_sync(_connections_left, port)
    after = Held.now()
    tally.wrong["tasks left"] += max(0, after.tasks - before.tasks)
    tally.wrong["sockets left"] += max(0, after.files - before.files)
    tally.wrong["connections left open at the server"] += connections


async def _caller(client: AsyncXAI, load: Load, tally: Tally, ends: float, choice: Random) -> None:
    await anyio.sleep(choice.uniform(0, load.events * load.pace))  # a crowd that arrives at once also leaves at once
    while time.monotonic() < ends:
        fate = choice.random()
        cut = fate < RARE
        fault = choice.choice(("cut_after", "reset_after")) + f"={choice.randint(0, load.events)}" if cut else ""
        moment = choice.uniform(0, load.events * load.pace) if RARE < fate < 2 * RARE else CLOCK * 2
        try:
            with anyio.move_on_after(moment) as cancelled:
                await _stream(client, f"{fault};events={load.events};pace={load.pace}", load, tally, ends)
            if cancelled.cancelled_caught:
                tally.counts["cancelled"] += 1
        except XAIError as error:
            tally.counts["cut"] += cut
            tally.errors[type(error).__name__] += 1
            tally.wrong["failed though not cut"] += not cut
        except Exception as error:
            tally.errors[type(error).__name__] += 1
            tally.wrong["untyped errors"] += 1


async def _stream(client: AsyncXAI, fault: str, load: Load, tally: Tally, ends: float) -> None:
    """Read one stream, or what there is of it when the time is over."""
    tally.counts["run"] += 1
    seen = 0
    async with chat_stream(client, {"headers": {"x-fault": fault}}) as stream:
        async for _ in stream:
            seen += 1
            tally.counts["events read"] += 1
            if time.monotonic() >= ends:
                tally.counts["left at the end"] += 1
                return
        tally.counts["whole"] += 1
        tally.wrong["ended silently"] += seen != load.events + EVENTS


async def _sample_memory(tally: Tally) -> None:
    while True:
        tally.megabytes.append(memory())
        await anyio.sleep(1)


def _client(port: int, load: Load) -> AsyncXAI:
    return AsyncXAI(
        api_key="not-a-key",
        base_url=f"http://127.0.0.1:{port}/v1",
        retries=0,
        timeout=Timeout(connect=CLOCK, read=CLOCK, write=CLOCK),
        first_event_timeout=CLOCK,
        stream_idle_timeout=CLOCK,
        max_concurrency=load.streams,
    )


def _connections_left(port: int) -> int:
    """Connections that the server still has some seconds after the client was closed."""
    left = 0
    for _ in range(50):
        with urlopen(f"http://127.0.0.1:{port}/stats") as reply:
            left = json.load(reply)["connections"]
        if not left:
            break
        time.sleep(0.1)
    return left


@contextmanager
def _server() -> Generator[int]:
    """A server in a process of its own, which ends when its input does; its port."""
    command = [sys.executable, "-m", "tests.faultserver"]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.communicate()


def show(tally: Tally) -> None:
    """Print the counts, and what has to be 0."""
    for name in ("run", "whole", "cut", "cancelled", "left at the end", "events read"):
        print(f"{'streams ' * (name != 'events read') + name:40}{tally.counts[name]:10}")
    for name, count in sorted(tally.errors.items()):
        print(f"{'  ' + name:40}{count:10}")
    for name in sorted(tally.wrong):
        print(f"{name:40}{tally.wrong[name]:10}")


def growth(megabytes: list[float]) -> float:
    """Print memory after the warm-up and at the end; return by which part it grew."""
    steady, end = megabytes[len(megabytes) // 3 :][:5], megabytes[-5:]
    grown = mean(end) / mean(steady) - 1
    print(f"{'memory after the warm-up':40}{mean(steady):10.1f} MiB")
    print(f"{'memory at the end':40}{mean(end):10.1f} MiB ({grown:+.1%})")
    return grown


def main() -> int:
    """Run the load that the command line describes."""
    parser = argparse.ArgumentParser(description="A long load of concurrent streams.")
    parser.add_argument("--streams", type=int, default=1000, help="at once")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--events", type=int, default=20, help="of each stream")
    parser.add_argument("--pace", type=float, default=0.5, help="seconds from one event of a stream to its next")
    parser.add_argument("--backend", choices=tuple(BACKENDS), default="asyncio")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    load, tally = Load(given.streams, given.seconds, given.events, given.pace, given.seed), Tally()
    name, options = BACKENDS[given.backend]
    started, busy = time.monotonic(), time.process_time()
    with _server() as port, complaints() as found:
        anyio.run(soak, port, load, tally, backend=name, backend_options=options)
    tally.wrong["warnings"] += len(found)
    print(f"{load.streams} streams at once on {given.backend} for {load.seconds:g} s, seed {load.seed}\n")
    show(tally)
    grown = growth(tally.megabytes)
    print(f"{'processor time':40}{time.process_time() - busy:10.1f} s")
    print(f"{'time until all was over':40}{time.monotonic() - started:10.1f} s\n")
    failed = {name: count for name, count in tally.wrong.items() if count}
    print(f"these should be 0: {failed}" if failed else "every count that has to be 0 is 0")
    print("memory grew" if grown >= GROWTH else "memory is flat")
    return 1 if failed or grown >= GROWTH else 0


if __name__ == "__main__":
    sys.exit(main())
