"""Where the connections of a client live: in each event loop of each process, connections of their own.

So a client that is made when a module is imported works in one `asyncio.run` after another, in threads with loops of
their own, and in the child after a fork, whose copies of the parent's connections it leaves alone.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from anyio.lowlevel import current_token

from ._errors import ConfigurationError
from ._slots import Concurrency, Slots


class HTTPClient(Protocol):
    """An `AsyncClient` of httpx or of httpx2."""

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        ...

    async def aclose(self) -> None:
        """Close its connections."""
        ...


class Closable(Protocol):
    """The body of an open stream."""

    async def aclose(self) -> None:
        """Close it."""
        ...


@dataclass(slots=True)
class Home:
    """What a client has in one event loop of one process.

    Attributes:
        process: The process.
        http: The connections.
        slots: The queue in front of them.
        bodies: Those of open streams: were they left to the garbage collector, Trio would warn.
        dropped: Those of streams that were dropped without being closed; the next call closes them. Closing needs the
            event loop, which a finalizer must not touch, so all that it does is to put them here.
    """

    process: int
    http: Any
    slots: Slots
    bodies: set[Closable]
    dropped: deque[Closable]

    async def close_dropped(self) -> None:
        """Close the bodies of streams that were dropped."""
        while self.dropped:
            await self.dropped.popleft().aclose()

    async def close_bodies(self) -> None:
        """Close all bodies, whoever still holds their streams."""
        for body in list(self.bodies):
            await body.aclose()


class Homes:
    """The homes of one client.

    Args:
        connect: Makes connections.
        limit: How many requests may be under way in one home at once.
        injected: The caller's own HTTP client, which is used instead, and stays in the loop where it is first used.
    """

    def __init__(self, connect: Callable[[], HTTPClient], limit: int, injected: HTTPClient | None) -> None:
        self._connect = connect
        self._limit = limit
        self._injected = injected
        self._homes: WeakKeyDictionary[Any, tuple[Home, AsyncGenerator[None, None]]] = WeakKeyDictionary()
        self._inherited: list[object] = []  # from before a fork, and the parent's to close
        self._settled = False
        self.closed = False

    def current(self) -> Home | None:
        """The home in this event loop and process; None when it has to be made, or the client is closed."""
        home, _ = self._homes.get(current_token().native_token, (None, None))
        if home is None or self.closed or home.process != os.getpid() or home.http.is_closed:
            return None
        return home

    async def settle(self) -> Home:
        """Make a home in this event loop and process.

        Raises:
            ConfigurationError: The client is closed, or its HTTP client belongs to another loop or process.
        """
        if self.closed or (self._injected is not None and self._injected.is_closed):
            raise ConfigurationError("the client is closed; make a new AsyncXAI")
        if self._injected is not None and self._settled:
            raise ConfigurationError(
                "http_client was first used in another event loop or process, which its connections belong to; "
                "leave http_client out, and the client makes connections in each"
            )
        for loop in [loop for loop, (home, _) in list(self._homes.items()) if home.http.is_closed]:
            del self._homes[loop]  # of a loop that has ended
        home = Home(os.getpid(), self._injected or self._connect(), Slots(self._limit), set(), deque())
        closing = _closed_at_the_end(home, owned=self._injected is None)
        await anext(closing)
        here = current_token().native_token
        if here in self._homes:
            self._inherited.append(self._homes[here])
        self._homes[here] = home, closing
        self._settled = True
        return home

    @property
    def loops(self) -> list[Any]:
        """The event loops in which there are open connections; none of a loop that has ended."""
        return [loop for loop, (home, _) in list(self._homes.items()) if not home.http.is_closed]

    @property
    def concurrency(self) -> Concurrency:
        """How many requests and streams are under way and wait, in all event loops together."""
        each = [home.slots.concurrency for home, _ in list(self._homes.values())]
        return Concurrency(self._limit, sum(one.in_use for one in each), sum(one.waiting for one in each))

    async def aclose(self) -> None:
        """Close the connections in this event loop; those in others close when their loops end."""
        self.closed = True
        home, closing = self._homes.pop(current_token().native_token, (None, None))
        if home is not None and closing is not None and home.process == os.getpid():
            await closing.aclose()


async def _closed_at_the_end(home: Home, *, owned: bool) -> AsyncGenerator[None, None]:
    """Close all in a home when this generator is closed.

    An event loop closes the generators that are still open when it ends, asyncio's and Trio's alike. It is the one
    moment at which connections that nobody closed can be: afterwards the loop that they need is gone.
    """
    try:
        yield
    finally:
        await home.close_bodies()
        if owned:
            await home.http.aclose()
