"""From the text of an answer to the value that it is, or to what is wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from ._errors import OutputValidationError
from ._faults import sentence, tag_of

if TYPE_CHECKING:
    from ._output_type import OutputType

T = TypeVar("T")
_NO_JSON = ("json_invalid", "string_unicode")
_STARTS = 32  # brackets in a text that are tried as the beginning of its JSON


def read(asked: OutputType[T], text: str, facts: Mapping[str, Any]) -> T:
    """The value that a text is, the whole of it: nothing is cut out of prose or a code fence, for that is guessing.

    Args:
        asked: What it has to be.
        text: The answer.
        facts: What an error tells of the reply.

    Raises:
        OutputValidationError: It is not that.
    """
    if not text.strip():
        raise OutputValidationError("the answer has no text", reason="empty", **facts)
    try:
        return asked.read(text)
    except ValidationError as error:
        problem = error
    told = problem.errors(include_url=False, include_input=False)
    if told[0]["type"] in _NO_JSON and not told[0]["loc"]:
        reason = "prose" if _has_json_among_others(text) else "not_json"
        words = f"is not JSON: {told[0]['msg'].removeprefix('Invalid JSON: ')}"
        words = "is JSON with something around it" if reason == "prose" else words
        raise OutputValidationError(f"the answer {words}", reason=reason, errors=_kept(told), **facts)
    body = asked.inside(from_json(text))
    if asked.held:  # the caller knows nothing of the object around it
        told = [cast("ErrorDetails", {**fault, "loc": fault["loc"][1:]}) for fault in told]
    message = f"the answer does not fit {asked.name}: {sentence(told, body, 'all of it')}"
    raise OutputValidationError(message, reason="value", errors=_kept(told), **facts)


def _kept(faults: Iterable[ErrorDetails]) -> list[dict[str, Any]]:
    """Faults without the values, and without their context, which may hold what does not pickle."""
    return [{"type": fault["type"], "loc": fault["loc"], "msg": _words(fault)} for fault in faults]


def _words(fault: ErrorDetails) -> str:
    match fault["type"]:
        case "union_tag_not_found":
            return f"{tag_of(fault)} is required"
        case "union_tag_invalid":
            return f"{tag_of(fault)} should be one of {fault.get('ctx', {}).get('expected_tags')}"
        case _:
            return fault["msg"]


def _has_json_among_others(text: str) -> bool:
    """Whether an object or a list stands in a text, with something before or after it."""
    text = text.strip()
    starts = [0] if text[0] in "{[" else (match.start() for match in islice(re.finditer(r"[{\[]", text), _STARTS))
    for start in starts:
        try:
            _, end = json.JSONDecoder().raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        return start > 0 or end < len(text)
    return False
