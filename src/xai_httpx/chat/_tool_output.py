"""From what a function returned to what the model is told; no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from pydantic_core import PydanticSerializationError, to_json

from .._tool_errors import ToolError
from ._local_tool import ToolOutput
from ._parts import File, Image, Part, Text

_PARTS = (Text, Image, File)


def tool_output(name: str, value: object) -> ToolOutput:
    """The output of a tool.

    Args:
        name: The tool.
        value: A string goes as it is; so do parts, alone or in a list with strings between them. Anything else goes as
            JSON, None as `null`.

    Raises:
        ToolError: It has no JSON form.
    """
    if isinstance(value, str):
        return _text(name, value)
    if isinstance(value, _PARTS):
        return (value,)
    values = cast("Sequence[Part | str]", value)
    if type(value) in (list, tuple) and _are_parts(values):
        return tuple(Text(_text(name, part)) if isinstance(part, str) else part for part in values)
    try:
        return to_json(value, inf_nan_mode="null").decode()
    except (PydanticSerializationError, ValueError, RecursionError) as error:
        reason = str(error).removeprefix("Error serializing to JSON: ")
    raise ToolError(f"{name} returned a {type(value).__name__} that has no JSON form: {reason}")


def _are_parts(values: Sequence[object]) -> bool:
    """Whether a list holds parts, not data: strings alone are data."""
    return any(isinstance(each, _PARTS) for each in values) and all(isinstance(each, (*_PARTS, str)) for each in values)


def _text(name: str, text: Any) -> str:
    """A text that can be sent: names of files, for one, may hold half a surrogate pair.

    Raises:
        ToolError: It cannot.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ToolError(f"{name} returned text that is not Unicode: {error.reason} at {error.start}") from None
    return str(text)
