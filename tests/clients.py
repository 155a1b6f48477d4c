"""Clients of a test server: with connections of their own, or with an injected client of another HTTP library."""

from __future__ import annotations

from typing import Any

from xai_httpx import AsyncXAI

LIBRARY: list[Any] = []  # the library to inject a client of, where the fixture `http_library` says so


class Injected(AsyncXAI):
    """A client that closes the HTTP client which it was given."""

    def __init__(self, *, http_client: Any, **options: Any) -> None:
        super().__init__(http_client=http_client, **options)
        self._injected = http_client

    async def aclose(self) -> None:
        await super().aclose()
        await self._injected.aclose()


def client_of(**options: Any) -> AsyncXAI:
    """A client, over whichever connections the test runs with."""
    if not LIBRARY or "http_client" in options:
        return AsyncXAI(**options)
    library = LIBRARY[-1]
    if library == "aiohttp":
        return AsyncXAI(transport="aiohttp", **options)
    limits = library.Limits(max_connections=options.get("max_concurrency", 500))
    return Injected(http_client=library.AsyncClient(limits=limits), **options)
