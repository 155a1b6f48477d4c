"""The JSON helpers that every part of the simulator shares."""

import json
from typing import Any, TypeAlias, cast

JsonObject: TypeAlias = dict[str, Any]
"""A JSON object as it is on the wire; its members are checked where they are used."""


def as_object(value: object) -> JsonObject | None:
    """Return `value` if it is a JSON object, else None."""
    return cast("JsonObject", value) if isinstance(value, dict) else None


def as_list(value: object) -> list[Any] | None:
    """Return `value` if it is a JSON array, else None."""
    return cast("Any", value) if isinstance(value, list) else None


def compact(value: object) -> str:
    """Write `value` as JSON without spaces, the form that the API itself uses."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def event_line(event: JsonObject) -> str:
    """Write an event of a stream, as JSON in a server-sent event."""
    return f"data: {compact(event)}\n\n"


def parse(raw: bytes) -> object:
    """Read JSON from the network.

    Raises:
        ValueError: It is not JSON, nests too deep, or holds what is no text (a lone surrogate) or no number (NaN).
    """
    try:
        value: object = json.loads(raw, parse_constant=_no_constant)
        compact(value).encode()
    except RecursionError:
        raise ValueError("nested too deep") from None
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")
