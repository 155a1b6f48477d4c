"""Arguments of methods that are no parameters of a body: what they may be, told before anything is sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ._errors import RequestValidationError


def within(value: Any, name: str, low: int, high: int | None = None) -> None:
    """Refuse what is no whole number in a range.

    Raises:
        RequestValidationError: It is not.
    """
    if isinstance(value, int) and not isinstance(value, bool) and low <= value and (high is None or value <= high):
        return
    expected = f"a whole number of at least {low}" + ("" if high is None else f" and at most {high}")
    raise RequestValidationError(f"{name} must be {expected}, got {value!r:.100}", name, expected, value)


def one_of(value: Any, name: str, *allowed: str) -> None:
    """Refuse a word that is not allowed; None stands for the server's default.

    Raises:
        RequestValidationError: It is not.
    """
    if value is not None and value not in allowed:
        expected = f"one of {', '.join(allowed)}"
        raise RequestValidationError(f"{name} must be {expected}, got {value!r:.100}", name, expected, value)


def seconds(duration: int | timedelta | None) -> int | None:
    """A duration in whole seconds, as the API has it."""
    return int(duration.total_seconds()) if isinstance(duration, timedelta) else duration
