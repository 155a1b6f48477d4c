"""From the arguments that a model wrote to the values of a call, or to words that tell the model what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, from_json

from .._faults import spelt, steps_to, telling, wording
from .._tool_errors import ToolArgumentsError

_TOLD = 10  # faults that a message tells of
_WIDEST = 200  # characters of one fault: names of keys are the model's, and messages of validators may hold values
_NO_JSON = ("json_invalid", "string_unicode")


def read_arguments(name: str, adapter: TypeAdapter[dict[str, Any]], text: str) -> dict[str, Any]:
    """The values of a call, by the names of the parameters.

    Args:
        name: The tool.
        adapter: What its arguments are.
        text: What the model wrote; nothing at all stands for no arguments, as some models have it.

    Raises:
        ToolArgumentsError: They do not fit.
    """
    text = text if text.strip() else "{}"
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
    raise ToolArgumentsError(f"{name} was not called, for its arguments do not fit: {'; '.join(_told(faults, text))}")


def _told(faults: Sequence[ErrorDetails], text: str) -> list[str]:
    """Each fault by its place; of a union that nothing fits, the fault of the member that was meant."""
    first = faults[0]
    if first["type"] in _NO_JSON and not first["loc"]:
        return [f"they are not JSON ({wording(first).removeprefix('Invalid JSON: ')})"]
    if not first["loc"]:
        return ["they are not a JSON object"]
    body = from_json(text)
    told: list[str] = []
    for _, group in groupby(faults, key=lambda fault: fault["loc"][0]):
        of_one = list(group)
        if any(
            len(steps_to(fault, body)) < len(fault["loc"]) for fault in of_one if fault["type"] != "extra_forbidden"
        ):
            _, of_one, _ = telling(of_one, body)
            told.append(_sentence([wording(fault) for fault in of_one], spelt(steps_to(of_one[0], body))))
        else:
            told += [_sentence([wording(fault)], spelt(steps_to(fault, body))) for fault in of_one]
    left = len(told) - _TOLD
    return told[:_TOLD] + ([f"and {left} more"] if left > 0 else [])


def _sentence(words: Sequence[str], place: str) -> str:
    said = " or ".join(dict.fromkeys(words))
    return f"{_cut(place)}: {_cut(said)}"


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else text[:_WIDEST] + "..."
