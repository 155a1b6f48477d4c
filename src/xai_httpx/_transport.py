"""The only file that imports httpx: sends requests, opens streams, and turns httpx errors into ours."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from inspect import isawaitable
from ssl import SSLContext
from types import ModuleType
from typing import Any, cast

import anyio
import httpx
from pydantic import SecretStr

from ._body import read_body
from ._closing import chunks_of, close
from ._config import ClientConfig, checked_key
from ._connections import KEPT, Connections
from ._errors import (
    ConfigurationError,
    StreamIdleTimeoutError,
)
from ._homes import Home, Homes, HTTPClient
from ._meta import Meta
from ._open_body import Body
from ._proxies import proxies
from ._replies import fault_of, unexpected
from ._request import Request
from ._slots import Concurrency
from ._translate import LIBRARIES, strip, translated
from ._upload import Upload

# Reasoning is silent for minutes: a connection without traffic has to live through NAT, and a dead one be noticed.
KEEP_ALIVE = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)] + [
    (socket.IPPROTO_TCP, getattr(socket, name), value)
    for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 30), ("TCP_KEEPCNT", 4))
    if hasattr(socket, name)
]


@dataclass(slots=True)
class Reply:
    """A complete 2xx reply."""

    meta: Meta
    content: bytes


class Transport:
    """Owns the connections of one client and the slots in front of them."""

    def __init__(self, config: ClientConfig, http_client: HTTPClient | None) -> None:
        self._config = config
        self._library = httpx if http_client is None else _library_of(http_client)
        if config.transport == "aiohttp":
            from . import _aiohttp

            _aiohttp.require()
            self._library = _aiohttp
        limit = min(config.max_concurrency, _connections_of(http_client))
        self._homes = Homes(lambda: _connected(config), limit, http_client)

    async def send(self, request: Request) -> Reply:
        """Send once and read the whole body.

        Raises:
            APIError: There was no 2xx reply; of the class that tells why.
        """
        home, key = await self._admitted(request)
        response: Any = None
        chunks: Any = None
        try:
            response = await home.http.send(self._built(request, key), stream=True, follow_redirects=False)
            meta = request.meta(response.status_code, tuple(response.headers.raw))
            if response.is_stream_consumed:  # mock transports make replies that are read already
                content: bytes = response.content
            else:
                chunks = chunks_of(response)
                content = await read_body(chunks, meta, self._config, request.timeout.read)
                await chunks.aclose()
            if (fault := fault_of(meta, content, opaque=request.opaque)) is not None:
                raise fault
        except BaseException as error:
            await close(response, chunks, home.slots)
            if (ours := translated(error, _meta(response, request))) is not None:
                raise ours from ours.__cause__
            raise
        home.slots.release()
        return Reply(meta, content)

    async def open(self, request: Request) -> Body:
        """Send once and return the body as it arrives; the slot is held until that is closed.

        Raises:
            StreamIdleTimeoutError: The head of the reply did not come within the `first_event_timeout`.
            APIError: There was no 2xx reply of the content type that the request expects.
        """
        home, key = await self._admitted(request)
        response: Any = None
        chunks: Any = None
        started = time.monotonic()
        try:
            with anyio.move_on_after(request.first_event_timeout) as waiting:
                response = await home.http.send(self._built(request, key), stream=True, follow_redirects=False)
            if waiting.cancelled_caught:
                raise StreamIdleTimeoutError(f"no first event within {request.first_event_timeout:g} s", request.meta())
            meta = request.meta(response.status_code, tuple(response.headers.raw))
            if response.is_success and (meta.header("content-type") or "").lower().startswith(request.expects):
                return Body(response, home, meta, time.monotonic() - started)
            if response.is_stream_consumed:
                content: bytes = response.content
            else:
                chunks = chunks_of(response)
                content = await read_body(chunks, meta, self._config, request.timeout.read)
            raise fault_of(meta, content) or unexpected(meta, content, "the reply is not an event stream")
        except BaseException as error:
            await close(response, chunks, home.slots)
            if (ours := translated(error, _meta(response, request))) is not None:
                raise ours from ours.__cause__
            raise

    @property
    def concurrency(self) -> Concurrency:
        """How many requests and streams are under way, and how many wait."""
        return self._homes.concurrency

    async def aclose(self) -> None:
        """Close the connections; an injected client is its owner's to close."""
        await self._homes.aclose()

    async def _admitted(self, request: Request) -> tuple[Home, SecretStr | None]:
        """Where it is to be sent from, and the key, once it is the request's turn: its slot is taken."""
        home = self._homes.current() or await self._homes.settle()
        if home.dropped:
            await home.close_dropped()
        key = self._config.management_key if request.management else self._config.api_key
        if not request.authorize:
            key = None
        elif callable(key):
            key = await self._made(key, "management_key()" if request.management else "api_key()")
        await home.slots.acquire(request)
        return home, key

    async def _made(self, key: Callable[[], Any], source: str) -> SecretStr:
        try:
            return await _called(key, source)
        except ConfigurationError as error:
            raise error.with_traceback(None) from None  # the frames below hold the key

    def _built(self, request: Request, key: SecretStr | None) -> Any:
        if self._homes.closed:
            raise ConfigurationError("the client was closed while the call waited; make a new AsyncXAI")
        connect, read, write = request.timeout
        content = request.content
        request.attempts += 1
        url = request.url if "?" in request.url else _url(self._library, request.url)  # with a query it may be signed
        built = self._library.Request(
            request.method,
            url,
            headers=[  # in no local of a frame, for tracebacks may be logged with them
                *([(b"authorization", f"Bearer {key.get_secret_value()}".encode("ascii"))] if key else ()),
                *[(name.encode("ascii"), value.encode("ascii")) for name, value in request.headers.items()],
            ],
            content=content if type(content) is bytes else None,
            extensions={
                "timeout": {"connect": connect, "read": read, "write": write, "pool": None},
                "xai_httpx": True,  # by which the guard of testing/_guard.py tells it from the requests of others
            },
        )
        if content:
            built.stream = _body_class(self._library)(content)
        return built


