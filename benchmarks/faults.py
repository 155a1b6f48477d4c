"""A seeded campaign of faults against a real socket server, and a table of what became of every call.

    python -m benchmarks.faults --rounds 3 --seed 1

Every operation meets every fault, with a deadline and without, through one client a round, on every event loop. The
status is 1 when a count that has to be zero is not.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import anyio
import anyio.to_thread

from benchmarks._attempt import Outcome, at_once, attempt
from benchmarks._cases import REPEATABLE, Case, cases
from benchmarks._measures import BACKENDS, PATIENCE, Held, complaints, slots_lost
from tests.faultscript import FILE_SIZE
from tests.faultserver import FaultServer
from xai_httpx import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AsyncXAI,
    ConcurrencyTimeoutError,
    DeadlineExceededError,
    RetryPolicy,
    StreamIdleTimeoutError,
    Timeout,
    XAIError,
)

SLOTS = 8
CALLERS = 16  # so that as many wait for a slot
CLOCK = 0.7  # seconds: the read timeout, and the clocks of a stream
SAMPLES = Path(__file__).parents[1] / "tests" / "samples"
SIZES = {  # events of a stream, bytes of a file
    "chat stream": len((SAMPLES / "chat.chunks.txt").read_bytes().splitlines()),
    "responses stream": len((SAMPLES / "response.chunks.txt").read_bytes().splitlines()),
    "upload": FILE_SIZE,
    "upload once": FILE_SIZE,
    "download": FILE_SIZE,
}
PLAIN = ("calls", "injected", "succeeded", "typed", "left")
ZERO = ("twice", "half", "silent", "untyped", "wrong", "denied", "hung")
WORDS = {
    "injected": "calls whose reply was tampered with, or that their caller left",
    "succeeded": "calls that gave the whole right result all the same",
    "typed": "calls that failed with the error that is right for the fault",
    "left": "calls that their caller left: by break, exception, aclose or cancel",
    "twice": "creates and uploads that the server accepted more than once",
    "half": "files that are neither whole nor as they were before, here or at the server",
    "silent": "calls that ended as if complete, though the reply was not",
    "untyped": "calls that failed with an error that is not an XAIError",
    "wrong": "calls with another's result, or an error that does not fit",
    "denied": "errors that say that nothing was processed, of accepted calls",
    "hung": "calls that were not over within 30 s",
}


@dataclass
class Report:
    """The counts of a campaign; every one of `zero` has to be 0."""

    rows: dict[str, Counter[str]] = field(default_factory=dict[str, Counter[str]])
    zero: Counter[str] = field(default_factory=Counter[str])
    problems: list[str] = field(default_factory=list[str])
    requests: int = 0
    over_deadline: float = 0
    hang_up: float = 0

    def add(self, outcome: Outcome, server: FaultServer) -> None:
        """Count a call, after all are over."""
        case, call = outcome.case, outcome.call
        counted = _counted(outcome, server)
        self.rows.setdefault(case.row, Counter()).update(counted)
        self.requests += server.received[call]
        if case.deadline is not None:
            self.over_deadline = max(self.over_deadline, outcome.seconds - case.deadline)
        if outcome.ended == "left" and call in server.hung_up:
            self.hang_up = max(self.hang_up, server.hung_up[call] - outcome.left_at)
        if found := [name for name in ZERO if name in counted]:
            self.zero.update(found)
            said = f"{type(outcome.error).__name__}: {outcome.error}" if outcome.error else f"{outcome.result}"
            self.problems.append(f"{', '.join(found)}: {case.operation}, {case.fault}, {call}: {said[:200]}")


def _counted(outcome: Outcome, server: FaultServer) -> list[str]:
    """The names under which a call counts."""
    case, call, error = outcome.case, outcome.call, outcome.error
    counts = ["calls"]
    if server.injected[call] or outcome.ended == "left":
        counts.append("injected")
    if case.operation not in REPEATABLE and server.accepted[call] > 1:
        counts.append("twice")
    if outcome.half or server.damaged[call]:
        counts.append("half")
    if outcome.ended == "succeeded":
        whole = outcome.result == (call, SIZES.get(case.operation, 0))
        counts.append("silent" if not server.completed[call] else "succeeded" if whole else "wrong")
    elif error is None:
        counts.append(outcome.ended)
    elif isinstance(error, XAIError):
        counts.append("typed" if _fits(outcome, error, server.received[call]) else "wrong")
        if isinstance(error, APIError) and not error.may_have_been_processed and server.accepted[call]:
            counts.append("denied")
    else:
        counts.append("untyped")
    return counts


def _fits(outcome: Outcome, error: XAIError, received: int) -> bool:
    """Whether an error is right: the fault's own, or that of a clock that had really run out."""
    case = outcome.case
    if isinstance(error, DeadlineExceededError | ConcurrencyTimeoutError):
        return case.deadline is not None and outcome.seconds >= case.deadline - 0.01
    if isinstance(error, APITimeoutError | StreamIdleTimeoutError):
        return outcome.seconds >= CLOCK - 0.01
    if isinstance(error, case.right):
        return True
    # a kept connection that the server closed, for another's fault, just as the request was on its way
    return isinstance(error, APIConnectionError) and error.attempts > received


