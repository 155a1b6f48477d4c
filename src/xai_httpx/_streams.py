"""Streams of events: opened by `async with`, read by `async for`, verified by their terminal event."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Generic, Self, TypeVar, cast

import anyio
from pydantic import ValidationError
from pydantic_core import from_json

from ._accumulate import Accumulator
from ._checking import encode
from ._config import Settings
from ._deadline import Deadline
from ._errors import APIError, StreamIdleTimeoutError, StreamProtocolError, StreamTruncatedError, XAIError
from ._meta import Meta
from ._models import decode, json_decoder
from ._replies import error_in_body, error_of, status_in_body
from ._sse import ServerEvent, SSEDecoder
from ._transport import EventSource

E = TypeVar("E")
R = TypeVar("R")
DONE = b"[DONE]"
TRUNCATED = "the stream ended without its terminal event"
TRAILER = 1.0  # seconds to wait for the end of the body after the terminal event, so that the connection can be reused


class Stream(Generic[E, R]):
    """A stream of `E` that adds up to an `R`.

        async with client.responses.stream(model=..., input=...) as stream:
            async for event in stream:
                ...
            response = await stream.final()

    Leaving the block closes the connection at once. An end without the terminal event raises `StreamTruncatedError`;
    every error has what came until then in `partial`.
    """

    def __init__(
        self,
        open: Callable[[Deadline], Awaitable[EventSource]],
        events: Any,
        accumulator: Accumulator[E, R],
        settings: Settings,
        *,
        max_event_bytes: int,
        strict: bool,
    ) -> None:
        self._open = open
        self._events = events
        self._event_of: Callable[[bytes], E] = json_decoder(events)
        self._accumulator = accumulator
        self._settings = settings
        self._strict = strict
        self._decoder = SSEDecoder(max_event_bytes)
        self._ready: deque[E] = deque()
        self._source: EventSource | None = None
        self._failure: XAIError | None = None
        self._ended = False
        self._begun = False
        self._waited = 0.0  # seconds spent reading since the last event; a slow consumer does not count

    async def __aenter__(self) -> Self:
        if self._source is not None:
            raise XAIError("a stream can be opened once; call stream() again for another")
        self._deadline = Deadline(self._settings.deadline)
        self._source = await self._open(self._deadline)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> E:
        if not self._ready:
            await self._fill()
        return self._ready.popleft()

    @property
    def meta(self) -> Meta:
        """Status, headers and ids; known as soon as the block is entered."""
        return self._opened_source().meta

    @property
    def partial(self) -> R | None:
        """What the events until now add up to; None before the first."""
        return self._accumulator.result()

    @property
    def text_stream(self) -> TextStream[E]:
        """The pieces of the answer's text as they come; other events are read and left out."""
        return TextStream(self, self._accumulator.text)

    async def final(self) -> R:
        """Read what is left and return the whole.

        Raises:
            APIError: The stream broke off, or brought an error; `partial` holds what came.
        """
        async for _ in self:
            pass
        result = self._accumulator.result()
        if result is None or not self._accumulator.complete:
            raise StreamTruncatedError("the stream was left before its end", self.meta, partial=result)
        return result

    async def aclose(self) -> None:
        """Close the connection; what was read stays available."""
        self._ended = True
        if self._source is not None:
            await self._source.aclose()

    def _opened_source(self) -> EventSource:
        if self._source is None:
            raise XAIError("the stream is not open: use it as `async with ... as stream`")
        return self._source

    async def _fill(self) -> None:
        """Read until there is an event to hand out; events before a fault are handed out first."""
        source = self._opened_source()
        try:
            while not self._ready:
                if self._failure is not None:
                    raise self._failure
                if self._accumulator.complete:
                    await self._finish(source)
                if self._ended:
                    raise StopAsyncIteration
                chunk = await self._read(source)
                self._take(self._decoder.end() if chunk is None else self._decoder.feed(chunk), source.meta)
                if chunk is None:
                    self._end(source.meta)
        except APIError as error:
            await self.aclose()
            self._failure = error
            error.meta = error.meta or source.meta
            if error.partial is None:
                error.partial = self.partial
            raise

    async def _read(self, source: EventSource) -> bytes | None:
        """The next bytes, within the clocks of the stream.

        The transport's read timeout covers silence, so a scope, which costs as much as an event, is opened only where
        a clock is shorter than that. Bytes without an event do not stop the clock of events.
        """
        settings = self._settings
        limit = settings.stream_idle_timeout if self._begun else settings.first_event_timeout
        idle = math.inf if limit is None else limit - self._waited
        left = self._deadline.remaining()
        start = time.monotonic()
        if settings.timeout.read is not None and min(idle, left) >= settings.timeout.read:
            chunk = await source.read()
        else:
            chunk = None
            with anyio.move_on_after(max(0.0, min(idle, left))) as scope:
                chunk = await source.read()
            if scope.cancelled_caught:
                if left <= idle:
                    raise self._deadline.exceeded(source.meta.attempts, source.meta.client_request_id)
                which = "event" if self._begun else "first event"
                raise StreamIdleTimeoutError(f"no {which} within {limit:g} s", source.meta)
        self._waited += time.monotonic() - start
        return chunk

    def _take(self, events: list[ServerEvent], meta: Meta) -> None:
        """Decode events; the first that is a fault ends the stream after those before it."""
        for raw in events:
            if raw.data == DONE:
                self._accumulator.done()
                self._end(meta)
                return
            try:
                event = self._decode(raw, meta)
            except APIError as error:
                self._failure = error
                return
            self._accumulator.add(event)
            self._failure = self._accumulator.error(event, meta)
            if self._failure is not None:
                return
            self._ready.append(event)
        if events:
            self._begun = True
            self._waited = 0.0

    def _end(self, meta: Meta) -> None:
        """The body is over; without a terminal event or another fault that is one."""
        if self._failure is None and not self._accumulator.complete:
            self._failure = StreamTruncatedError(TRUNCATED, meta)

    def _decode(self, raw: ServerEvent, meta: Meta) -> E:
        try:
            return self._event_of(raw.data)
        except ValidationError:
            return self._decode_odd(raw, meta)

    def _decode_odd(self, raw: ServerEvent, meta: Meta) -> E:
        """An event that is no JSON, an error, named outside its data, or of an unexpected shape."""
        try:
            body: Any = from_json(raw.data or b"{}")
        except ValueError:
            name = f" {raw.name!r}" if raw.name else ""
            raise StreamProtocolError(f"an event{name} of the stream is not JSON", meta) from None
        if error_in_body(body):
            raise error_of(status_in_body(body), body, meta)
        if raw.name and isinstance(body, dict) and "type" not in body:
            return self._decode(ServerEvent(encode({"type": raw.name, **cast("dict[str, Any]", body)})), meta)
        odd: E = decode(raw.data, self._events, meta, strict=self._strict)
        return odd

    async def _finish(self, source: EventSource) -> None:
        """Read the few bytes after the terminal event, so that the connection goes back to the pool."""
        if not self._ended:
            with anyio.move_on_after(TRAILER), suppress(APIError):
                while await source.read() is not None:
                    pass
            await self.aclose()


class TextStream(Generic[E]):
    """The text pieces of a stream."""

    def __init__(self, stream: Stream[E, Any], text: Callable[[E], str]) -> None:
        self._stream = stream
        self._text = text

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        while True:
            if piece := self._text(await self._stream.__anext__()):
                return piece
