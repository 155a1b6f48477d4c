"""The settings of tools that xAI runs, checked against the description when they are given."""

from __future__ import annotations

from datetime import date
from typing import Any

from .._checking import check
from .._encode import encode
from .._errors import RequestValidationError


def checked(checks: str, type: str | None, **settings: Any) -> Any:
    """The settings that are given, as the description wants them.

    Args:
        checks: What they are checked as, as `module.Class` of the generated `_checks`.
        type: The type of the tool; None for what is no tool.
        settings: By name; those that are None are left out.

    Raises:
        RequestValidationError: One cannot be sent.
    """
    named = {} if type is None else {"type": type}
    given = named | {name: value for name, value in settings.items() if value is not None}
    check(checks, given, encode(given), clamp=False)
    return given


def days(first: date | str | None, last: date | str | None) -> dict[str, str]:
    """Both ends of a time in the form that the API has, as `from_date` and `to_date`.

    Raises:
        RequestValidationError: One is no day, or the first is after the last.
    """
    days = {name: _day(day, name) for name, day in (("from_date", first), ("to_date", last)) if day is not None}
    if len(days) == 2 and days["from_date"] > days["to_date"]:
        message = f"from_date must not be after to_date, got {days['from_date']} and {days['to_date']}"
        raise RequestValidationError(message, "from_date", "a day up to to_date", days["from_date"])
    return days


def _day(day: date | str, name: str) -> str:
    try:
        text = day if isinstance(day, str) else day.strftime("%Y-%m-%d")
        if date.fromisoformat(text).isoformat() == text:  # which reads other forms too
            return text
    except (AttributeError, ValueError):
        pass
    expected = "a date or YYYY-MM-DD"
    raise RequestValidationError(f"{name} must be {expected}, got {day!r:.100}", name, expected, day)
