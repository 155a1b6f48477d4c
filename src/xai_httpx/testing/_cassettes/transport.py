"""The only file of the test kit that imports httpx: sends through a cassette, on asyncio and Trio alike."""

import time
from collections.abc import AsyncIterable, Callable, Sequence
from contextlib import suppress
from typing import Any, NoReturn, Self, TypeAlias

import anyio
import httpx

from ..._client import AsyncXAI
from ..._errors import ConfigurationError
from .bodies import StreamBody
from .errors import CassetteMissError
from .interaction import End, Interaction, RecordedError, RecordedRequest
from .recorded_reply import recorded_reply, timed_chunks
from .recording import recorded_request
from .tape import Tape

HTTPClient: TypeAlias = httpx.AsyncClient

NO_KEY = "no-key-was-given"  # what clients that only replay are made with
CLOSING = 1.0  # seconds that closing a connection may take


class CassetteTransport(httpx.AsyncBaseTransport):
    """Replays what is recorded; sends and records the rest, if the mode of the cassette is such.

    Args:
        tape: The cassette.
        connect: Makes what sends; called when the first request is to be recorded.
        pace: The multiple of the recorded times at which to replay.
    """

    def __init__(self, tape: Tape, connect: Callable[[], httpx.AsyncClient], pace: float) -> None:
        self._tape = tape
        self._connect = connect
        self._pace = pace
        self._http: httpx.AsyncClient | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        # Not `aread`: that takes a request to be read whose body was set after it was made.
        content = (
            b"".join([piece async for piece in request.stream]) if isinstance(request.stream, AsyncIterable) else b""
        )
        redactor = self._tape.redactor
        for name in ("authorization", "x-api-key"):
            redactor.learn_key(request.headers.get(name, ""))
        path, query = request.url.path, request.url.query.decode("ascii", "replace")
        kind = request.headers.get("content-type", "")
        asked = recorded_request(redactor, request.method, path, query, kind, content)
        found = self._tape.find(asked, f"{path}?{query}\n{content.decode('utf-8', 'replace')}")
        if found is not None:
            return await self._replay(request, found)
        if request.headers.get("authorization") == f"Bearer {NO_KEY}":
            raise ConfigurationError(f"{self._tape.path} has no reply to this request, and recording one needs a key")
        return await self._record(request, asked, content)

    async def aclose(self) -> None:
        if self._http is not None:
            await self._http.aclose()

    async def _replay(self, request: httpx.Request, found: Interaction) -> httpx.Response:
        reply = found.reply
        if reply is None:
            raise _broken(found, request)
        await anyio.sleep(reply.after * self._pace)
        if reply.end != "complete" or isinstance(reply.body, StreamBody):
            stream = Replayed(self._tape, found, self._pace, request)
            return httpx.Response(reply.status, headers=reply.headers, stream=stream)
        body = reply.body.raw()
        length = {"content-length": str(len(body))} if reply.status != 204 else {}
        return httpx.Response(reply.status, headers={**reply.headers, **length}, stream=httpx.ByteStream(body))

    async def _record(self, request: httpx.Request, asked: RecordedRequest, content: bytes) -> httpx.Response:
        self._http = self._http or self._connect()
        place, begun = self._tape.begin(), time.monotonic()
        try:
            response = await self._http.send(_plain(request, content), stream=True, follow_redirects=False)
        except httpx.TransportError as error:
            self._tape.keep(place, Interaction(request=asked, reply=None, error=_told(self._tape, error)))
            raise
        waited = time.monotonic() - begun
        stream = Recording(self._tape, place, asked, response, waited)
        return httpx.Response(response.status_code, headers=response.headers.raw, stream=stream)


