"""What a conversation is: its history and settings, and how a request is made of them."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack
from uuid import uuid4

from .._encode import encode
from .._errors import OutputError, RequestValidationError
from .._media import is_list
from ._adapters import ADAPTERS, Prepared
from ._entries import Answer, Entry, Form
from ._entry_reading import entries_of
from ._history import History
from ._loading import has_paths
from ._reply import Reply
from ._saving import from_json, to_json
from ._settings import ChatSettings, checked
from ._turn import Turn

if TYPE_CHECKING:
    from .._config import RequestOptions
    from .._resources import Resources
    from .._streams import Stream
    from ._entry_reading import Said
    from ._tool_list import GivenTool

T = TypeVar("T")
AT_XAI = "what was said before previous_response_id is at xAI alone"
A_MODEL = "the id of a model"
NO_OTHER_ORIGIN = "previous_response_id is for a new conversation: a fork goes on from the same as the other"
NOTHING_SAID = "there is nothing to answer: say something first"


class Conversation:
    """A conversation without what has it answered; see `Chat`."""

    def __init__(
        self,
        client: Resources,
        model: str,
        messages: Sequence[Said] = (),
        *,
        api: Form = "responses",
        store: bool = False,
        **settings: Unpack[ChatSettings],
    ) -> None:
        self._history = History()
        try:
            if not is_list(messages) or isinstance(messages, Mapping):
                raise RequestValidationError("messages must be a list of messages", "messages", "a list of messages")
            self._history.entries += entries_of(messages, ())
        finally:
            del messages  # no locals of this frame, for tracebacks may be logged with them
        model_id: object = model
        if not isinstance(model_id, str) or not model_id:
            raise RequestValidationError(f"model must be {A_MODEL}, got {model_id!r:.60}", "model", A_MODEL)
        self._client = client
        self._model = model
        self._api: Form = api
        self._store = store
        self._settings = checked({"prompt_cache_key": str(uuid4()), **settings}, api, store=store)
        previous = self._settings.pop("previous_response_id", None)
        self._origin: str | None = previous  # the stored response that what was said before the history led to
        self._stored: tuple[str, int] | None = (previous, 0) if previous else None  # and up to where xAI has the rest

    @classmethod
    def from_json(cls, text: str | bytes, *, client: Resources, tools: Iterable[GivenTool] = ()) -> Self:
        """The conversation that `to_json` wrote.

        Args:
            text: What it wrote.
            client: Sends its requests from now on.
            tools: The functions among its tools, for only their descriptions are in the text.

        Raises:
            RequestValidationError: It is none, or of another version of the format.
        """
        try:
            return from_json(cls, text, client, tools)
        finally:
            del text

    def to_json(self) -> str:
        """The conversation as text: settings and history, without the client and the functions of its tools.

        Raises:
            XAIError: It is being answered.
        """
        return to_json(self)

    def __repr__(self) -> str:
        told = {name: vars(self).get(f"_{name}") for name in ("model", "api")}  # none while it is being made
        shown = "".join(f"{name}={value!r}, " for name, value in told.items() if value is not None)
        return f"{type(self).__name__}({shown}messages={len(self._history.entries)})"

    @property
    def model(self) -> str:
        """The model that answers."""
        return self._model

    @property
    def api(self) -> Form:
        """The API that answers."""
        return self._api

    @property
    def settings(self) -> Mapping[str, Any]:
        """What it was told once; `fork` changes it for another."""
        return MappingProxyType(self._settings)

    @property
    def messages(self) -> tuple[Entry, ...]:
        """What was said and answered, in order."""
        return tuple(self._history.entries)

    def append(self, *said: Said) -> Self:
        """Add to the history.

        Args:
            said: Messages, replies, texts (of the user), or messages and items as either API writes them. A reply that
                has just joined the history by itself is not added again.

        Returns:
            The conversation.

        Raises:
            RequestValidationError: Something is no message; nothing was added.
            XAIError: It is being answered.
        """
        try:
            self._history.idle()
            self._history.entries += entries_of(said, self._history.entries)
        finally:
            del said
        return self

    def fork(self, *, model: str | None = None, **changes: Unpack[ChatSettings]) -> Self:
        """Another conversation that begins as this one is now, and goes on by itself.

        Args:
            model: Another model.
            **changes: Settings that differ; None takes one away.

        Raises:
            RequestValidationError: As for the conversation itself.
            XAIError: It is being answered.
        """
        other = type(self).__new__(type(self))
        vars(other).update(vars(self))
        other._history = self._history.copy()
        other._model = model or self._model
        if changes.get("previous_response_id") is not None:
            raise RequestValidationError(NO_OTHER_ORIGIN, "previous_response_id", "left out, for a fork")
        kept = {name: value for name, value in self._settings.items() if name not in changes}
        other._settings = {**kept, **checked(changes, self._api, store=self._store)}
        return other

    def render(self) -> dict[str, Any]:
        """The body that would be sent for the whole conversation: for batches, and to look at.

        Raises:
            RequestValidationError: The API has no form for something in it, or a file at a path is not read yet, as
                only calls do.
        """
        for index, entry in enumerate(self.messages):
            if has_paths(entry):
                expected = "files by their bytes, URLs or ids"
                raise RequestValidationError(f"messages[{index}] must have {expected}", f"messages[{index}]", expected)
        body = {"model": self._model, **self._settings}
        if self._api == "responses":
            body |= {"store": self._store} | ({"previous_response_id": self._origin} if self._origin else {})
        rendered: dict[str, Any] = json.loads(encode(ADAPTERS[self._api].render(self.messages, body)))
        return rendered  # a copy, which may be changed

    def _turn(self, said: Sequence[Said]) -> Turn:
        try:
            return Turn(self._history, entries_of(said, self._history.entries))
        finally:
            del said

    async def _prepared(self, form: Form, settings: Mapping[str, Any]) -> Prepared:
        """The request of the conversation as it is now.

        Raises:
            RequestValidationError: There is nothing to answer, or the API has no form for something in it.
        """
        adapter = ADAPTERS[form]
        body = adapter.body({"model": self._model, **self._settings, **settings, "store": self._store})
        start = 0
        if form == "responses":
            if self._stored is not None:
                body["previous_response_id"], start = self._stored
        elif self._origin is not None:
            raise RequestValidationError(AT_XAI, "previous_response_id", "left out, for Chat Completions")
        await self._history.load()
        listed = self._history.listed(form, start)
        if not listed.whole:
            raise RequestValidationError(NOTHING_SAID, "messages", "a message")
        return Prepared(body, {adapter.history: listed}, start)

    @contextmanager
    def _placing(self, form: Form, start: int) -> Generator[None, None, None]:
        """Name what a request is refused for by its place in the conversation."""
        try:
            yield
        except RequestValidationError as error:
            placed = self._history.placed(error, form, start)
        else:
            return
        raise placed

    async def _answers(
        self, form: Form, settings: Mapping[str, Any], options: RequestOptions | None
    ) -> list[Reply[None]]:
        asked = await self._prepared(form, settings)
        with self._placing(form, asked.start):
            raw = await ADAPTERS[form].create(self._client, asked, options)
        self._history.sent(form)
        return ADAPTERS[form].read(raw)

    async def _answer(self, settings: Mapping[str, Any], options: RequestOptions | None) -> Reply[None]:
        return first(await self._answers(self._api, settings, options))

    async def _opened(
        self, form: Form, settings: Mapping[str, Any], options: RequestOptions | None
    ) -> Stream[Any, Any]:
        asked = await self._prepared(form, settings)
        with self._placing(form, asked.start):
            whole: RequestOptions = {**(options or {}), "accumulate": True}  # the answer joins the conversation
            return ADAPTERS[form].open(self._client, asked, whole)

    def _join(self, turn: Turn, answer: Answer, *more: Entry) -> None:
        """Let an answer join the conversation, and what belongs to it."""
        if turn.is_open:  # a stream that was left does not join, though it can be read to its end
            turn.keep(answer)
            self._history.sent(answer.form)
            if self._store and answer.form == "responses" and answer.id:
                self._stored = (answer.id, len(self._history.entries))
            turn.keep(*more)

    def _keep(self, turn: Turn, reply: Reply[T]) -> Reply[T]:
        self._join(turn, reply.answer)
        return reply


def first(replies: Sequence[Reply[None]]) -> Reply[None]:
    """The answer.

    Raises:
        OutputError: There is none.
    """
    if not replies:
        raise OutputError("the completion has no answers", reason="empty")
    return replies[0]
