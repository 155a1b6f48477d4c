"""What a conversation is: its history and settings, and how a request is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack
from uuid import uuid4

from .._errors import OutputError, RequestValidationError
from .._media import is_list
from ._adapters import ADAPTERS, Prepared
from ._entries import Answer, Entry, Form
from ._entry_reading import entry_of
from ._history import History
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
        if not is_list(messages) or isinstance(messages, Mapping):
            raise RequestValidationError("messages must be a list of messages", "messages", "a list of messages")
        self._client = client
        self._model = model
        self._api: Form = api
        self._store = store
        self._settings = checked({"prompt_cache_key": str(uuid4()), **settings}, api, store=store)
        self._history = History([entry_of(said, f"messages[{index}]") for index, said in enumerate(messages)])
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
        return from_json(cls, text, client, tools)

    def to_json(self) -> str:
        """The conversation as text: settings and history, without the client and the functions of its tools.

        Raises:
            XAIError: It is being answered.
        """
        return to_json(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(model={self._model!r}, api={self._api!r}, messages={len(self._history.entries)})"

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
        self._history.idle()
        added = self._entries(said)
        if len(said) == 1 and isinstance(said[0], Reply) and self.messages[-1:] == (added[0],):
            return self
        self._history.entries += added
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
        kept = {name: value for name, value in self._settings.items() if name not in changes}
        other._settings = {**kept, **checked(changes, self._api, store=self._store)}
        return other

    def render(self) -> dict[str, Any]:
        """The body that would be sent for the whole conversation: for batches, and to look at.

        Raises:
            RequestValidationError: The API has no form for something in it.
        """
        body = {"model": self._model, **self._settings}
        if self._api == "responses":
            body |= {"store": self._store} | ({"previous_response_id": self._origin} if self._origin else {})
        return ADAPTERS[self._api].render(self.messages, body)

    def _turn(self, said: Iterable[Said]) -> Turn:
        return Turn(self._history, self._entries(said))

    def _entries(self, said: Iterable[Said]) -> list[Entry]:
        start = len(self._history.entries)
        return [entry_of(one, f"messages[{start + index}]") for index, one in enumerate(said)]

    async def _prepared(self, form: Form, settings: Mapping[str, Any]) -> Prepared:
        """The request of the conversation as it is now.

        Raises:
            RequestValidationError: There is nothing to answer, or the API has no form for something in it.
        """
        adapter = ADAPTERS[form]
        body = adapter.body({**self._settings, **settings})
        body["model"] = self._model
        start = 0
        if form == "responses":
            body["store"] = self._store
            if self._stored is not None:
                body["previous_response_id"], start = self._stored
        elif self._origin is not None:
            raise RequestValidationError(AT_XAI, "previous_response_id", "left out, for Chat Completions")
        await self._history.load()
        listed = self._history.listed(form, start)
        if not listed.whole:
            raise RequestValidationError(NOTHING_SAID, "messages", "a message")
        return Prepared(body, {adapter.history: listed})

    async def _answers(
        self, form: Form, settings: Mapping[str, Any], options: RequestOptions | None
    ) -> list[Reply[None]]:
        asked = await self._prepared(form, settings)
        raw = await ADAPTERS[form].create(self._client, asked, options)
        self._history.sent(form)
        return ADAPTERS[form].read(raw)

    async def _answer(self, settings: Mapping[str, Any], options: RequestOptions | None) -> Reply[None]:
        return first(await self._answers(self._api, settings, options))

    async def _opened(
        self, form: Form, settings: Mapping[str, Any], options: RequestOptions | None
    ) -> Stream[Any, Any]:
        return ADAPTERS[form].open(self._client, await self._prepared(form, settings), options)

    def _join(self, turn: Turn, answer: Answer, *more: Entry) -> None:
        """Let an answer join the conversation, and what belongs to it."""
        turn.keep(answer)
        if self._store and answer.form == "responses":
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