class Recording(httpx.AsyncByteStream):
    """The body of a reply, which is written down when whoever reads it is at its end, or leaves."""

    def __init__(self, tape: Tape, place: int, asked: RecordedRequest, response: httpx.Response, waited: float) -> None:
        self._tape = tape
        self._place = place
        self._asked = asked
        self._response = response
        self._waited = waited
        self._came = time.monotonic()
        self._chunks: list[tuple[float, bytes]] = []
        self._raw = response.aiter_raw()
        self._over = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._over:
            raise StopAsyncIteration
        try:
            chunk = await anext(self._raw)
        except StopAsyncIteration:
            self._finish("complete")
            raise
        except httpx.TransportError as error:
            self._finish("broken", _told(self._tape, error))
            raise
        now = time.monotonic()
        self._chunks.append((now - self._came, chunk))
        self._came = now
        return chunk

    async def aclose(self) -> None:
        try:
            self._finish("complete" if self._is_whole() else "left")
        finally:
            with anyio.move_on_after(CLOSING, shield=True), suppress(Exception):
                await self._response.aclose()
            with anyio.move_on_after(CLOSING, shield=True), suppress(Exception):
                async for _ in self._raw:  # or the garbage collector finds generators of httpx, of which Trio warns
                    pass

    def _is_whole(self) -> bool:
        """Whether all had come, though nobody looked for the end."""
        content = b"".join(chunk for _, chunk in self._chunks)
        length = self._response.headers.get("content-length")
        return content.endswith(b"data: [DONE]\n\n") or (length is not None and len(content) == int(length))

    def _finish(self, end: End, error: RecordedError | None = None) -> None:
        if self._over:
            return
        self._over = True
        status, headers = self._response.status_code, self._response.headers.multi_items()
        reply = recorded_reply(self._tape.redactor, status, headers, self._waited, self._chunks, end)
        self._tape.keep(self._place, Interaction(request=self._asked, reply=reply, error=error))


class Replayed(httpx.AsyncByteStream):
    """A body that comes in the chunks in which it came, and ends as it ended."""

    def __init__(self, tape: Tape, found: Interaction, pace: float, request: httpx.Request) -> None:
        self._tape = tape
        self._found = found
        self._request = request
        self._chunks = iter([] if found.reply is None else timed_chunks(found.reply, pace))

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        for wait, chunk in self._chunks:
            await anyio.sleep(wait)
            return chunk
        if self._found.error is not None:
            raise _broken(self._found, self._request)
        if self._found.reply is not None and self._found.reply.end == "left":
            self._ended_early()
        raise StopAsyncIteration

    def _ended_early(self) -> NoReturn:
        asked = self._found.request
        raise CassetteMissError(
            self._tape.path,
            f"has only the beginning of the reply to {asked.method} {asked.path}: whoever read it when it was recorded "
            "left there. Record it anew and read on: Cassette(..., mode='record'), or pytest --xai-record=all.",
        )


def send_through(client: AsyncXAI, tape: Tape, pace: float) -> AsyncXAI:
    """Have a client that was just made send through a cassette, in each event loop that it is used in."""
    homes = client._core.transport._homes
    connect: Callable[[], Any] = homes._connect
    homes._connect = lambda: open_http(tape, pace, connect)
    return client


def open_http(
    tape: Tape, pace: float, connect: Callable[[], httpx.AsyncClient] = httpx.AsyncClient
) -> httpx.AsyncClient:
    """A client of httpx that sends through a cassette."""
    return httpx.AsyncClient(transport=CassetteTransport(tape, connect, pace))


class Upstream:
    """Sends requests as they are through a cassette, and waits for replies as long as they take."""

    def __init__(self, tape: Tape) -> None:
        timeout = httpx.Timeout(None, connect=10)
        limits = httpx.Limits(max_keepalive_connections=0)  # nothing is left to be closed when the server stops
        transport = CassetteTransport(tape, lambda: httpx.AsyncClient(timeout=timeout, limits=limits), 0)
        self._http = httpx.AsyncClient(transport=transport)
        self._extensions = {"timeout": timeout.as_dict()}

    async def send(
        self, method: str, url: str, headers: Sequence[tuple[bytes, bytes]], content: bytes
    ) -> httpx.Response:
        """Send a request with these headers and no others, but for those that HTTP needs.

        Raises:
            httpx.TransportError: There was no reply.
            CassetteMissError: None is recorded.
        """
        request = httpx.Request(method, url, headers=list(headers), content=content, extensions=self._extensions)
        return await self._http.send(request, stream=True)


def _plain(request: httpx.Request, content: bytes) -> httpx.Request:
    """A request whose reply comes without compression, so that it can be read in the cassette."""
    headers = [
        (name, value)
        for name, value in request.headers.raw
        if name.lower() not in (b"accept-encoding", b"transfer-encoding")
    ]
    return httpx.Request(
        request.method,
        request.url,
        headers=[*headers, (b"accept-encoding", b"identity")],
        content=content,
        extensions=request.extensions,
    )


def _told(tape: Tape, error: httpx.TransportError) -> RecordedError:
    return RecordedError(type=type(error).__name__, message=tape.redactor.text(str(error)))


def _broken(found: Interaction, request: httpx.Request) -> httpx.TransportError:
    told = found.error or RecordedError(type="TransportError", message="")
    kind = getattr(httpx, told.type, None)
    if not (isinstance(kind, type) and issubclass(kind, httpx.TransportError)):
        kind = httpx.TransportError
    return kind(told.message, request=request)
