"""What a run leaves behind: tasks, sockets, slots, and warnings that nobody would see."""

from __future__ import annotations

import gc
import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import anyio

from xai_httpx import APIConnectionError, AsyncXAI, RequestOptions, Stream
from xai_httpx.types import ChatCompletion, ChatCompletionChunk

PATIENCE = 10  # seconds
BACKENDS: dict[str, tuple[str, dict[str, bool]]] = {
    "asyncio": ("asyncio", {"use_uvloop": False}),
    "uvloop": ("asyncio", {"use_uvloop": True}),
    "trio": ("trio", {}),
}


class Held(NamedTuple):
    """What a process holds inside a running event loop."""

    tasks: int
    files: int

    @classmethod
    def now(cls) -> Held:
        """Count after a collection, so that only what is really held counts."""
        gc.collect()
        return cls(len(anyio.get_running_tasks()), len(list(Path("/dev/fd").iterdir())))


async def slots_lost(client: AsyncXAI, limit: int) -> int:
    """How many of the client's slots are taken though no call is running.

    What the client says is not enough: a slot may be free and the connection behind it lost. So that many streams are
    opened at once, and those that do not come to be open within some seconds are lost as well.
    """
    taken = client.concurrency.in_use
    open_streams, all_open = 0, anyio.Event()

    async def hold() -> None:
        nonlocal open_streams
        async with chat_stream(client, {"headers": {"x-fault": "stall_after=1"}}) as stream:
            await stream.__anext__()
            open_streams += 1
            if open_streams == limit:
                all_open.set()
            await all_open.wait()

    async def hold_at_last() -> None:
        while True:  # a kept connection may have been closed by the server, for a fault of an earlier call
            with suppress(APIConnectionError):
                return await hold()

    with anyio.move_on_after(PATIENCE):
        async with anyio.create_task_group() as tasks:
            for _ in range(limit):
                tasks.start_soon(hold_at_last)
    return max(limit - open_streams, taken)


def chat_stream(client: AsyncXAI, options: RequestOptions) -> Stream[ChatCompletionChunk, ChatCompletion]:
    """The stream that is measured with."""
    return client.chat.completions.stream(
        model="grok-4.6", messages=[{"role": "user", "content": "Tell of otters."}], options=options
    )


@contextmanager
def complaints() -> Generator[list[str]]:
    """Resource warnings, and exceptions that Python could raise nowhere."""
    found: list[str] = []
    before = sys.unraisablehook
    sys.unraisablehook = lambda problem: found.append(f"{problem.err_msg}: {problem.exc_value!r}")
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield found
            gc.collect()
        found += [str(each.message) for each in caught if issubclass(each.category, ResourceWarning | RuntimeWarning)]
    finally:
        sys.unraisablehook = before
