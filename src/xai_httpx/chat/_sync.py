"""Conversations for the sync client: those of the async one, run in its thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar, Unpack

from .._runner import Runner
from .._sync import SyncResource, SyncStreamed, returning, to_sync
from ._chat import Chat
from ._delta import Delta
from ._entries import Entry, Form
from ._reply import Reply
from ._stream import ChatStream, ParsedStream
from ._sync_run import SyncRunStream

if TYPE_CHECKING:
    from .._sync_resources import SyncResources
    from ._entry_reading import Said
    from ._run_settings import RunSettings
    from ._settings import ChatSettings
    from ._tool_list import GivenTool

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class SyncChatStream(SyncStreamed[Delta, R]):
    """The sync form of a `ChatStream`."""

    _stream: ChatStream[R]

    @property
    def partial(self) -> Reply[None] | None:
        """The first answer as far as it has come; None before the first event."""
        return self._stream.partial

    @property
    def partials(self) -> list[Reply[None]]:
        """The answers as far as they have come, by index; empty before the first event."""
        return self._stream.partials


class SyncParsedStream(SyncChatStream[Reply[T]]):
    """The sync form of a `ParsedStream`."""

    def __init__(self, stream: ParsedStream[T], runner: Runner) -> None:
        super().__init__(stream, runner)
        self._parsed = stream

    @property
    def partial_object(self) -> object:
        """The answer as far as it has come: JSON, not yet checked; None before it has begun."""
        return self._parsed.partial_object


def _to_sync_stream(
    method: Callable[Concatenate[Chat, P], ChatStream[R]],
) -> Callable[Concatenate[SyncChat, P], SyncChatStream[R]]:
    """The sync form of a method that returns a stream."""
    return returning(SyncChatStream, method)


def _to_sync_parsed_stream(
    method: Callable[Concatenate[Chat, P], ParsedStream[T]],
) -> Callable[Concatenate[SyncChat, P], SyncParsedStream[T]]:
    """The sync form of a method that returns a stream which ends as a type."""
    return returning(SyncParsedStream, method)


class SyncChat(SyncResource[Chat]):
    """A conversation with a model, for the sync client: the methods of `Chat` without `await`.

    chat = client.chat.create(model="grok-4.6", messages=[system("Be brief.")])
    print(chat.sample("What is a fjord?").text)
    """

    sample = to_sync(Chat.sample)
    parse = to_sync(Chat.parse)
    stream = _to_sync_stream(Chat.stream)
    parse_stream = _to_sync_parsed_stream(Chat.parse_stream)
    sample_batch = to_sync(Chat.sample_batch)
    stream_batch = _to_sync_stream(Chat.stream_batch)
    defer = to_sync(Chat.defer)
    defer_batch = to_sync(Chat.defer_batch)
    compact = to_sync(Chat.compact)

    def run(self, *said: Said, **settings: Unpack[RunSettings]) -> Reply[None]:
        """Have the conversation answered with tools; see `Chat.run`. `run_stream` has a `state` all the while."""
        try:
            run = self._resource.run(*said, **settings)
        finally:
            del said
        return self._runner.run(lambda: run.drive(None))

    def run_stream(self, *said: Said, **settings: Unpack[RunSettings]) -> SyncRunStream:
        """Do as `run` does, and tell what happens; see `Chat.run_stream`."""
        try:
            return SyncRunStream(self._resource.run(*said, **settings), self._runner)
        finally:
            del said

    @classmethod
    def from_json(cls, text: str | bytes, *, client: SyncResources, tools: Iterable[GivenTool] = ()) -> Self:
        """The conversation that `to_json` wrote; see `Chat.from_json`."""
        try:
            return cls(Chat.from_json(text, client=client._client, tools=tools), client._runner)
        finally:
            del text

    def to_json(self) -> str:
        """The conversation as text; see `Chat.to_json`."""
        return self._resource.to_json()

    def __repr__(self) -> str:
        return f"Sync{self._resource!r}"

    @property
    def model(self) -> str:
        """The model that answers."""
        return self._resource.model

    @property
    def api(self) -> Form:
        """The API that answers."""
        return self._resource.api

    @property
    def settings(self) -> Mapping[str, Any]:
        """What it was told once; `fork` changes it for another."""
        return self._resource.settings

    @property
    def messages(self) -> tuple[Entry, ...]:
        """What was said and answered, in order."""
        return self._resource.messages

    def append(self, *said: Said) -> Self:
        """Add to the history; see `Chat.append`."""
        try:
            self._resource.append(*said)
        finally:
            del said
        return self

    def fork(self, *, model: str | None = None, **changes: Unpack[ChatSettings]) -> Self:
        """Another conversation that begins as this one is now, and goes on by itself; see `Chat.fork`."""
        return type(self)(self._resource.fork(model=model, **changes), self._runner)

    def render(self) -> dict[str, Any]:
        """The body that would be sent for the whole conversation: for batches, and to look at."""
        return self._resource.render()
