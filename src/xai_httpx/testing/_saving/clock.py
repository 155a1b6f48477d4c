"""The time as the simulator has it."""

import time
from datetime import UTC, datetime


class Clock:
    """Unix time that can be moved forward, so that what expires in an hour can be seen to expire at once.

    Attributes:
        ahead: By how many seconds it was moved.
    """

    def __init__(self) -> None:
        """Start at the time of this machine."""
        self.ahead = 0.0

    def now(self) -> float:
        """Return the unix time, in seconds."""
        return time.time() + self.ahead

    def advance(self, seconds: float) -> None:
        """Move on by so many seconds."""
        self.ahead += seconds


def rfc3339(seconds: float | None) -> str | None:
    """Write a unix time as the API does."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
