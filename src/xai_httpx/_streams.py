"""Streams of events: opened by `async with`, read by `async for`, verified by their terminal event."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable
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
        open: Callable[[Settings, Deadline], Awaitable[EventSource]],
        events: Any,
        accumulator: Accumulator[E, R],
        settings: Settings,
        *,
        max_event_bytes: int,
        strict: bool,
    ) -> None:
        self._open = open
        self._events = events
        self._accumulator = accumulator
        self._settings = settings
        self._strict = strict
        self._decoder = SSEDecoder(max_event_bytes)
        self._ready: deque[E] = deque()
        self._source: EventSource | None = None
        self._failure: XAIError | None = None
        self._ended = False
        self._last_event: float | None = None

    async def __aenter__(self) -> Self:
        self._deadline = Deadline(self._settings.deadline)
        self._source = await self._open(self._settings, self._deadline)
        self._opened = time.monotonic()
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
        if result is None:
            raise StreamTruncatedError("the stream ended without any event", self.meta)
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
                if self._ended:
                    raise StopAsyncIteration
                chunk = await self._read(source)
                self._take(self._decoder.end() if chunk is None else self._decoder.feed(chunk), source.meta)
                if self._accumulator.complete and self._failure is None:
                    await self._finish(source)
                elif chunk is None and self._failure is None:
                    self._failure = StreamTruncatedError("the stream ended without its terminal event", source.meta)
        except APIError as error:
            await self.aclose()
            self._failure = error
            if error.partial is None:
                error.partial = self.partial
            raise

    async def _read(self, source: EventSource) -> bytes | None:
        """The next bytes, within the clocks of the stream.

        The transport's read timeout covers silence, so a scope, which costs as much as an event, is opened only where
        a clock is shorter than that. Bytes without an event do not stop the clock of events.
        """
        allowed = min(self._until_idle(), self._deadline.remaining())
        if allowed >= (self._settings.timeout.read or 0.0) > 0:
            return await source.read()
        chunk = None
        with anyio.move_on_after(max(0.0, allowed)) as scope:
            chunk = await source.read()
        if scope.cancelled_caught:
            if self._deadline.remaining() <= 0:
                raise self._deadline.exceeded(source.meta.attempts, source.meta.client_request_id)
            which = "first event" if self._last_event is None else "event"
            raise StreamIdleTimeoutError(f"no {which} within {self._limit():g} s", source.meta)
        return chunk

    def _limit(self) -> float:
        first = self._last_event is None
        limit = self._settings.first_event_timeout if first else self._settings.stream_idle_timeout
        return float("inf") if limit is None else limit

    def _until_idle(self) -> float:
        since = self._opened if self._last_event is None else self._last_event
        return self._limit() - (time.monotonic() - since)

    def _take(self, events: list[ServerEvent], meta: Meta) -> None:
        """Decode events; the first that is a fault ends the stream after those before it."""
        for raw in events:
            if raw.data == DONE:
                self._accumulator.complete = True
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
            self._last_event = time.monotonic()

    def _decode(self, raw: ServerEvent, meta: Meta) -> E:
        try:
            event: E = json_decoder(self._events)(raw.data)
            return event
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
        with anyio.move_on_after(TRAILER):
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
