"""Times that were measured, and their percentiles."""

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

EXACT = 1_000_000  # times that are all kept: 8 bytes each


@dataclass(frozen=True, slots=True)
class Percentiles:
    """How long something took, in seconds: of so many hundredths of all, no more than this."""

    p50: float
    p90: float
    p95: float
    p99: float
    max: float


@dataclass(slots=True)
class Samples:
    """Times in bounded memory: all of them up to `most`, then a fair sample of so many of them."""

    most: int = EXACT
    count: int = 0
    longest: float = 0.0
    _kept: "array[float]" = field(default_factory=lambda: array("d"))
    _random: Random = field(default_factory=lambda: Random(0))

    def add(self, seconds: float) -> None:
        """Take a time; of more than `most`, each has the same chance to be kept (Vitter's algorithm R)."""
        self.count += 1
        self.longest = max(self.longest, seconds)
        if len(self._kept) < self.most:
            self._kept.append(seconds)
        elif (place := self._random.randrange(self.count)) < self.most:
            self._kept[place] = seconds

    def percentiles(self) -> Percentiles | None:
        """The percentiles, exact up to `most` times; None if there are no times."""
        if not self.count:
            return None
        ordered = sorted(self._kept)
        p50, p90, p95, p99 = (percentile(ordered, percent) for percent in (50, 90, 95, 99))
        return Percentiles(p50, p90, p95, p99, self.longest)


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The smallest of the values that so many percent of them do not exceed (the nearest rank).

    Args:
        ordered: The values, at least one, in ascending order.
        percent: Above 0, up to 100.
    """
    return ordered[math.ceil(len(ordered) * percent / 100) - 1]
