"""What tests of tasks share: that none is left behind, and doors that tell how many are inside at once."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

import anyio


def leaves_no_task(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Fail a test that leaves a task behind; what it leaves to the garbage collector warns, and so fails it too."""

    @wraps(test)
    async def run(*arguments: Any, **named: Any) -> None:
        before = {task.id for task in anyio.get_running_tasks()}
        await test(*arguments, **named)
        gc.collect()
        await anyio.wait_all_tasks_blocked()
        assert [task for task in anyio.get_running_tasks() if task.id not in before] == []

    return run


class Door:
    """A place that is left once so many are inside.

    Attributes:
        inside: How many are.
        most: How many were at once.
        order: Who came in, in order.
    """

    def __init__(self, count: int) -> None:
        self.inside = self.most = 0
        self.order: list[Any] = []
        self._count = count
        self._open = anyio.Event()

    async def pass_through(self, who: Any = None) -> None:
        self.order.append(who)
        self.inside += 1
        self.most = max(self.most, self.inside)
        if self.inside == self._count:
            self._open.set()
        try:
            with anyio.fail_after(5):
                await self._open.wait()
            await anyio.wait_all_tasks_blocked()  # whoever else may come in does so now
        finally:
            self.inside -= 1
