"""What a validation error of pydantic says: which of its faults to tell of, and where in the body it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from pydantic_core import ErrorDetails

WHOLE = "the body"
_LENGTHS = ("too_long", "too_short")  # of a list that is a list as it should be: it fits one step further
_UNKNOWN = re.compile(r"(function-after\[\w+\(\), )?Unknown\w+\]?")  # the step into the member for unknown types


def telling(faults: Sequence[ErrorDetails], body: Any) -> tuple[ErrorDetails, list[ErrorDetails], str]:
    """The fault that tells most, all those at the same place, and that place in the body.

    Of a union pydantic reports the faults of every member. The one meant is that which fits furthest into the body,
    then that with the fewest faults; members that agree so far are all named.
    """
    meant = [fault for fault in faults if not any(_UNKNOWN.fullmatch(str(step)) for step in fault["loc"])] or faults
    siblings = Counter(fault["loc"][:-1] for fault in meant)
    steps = [steps_to(fault, body) for fault in meant]
    ranks = [
        (-len(path) - (fault["type"] in _LENGTHS), fault["type"] == "union_tag_not_found", siblings[fault["loc"][:-1]])
        for fault, path in zip(meant, steps, strict=True)
    ]
    best = min(range(len(meant)), key=ranks.__getitem__)
    agreeing = [other for other, way in zip(meant, steps, strict=True) if way == steps[best]]
    return meant[best], agreeing, spelt(steps[best])


def sentence(faults: Sequence[ErrorDetails], body: Any, whole: str = WHOLE) -> str:
    """The fault that tells most, by its place and without the value: replies may hold what must not reach a log."""
    fault, _, place = telling(faults, body)
    return f"{whole if place == WHOLE else place}: {wording(fault)}"


def wording(fault: ErrorDetails) -> str:
    """What pydantic says of a fault, without the value."""
    match fault["type"]:
        case "union_tag_not_found":
            return "Field required"
        case "union_tag_invalid":
            return "not a known type"
        case _:
            return fault["msg"]


def steps_to(fault: ErrorDetails, body: Any) -> list[str | int]:
    """The place of a fault in the body, without the names of union members that pydantic puts between.

    A fault about the field that tells the members apart is at that field, if the fault says which it is.
    """
    path: list[str | int] = []
    here: Any = body
    for step in fault["loc"]:
        is_list, is_object = isinstance(here, list), isinstance(here, dict)
        if is_list and isinstance(step, int) and step < len(here):
            path.append(step)
            here = here[step]
        elif is_object and (step in here or (fault["type"] == "missing" and step == fault["loc"][-1])):
            path.append(step)
            here = here.get(step)
    if fault["type"] in ("union_tag_invalid", "union_tag_not_found") and "ctx" in fault:
        path.append(tag_of(fault))
    return path


def tag_of(fault: ErrorDetails) -> str:
    """The name of the field that tells the members of a union apart, for a fault about that field."""
    return str(fault.get("ctx", {}).get("discriminator")).strip("'")


def spelt(steps: Sequence[str | int], whole: str = WHOLE) -> str:
    """A place as the user would write it: `messages[0].role`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.removeprefix(".") or whole
