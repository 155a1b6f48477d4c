"""How each library is called: with the least code that its users write, and no setting but the connections allowed."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple, Protocol

MODEL = "grok-4.6"
HELD = 100  # connections that httpx allows by itself


def nothing() -> None:
    """Do nothing at the first event."""


class Caller(Protocol):
    """A client of one library, which calls one server."""

    async def unary(self, text: str) -> str:
        """Ask, and return the text of the whole answer."""
        ...

    async def stream(self, text: str, opened: Callable[[], None] = nothing, *, keep: bool = True) -> int:
        """Ask, and count the events of the answer; `opened` is called at the first.

        Args:
            text: What to ask.
            opened: Called at the first event.
            keep: Whether what the events say is to be joined, where the library does that by itself.
        """
        ...


def chat(text: str) -> Any:
    """The parameters of a call."""
    return {"model": MODEL, "messages": [{"role": "user", "content": text}]}


class Httpx:
    """The yardstick: what one writes who has no SDK, without types, checks and retries."""

    def __init__(self, port: int, at_once: int) -> None:
        httpx: Any = import_module("httpx")
        more = {"limits": httpx.Limits(max_connections=at_once)} if at_once > HELD else {}
        self._http = httpx.AsyncClient(headers={"authorization": "Bearer x"}, timeout=60, **more)
        self._url = f"http://127.0.0.1:{port}/v1/chat/completions"

    async def unary(self, text: str) -> str:
        reply = await self._http.post(self._url, json=chat(text))
        answer: str = reply.json()["choices"][0]["message"]["content"]
        return answer

    async def stream(self, text: str, opened: Callable[[], None] = nothing, *, keep: bool = True) -> int:
        count = 0
        async with self._http.stream("POST", self._url, json={**chat(text), "stream": True}) as reply:
            async for line in reply.aiter_lines():
                if line.startswith("data: ") and line != "data: [DONE]":
                    json.loads(line[6:])
                    count += 1
                    if count == 1:
                        opened()
        return count


class Ours:
    """This package, as it comes."""

    def __init__(self, port: int, at_once: int, **settings: Any) -> None:
        xai_httpx: Any = import_module("xai_httpx")
        more = {"max_concurrency": at_once} if at_once > HELD else {}
        self._client = xai_httpx.AsyncXAI(api_key="x", base_url=f"http://127.0.0.1:{port}/v1", **more, **settings)

    async def unary(self, text: str) -> str:
        answer: str = (await self._client.chat.completions.create(**chat(text))).choices[0].message.content
        return answer

    async def stream(self, text: str, opened: Callable[[], None] = nothing, *, keep: bool = True) -> int:
        count, options = 0, None if keep else {"accumulate": False}
        async with self._client.chat.completions.stream(**chat(text), options=options) as stream:
            async for _ in stream:
                count += 1
                if count == 1:
                    opened()
        return count

    async def whole(self, text: str) -> int:
        """Read a stream to its end and have it joined to one completion; count its events."""
        count = 0
        async with self._client.chat.completions.stream(**chat(text)) as stream:
            async for _ in stream:
                count += 1
            await stream.final()
        return count


class OursOnAiohttp(Ours):
    """This package over aiohttp's connections."""

    def __init__(self, port: int, at_once: int) -> None:
        super().__init__(port, at_once, transport="aiohttp")


class OpenAI:
    """The SDK of OpenAI, whose API xAI's is like."""

    def __init__(self, port: int, at_once: int) -> None:
        self._client: Any = import_module("openai").AsyncOpenAI(api_key="x", base_url=f"http://127.0.0.1:{port}/v1")

    async def unary(self, text: str) -> str:
        answer: str = (await self._client.chat.completions.create(**chat(text))).choices[0].message.content
        return answer

    async def stream(self, text: str, opened: Callable[[], None] = nothing, *, keep: bool = True) -> int:
        count = 0
        async with await self._client.chat.completions.create(**chat(text), stream=True) as stream:
            async for _ in stream:
                count += 1
                if count == 1:
                    opened()
        return count


class XaiSdk:
    """The SDK of xAI, which speaks gRPC."""

    def __init__(self, port: int, at_once: int) -> None:
        sdk: Any = import_module("xai_sdk")
        self._client = sdk.AsyncClient(api_key="x", api_host=f"localhost:{port}", use_insecure_channel=True)
        self._user = import_module("xai_sdk.chat").user

    async def unary(self, text: str) -> str:
        answer: str = (await self._client.chat.create(model=MODEL, messages=[self._user(text)]).sample()).content
        return answer

    async def stream(self, text: str, opened: Callable[[], None] = nothing, *, keep: bool = True) -> int:
        count = 0
        async for _ in self._client.chat.create(model=MODEL, messages=[self._user(text)]).stream():
            count += 1
            if count == 1:
                opened()
        return count


class Library(NamedTuple):
    """What is compared.

    Attributes:
        label: How it is called in the table.
        caller: Makes a client for the server of a port, which is to be called so many times at once.
        needs: A statement that fails where the library is not installed.
        package: A statement that imports it.
        imports: A statement that imports all that a client needs.
        backend: The event loop that its calls run on.
        server: The module of the server that it can talk to.
    """

    label: str
    caller: Callable[[int, int], Caller]
    needs: str
    package: str
    imports: str
    backend: str = "asyncio"
    server: str = "_server"


ON_AIOHTTP = "import xai_httpx; xai_httpx.AsyncXAI(api_key='x', transport='aiohttp')"
DEPENDENCIES = "import httpx, anyio, tenacity, pydantic"
OURS = f"{DEPENDENCIES}, xai_httpx"
CLIENT = "from xai_httpx import AsyncXAI"  # the names of the package load when they are first used
LIBRARIES = {
    "httpx": Library("httpx, hand-written", Httpx, "import httpx", DEPENDENCIES, DEPENDENCIES),
    "xai_httpx": Library("xai_httpx", Ours, "import xai_httpx", OURS, CLIENT),
    "aiohttp": Library("xai_httpx on aiohttp", OursOnAiohttp, ON_AIOHTTP, OURS, CLIENT),
    "trio": Library("xai_httpx on Trio", Ours, "import xai_httpx, trio", OURS, CLIENT, backend="trio"),
    "openai": Library("openai", OpenAI, "import openai", "import openai", "from openai import AsyncOpenAI"),
    "xai_sdk": Library(
        "xai_sdk (gRPC)",
        XaiSdk,
        "import xai_sdk, grpc",
        "import xai_sdk",
        "from xai_sdk import AsyncClient",
        server="_grpc_server",
    ),
}