async def _called(key: Callable[[], Any], source: str) -> SecretStr:
    given = key()
    return SecretStr(checked_key(await given if isawaitable(given) else given, source))


@dataclass(eq=False, repr=False)
class _RequestBody:
    """A request body; httpx's own is a generator, of which Trio warns when a request is cancelled."""

    content: bytes | Upload
    _pieces: Any = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        if not isinstance(self.content, bytes):
            return aiter(self.content)
        self._pieces = iter([self.content])
        return self

    async def __anext__(self) -> bytes:
        for piece in self._pieces:
            return cast(bytes, piece)
        raise StopAsyncIteration


@cache
def _body_class(library: ModuleType) -> Any:
    """`_RequestBody` as httpx or httpx2 take it."""
    return type("RequestBody", (_RequestBody, library.AsyncByteStream), {})


@lru_cache(maxsize=256)
def _url(library: ModuleType, url: str) -> Any:
    """A URL as httpx has it; parsing one costs as much as decoding a reply."""
    return library.URL(url)


def _meta(response: Any, request: Request) -> Meta:
    return request.meta() if response is None else request.meta(response.status_code, tuple(response.headers.raw))


def _library_of(http_client: object) -> ModuleType:
    """The library that a client is of: httpx or httpx2.

    Raises:
        ConfigurationError: It is of neither, or a sync one.
    """
    for kind in type(http_client).__mro__:
        library = kind.__module__.partition(".")[0]
        if kind.__name__ == "AsyncClient" and library in LIBRARIES:
            return sys.modules[library]
    kind = type(http_client)
    raise ConfigurationError(
        f"http_client must be an httpx.AsyncClient or an httpx2.AsyncClient, got {kind.__module__}.{kind.__name__}"
    )


def _connections_of(http_client: Any) -> int:
    """How many connections an injected client has at most, as far as it shows."""
    transports = [getattr(http_client, "_transport", None), *getattr(http_client, "_mounts", {}).values()]
    pools = [getattr(transport, "_pool", None) for transport in transports]
    return min((getattr(pool, "_max_connections", None) or sys.maxsize for pool in pools), default=sys.maxsize)


class _NoCookies(httpx.Cookies):
    def extract_cookies(self, response: httpx.Response) -> None:
        """Nothing: no request of ours has cookies, and looking for them costs as much as decoding a reply."""


class _Client(httpx.AsyncClient):
    cookies: Any = _NoCookies()


def _connected(config: ClientConfig) -> HTTPClient:
    """A client with connections of its own.

    Raises:
        ConfigurationError: The proxy cannot be used, or the transport not in this event loop.
    """
    limit = config.max_concurrency
    verify = config.verify or _ssl_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    elsewhere, by_origin = proxies(config)
    try:
        if config.transport == "aiohttp":
            from ._aiohttp import AiohttpClient

            mapped = {origin: _proxy(given) for origin, given in by_origin.items()}
            return AiohttpClient(limit, verify, _proxy(elsewhere), mapped, KEEP_ALIVE)
        mounts = {f"all://{origin}": _transport(limit, verify, given) for origin, given in by_origin.items()}
        return _Client(transport=_transport(limit, verify, elsewhere), mounts=mounts)
    except (ValueError, httpx.InvalidURL, ImportError) as error:
        strip(error)
        hint = "pip install httpx[socks]" if isinstance(error, ImportError) else "its URL is not shown here"
        raise ConfigurationError(
            f"the proxy in proxy=, HTTPS_PROXY, HTTP_PROXY or ALL_PROXY cannot be used ({hint})"
        ) from None


def _transport(limit: int, verify: SSLContext, proxy: SecretStr | None) -> httpx.AsyncHTTPTransport:
    limits = httpx.Limits(max_connections=limit, max_keepalive_connections=limit, keepalive_expiry=KEPT)
    made = httpx.AsyncHTTPTransport(verify=verify, limits=limits, proxy=_proxy(proxy), socket_options=KEEP_ALIVE)
    made._pool = cast(Any, Connections(made._pool))
    return made


def _proxy(url: SecretStr | None) -> httpx.Proxy | None:
    return None if url is None else httpx.Proxy(url.get_secret_value())


@cache
def _ssl_context(cert_file: str | None, cert_dir: str | None) -> SSLContext:
    """One for all clients, for making one costs 25 ms; of what `SSL_CERT_FILE` and `SSL_CERT_DIR` name, if they do.

    Raises:
        ConfigurationError: What they name cannot be used.
    """
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        named = f"SSL_CERT_FILE ({cert_file!r}) or SSL_CERT_DIR ({cert_dir!r})"
        raise ConfigurationError(f"the certificates in {named} cannot be used: {error}") from error
