"""Connections of aiohttp: on asyncio a call costs half as much with them."""

from __future__ import annotations

import socket
import sys
from base64 import b64encode
from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from ssl import SSLContext
from typing import TYPE_CHECKING, Any, NamedTuple

import anyio
from anyio.lowlevel import checkpoint, checkpoint_if_cancelled, current_token

from ._connections import KEPT
from ._errors import ConfigurationError

if TYPE_CHECKING:
    from ._aiohttp_bodies import Reply

LONGEST_LINE = 100 * 1024  # bytes of a header or status line, as httpcore takes them
PIECE = 64 * 1024  # bytes of a body that go into the buffers of the system at once
UNSEEN = 1.0  # seconds after which the loop may have missed that a server closed its connections
MARK = "xai_httpx"  # by which the guard of testing/_guard.py tells our connections from those of others
MISSING = "transport='aiohttp' needs the package aiohttp: pip install 'xai-httpx[aiohttp]'"
NOT_HERE = "transport='aiohttp' runs on asyncio alone, and this is {}: leave transport out"
SOCKS = "aiohttp has no SOCKS proxies: leave transport='aiohttp' out, or use an HTTP proxy"
NOT_OURS = ("accept", "accept-encoding", "content-type", "user-agent")  # what aiohttp would add where it is absent

URL = str
AsyncByteStream = object


def require() -> None:
    """See to it that the package of the extra is there.

    Raises:
        ConfigurationError: It is not.
    """
    try:
        found = find_spec("aiohttp")
    except ValueError:  # a None in `sys.modules` forbids the import
        found = None
    if found is None:
        raise ConfigurationError(MISSING)


class Request:
    """What is known of a request, as an `httpx.Request` is made; making a real one takes as long as sending it.

    Its `content` is not kept here: that of `stream`, which is set afterwards, is what is sent.
    """

    __slots__ = ("extensions", "headers", "method", "stream", "url")

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
        self.stream: Any = None
        self.extensions = extensions


class Proxy(NamedTuple):
    """A proxy as aiohttp takes it: its password is in a header, for aiohttp warns of any that is elsewhere."""

    url: str
    headers: dict[str, str]


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
        self._elsewhere = _proxy(elsewhere)
        self._by_origin = {origin: _proxy(proxy) for origin, proxy in by_origin.items()}
        import aiohttp

        from . import _aiohttp_bodies

        def made_socket(address: Any) -> socket.socket:
            made = socket.socket(*address[:3])
            for option in socket_options:
                made.setsockopt(*option)
            return made

        connector = aiohttp.TCPConnector(limit=limit, keepalive_timeout=KEPT, ssl=verify, socket_factory=made_socket)
        setattr(connector, MARK, True)
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=NOT_OURS,
            auto_decompress=False,
            max_line_size=LONGEST_LINE,
            max_field_size=LONGEST_LINE,
        )
        # It would send what can be repeated a second time by itself, where nobody counts it.
        self._session._retry_connection = False
        self._bodies = _aiohttp_bodies
        self._timeout = lru_cache(maxsize=16)(aiohttp.ClientTimeout)
        self._used = 0.0

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        return self._session.closed

    async def send(self, request: Request, **_: object) -> Reply:
        """Send a request and return the reply, its body unread."""
        await checkpoint_if_cancelled()  # aiohttp would send it all the same, for its first step is no checkpoint
        await self._see_what_was_closed()
        content = None if request.stream is None else request.stream.content
        if content is None or (isinstance(content, bytes) and len(content) <= PIECE):
            return await self._sent(request, content)
        return await self._bodies.written(self._sent, request, content, request.extensions["timeout"]["write"])

    async def aclose(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def _sent(self, request: Request, data: Any) -> Reply:
        proxy = self._by_origin.get(request.url.split("/", 3)[2], self._elsewhere)
        if proxy and request.url.startswith("http:"):
            request.headers.update(proxy.headers)  # there is no CONNECT that they would go with
        timeout = request.extensions["timeout"]
        connect = timeout["connect"]
        response = await self._session.request(
            request.method,
            _yarl(request.url) if "?" in request.url else _cached(request.url),
            headers=request.headers,
            data=data,
            allow_redirects=False,
            # The first bounds the resolver too, which nothing else does.
            timeout=self._timeout(connect=connect, sock_connect=connect, sock_read=timeout["read"]),
            proxy=proxy and proxy.url,
            proxy_headers=proxy and proxy.headers,
        )
        return self._bodies.Reply(response)

    async def _see_what_was_closed(self) -> None:
        """Let the loop see which servers closed their connections while it stood still.

        It may have been blocked, or not run at all between two calls; a request on a closed connection would fail.
        """
        now = anyio.current_time()
        if self._used and now - self._used > UNSEEN:
            for _ in range(2):  # the first comes back before what the sockets have to say is dealt with
                await checkpoint()
        self._used = now


def _proxy(proxy: Any) -> Proxy | None:
    """A proxy of httpx as aiohttp takes it.

    Raises:
        ConfigurationError: It is of a kind that aiohttp does not know.
    """
    if proxy is None:
        return None
    if proxy.url.scheme.startswith("socks"):
        raise ConfigurationError(SOCKS)
    headers: dict[str, str] = {}
    if proxy.auth is not None:
        password = b64encode(":".join(proxy.auth).encode()).decode("ascii")
        headers["Proxy-Authorization"] = f"Basic {password}"
    return Proxy(str(proxy.url), headers)


def _yarl(url: str) -> Any:
    """A URL as httpx would send it, byte for byte: yarl's own quoting would break those that are signed."""
    import yarl

    httpx: Any = sys.modules["httpx"]
    return yarl.URL(str(httpx.URL(url)), encoded=True)


_cached = lru_cache(maxsize=256)(_yarl)  # not of those with a query, which may be secret
