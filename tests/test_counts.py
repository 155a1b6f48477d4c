"""What a call and an event cost, counted in functions: a number that no machine and no load changes.

A function is counted once for each time it is begun: a coroutine, or a generator, that goes on is no other call. What
is part of its caller to a reader, comprehensions and generator expressions, is not counted, nor is what dataclasses
write, nor the guard that the plugin for pytest puts before requests.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
import pytest

import xai_httpx
from tests.costing import answer
from tests.rawserver import EVENTS, RawServer, events, reply
from tests.streaming import chunk, made
from tests.wire import HELLO
from xai_httpx import AsyncXAI
from xai_httpx.testing import allow_real_requests

OURS = str(Path(xai_httpx.__file__).parent)
HTTPX = str(Path(httpx.__file__).parent)
CONNECTIONS = ("_connections.py", "_arriving.py", "_aiohttp.py", "_aiohttp_bodies.py")  # below httpx, or in its place
AIOHTTP = pytest.param(
    {"transport": "aiohttp"}, marks=pytest.mark.skipif(not find_spec("aiohttp"), reason="aiohttp is not installed")
)
EACH_TRANSPORT = pytest.mark.parametrize("options", [{}, AIOHTTP], ids=["httpx", "aiohttp"])
COUNT = 1_000


def is_ours(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    return file.startswith(OURS) and Path(file).parent.name != "testing"


def stack(frame: FrameType | None) -> list[FrameType]:
    """A frame and those that wait for it, the innermost first."""
    found: list[FrameType] = []
    while frame is not None:
        found.append(frame)
        frame = frame.f_back
    return found


class Counted:
    """Our functions that are called while it is installed.

    Attributes:
        above: Those between the caller and httpx.
        below: Those that httpx calls, and the connections.
    """

    def __init__(self) -> None:
        self.above: list[str] = []
        self.below: list[str] = []
        self._seen: set[FrameType] = set()

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        if event != "call" or not is_ours(frame) or frame in self._seen or frame.f_code.co_name.startswith("<"):
            return
        self._seen.add(frame)
        within = any(each.f_code.co_filename.startswith(HTTPX) for each in stack(frame))
        file = Path(frame.f_code.co_filename).name
        (self.below if within or file in CONNECTIONS else self.above).append(f"{file}: {frame.f_code.co_qualname}")


async def counted(work: Callable[[], Awaitable[None]]) -> Counted:
    found, before = Counted(), sys.getprofile()
    sys.setprofile(found)
    try:
        with allow_real_requests():  # so that the guard looks no further
            await work()
    finally:
        sys.setprofile(before)
    return found


async def create(client: AsyncXAI) -> None:
    await client.chat.completions.create(model="grok-4.6", messages=HELLO)


class Looking(httpx.AsyncBaseTransport):
    """A transport that notes which of our functions wait for it."""

    def __init__(self) -> None:
        self.waiting: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.waiting = [frame.f_code.co_name for frame in stack(sys._getframe()) if is_ours(frame)]
        content = answer().partition(b"\r\n\r\n")[2]
        return httpx.Response(200, content=content, headers={"content-type": "application/json"})


async def test_four_of_our_functions_wait_for_the_transport() -> None:
    looking = Looking()
    async with httpx.AsyncClient(transport=looking) as http, AsyncXAI(api_key="k", http_client=http) as client:
        await create(client)
        await create(client)
    assert looking.waiting == ["send", "with_retries", "_decoded", "create"]


@EACH_TRANSPORT
async def test_a_call_takes_few_functions(server: RawServer, options: dict[str, Any], anyio_backend_name: str) -> None:
    if options and anyio_backend_name == "trio":
        pytest.skip("aiohttp runs on asyncio alone")
    server.always = (answer(),)
    async with made(server, **options) as client:
        await create(client)
        found = await counted(lambda: create(client))
    assert len(found.above) <= 25, found.above
    assert len(found.below) <= (12 if options else 15), found.below


@EACH_TRANSPORT
async def test_an_event_of_text_takes_three_functions(
    server: RawServer, options: dict[str, Any], anyio_backend_name: str
) -> None:
    if options and anyio_backend_name == "trio":
        pytest.skip("aiohttp runs on asyncio alone")
    server.always = (reply(events(*[chunk("Otters ")] * COUNT, done=True), content_type=EVENTS),)
    async with made(server, **options) as client:
        async with client.chat.completions.stream(model="m", messages=HELLO) as stream:
            await anext(stream)

            async def read() -> None:
                assert len([event async for event in stream]) == COUNT - 1

            found = await counted(read)
    assert len(found.above) + len(found.below) <= 3.1 * COUNT
