"""The cases of `bench.py`: what is asked for, of which libraries, and what they are to reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from benchmarks._targets import Target, of_httpx, of_itself


class Size(NamedTuple):
    """How much is asked for.

    Attributes:
        at_once: Calls or streams at a time.
        calls: In all, for one figure.
        events: Of each stream.
        per: Events that the server writes at a time.
        pace: Seconds between two writes.
    """

    at_once: int = 1
    calls: int = 1
    events: int = 0
    per: int = 1
    pace: float = 0

    def quick(self) -> Size:
        """A size that shows that the case runs, and nothing else."""
        at_once = min(self.at_once, 5)
        return self._replace(at_once=at_once, calls=min(self.calls, 2 * at_once), events=min(self.events, 20))


@dataclass(frozen=True)
class Case:
    """What is measured.

    Attributes:
        title: Of its part of the table.
        measure: The function of `_measured.py` that measures it.
        unit: Of its figures.
        size: How much is asked for.
        rounds: Processes for each library, of which the best counts.
        targets: What libraries are to reach. Those that are compared are `libraries`.
    """

    title: str
    measure: str
    unit: str
    size: Size
    rounds: int = 3
    targets: Mapping[str, Target] = field(default_factory=dict[str, Target])
    libraries: tuple[str, ...] = ("httpx", "xai_httpx", "aiohttp", "trio", "openai", "xai_sdk")


TRIO = Target(1.5, "times", library="xai_httpx", than="asyncio")
NO_TRIO = ("httpx", "xai_httpx", "aiohttp", "openai", "xai_sdk")
CASES = {
    "unary": Case(
        "unary, one at a time: CPU a call",
        "calls",
        "us",
        Size(calls=300),
        targets={"xai_httpx": of_httpx(0.95), "aiohttp": of_httpx(0.55), "trio": TRIO},
    ),
    "unary-100": Case(
        "unary, 100 at once: CPU a call",
        "calls",
        "us",
        Size(at_once=100, calls=1_000),
        targets={"xai_httpx": of_httpx(0.55), "aiohttp": of_httpx(0.20), "trio": TRIO},
    ),
    "unary-1000": Case(
        "unary, 1,000 at once: CPU a call",
        "calls",
        "us",
        Size(at_once=1_000, calls=2_000),
        rounds=2,
        targets={
            "xai_httpx": of_itself(1.5, "unary", "one"),
            "aiohttp": of_itself(1.2, "unary", "one"),
            "trio": TRIO,
        },
    ),
    "stream": Case(
        "one stream of 2,000 events: CPU an event",
        "streams",
        "us",
        Size(calls=3, events=2_000),
        targets={"xai_httpx": of_httpx(0.95), "aiohttp": of_httpx(0.75), "trio": TRIO},
    ),
    "stream-50": Case(
        "50 streams at once, 5 events a write: CPU an event",
        "streams",
        "us",
        Size(at_once=50, calls=100, events=200, per=5),
        targets={"xai_httpx": of_httpx(0.85), "aiohttp": of_httpx(0.40), "trio": TRIO},
    ),
    "ticker": Case(
        "500 streams at once, 20 events a second each: how late a ticker of 10 ms is, at p99",
        "lateness",
        "ms",
        Size(at_once=500, events=160, pace=0.05),
        rounds=2,
        targets=dict.fromkeys(("xai_httpx", "aiohttp", "trio"), Target(50, "at most")),
        libraries=("httpx", "xai_httpx", "aiohttp", "trio"),
    ),
    "import": Case(
        "`import xai_httpx` and its dependencies, against `import httpx, anyio, tenacity, pydantic`: CPU",
        "imports",
        "ms",
        Size(),
        rounds=10,
        targets={"xai_httpx": of_httpx(1.3)},
        libraries=("httpx", "xai_httpx", "openai", "xai_sdk"),
    ),
    "import-client": Case(
        "`from xai_httpx import AsyncXAI`, against the same: CPU",
        "imports",
        "ms",
        Size(),
        rounds=10,
        libraries=("httpx", "xai_httpx", "openai", "xai_sdk"),
    ),
    "first-call": Case(
        "client made and first call, all imported: CPU",
        "first_call",
        "ms",
        Size(),
        rounds=8,
        targets={"xai_httpx": Target(60, "more", library="httpx", than="httpx")},
        libraries=NO_TRIO,
    ),
    "idle": Case(
        "an open stream of which nothing comes: memory",
        "idle_memory",
        "KiB",
        Size(at_once=300, events=2, pace=3_600),
        rounds=2,
        targets=dict.fromkeys(("xai_httpx", "aiohttp"), of_httpx(1.2)),
        libraries=NO_TRIO,
    ),
    "endless": Case(
        "events 10,000 to 100,000 of one stream, not accumulated: memory they add",
        "growth",
        "MiB",
        Size(events=100_000, per=10),
        rounds=1,
        targets=dict.fromkeys(("xai_httpx", "aiohttp"), Target(1, "at most")),
        libraries=("httpx", "xai_httpx", "aiohttp"),
    ),
    "joined-1000": Case(
        "1,000 events joined to one completion: CPU an event",
        "joined",
        "us",
        Size(calls=10, events=1_000, per=5),
        libraries=("xai_httpx", "aiohttp"),
    ),
    "joined-10000": Case(
        "10,000 events joined to one completion: CPU an event",
        "joined",
        "us",
        Size(calls=2, events=10_000, per=5),
        targets=dict.fromkeys(("xai_httpx", "aiohttp"), of_itself(1.2, "joined-1000", "1,000")),
        libraries=("xai_httpx", "aiohttp"),
    ),
}
