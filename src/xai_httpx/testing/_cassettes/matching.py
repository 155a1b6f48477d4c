"""Which recorded reply a request gets, and what is told where there is none."""

import json
from collections.abc import Sequence
from difflib import SequenceMatcher, unified_diff
from typing import Literal, TypeAlias

from .interaction import Interaction, RecordedRequest

Match: TypeAlias = Literal["strict", "lenient"]

SHOWN = 16  # lines of a difference
_WIDTH = 160  # characters of a line


def matching(
    asked: RecordedRequest,
    interactions: Sequence[Interaction],
    played: Sequence[int],
    match: Match,
    *,
    again: bool = False,
) -> int | None:
    """The interaction to be replayed.

    Args:
        asked: The request.
        interactions: What is recorded.
        played: How often each was replayed already.
        match: `strict`, the first one not replayed whose request is equal; `lenient`, the first one not replayed of the
            same method and path, or when all were, the last of them.
        again: Whether those that all were replayed begin again with the first.
    """
    if match == "strict":
        fits = [index for index, one in enumerate(interactions) if one.request.identity == asked.identity]
    else:
        fits = [index for index, one in enumerate(interactions) if one.request.route == asked.route]
    fresh = [index for index in fits if not played[index]]
    if fresh or not fits:
        return fresh[0] if fresh else None
    if again:
        return min(fits, key=lambda index: played[index])
    return fits[-1] if match == "lenient" else None


def why_not(asked: RecordedRequest, recorded: Sequence[RecordedRequest]) -> str:
    """Why no interaction fits, for people: the nearest one, and how it differs."""
    if not recorded:
        return "Nothing is recorded in it."
    times = sum(one.identity == asked.identity for one in recorded)
    if times:
        return f"This request is recorded {times} time{'s' if times > 1 else ''}, and was replayed as often."
    nearest = max(recorded, key=lambda one: _likeness(asked, one))
    if nearest.route != asked.route:
        return f"The nearest one recorded is {nearest.method} {nearest.path}."
    there, here = _told(nearest), _told(asked)
    lines = list(unified_diff(there, here, "recorded", "asked", n=1, lineterm=""))
    shown = [line if len(line) <= _WIDTH else f"{line[:_WIDTH]}…" for line in lines[:SHOWN]]
    if len(lines) > SHOWN:
        shown.append(f"… and {len(lines) - SHOWN} lines more")
    return "\n".join([f"The nearest one recorded is {nearest.method} {nearest.path}:", *shown])


def _likeness(asked: RecordedRequest, other: RecordedRequest) -> tuple[bool, float, float]:
    path = SequenceMatcher(None, asked.path, other.path).ratio()
    return asked.route == other.route, path, SequenceMatcher(None, _told(asked), _told(other)).ratio()


def _told(request: RecordedRequest) -> list[str]:
    query = "&".join(f"{name}={value}" for name, value in sorted(request.query))
    body = request.body.model_dump(mode="json")["content"]
    text = body if isinstance(body, str) else json.dumps(body, indent=2, sort_keys=True, ensure_ascii=False)
    return [f"{request.method} {request.path}{'?' if query else ''}{query}", *text.splitlines()]
