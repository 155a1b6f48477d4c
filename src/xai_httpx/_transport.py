"""The only file that imports httpx: sends requests, opens streams, and turns httpx errors into ours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cache
from inspect import isawaitable
from ssl import SSLContext
from typing import Any, Self
from urllib.parse import urlencode

import anyio
import httpx
from anyio.lowlevel import current_token

from ._config import ClientConfig, checked_key
from ._errors import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    ConcurrencyTimeoutError,
    ConfigurationError,
    RequestValidationError,
)
from ._meta import Meta
from ._replies import fault_of, status_error, unexpected
from ._request import Request

CLOSING = 1.0  # seconds that closing a broken stream may take, even when the caller is being cancelled

HTTPClient = httpx.AsyncClient

# Most specific class wins. The flag says whether the request may have reached the server and been worked on.
ERRORS: dict[type[Exception], tuple[type[APIError] | type[ConfigurationError], bool, str]] = {
    httpx.ConnectTimeout: (APITimeoutError, False, "no connection within the connect timeout"),
    httpx.PoolTimeout: (ConcurrencyTimeoutError, False, "no free connection in time"),
    httpx.WriteTimeout: (APITimeoutError, True, "the request could not be sent within the write timeout"),
    httpx.ReadTimeout: (APITimeoutError, True, "no data from the server within the read timeout"),
    httpx.TimeoutException: (APITimeoutError, True, "timed out"),
    httpx.ConnectError: (APIConnectionError, False, "no connection to the server"),
    httpx.ProxyError: (APIConnectionError, False, "the proxy refused the connection"),
    httpx.UnsupportedProtocol: (ConfigurationError, False, "the URL is not http or https"),
    httpx.InvalidURL: (ConfigurationError, False, "the URL is not valid"),
    httpx.LocalProtocolError: (APIConnectionError, True, "the request broke the HTTP protocol"),
    httpx.RemoteProtocolError: (
        APIConnectionError,
        True,
        "the server broke off or broke the HTTP protocol",
    ),
    httpx.DecodingError: (APIConnectionError, True, "the body's compression is broken"),
    httpx.StreamError: (APIConnectionError, True, "the body was read twice or after it was closed"),
    httpx.HTTPError: (APIConnectionError, True, "the connection broke"),
}


@dataclass(slots=True)
class Reply:
    """A complete 2xx reply."""

    meta: Meta
    content: bytes


class Transport:
    """Owns the connections of one client and the slots in front of them."""

    def __init__(self, config: ClientConfig, http_client: httpx.AsyncClient | None) -> None:
        self._config = config
        self._http = http_client
        self._owned = http_client is None
        self._slots: anyio.Semaphore | None = None
        self._loop: object | None = None
        self._closed = False
        if http_client is not None and not isinstance(http_client, httpx.AsyncClient):
            raise ConfigurationError(f"http_client must be an httpx.AsyncClient, got {type(http_client).__name__}")

    async def send(self, request: Request) -> Reply:
        """Send once and read the whole body.

        Raises:
            APIError: There was no 2xx reply; of the class that tells why.
        """
        http, slots = self._ready()
        await self._enter(slots, request)
        response: httpx.Response | None = None
        try:
            response = await http.send(await self._built(request), stream=True, follow_redirects=False)
            content = await (_read(response) if response.is_success else _error_body(response))
        except BaseException as error:
            await _close(response, slots)
            if (ours := _translated(error, _meta(response, request))) is not None:
                raise ours from error
            raise
        slots.release()
        meta = request.meta(response.status_code, tuple(response.headers.raw))
        if (fault := fault_of(meta, content)) is not None:
            raise fault
        return Reply(meta, content)

    async def open(self, request: Request) -> EventSource:
        """Send once and return the body as it arrives; the slot is held until the source is closed.

        Raises:
            APIError: There was no 2xx reply with an event stream.
        """
        http, slots = self._ready()
        await self._enter(slots, request)
        response: httpx.Response | None = None
        try:
            response = await http.send(await self._built(request), stream=True, follow_redirects=False)
            meta = _meta(response, request)
            if not response.is_success:
                raise status_error(meta, await _error_body(response))
            if not (meta.header("content-type") or "").lower().startswith("text/event-stream"):
                content = await _read(response)
                raise fault_of(meta, content) or unexpected(meta, content, "the reply is not an event stream")
            return EventSource(response, slots, meta)
        except BaseException as error:
            await _close(response, slots)
            if (ours := _translated(error, _meta(response, request))) is not None:
                raise ours from error
            raise

    async def aclose(self) -> None:
        """Close the connections; an injected httpx client is its owner's to close."""
        self._closed = True
        if self._http is not None and self._owned:
            await self._http.aclose()

    def _ready(self) -> tuple[httpx.AsyncClient, anyio.Semaphore]:
        if self._closed or (self._http is not None and self._http.is_closed):
            raise ConfigurationError("the client is closed; make a new AsyncXAI")
        if self._loop is None:
            self._loop = current_token()
        elif self._loop != current_token():
            raise ConfigurationError(
                "the client was first used in another event loop, which its connections belong to; "
                "make a client in each: async with AsyncXAI() as client"
            )
        limit = self._config.max_concurrency
        if self._slots is None:
            self._slots = anyio.Semaphore(limit, fast_acquire=True)
        if self._http is None:
            self._http = httpx.AsyncClient(
                verify=_ssl_context(),
                limits=httpx.Limits(max_connections=limit, max_keepalive_connections=limit, keepalive_expiry=60),
            )
        return self._http, self._slots

    async def _enter(self, slots: anyio.Semaphore, request: Request) -> None:
        """Take a slot: the queue is ours, for httpx 0.28 loses connections whose waiters are cancelled in its own."""
        try:
            slots.acquire_nowait()
        except anyio.WouldBlock:
            request.queued_for = self._config.max_concurrency
            await slots.acquire()
            request.queued_for = None
        if self._closed:
            slots.release()
            raise ConfigurationError("the client was closed while the call waited; make a new AsyncXAI")

    async def _built(self, request: Request) -> httpx.Request:
        headers = {"authorization": await self._authorization()} if request.authorize else {}
        connect, read, write = request.timeout
        request.attempts += 1
        built = httpx.Request(
            request.method,
            request.url,
            headers={**headers, **request.headers},
            content=request.content,
            extensions={"timeout": {"connect": connect, "read": read, "write": write, "pool": None}},
        )
        if request.content:
            built.stream = _Content(request.content)
        return built

    async def _authorization(self) -> str:
        key = self._config.api_key
        if not callable(key):
            return f"Bearer {key.get_secret_value()}"
        secret: Any = key()
        return f"Bearer {checked_key(await secret if isawaitable(secret) else secret, 'api_key()')}"


