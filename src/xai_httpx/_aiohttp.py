"""Connections of aiohttp, through httpx-aiohttp: on asyncio a call costs half as much with them."""

from __future__ import annotations

import math
import socket
from base64 import b64encode
from collections.abc import Mapping
from importlib.util import find_spec
from ssl import SSLContext
from typing import Any, Self

import anyio
from anyio.lowlevel import checkpoint_if_cancelled, current_token

from ._arriving import CLOSING, Arriving
from ._connections import KEPT
from ._errors import ConfigurationError
from ._translate import httpx_error

LONGEST_LINE = 100 * 1024  # bytes of a header or status line, as httpcore takes them
PIECE = 64 * 1024  # bytes of a body that are written at once
MISSING = "transport='aiohttp' needs the package httpx-aiohttp: pip install 'xai-httpx[aiohttp]'"
NOT_HERE = "transport='aiohttp' runs on asyncio alone, and this is {}: leave transport out"
SOCKS = "aiohttp has no SOCKS proxies: leave transport='aiohttp' out, or use an HTTP proxy"


def require() -> None:
    """See to it that the package of the extra is there.

    Raises:
        ConfigurationError: It is not.
    """
    if find_spec("httpx_aiohttp") is None:
        raise ConfigurationError(MISSING)


def _with_header(proxy: Any) -> Any:
    """A proxy whose password is in a header, for aiohttp warns of any that is elsewhere.

    Raises:
        ConfigurationError: It is of a kind that aiohttp does not know.
    """
    if proxy is None:
        return None
    if proxy.url.scheme.startswith("socks"):
        raise ConfigurationError(SOCKS)
    if proxy.auth is not None:
        password = b64encode(":".join(proxy.auth).encode()).decode("ascii")
        return type(proxy)(proxy.url, headers={"Proxy-Authorization": f"Basic {password}"})
    return proxy


URL = str
AsyncByteStream = object


class Request:
    """As much of an `httpx.Request` as httpx-aiohttp asks for; making the real one takes as long as sending it."""

    __slots__ = ("content", "extensions", "headers", "method", "stream", "url")

    def __init__(
        self,
        method: str,
        url: str,
        *,
        headers: list[tuple[bytes, bytes]],
        content: bytes | None,
        extensions: dict[str, Any],
    ) -> None:
        self.method = method
        self.url = url
        self.headers = {name.decode("ascii"): value.decode("ascii") for name, value in headers}
        self.content: Any = content
        self.stream: Any = None
        self.extensions = extensions


class AiohttpClient:
    """As much of an `httpx.AsyncClient` as is needed of it.

    Args:
        limit: How many connections there may be.
        verify: What certificates are checked with.
        elsewhere: The proxy for all hosts, an `httpx.Proxy`, if there is one.
        by_origin: The proxies of those that have another, by `host:port`.
        socket_options: Those of every connection.

    Raises:
        ConfigurationError: This is no loop of asyncio, or a proxy is of a kind that aiohttp does not know.
    """

    def __init__(
        self,
        limit: int,
        verify: SSLContext,
        elsewhere: Any,
        by_origin: Mapping[str, Any],
        socket_options: list[tuple[int, int, int]],
    ) -> None:
        loop = type(current_token().native_token).__module__.partition(".")[0]
        if loop == "trio":
            raise ConfigurationError(NOT_HERE.format("Trio"))
        import aiohttp
        from httpx_aiohttp import AiohttpTransport

        def made_socket(address: Any) -> socket.socket:
            made = socket.socket(*address[:3])
            for option in socket_options:
                made.setsockopt(*option)
            return made

        connector = aiohttp.TCPConnector(limit=limit, keepalive_timeout=KEPT, ssl=verify, socket_factory=made_socket)
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("accept", "accept-encoding", "content-type", "user-agent"),
            max_line_size=LONGEST_LINE,
            max_field_size=LONGEST_LINE,
        )
        # It would send what can be repeated a second time by itself, where nobody counts it.
        self._session._retry_connection = False

        def transport(proxy: Any) -> Any:
            return AiohttpTransport(client=self._session, verify=verify, proxy=_with_header(proxy))

        self._elsewhere = transport(elsewhere)
        self._by_origin = {origin: transport(proxy) for origin, proxy in by_origin.items()}

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        return bool(self._session.closed)

    async def send(self, request: Request, **_: object) -> Any:
        """Send a request and return the reply, a response of httpx, its body unread."""
        await checkpoint_if_cancelled()  # aiohttp would send it all the same, for its first step is no checkpoint
        transport = self._by_origin.get(request.url.split("/", 3)[2], self._elsewhere)
        timeout = request.extensions["timeout"]
        timeout["pool"] = timeout["connect"]  # with aiohttp it bounds the resolver too, which nothing else does
        if request.stream is None or (request.content and len(request.content) <= PIECE):
            reply = await transport.handle_async_request(request)
        else:
            reply = await _written(transport, request, request.stream.content, timeout["write"])
        reply.stream = AiohttpBody(reply.stream._aiohttp_response)
        return reply

    async def aclose(self) -> None:
        """Close all connections."""
        await self._session.close()


