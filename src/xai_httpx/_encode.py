"""The JSON form of a body, and the form of a query."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Any, cast
from urllib.parse import urlencode

from pydantic import BaseModel

from ._errors import RequestValidationError
from ._faults import spelt
from ._models import XAIModel


def encode(body: object) -> bytes:
    """The JSON bytes of a request body; models become what they were received as.

    Raises:
        RequestValidationError: Something in it has no JSON form; it is named.
    """
    try:
        text = json.dumps(body, default=_plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        steps, value = _culprit(body)
        path, reason = spelt(steps), "it is nested too deeply" if isinstance(error, RecursionError) else error
        raise RequestValidationError(f"{path} has no JSON form: {reason}", path, "a JSON value", value) from None


def sendable(value: Any) -> Any:
    """A JSON value as a request can hold it: half a surrogate pair, of a text that was cut there, becomes a `?`."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.loads(text.encode(errors="replace"))
    return value


def _culprit(value: object, above: tuple[int, ...] = ()) -> tuple[list[str | int], object]:
    """The innermost place that has no JSON form, and what is there."""
    for step, entry in _entries(value):
        try:
            json.dumps(entry, default=_plain, ensure_ascii=False, allow_nan=False).encode()
        except (TypeError, ValueError):
            if id(entry) in (*above, id(value)):  # it contains itself
                return [step], entry
            steps, found = _culprit(entry, (*above, id(value)))
            return [step, *steps], found
        except RecursionError:
            return [step], entry
    return [], value


def _entries(value: Any) -> Iterable[Any]:
    shape = _shape(value)
    if shape is None or type(value) is str:
        return ()
    entries: Any = shape(value)
    pairs: Any = entries.items() if shape is dict else enumerate(entries)
    return cast("Iterable[Any]", pairs)


def _plain(value: Any) -> object:
    if isinstance(value, BaseModel):  # one of ours goes back as it came; one of the caller's with its defaults
        return value.model_dump(mode="json", exclude_unset=isinstance(value, XAIModel), by_alias=True)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    shape = _shape(value)
    if shape is None:
        raise TypeError(f"{type(value).__name__} is not a JSON value")
    return shape(value)


def _shape(value: Any) -> type[dict[Any, Any]] | type[list[Any]] | None:
    """The JSON container for mappings and sequences that are not dicts and lists themselves."""
    if isinstance(value, Mapping):
        return dict
    return list if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview) else None


def query_string(query: Mapping[str, Any]) -> str:
    """`?a=1&b=2` of the parameters that are not None; booleans as JSON has them, lists repeated.

    Raises:
        RequestValidationError: There is half a surrogate pair in it.
    """
    if not query:
        return ""
    given = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in query.items()
        if value is not None
    }
    try:
        return "?" + urlencode(given, doseq=True) if given else ""
    except UnicodeEncodeError as error:
        raise RequestValidationError(f"the query holds text that cannot be encoded: {error}", "query") from None
