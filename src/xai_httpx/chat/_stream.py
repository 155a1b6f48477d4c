"""An answer piece by piece, in one form for both APIs; it joins the conversation once it is whole."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from .._errors import XAIError
from .._meta import Meta
from .._output_type import OutputType
from .._partial_json import PartialJSON
from .._streams import Stream, TextStream
from ._adapters import Adapter
from ._delta import Delta
from ._reply import Reply
from ._turn import Turn

R = TypeVar("R")
T = TypeVar("T")
Finish = Callable[[Turn, Sequence[Reply[None]]], R]


class ChatStream(Generic[R]):
    """An answer that is still being written; `R` is what it ends as.

        async with chat.stream("Tell me a story.") as stream:
            async for delta in stream:
                print(delta.text, end="")
            reply = await stream.final()

    It joins the conversation when its end is read, in the block; one that breaks off, or is left before, leaves the
    conversation as it was.

    Args:
        adapter: The API.
        turn: The turn of the conversation that it is.
        open: Prepares the stream of the API's own.
        finish: From the whole to what it ends as; keeps the turn.
    """

    def __init__(
        self, adapter: Adapter, turn: Turn, open: Callable[[], Awaitable[Stream[Any, Any]]], finish: Finish[R]
    ) -> None:
        self._adapter = adapter
        self._turn = turn
        self._open = open
        self._finish = finish
        self._stream: Stream[Any, Any] | None = None
        self._ready: deque[Delta] = deque()
        self._results: list[R] = []

    async def __aenter__(self) -> Self:
        if self._stream is not None:
            raise XAIError("a stream can be opened once; call stream() again for another")
        self._turn.__enter__()
        try:
            self._stream = await self._open()
            await self._stream.__aenter__()
        except BaseException:
            self._turn.end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Delta:
        stream = self._opened()
        while not self._ready:
            try:
                event = await stream.__anext__()
            except StopAsyncIteration:
                await self._end(stream)
                raise
            self._take(event)
        return self._ready.popleft()

    @property
    def meta(self) -> Meta:
        """Status, headers and ids; known as soon as the block is entered."""
        return self._opened().meta

    @property
    def partials(self) -> list[Reply[None]]:
        """The answers as far as they have come, by index; empty before the first event."""
        raw = self._opened().partial
        return [] if raw is None else self._adapter.read(raw)

    @property
    def partial(self) -> Reply[None] | None:
        """The first answer as far as it has come; None before the first event."""
        return next(iter(self.partials), None)

    @property
    def text_stream(self) -> TextStream[Delta]:
        """The pieces of the first answer's text as they come; all else is read and left out."""
        return TextStream(self, lambda delta: delta.text if delta.index == 0 else "")

    async def final(self) -> R:
        """Read what is left and return the whole.

        Raises:
            APIError: The stream broke off, was left before its end, or brought an error.
        """
        async for _ in self:
            pass
        return self._results[0]

    async def aclose(self) -> None:
        """Close the connection; what was read stays available."""
        self._turn.end()
        if self._stream is not None:
            await self._stream.aclose()

    def _opened(self) -> Stream[Any, Any]:
        if self._stream is None:
            raise XAIError("the stream is not open: use it as `async with ... as stream`")
        return self._stream

    def _take(self, event: Any) -> None:
        self._ready += self._adapter.deltas(event)

    async def _end(self, stream: Stream[Any, Any]) -> None:
        """Join the conversation, the first time that the end is read."""
        if not self._results:
            replies = self._adapter.read(await stream.final())
            self._results.append(self._finish(self._turn, replies))
            self._turn.end()


class ParsedStream(ChatStream[Reply[T]]):
    """An answer of a type that is still being written."""

    def __init__(
        self,
        adapter: Adapter,
        turn: Turn,
        open: Callable[[], Awaitable[Stream[Any, Any]]],
        finish: Finish[Reply[T]],
        *,
        asked: OutputType[T],
    ) -> None:
        super().__init__(adapter, turn, open, finish)
        self._json = PartialJSON()
        self._asked = asked

    def _take(self, event: Any) -> None:
        super()._take(event)
        self._json.feed("".join(delta.text for delta in self._ready))  # it was empty

    @property
    def partial_object(self) -> object:
        """The answer as far as it has come: JSON, not yet checked; None before it has begun.

        Objects and lists are the same ones each time and grow in place, so the whole costs what its pieces cost: copy
        what has to stay as it is.
        """
        return self._asked.inside(self._json.value)