async def _written(transport: Any, request: Request, content: Any, timeout: float | None) -> Any:
    """Send a request, each piece of whose body has the write timeout, for aiohttp has none.

    What is short needs none: it goes into the buffers of the system at once.
    """
    if isinstance(content, bytes):
        request.headers["content-length"] = str(len(content))
    request.headers.pop("transfer-encoding", None)  # aiohttp sets it where there is no length
    with anyio.CancelScope() as scope:
        request.content = body = _Written(content, scope, math.inf if timeout is None else timeout)
        try:
            reply = await transport.handle_async_request(request)
        except Exception:
            if body.failure is not None:
                raise body.failure from None  # where it came from, and not what aiohttp makes of it
            raise
        scope.deadline = math.inf
        if reply.is_success or str(body.sent) == request.headers.get("content-length"):
            with anyio.move_on_after(CLOSING):
                await body.over.wait()  # what was sent is told of when the next piece is asked for
        return reply
    raise httpx_error("WriteTimeout", f"{timeout:g} s")


class _Written:
    """The pieces of a request body; asking for one says that the one before was written.

    Attributes:
        sent: Bytes handed out.
        failure: What came instead of a piece.
        over: Set when all were written.
    """

    def __init__(self, content: Any, scope: anyio.CancelScope, timeout: float) -> None:
        self._content = _Slices(content) if isinstance(content, bytes) else content
        self._scope = scope
        self._timeout = timeout
        self.sent = 0
        self.failure: Exception | None = None
        self.over = anyio.Event()

    def __aiter__(self) -> Self:
        self._pieces = aiter(self._content)
        return self

    async def __anext__(self) -> bytes:
        self._scope.deadline = math.inf  # where the next piece comes from may take its time
        try:
            piece: bytes = await self._pieces.__anext__()
        except StopAsyncIteration:
            self.over.set()
            raise
        except Exception as error:
            self.failure = error
            raise
        self.sent += len(piece)
        self._scope.deadline = anyio.current_time() + self._timeout
        return piece


class _Slices:
    def __init__(self, content: bytes) -> None:
        self._content = content
        self._places = iter(range(0, len(content), PIECE))

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        for place in self._places:
            return self._content[place : place + PIECE]
        raise StopAsyncIteration


class AiohttpBody(Arriving):
    """The body of a reply, a piece for all that is there."""

    __slots__ = ("_content", "_fault", "_response")

    def __init__(self, response: Any) -> None:
        self._response = response
        self._content = response.content
        self._fault: BaseException | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._fault is not None:
            raise self._fault
        try:
            piece: bytes = await self._content.readany()
        except RuntimeError as error:  # another task closed it
            raise httpx_error("ReadError", str(error)) from error
        except Exception as fault:
            piece = self._content._read_nowait(-1)  # aiohttp tells of a break before what came before it
            if not piece:
                raise
            self._fault = fault
        if not piece:
            raise StopAsyncIteration
        return piece

    async def aclose(self) -> None:
        """Give the connection back, or close it in the middle of its reply."""
        self._response.release()
        await self._response.wait_for_close()
