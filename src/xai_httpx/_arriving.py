"""The body of a reply as it arrives on a connection, a piece for all that is there, without httpx in between.

httpx and httpcore hand each chunk through five generators and a context manager. Where many small chunks come at once,
as those of a stream of events do, that costs more than all else that is done with them.
"""

from __future__ import annotations

from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any, Self

import anyio
import h11  # what httpcore reads HTTP/1.1 with

if TYPE_CHECKING:
    from ._connections import Connections, Origin

CLOSING = 1.0  # seconds that closing a broken exchange may take, even when the caller is being cancelled


class Arriving:
    """The body of a reply, read where it arrives."""

    __slots__ = ()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        raise NotImplementedError

    async def aclose(self) -> None:
        """Give the connection back, or close it in the middle of its reply; again, where that was cancelled."""
        raise NotImplementedError


class Held(Arriving):
    """The body of a reply, which holds its connection of httpcore until it is closed.

    Args:
        stream: The body as httpcore made it; where it is not made as it is known to be, it is read as it is.
        connection: The connection.
        origin: What it is connected to.
        connections: Where it is given back.
        timeout: Seconds that a read may take; None for no limit.
    """

    __slots__ = (
        "_as_it_is",
        "_closing",
        "_connection",
        "_connections",
        "_fault",
        "_h11",
        "_origin",
        "_over",
        "_stream",
        "_timeout",
    )

    def __init__(
        self, stream: Any, connection: Any, origin: Origin, connections: Connections, timeout: float | None
    ) -> None:
        self._stream = stream
        self._connection = connection
        self._origin = origin
        self._connections = connections
        self._timeout = timeout
        self._h11: Any = getattr(getattr(stream, "_connection", None), "_h11_state", None)
        self._as_it_is = aiter(stream) if self._h11 is None else None
        self._closing = False
        self._over = False
        self._fault: Exception | None = None

    async def __anext__(self) -> bytes:
        if self._as_it_is is not None:
            chunk: bytes = await anext(self._as_it_is)
            return chunk
        if self._fault is not None:
            raise self._fault
        pieces: list[bytes] = []
        next_event = self._h11.next_event
        while not self._over:
            try:
                event = next_event()
            except h11.RemoteProtocolError as error:
                self._fault = _as_httpcore(error)
                if not pieces:
                    raise self._fault from error
                break  # what came before it is handed out first
            if type(event) is h11.Data:
                pieces.append(event.data)
            elif event is not h11.NEED_DATA:
                self._over = True
            elif pieces:
                break
            else:
                http11 = self._stream._connection
                read = http11._network_stream.read(http11.READ_NUM_BYTES, timeout=self._timeout)
                self._h11.receive_data(await read)
        if not pieces:
            raise StopAsyncIteration
        return b"".join(pieces)

    async def aclose(self) -> None:
        connection = self._connection
        if connection is None:
            return
        if not self._closing:
            self._closing = True
            await self._stream.aclose()
        # What came beyond the reply would be taken for that to the next request.
        if not connection.is_idle() or (self._h11 is not None and self._h11.trailing_data[0]):
            await closed(connection)
        self._connection = None
        await self._connections.give_back(connection, self._origin)


def _as_httpcore(error: h11.RemoteProtocolError) -> Exception:
    """What httpcore makes of it, for whoever reads the body through httpx expects that."""
    import httpcore  # loaded by now; importing it with this module would slow down whoever sends nothing

    mapped = httpcore.RemoteProtocolError(str(error))
    mapped.__cause__ = error
    return mapped


async def closed(*connections: Any) -> None:
    """Close connections, whatever becomes of the caller; that they break meanwhile harms nobody.

    Those that are left are closed also where asyncio's own cancellation, which reaches through shields, stops one.
    """
    async with AsyncExitStack() as closing:
        for connection in connections:
            if not connection.is_closed():
                closing.push_async_callback(_closed, connection)


async def _closed(connection: Any) -> None:
    with anyio.move_on_after(CLOSING, shield=True), suppress(Exception):
        await connection.aclose()
