"""Reading and closing replies of httpx, past the layers in between: cheaply, and whatever is cancelled."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import anyio

from ._connections import CLOSING, Arriving

if TYPE_CHECKING:
    from ._slots import Slots


def chunks_of(response: Any) -> AsyncIterator[bytes]:
    """The chunks of a body as they came; from the connection itself where it is one of ours.

    httpx passes each through three generators more, which together cost as much as decoding an event.
    """
    held = _innermost(response)
    chunks: AsyncIterator[bytes] = aiter(held) if isinstance(held, Arriving) else response.aiter_raw()
    return chunks


async def finish(response: Any) -> None:
    """Close a reply that was read to its end; what was read has arrived, also if closing fails."""
    held = _innermost(response)
    await (held if isinstance(held, Arriving) else response).aclose()


async def close(response: Any, chunks: AsyncIterator[bytes] | None, slots: Slots) -> None:
    """Close what is left of an exchange; that it breaks while it is closed harms nobody."""
    try:
        if response is not None:
            try:
                with anyio.move_on_after(CLOSING, shield=True), suppress(Exception):
                    await finish(response)
            finally:
                await _close_again(response)
            if chunks is not None:
                with anyio.move_on_after(CLOSING, shield=True), suppress(Exception):
                    # The body is closed, so the generators that it is read with are short of their end. Left alone
                    # they would be cleaned up whenever the garbage collector comes, of which Trio warns.
                    async for _ in chunks:
                        pass
    finally:
        slots.release()


async def _close_again(response: Any) -> None:
    """Close what was marked as closed, and was not, for the closing itself was cancelled.

    The cancellation of asyncio's own tasks (`asyncio.timeout`, `wait_for`, `Task.cancel`) reaches through every shield.
    A connection would be left open, and a pool of httpcore keep it for ever: after as many as it may have, every call
    waits without end.
    """
    stream = _innermost(response)
    with anyio.move_on_after(CLOSING, shield=True), suppress(Exception):
        if isinstance(stream, Arriving):
            await stream.aclose()
            return
        held = getattr(getattr(stream, "_pool", None), "_requests", ())
        if any(each is getattr(stream, "_pool_request", None) for each in held):
            stream._closed = stream._stream._closed = False
            await stream.aclose()


def _innermost(response: Any) -> Any:
    """The body of a reply as it arrives, or as httpcore gave it, if it is httpcore's."""
    stream: Any = response
    for name in ("stream", "_stream", "_httpcore_stream"):
        stream = getattr(stream, name, None)
        if isinstance(stream, Arriving):
            break
    return stream
