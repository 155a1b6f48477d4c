"""An ASGI application that passes each request on, through a cassette: it records a server, or replays one."""

import sys
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import anyio
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from ..._errors import XAIError
from .._api.gate import MANAGEMENT
from .._contract.error_replies import error_reply
from .._contract.errors import ApiError
from .._faults.disturbance import CONNECTION

XAI, XAI_MANAGEMENT = "https://api.x.ai", "https://management-api.x.ai"
Headers: TypeAlias = list[tuple[bytes, bytes]]

HOP_BY_HOP = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade",
})  # fmt: skip


def passed_on(headers: Headers, *also: str) -> Headers:
    """The headers of a message that are meant for its receiver, and not for the next machine on the way."""
    named = [(name.lower(), name, value) for name, value in headers]
    here = {word.strip().lower() for name, _, value in named if name == b"connection" for word in value.split(b",")}
    here |= {name.encode() for name in (*HOP_BY_HOP, *also)}
    return [(name, value) for lower, name, value in named if lower not in here]


def upstream(base: str, path: str) -> str:
    """Where a path is served: xAI has its management on a host of its own."""
    return (XAI_MANAGEMENT if base == XAI and path.startswith(MANAGEMENT) else base) + path


class Forwarding:
    """The application.

    Args:
        base: Scheme and host of the server.
        fetch: Sends a request, given as method, URL, headers and body, and returns a reply of httpx.
    """

    def __init__(self, base: str, fetch: Callable[[str, str, Headers, bytes], Awaitable[Any]]) -> None:
        """Stand before a server."""
        self._base = base
        self._fetch = fetch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its reply back as it comes; leave when the client does."""
        try:
            content = await Request(scope, receive).body()
        except ClientDisconnect:
            return
        async with anyio.create_task_group() as tasks:

            async def leave_with_the_client() -> None:
                while (await receive())["type"] != "http.disconnect":
                    pass
                tasks.cancel_scope.cancel()

            tasks.start_soon(leave_with_the_client)
            await self._forward(scope, content, receive, send)
            tasks.cancel_scope.cancel()

    async def _forward(self, scope: Scope, content: bytes, receive: Receive, send: Send) -> None:
        path = scope.get("raw_path", scope["path"].encode()).decode("ascii")
        query = scope["query_string"].decode("ascii", "replace")
        url = f"{upstream(self._base, path)}{'?' if query else ''}{query}"
        headers = passed_on(scope["headers"], "host", "content-length")
        try:
            response = await self._fetch(scope["method"], url, headers, content)
        except Exception as error:
            await self._refused(scope, receive, send, error)
            return
        begun = {"status": response.status_code, "headers": passed_on(response.headers.raw, "date")}
        await send({"type": "http.response.start", **begun})
        try:
            async for chunk in response.aiter_raw():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except Exception as error:
            _say(scope, f"the reply broke off: {_told(error)}")
            scope["state"][CONNECTION].abort()  # so that the client sees it as well
            await anyio.sleep_forever()  # until the disconnect, for uvicorn logs a reply that ends early on an open one
        finally:
            with anyio.CancelScope(shield=True):
                await response.aclose()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _refused(self, scope: Scope, receive: Receive, send: Send, error: Exception) -> None:
        """Tell of what could not be sent, in the form of the API: 404 for what is not recorded, else 502."""
        missed = isinstance(error, XAIError)
        where = "" if missed else f"{upstream(self._base, scope['path'])} cannot be reached: "
        _say(scope, where + _told(error))
        told = ApiError(404 if missed else 502, where + _told(error))
        await error_reply(told, scope["path"])(scope, receive, send)


def _told(error: Exception) -> str:
    return str(error) or type(error).__name__


def _say(scope: Scope, what: str) -> None:
    print(f"{scope['method']} {scope['path']}: {what}", file=sys.stderr, flush=True)
