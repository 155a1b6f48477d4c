"""What a model is told whose answer does not fit the type, so that it answers again; no I/O."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeGuard, cast

from pydantic_core import ErrorDetails, from_json

from ._errors import OutputError, OutputValidationError
from ._faults import spelt, steps_to, telling
from ._output_type import HELD

if TYPE_CHECKING:
    from ._output_type import OutputType

_MOST_FAULTS = 10
_LOOKED_AT = 100  # faults, of which several may be the same in words
_LONGEST_FAULT = 300  # characters
_CALL = "Answer again: the whole answer, corrected, as JSON that follows the schema, and nothing else."


def may_ask_again(error: OutputError) -> TypeGuard[OutputValidationError]:
    """Whether asking again may help: the model did answer, and nothing but the form of it is wrong."""
    return isinstance(error, OutputValidationError)


def asking_again(asked: OutputType[Any], error: OutputValidationError) -> str:
    """The text of the message that asks again, of at most about 3,500 characters however wrong the answer is.

    Args:
        asked: What the answer had to be.
        error: What is wrong with it. What the validators of a type say goes to the model as it is.
    """
    match error.reason:
        case "empty":
            return f"Your answer has no text. {_CALL}"
        case "prose":
            return f"Your answer has something around its JSON. {_CALL}"
        case "value":
            return "\n".join(["Your answer does not fit the schema:", *_lines(asked, error), _CALL])
        case _:
            faults = (fault["msg"].removeprefix("Invalid JSON: ") for fault in error.errors)
            return "\n".join(["Your answer is not JSON:", *_cut(faults), _CALL])


def _lines(asked: OutputType[Any], error: OutputValidationError) -> list[str]:
    """Some of the faults by their places, first that which tells most; what members of a union share is there once."""
    whole = from_json(error.text)
    if asked.held and not (isinstance(whole, dict) and HELD in whole):
        return [f'- It has to be an object with the key "{HELD}", which holds the answer.']
    body, outer = asked.inside(whole), [HELD] if asked.held else []
    faults = cast("list[ErrorDetails]", error.errors[:_LOOKED_AT])
    first, _, _ = telling(faults, body)
    places = [(spelt([*outer, *steps_to(fault, body)], "all of it"), fault["msg"]) for fault in [first, *faults]]
    lines = _cut(dict.fromkeys(f"{place}: {words}" for place, words in places))
    return lines if len(error.errors) <= len(lines) else [*lines, "- ..."]


def _cut(faults: Iterable[str]) -> list[str]:
    short = (fault if len(fault) <= _LONGEST_FAULT else f"{fault[:_LONGEST_FAULT]}..." for fault in faults)
    return [f"- {fault}" for fault in islice(short, _MOST_FAULTS)]
