"""A request body that is read from its source while it is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Self, TypeVar

from ._call import Replay
from ._errors import APIConnectionError, RequestBodyError, RequestValidationError
from ._listeners import told
from ._retry import RetryBudget, RetryPolicy, with_retries
from ._sources import BodySource, Progress, Source, source_of

if TYPE_CHECKING:
    from ._request import Request

T = TypeVar("T")
# On asyncio a reply that came before the connection broke is lost with it, so what was said in it cannot be told.
BROKEN_OFF = "It broke off after {} bytes: a server may do that where a file is larger than it takes."


class SourceFailed(Exception):  # noqa: N818 - it tells where to find the error
    """Stands for an error of the source on its way through the transport, which takes an OSError for one of sockets."""


class Upload:
    """The body of one request, from a source; an iterator, begun anew by each attempt.

    Args:
        source: Where it is read from.
        content_type: What it is sent as.
        on_progress: Called with the bytes sent and their total, after each chunk; the total may be None.
    """

    def __init__(self, source: Source, content_type: str, on_progress: Progress | None = None) -> None:
        self._source = source
        self._content_type = content_type
        self._on_progress = on_progress
        self._length = source.length
        self._request: Request | None = None
        self._failure: Exception | None = None
        self._piece = b""  # no local of a frame, for tracebacks may be logged with them
        self._begun = False
        self._sent = 0

    @classmethod
    async def of(
        cls, content: BodySource | None, body: Any, content_type: str, on_progress: Progress | None
    ) -> Self | None:
        """The upload of what `request` was given; None without content.

        Raises:
            RequestValidationError: The content cannot be read, or there is a body as well.
        """
        if content is None:
            if on_progress is not None:
                raise RequestValidationError("on_progress tells of content=..., and there is none", "on_progress")
            return None
        if body is not None:
            raise RequestValidationError("give body=... or content=..., not both", "content")
        if not content_type.isascii() or not content_type.isprintable():
            raise RequestValidationError(
                f"content_type must be one such as audio/mpeg, got {content_type!r}", "content_type"
            )
        return cls(await source_of(content), content_type, on_progress)

    async def with_retries(
        self,
        send: Callable[[Request], Awaitable[T]],
        request: Request,
        replay: Replay,
        policy: RetryPolicy,
        budget: RetryBudget,
    ) -> T:
        """Send a request with this body; as `_retry.with_retries` without.

        Raises:
            RequestBodyError: The source did not give the bytes that were announced.
            Exception: Whatever the source or `on_progress` raised.
        """

        async def attempt(request: Request) -> T:
            self._piece = b""
            try:
                return await send(request)
            except Exception as error:
                if self._failure is None:
                    if isinstance(error, APIConnectionError) and self._piece:
                        error.add_note(BROKEN_OFF.format(self._sent))
                    raise
            finally:
                await self._source.aclose()
            raise SourceFailed

        self._put_into(request)
        try:
            return await with_retries(attempt, request, replay, policy, budget)
        except SourceFailed:
            failure = self._failure
        assert failure is not None
        if isinstance(failure, RequestBodyError) and failure.meta is None:
            failure.meta = request.meta()
        raise failure  # out here, where it gets no context that it did not have

    def _put_into(self, request: Request) -> None:
        if request.content is not None:
            raise RequestValidationError("options.extra_body needs a JSON body, not content=...", "options.extra_body")
        request.headers.setdefault("content-type", self._content_type)
        if self._length is None:
            request.headers["transfer-encoding"] = "chunked"
        else:
            request.headers["content-length"] = str(self._length)
        request.content = self
        self._request = request

    def __aiter__(self) -> Self:
        self._begun = False
        self._sent = 0
        return self

    async def __anext__(self) -> bytes:
        try:
            await self._advance()
        except Exception as error:
            self._failure = error
            raise SourceFailed from None
        if not self._piece:
            raise StopAsyncIteration
        return self._piece

    async def _advance(self) -> None:
        """Read the next piece; the one before it was sent."""
        if not self._begun:
            assert self._request is not None
            self._begun = True
            self._request.unrepeatable = not self._source.repeatable
            await self._source.open()
        elif self._on_progress is not None:
            await told(self._on_progress, self._sent, self._length)
        self._piece = await self._source.read()
        self._sent += len(self._piece)
        if self._length is None:
            return
        if self._sent < self._length and not self._piece:
            raise RequestBodyError(
                f"content ended after {self._sent} of the {self._length} bytes that it had when the call began"
            )
        # Before the last piece goes out, so that the server has no whole body of a file that was being written.
        if self._sent > self._length or (self._sent == self._length and self._piece and await self._source.read()):
            raise RequestBodyError(f"content grew beyond the {self._length} bytes that it had when the call began")
