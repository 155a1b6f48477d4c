"""One clock for everything that a call may wait for: slots, attempts, sleeps and the body."""

from __future__ import annotations

import math
import time

import anyio


class Deadline:
    """The moment by which a call has to be over; infinitely far when there is none.

    The clock is the event loop's own, so that a test clock that steps the loop steps the deadline as well.
    """

    __slots__ = ("_at", "_started", "seconds")

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self._started = time.monotonic()
        self._at = math.inf if seconds is None else anyio.current_time() + seconds

    def remaining(self) -> float:
        """Seconds left; infinite without a deadline, negative when it has passed."""
        return math.inf if self.seconds is None else self._at - anyio.current_time()

    def elapsed(self) -> float:
        """Seconds since the call began."""
        return time.monotonic() - self._started
