"""Calls that are made at once and fail as one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar, cast

import anyio

from ._errors import XAIError

T = TypeVar("T")


async def together(calls: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
    """Await all of them at once; results in their order.

    Raises:
        XAIError: The first error of ours, alone and not in a group; the other calls are cancelled.
    """
    results: list[Any] = [None] * len(calls)
    errors: list[XAIError] = []

    async def one(index: int, call: Callable[[], Awaitable[T]]) -> None:
        try:
            results[index] = await call()
        except XAIError as error:
            errors.append(error)
            group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for index, call in enumerate(calls):
            group.start_soon(one, index, call)
    if errors:
        raise errors[0]
    return cast("list[T]", results)