async def play(server: FaultServer, tried: list[Case], name: str, report: Report) -> None:
    """One round: all cases through one client, and then what it leaves behind."""
    async with _client(server) as client:
        await client.models.list()  # what loads or opens once does so now
    await anyio.to_thread.run_sync(server.connections, PATIENCE)
    before = Held.now()
    outcomes: list[Outcome] = []
    with TemporaryDirectory() as folder:
        async with _client(server) as client:

            async def call(number: int, case: Case) -> None:
                outcomes.append(await attempt(client, case, f"{name}-{number}", Path(folder)))

            await at_once(CALLERS, [partial(call, number, case) for number, case in enumerate(tried)])
            report.zero["slots leaked"] += await slots_lost(client, SLOTS)
    report.zero["connections left open at the server"] += await anyio.to_thread.run_sync(server.connections, PATIENCE)
    after = Held.now()
    report.zero["tasks left"] += max(0, after.tasks - before.tasks)
    report.zero["sockets and files left"] += max(0, after.files - before.files)
    for outcome in outcomes:
        report.add(outcome, server)


def _client(server: FaultServer) -> AsyncXAI:
    return AsyncXAI(
        api_key="not-a-key",
        base_url=server.base_url,
        retries=RetryPolicy(retries=2, first_delay=0.01, max_delay=0.05),
        retry_budget=None,  # among so many failures it would soon be spent, and nothing be sent again
        timeout=Timeout(connect=CLOCK * 10, read=CLOCK, write=CLOCK),
        first_event_timeout=CLOCK,
        stream_idle_timeout=CLOCK,
        max_concurrency=SLOTS,
        max_event_bytes=100_000,
        max_body_bytes=100_000,
    )


def campaign(rounds: int, seed: int, backends: Sequence[str] = tuple(BACKENDS), share: float = 1) -> Report:
    """Play rounds on every backend; of each, the given share of the cases."""
    report = Report()
    for backend in backends:
        for number in range(rounds):
            choice = Random(f"{seed}/{backend}/{number}")
            tried = cases(choice)
            tried = tried[: round(len(tried) * share)]
            name, options = BACKENDS[backend]
            with complaints() as found, FaultServer() as server:
                anyio.run(play, server, tried, f"{backend}-{number}", report, backend=name, backend_options=options)
            report.zero["warnings"] += len(found)
            report.problems += [f"warning: {each[:200]}" for each in found]
    return report


def show(report: Report) -> None:
    """Print the table, and what its columns count."""
    names = (*PLAIN, *ZERO)
    width = max(map(len, report.rows)) + 1
    print(f"{'fault':{width}}" + "".join(f"{name:>10}" for name in names))
    total: Counter[str] = Counter()
    for row in sorted(report.rows):
        counts = report.rows[row]
        total.update(counts)
        print(f"{row:{width}}" + "".join(f"{counts[name] or '.':>10}" for name in names))
    print(f"{'all':{width}}" + "".join(f"{total[name]:>10}" for name in names) + "\n")
    for name, words in WORDS.items():
        print(f"{name:10} {words}")
    print(f"\n{'requests received':40}{report.requests:10}")
    held = ("slots leaked", "tasks left", "sockets and files left", "connections left open at the server")
    for name in (*held, "warnings"):
        print(f"{name:40}{report.zero[name]:10}")
    print(f"{'time over deadline, worst':40}{report.over_deadline:10.3f} s")
    print(f"{'from leaving to hanging up, worst':40}{report.hang_up:10.3f} s")
    for problem in report.problems[:20]:
        print("!", problem)


def main() -> int:
    """Run the campaign that the command line describes."""
    parser = argparse.ArgumentParser(description="A campaign of faults, and counts of what became of every call.")
    parser.add_argument("--rounds", type=int, default=3, help="on every event loop")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--backend", choices=tuple(BACKENDS), action="append", help="default: all")
    given = parser.parse_args()
    start = time.monotonic()
    report = campaign(given.rounds, given.seed, given.backend or tuple(BACKENDS))
    show(report)
    failed = {name: count for name, count in report.zero.items() if count}
    print(f"\nseed {given.seed}, {given.rounds} rounds each, {time.monotonic() - start:.0f} s:", end=" ")
    print(f"these should be 0: {failed}" if failed else "every count that has to be 0 is 0")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
