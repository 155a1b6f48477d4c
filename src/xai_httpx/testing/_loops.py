"""Closing an async client from sync code, after the test that used it, in whichever event loop that was."""

import asyncio

from .._client import AsyncXAI
from .._homes import Homes

_left: list[AsyncXAI] = []  # with connections in loops that still live


def close(client: AsyncXAI) -> None:
    """Close the connections of a client of which no task makes use any more.

    Most loops have ended with their test, and connections end with their loop. A loop of asyncio that goes on for other
    tests is run here once more. One of Trio cannot be, so what is in it is kept until it ends: left to the garbage
    collector, it would be warned of.

    Args:
        client: The client; it cannot be used any more.
    """
    homes = _homes(client)
    homes.closed = True
    for loop in homes.loops:
        if isinstance(loop, asyncio.AbstractEventLoop) and not (loop.is_closed() or loop.is_running()):
            loop.run_until_complete(client.aclose())
    _left[:] = [each for each in (*_left, client) if _homes(each).loops]


def _homes(client: AsyncXAI) -> Homes:
    return client._core.transport._homes