class _Content(httpx.AsyncByteStream):
    """A request body in one piece; httpx's own is a generator, of which Trio warns when a request is cancelled."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _Pieces([self._content])


class _Pieces:
    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if not self._pieces:
            raise StopAsyncIteration
        return self._pieces.pop()


class EventSource:
    """The body of an open stream, chunk by chunk."""

    __slots__ = ("_chunks", "_open", "_reading", "_response", "_slots", "meta")

    def __init__(self, response: httpx.Response, slots: anyio.Semaphore, meta: Meta) -> None:
        self._response = response
        self._slots = slots
        raw = "content-encoding" not in response.headers and not response.is_stream_consumed
        self._chunks: AsyncIterator[bytes] = response.aiter_raw() if raw else response.aiter_bytes()
        self._open = True
        self._reading = False
        self.meta = meta

    async def read(self) -> bytes | None:
        """The next bytes; None at the end.

        Raises:
            APIConnectionError: The connection broke or was silent for the read timeout.
        """
        self._reading = True
        try:
            return await self._chunks.__anext__()
        except StopAsyncIteration:
            return None
        except Exception as error:
            if (ours := _translated(error, self.meta)) is not None:
                raise ours from error
            raise
        finally:
            self._reading = False

    async def aclose(self) -> None:
        """Give back connection and slot, at once; may be called again, and while another task reads."""
        if self._open:
            self._open = False
            await _close(self._response, self._slots, None if self._reading else self._chunks)


def query_string(query: dict[str, Any]) -> str:
    """`?a=1&b=2` of the parameters that are not None; booleans as JSON has them, lists repeated."""
    if not query:
        return ""
    given = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in query.items()
        if value is not None
    }
    try:
        return "?" + urlencode(given, doseq=True) if given else ""
    except UnicodeEncodeError as error:
        raise RequestValidationError(f"the query holds text that cannot be encoded: {error}", "query") from None


async def _error_body(response: httpx.Response) -> bytes:
    """The body of an error reply, empty if it breaks off: the status tells more than that."""
    try:
        return await _read(response)
    except (httpx.HTTPError, httpx.StreamError):
        return b""


async def _read(response: httpx.Response) -> bytes:
    """The body, decompressed; the raw bytes come first, so that a broken compression leaves nothing open."""
    if response.is_stream_consumed:  # mock transports make replies that are read already
        return response.content
    raw = b"".join([part async for part in response.aiter_raw()])
    if "content-encoding" not in response.headers:
        return raw
    return httpx.Response(response.status_code, headers=response.headers, content=raw).content


async def _close(
    response: httpx.Response | None, slots: anyio.Semaphore, chunks: AsyncIterator[bytes] | None = None
) -> None:
    try:
        if response is not None:
            with anyio.move_on_after(CLOSING, shield=True):
                await response.aclose()
                if chunks is not None:
                    await _unwind(chunks)
    finally:
        slots.release()


async def _unwind(chunks: AsyncIterator[bytes]) -> None:
    """Run the generators that httpx reads a body with to their end.

    The body is closed, so what they still hold is short and then they fail. Left alone they would be cleaned up
    whenever the garbage collector comes, of which Trio warns.
    """
    try:
        async for _ in chunks:
            pass
    except (httpx.HTTPError, httpx.StreamError):
        pass


def _meta(response: httpx.Response | None, request: Request) -> Meta:
    return request.meta() if response is None else request.meta(response.status_code, tuple(response.headers.raw))


def _translated(error: BaseException, meta: Meta) -> APIError | ConfigurationError | None:
    """Our error for one of httpx; None for anything else, cancellation above all, which passes through untouched."""
    row = next((ERRORS[parent] for parent in type(error).__mro__ if parent in ERRORS), None)
    if row is None:
        return None
    kind, processed, words = row
    message = f"{words} ({type(error).__name__}: {error})" if str(error) else f"{words} ({type(error).__name__})"
    if issubclass(kind, APIError):
        return kind(message, meta, may_have_been_processed=processed)
    return kind(message)


@cache
def _ssl_context() -> SSLContext:
    """One for all clients: making one costs 25 ms. Honours SSL_CERT_FILE and SSL_CERT_DIR, as httpx does."""
    return httpx.create_ssl_context()
