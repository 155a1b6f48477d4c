"""What a sync caller iterates over, read in the caller's own thread while that waits for the call.

Cursors of databases may be used in one thread only, and a generator may call the client itself; in the client's thread,
the first would fail and the second could not be answered.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterable, Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import Future
from functools import wraps
from itertools import islice
from queue import SimpleQueue
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, cast

import anyio
from anyio.from_thread import BlockingPortal

from ._sync import SyncResource, forgetting

A = TypeVar("A")
P = ParamSpec("P")
T = TypeVar("T")
AHEAD = 100  # items that are read at once, for going from thread to thread takes longer than reading one


class Reading(Generic[T]):
    """An async iterator over an iterable, which `serve` reads in another thread.

    Args:
        iterable: What to read.
    """

    def __init__(self, iterable: Iterable[T]) -> None:
        self._iterable = iterable
        self._asked: SimpleQueue[anyio.Event | None] = SimpleQueue()
        self._read: deque[T] = deque()
        self._end: Exception | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        if not self._read and self._end is None:
            served = anyio.Event()
            self._asked.put(served)
            await served.wait()
        if self._read:
            return self._read.popleft()
        raise self._end or StopAsyncIteration

    def serve(self, call: Future[Any], portal: BlockingPortal) -> None:
        """Read what is asked for in the loop of a portal, until the call that asks has ended."""
        call.add_done_callback(lambda _: self._asked.put(None))
        iterator = None
        while (served := self._asked.get()) is not None:
            try:
                iterator = iter(self._iterable) if iterator is None else iterator
                self._read.extend(islice(iterator, AHEAD))
                if not self._read:
                    self._end = StopAsyncIteration()
            except Exception as error:
                self._end = error  # said when what was read before it is gone
            portal.start_task_soon(served.set)


def to_sync_reading(
    method: Callable[Concatenate[A, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[SyncResource[A], P], T]:
    """The sync form of an async method whose `requests` may be an iterable."""

    @wraps(method)
    def call(self: SyncResource[A], /, *args: P.args, **kwargs: P.kwargs) -> T:
        with forgetting(kwargs):
            reading = _reading(kwargs)
            serve = None if reading is None else reading.serve
            return self._runner.run(lambda: method(self._resource, *args, **kwargs), serve)

    return call


def _reading(parameters: dict[str, Any]) -> Reading[object] | None:
    """Put one in the place of `requests`, if they are an iterable that not everyone may read."""
    given: object = parameters.get("requests")
    if not isinstance(given, Iterable) or isinstance(given, Sequence | Mapping | AsyncIterable):
        return None
    reading = Reading(cast("Iterable[object]", given))
    parameters["requests"] = reading
    return reading
