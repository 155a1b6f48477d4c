"""What the model is told of a tool that failed; no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from .._tool_errors import ToolError

LONGEST = 2000  # characters


def words_for(name: str, error: Exception) -> str:
    """What the model is told: the words of an error that is made for it, else class and message; never a traceback.

    Args:
        name: The tool.
        error: Why it failed. Of a group, as task groups raise it, each error in it is told.

    Returns:
        At most 2,000 characters that can be sent.
    """
    errors = list(leaves(error))
    if len(errors) == 1 and isinstance(errors[0], ToolError):
        words = _message(errors[0]) or f"{name} failed"
    else:
        words = f"{name} failed: {'; '.join(map(_one, errors))}"
    return f"Error: {words}"[:LONGEST].encode(errors="replace").decode()


def leaves(error: BaseException) -> Iterator[BaseException]:
    """The errors in the groups that task groups put around them; of an error that is none, itself."""
    if isinstance(error, BaseExceptionGroup):
        for each in cast("BaseExceptionGroup[BaseException]", error).exceptions:
            yield from leaves(each)
    else:
        yield error


def _one(error: BaseException) -> str:
    message = _message(error)
    if isinstance(error, ToolError) and message:
        return message
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # of a class whose words are code that fails
        return ""
