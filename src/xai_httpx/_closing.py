"""Reading and closing replies of httpx, past the layers in between: cheaply, and whatever is cancelled."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import anyio

from ._arriving import CLOSING, Arriving

if TYPE_CHECKING:
    from ._slots import Slots

LAYERS = ("stream", "_stream", "_httpcore_stream")  # by which httpx's reply leads to what httpcore made


def chunks_of(response: Any) -> Any:
    """The chunks of a body, to be iterated once and closed; as they arrive, where the connection is one of ours."""
    stream: Any = response
    for name in LAYERS:
        stream = getattr(stream, name, None)
        if isinstance(stream, Arriving):
            return stream
    return response.aiter_raw()


async def close(response: Any, chunks: Any, slots: Slots) -> None:
    """Close what is left of an exchange; that it breaks while it is closed harms nobody."""
    try:
        if response is not None:
            try:
                with anyio.move_on_after(CLOSING, shield=True), suppress(Exception):
                    await (chunks if isinstance(chunks, Arriving) else response).aclose()
            finally:
                await _close_again(response)
            if chunks is not None and not isinstance(chunks, Arriving):
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
    with anyio.move_on_after(CLOSING, shield=True), suppress(Exception):
        if isinstance(chunks := chunks_of(response), Arriving):
            await chunks.aclose()
            return
        stream: Any = response
        for name in LAYERS:
            stream = getattr(stream, name, None)
        held = getattr(getattr(stream, "_pool", None), "_requests", ())
        if any(each is getattr(stream, "_pool_request", None) for each in held):
            stream._closed = stream._stream._closed = False
            await stream.aclose()
