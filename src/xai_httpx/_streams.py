"""Streams of events: opened by `async with`, read by `async for`, verified by their terminal event."""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Any, Generic, Self, TypeVar
from weakref import finalize

import anyio

from ._config import Settings
from ._deadline import Deadline
from ._errors import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    DeadlineExceededError,
    StreamError,
    StreamIdleTimeoutError,
    StreamTruncatedError,
    XAIError,
)
from ._events import TRUNCATED, EventReader
from ._meta import Meta
from ._metering import Meters, failed, settle
from ._models import attach
from ._open_body import Body
from ._request import Request

E = TypeVar("E")
R = TypeVar("R")
Open = Callable[[Request], Awaitable[Body]]
TRAILER = 0.1  # seconds to wait for the end of the body after the terminal event, so that the connection can be reused


class Stream(Generic[E, R]):
    """A stream of `E` that adds up to an `R`.

        async with client.responses.stream(model=..., input=...) as stream:
            async for event in stream:
                ...
            response = await stream.final()

    Leaving the block closes the connection at once. An end without the terminal event raises `StreamTruncatedError`;
    every error has what came until then in `partial`. A read that is cancelled, by a timeout around `anext` for one,
    ends the stream: wait for events in a task of its own instead, or set `stream_idle_timeout`.
    """

    def __init__(
        self,
        request: Callable[[Deadline], Request],
        open: Open,
        with_retries: Callable[[Callable[[Request], Awaitable[Any]], Request], Awaitable[Any]],
        reader: Callable[[], EventReader[E, R]],
        settings: Settings,
        admit: Callable[[], Meters],
    ) -> None:
        self._make_request = request
        self._open = open
        self._with_retries = with_retries
        self._make_reader = reader
        self._reader = reader()
        self._settings = settings
        self._admit = admit
        self._meters: Meters = ()
        self._events: Iterator[E] = iter(())  # those that have arrived, decoded when they are asked for
        self._request: Request | None = None
        self._body: Body | None = None
        self._failure: APIError | None = None
        self._ended = False
        self._begun = False
        self._waited = 0.0  # seconds spent reading since the last event; a slow consumer does not count
        self._patient = _patient(settings)

    async def __aenter__(self) -> Self:
        if self._request is not None:
            raise XAIError("a stream can be opened once; call stream() again for another")
        meters = self._admit()
        self._request = self._make_request(Deadline(self._settings.deadline))
        try:
            await self._with_retries(self._reopen, self._request)
        except BaseException as error:
            failed(meters, error)
            raise
        self._meters = meters
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> E:
        event = next(self._events, None)
        if event is not None:
            return event
        request, body = self._opened()
        if self._begun or self._failure is not None or self._ended:
            return await self._fill(request, body)
        return await self._await_first(request)

    @property
    def meta(self) -> Meta:
        """Status, headers and ids; known as soon as the block is entered."""
        return self._opened()[1].meta

    @property
    def partial(self) -> R | None:
        """What the events handed out until now add up to; None before the first."""
        result = self._reader.accumulator.result()
        return None if result is None else attach(result, self.meta)

    @property
    def text_stream(self) -> TextStream[E]:
        """The pieces of the answer's text as they come; other events are read and left out."""
        return TextStream(self, self._reader.accumulator.text)

    async def final(self) -> R:
        """Read what is left and return the whole, with its `meta`.

        Raises:
            APIError: The stream broke off, was left before its end, or brought an error; `partial` holds what came.
        """
        async for _ in self:
            pass
        result = self.partial
        if result is None or not self._reader.accumulator.complete:
            raise StreamTruncatedError("the stream was left before its end", self.meta, partial=result)
        return result

    async def aclose(self) -> None:
        """Close the connection; what was read stays available. May be called from another task than the reader's."""
        self._ended = True
        self._events = iter(())  # what had arrived and was not asked for: how much that is, is chance
        self._settle()
        if self._body is not None:
            await self._body.aclose()

    def _settle(self) -> None:
        """Tell the meters, once, what was used until now."""
        meters, self._meters = self._meters, ()
        if meters:
            request, _ = self._opened()
            settle(meters, request, self._reader.accumulator.result(), self._failure)

    def _opened(self) -> tuple[Request, Body]:
        if self._request is None or self._body is None:
            raise XAIError("the stream is not open: use it as `async with ... as stream`")
        return self._request, self._body

    async def _reopen(self, request: Request) -> Body:
        self._body = await self._open(request)
        finalize(self, self._body.drop).atexit = False
        self._reader = self._make_reader()
        self._events = iter(())
        self._failure = None
        self._waited = self._body.waited
        return self._body

    async def _await_first(self, request: Request) -> E:
        """Read until the first event; what breaks before it may be sent again like a call that was not answered."""
        try:
            event: E = await self._with_retries(self._first, request)
            return event
        except DeadlineExceededError as error:
            self._note(error, *self._opened())
            raise
        except APIError as error:
            self._failure = error
            raise

    async def _first(self, request: Request) -> E:
        _, body = self._opened()
        if not body.is_open and not self._ended:
            body = await self._reopen(request)
            if self._ended:  # closed by another task meanwhile
                await body.aclose()
        return await self._fill(request, body)

    async def _fill(self, request: Request, body: Body) -> E:
        """Read until there is an event to hand out; events before a fault are handed out first."""
        reader = self._reader
        try:
            while (event := next(self._events, None)) is None:
                self._failure = self._failure or reader.failure
                if self._failure is not None:
                    raise self._failure
                if reader.accumulator.complete:
                    await self._finish(request, body)
                if self._ended:
                    raise StopAsyncIteration
                start = time.monotonic()
                within = self._begun and not self._waited and self._patient
                self._events = reader.feed(await (body.read() if within else self._read(request, body)), body.meta)
                self._waited += time.monotonic() - start
            self._begun, self._waited = True, 0.0
            return event
        except APIError as error:
            if self._ended and self._failure is None:  # closed by another task while this one was reading
                raise StopAsyncIteration from None
            await body.aclose()
            failure = _as_cut(error)
            self._note(failure, request, body)
            raise failure from failure.__cause__
        except StopAsyncIteration:
            raise
        except BaseException:
            self._failure = reader.failure or StreamError("reading was cancelled, so the stream cannot go on")
            await self.aclose()
            raise

    def _note(self, error: APIError, request: Request, body: Body) -> None:
        """Keep the error, which stays from now on, and tell it what is known of the exchange."""
        self._failure = error
        error.meta = replace(body.meta, elapsed=request.deadline.elapsed())
        error.partial = self.partial

    async def _read(self, request: Request, body: Body) -> bytes | None:
        """The next bytes, within the clocks of the stream.

        The transport's read timeout covers silence, so a scope, which costs as much as an event, is opened only where
        a clock is shorter than that. Bytes without an event do not stop the clock of events.
        """
        limit = self._settings.stream_idle_timeout if self._begun else self._settings.first_event_timeout
        read = self._settings.timeout.read
        idle = math.inf if limit is None else limit - self._waited
        left = request.deadline.remaining()
        if read is not None and min(idle, left) >= read:
            return await body.read()
        with anyio.move_on_after(max(0.0, min(idle, left))):
            return await body.read()
        if left <= idle:
            raise request.exceeded()
        raise StreamIdleTimeoutError(f"no {'event' if self._begun else 'first event'} within {limit:g} s")

    async def _finish(self, request: Request, body: Body) -> None:
        """Read the few bytes after the terminal event, so that the connection goes back to the pool, if it can."""
        if not self._ended:
            with anyio.move_on_after(min(TRAILER, max(0.0, request.deadline.remaining()))), suppress(Exception):
                while await body.read() is not None:
                    pass
            await self.aclose()


def _patient(settings: Settings) -> bool:
    """Whether the read timeout is the shortest of the clocks as long as nothing but events comes."""
    read, idle = settings.timeout.read, settings.stream_idle_timeout
    return settings.deadline is None and read is not None and (idle is None or idle >= read)


def _as_cut(error: APIError) -> APIError:
    """A connection that broke is a cut like any other; only the framing of the body told that it was one."""
    if not isinstance(error, APIConnectionError) or isinstance(error, APITimeoutError):
        return error
    cut = StreamTruncatedError(f"{TRUNCATED}: {error.message}")
    cut.__cause__ = error.__cause__
    return cut


class TextStream(Generic[E]):
    """The text pieces of a stream."""

    def __init__(self, stream: AsyncIterator[E], text: Callable[[E], str]) -> None:
        self._stream = stream
        self._text = text

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        while True:
            if piece := self._text(await self._stream.__anext__()):
                return piece
