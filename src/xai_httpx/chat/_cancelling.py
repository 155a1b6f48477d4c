"""Cancellations told apart: those that were asked for, those that were not, and what came with them."""

from __future__ import annotations

import math
from collections.abc import Awaitable
from typing import TypeVar, cast

import anyio

from .._tool_errors import ToolError

T = TypeVar("T")


def uncancelled(error: BaseException) -> BaseException | None:
    """What is left of an error without cancellations, for Trio groups them; None where it was nothing else."""
    cancelled = anyio.get_cancelled_exc_class()
    if isinstance(error, BaseExceptionGroup):
        return cast("BaseExceptionGroup[BaseException]", error).split(cancelled)[1]
    return None if isinstance(error, cancelled) else error


async def unless_cancelled(result: Awaitable[T], name: str) -> T:
    """Await what the caller wrote.

    Raises:
        ToolError: It was cancelled though nobody asked for that here, for one by a task that it awaited; to a task
            group that would look as if all were to end.
    """
    try:
        return await result
    except anyio.get_cancelled_exc_class():
        if anyio.current_effective_deadline() == -math.inf:
            raise
    raise ToolError(f"{name} was cancelled")
