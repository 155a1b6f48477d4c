"""Connections of httpcore without its pool, whose time for each request grows with the number of its connections.

The slots see to it that no more requests come than there may be connections, so none has to wait here: a request takes
the connection that was used last, or has one made.
"""

from __future__ import annotations

import time
from collections import deque
from typing import Any

from ._arriving import Held, closed

Origin = tuple[bytes, bytes, int | None]  # scheme, host and port
KEPT = 60.0  # seconds that a connection is kept without work


class Connections:
    """What an `AsyncHTTPTransport` asks instead of httpcore's pool.

    Args:
        pool: The pool that the transport made. It makes the connections, with its proxy, certificates and socket
            options; and it is asked where another library has put something in the place of its method, to answer or to
            record requests.
    """

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._idle: dict[Origin, deque[tuple[float, Any]]] = {}  # the one used last at the end
        self._busy: set[Any] = set()
        self._closed = False

    async def handle_async_request(self, request: Any) -> Any:
        """Send a request, or have the pool do so where somebody stands in its place."""
        if _as_made(self._pool.handle_async_request):
            return await self.send(request)
        return await self._pool.handle_async_request(request)

    async def send(self, request: Any) -> Any:
        """Send a request on a connection of its own, which closing the reply gives back."""
        url = request.url
        origin = (url.scheme, url.host, url.port)
        connection = await self._kept(origin) or self._pool.create_connection(url.origin)
        self._busy.add(connection)
        try:
            response = await connection.handle_async_request(request)
        except BaseException:
            self._busy.discard(connection)
            await closed(connection)
            raise
        response.stream = Held(response.stream, connection, origin, self, request.extensions["timeout"]["read"])
        return response

    async def give_back(self, connection: Any, origin: Origin) -> None:
        """Keep a connection for the next request, if it can take one, and close those that were kept long enough."""
        self._busy.discard(connection)
        now = time.monotonic()
        old: list[Any] = []
        if self._closed:
            old.append(connection)
        elif connection.is_idle():
            self._idle.setdefault(origin, deque()).append((now, connection))
        for kept in self._idle.values():
            while kept and kept[0][0] < now - KEPT:
                old.append(kept.popleft()[1])
        if old:
            await closed(*old)

    async def aclose(self) -> None:
        """Close all connections; one that is still being made closes when it is given back."""
        self._closed = True
        connections = [*self._busy, *(connection for kept in self._idle.values() for _, connection in kept)]
        self._busy.clear()
        self._idle.clear()
        await closed(*connections)
        await self._pool.aclose()

    async def _kept(self, origin: Origin) -> Any:
        """The connection used last, of those that the server did not close meanwhile; None if there is none."""
        kept = self._idle.get(origin)
        while kept:
            connection = kept.pop()[1]
            if not connection.has_expired():
                return connection
            await closed(connection)
        return None


def _as_made(method: Any) -> bool:
    """Whether it is httpcore's own, or guarded by us: mocks and recorders put theirs in its place."""
    return method.__module__.partition(".")[0] in ("httpcore", "xai_httpx") and not hasattr(method, "__wrapped__")
