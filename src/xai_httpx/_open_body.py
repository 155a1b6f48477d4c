"""The body of a reply that is read as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._body import ENCODING, Decompressor
from ._closing import chunks_of, close
from ._meta import Meta
from ._translate import translated

if TYPE_CHECKING:
    from ._homes import Home


class Body:
    """The body of an open reply, chunk by chunk."""

    __slots__ = ("_chunks", "_decompressor", "_home", "_next", "_open", "_reading", "_response", "meta", "waited")

    def __init__(self, response: Any, home: Home, meta: Meta, waited: float) -> None:
        self._response = response
        self._home = home
        consumed = response.is_stream_consumed  # mock transports make replies that are read, and decompressed, already
        encoding = None if consumed else meta.header(ENCODING)
        self._decompressor = Decompressor(encoding, meta) if encoding else None
        self._chunks: Any = response.aiter_bytes() if consumed else chunks_of(response)
        self._next = self._chunks.__anext__
        self._open = True
        home.bodies.add(self)
        self._reading = False
        self.meta = meta
        self.waited = waited  # seconds, for the head of the reply

    @property
    def is_open(self) -> bool:
        """Whether it was not closed yet."""
        return self._open

    async def read(self) -> bytes | None:
        """The next bytes; None at the end.

        Raises:
            APIConnectionError: The connection broke or was silent for the read timeout.
        """
        self._reading = True
        try:
            chunk = await self._next()
        except StopAsyncIteration:
            return None
        except Exception as error:
            if (ours := translated(error, self.meta)) is not None:
                raise ours from ours.__cause__
            raise
        finally:
            self._reading = False
        return chunk if self._decompressor is None else self._decompressor.feed(chunk)

    def end(self) -> None:
        """Tell what only the end of a body shows; a stream has a last event for that.

        Raises:
            APIConnectionError: It is compressed, and ended before its compression did.
        """
        if self._decompressor is not None:
            self._decompressor.end()

    async def aclose(self) -> None:
        """Give back connection and slot, at once; may be called again, and while another task reads."""
        if self._open:
            self._open = False
            self._home.bodies.discard(self)
            await close(self._response, None if self._reading else self._chunks, self._home.slots)

    def drop(self) -> None:
        """Have it closed by the next call, for its stream is gone; may be called by the garbage collector."""
        if self._open:
            self._home.dropped.append(self)
