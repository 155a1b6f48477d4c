"""The bodies of requests and replies over aiohttp, with the timeouts and errors that httpx has and aiohttp has not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import anyio
from aiohttp import ClientOSError, ClientResponse
from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload

from ._aiohttp import PIECE
from ._arriving import CLOSING, Arriving
from ._translate import httpx_error

if TYPE_CHECKING:
    from ._aiohttp import Request
    from ._meta import RawHeaders

    Sent = Callable[[Request, Any], Awaitable["Reply"]]


async def written(send: Sent, request: Request, content: Any, timeout: float | None) -> Reply:
    """Send a request, each piece of whose body has the write timeout, for aiohttp has none.

    What is short needs none: it goes into the buffers of the system at once.

    Args:
        send: Sends it, with what aiohttp takes for a body.
        request: The request.
        content: Its body: bytes, or an iterable of pieces.
        timeout: The write timeout in seconds; None for no limit.
    """
    if isinstance(content, bytes):
        request.headers["content-length"] = str(len(content))
    request.headers.pop("transfer-encoding", None)  # aiohttp sets it where there is no length
    body = Written(content, timeout)
    reply: Reply | None = None
    try:
        reply = await send(request, body)
    except Exception:
        if body.failure is None:
            raise
    finally:
        if reply is None:
            await body.left()
    if reply is None:
        assert body.failure is not None
        raise body.failure  # out here, for it is behind what aiohttp makes of it, and must not have that behind it
    if reply.is_success or str(body.sent) == request.headers.get("content-length"):
        with anyio.move_on_after(CLOSING):
            await body.over.wait()  # what was sent is told of when the next piece is asked for
    return reply


class Written(Payload):
    """A request body, which aiohttp has written by a task of its own.

    Attributes:
        sent: Bytes handed to the connection.
        failure: Why it could not be written to its end.
        over: Set when that task is done with it.
    """

    def __init__(self, content: Any, timeout: float | None) -> None:
        super().__init__(None)
        self._content = content
        self._timeout = timeout
        self._begun = False
        self.sent = 0
        self.failure: Exception | None = None
        self.over = anyio.Event()

    async def write(self, writer: AbstractStreamWriter) -> None:
        self._begun = True
        connection: Any = getattr(writer, "transport", None)
        try:
            if isinstance(self._content, bytes):
                for place in range(0, len(self._content), PIECE):
                    await self._write(writer, self._content[place : place + PIECE])
            else:
                async for piece in self._content:
                    await self._write(writer, piece)
        except BaseException as error:
            if isinstance(error, Exception):
                self.failure = error
            # Closing would wait until all is written, which never happens where the server does not read.
            if connection is not None and not isinstance(error, OSError):
                connection.abort()
            raise
        finally:
            self.over.set()

    async def _write(self, writer: AbstractStreamWriter, piece: bytes) -> None:
        self.sent += len(piece)
        with anyio.move_on_after(self._timeout):
            return await writer.write(piece)
        raise httpx_error("WriteTimeout", f"{self._timeout:g} s")

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        """Write all of it: whoever gave the length has seen to it that it is right."""
        await self.write(writer)

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        raise TypeError("it is read once, while it is sent")

    async def left(self) -> None:
        """Wait until nothing reads its source any more: aiohttp cancels its task, and does not wait for it."""
        if self._begun:
            with anyio.move_on_after(CLOSING, shield=True):
                await self.over.wait()


class Headers(NamedTuple):
    """The headers of a reply."""

    raw: RawHeaders


class Reply:
    """As much of an `httpx.Response` as is needed of it; making a real one costs a fifth of a call."""

    __slots__ = ("headers", "status_code", "stream")

    is_stream_consumed = False

    def __init__(self, response: ClientResponse) -> None:
        self.status_code = response.status
        self.headers = Headers(response.raw_headers)
        self.stream = AiohttpBody(response)

    @property
    def is_success(self) -> bool:
        """Whether its status is 2xx."""
        return 200 <= self.status_code < 300


class AiohttpBody(Arriving):
    """The body of a reply, a piece for all that is there."""

    __slots__ = ("_content", "_fault", "_protocol", "_response")

    def __init__(self, response: ClientResponse) -> None:
        self._response = response
        self._content = response.content
        self._fault: BaseException | None = None
        headers = response.headers
        ends_with_it = "Content-Length" not in headers and "Transfer-Encoding" not in headers
        self._protocol: Any = response.connection.protocol if ends_with_it and response.connection else None

    async def __anext__(self) -> bytes:
        if self._fault is not None:
            raise self._fault
        try:
            piece = await self._content.readany()
        except RuntimeError as error:  # another task closed it
            raise httpx_error("ReadError", str(error)) from error
        except Exception as fault:
            piece = self._content._read_nowait(-1)  # aiohttp tells of a break before what came before it
            if not piece:
                raise
            self._fault = fault
        if not piece:
            self._see_how_it_ended()
            raise StopAsyncIteration
        return piece

    async def aclose(self) -> None:
        """Give the connection back, or close it in the middle of its reply."""
        self._response.release()
        await self._response.wait_for_close()

    def _see_how_it_ended(self) -> None:
        """Tell a body that ends with its connection from one that broke off with it, which aiohttp does not.

        Raises:
            Exception: It broke off.
        """
        if self._protocol is not None and isinstance(self._protocol.exception(), ClientOSError):
            raise self._protocol.exception()
