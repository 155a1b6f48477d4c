"""The queue in front of the connections.

httpx 0.28 loses connections of its pool when callers that wait inside the pool are cancelled. So they wait here: no
more requests reach the pool than it has connections for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import anyio

if TYPE_CHECKING:
    from ._request import Request


class Concurrency(NamedTuple):
    """How busy a client is.

    Attributes:
        limit: Requests and open streams that may be under way at once.
        in_use: How many are.
        waiting: Calls that wait for one of them to end.
    """

    limit: int
    in_use: int
    waiting: int


class Slots:
    """The right to be one of `limit` requests at once; those who wait get it in the order in which they came."""

    __slots__ = ("_limit", "_semaphore", "release")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._semaphore = anyio.Semaphore(limit, fast_acquire=True)
        self.release = self._semaphore.release

    async def acquire(self, request: Request) -> None:
        """Take a slot, now or when it is this request's turn; while it waits, `request.queue` is this queue."""
        try:
            self._semaphore.acquire_nowait()
        except anyio.WouldBlock:
            request.queue = self
            await self._semaphore.acquire()
            request.queue = None

    @property
    def concurrency(self) -> Concurrency:
        """How many slots there are, are taken, and are waited for."""
        waiting = self._semaphore.statistics().tasks_waiting
        return Concurrency(self._limit, self._limit - self._semaphore.value, waiting)
