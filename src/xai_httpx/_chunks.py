"""The body of a reply as it arrives on a connection of httpcore: one piece for all that is there.

httpcore hands out each chunk by itself, through two generators and a context manager. Where many small chunks come at
once, as those of a stream of events do, that costs more than all else that is done with them.
"""

from __future__ import annotations

from typing import Any, Self

import h11  # what httpcore reads HTTP/1.1 with


class Chunks:
    """The pieces of a body.

    Args:
        connection: The HTTP/1.1 connection of httpcore that has read the head of the reply.
        timeout: Seconds that a read may take; None for no limit.
    """

    __slots__ = ("_fault", "_over", "_parse", "_receive", "_size", "_timeout", "_wait")

    def __init__(self, connection: Any, timeout: float | None) -> None:
        self._parse = connection._h11_state.next_event
        self._receive = connection._h11_state.receive_data
        self._wait = connection._network_stream.read
        self._size: int = connection.READ_NUM_BYTES
        self._timeout = timeout
        self._over = False
        self._fault: h11.RemoteProtocolError | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._fault is not None:
            raise self._fault
        pieces: list[bytes] = []
        while not self._over:
            try:
                event = self._parse()
            except h11.RemoteProtocolError as fault:
                if not pieces:
                    raise
                self._fault = fault  # what came before it is handed out first
                break
            if type(event) is h11.Data:
                pieces.append(event.data)
            elif event is not h11.NEED_DATA:
                self._over = True
            elif pieces:
                break
            else:
                self._receive(await self._wait(self._size, timeout=self._timeout))
        if not pieces:
            raise StopAsyncIteration
        return b"".join(pieces)


def chunks_of(stream: Any, timeout: float | None) -> Any:
    """The pieces of a body that httpcore made; as httpcore has them where it is not made as it is known to be."""
    connection = getattr(stream, "_connection", None)
    if hasattr(connection, "_h11_state") and hasattr(connection, "_network_stream"):
        return Chunks(connection, timeout)
    return aiter(stream)
