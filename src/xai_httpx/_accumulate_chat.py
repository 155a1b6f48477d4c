"""From chunks to a chat completion."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from ._bases import is_object
from ._lenient import build
from ._meta import Meta
from .types.chat import ChatCompletion, LogProbs
from .types.chat_events import ChatChunkChoice, ChatCompletionChunk, ChatDelta, ToolCallDelta

FINGERPRINT = "system_fingerprint"  # the same in all chunks
OF_CHUNK = frozenset({"id", "object", "created", "model", "choices", FINGERPRINT})
USUAL = frozenset({"content", "role"})
OF_CHOICE = frozenset({"delta", "index", "logprobs"})


class ChatAccumulator:
    """Builds a `ChatCompletion` of its chunks; the marker `[DONE]` completes it.

    What a cut stream adds up to has only the tool calls whose arguments are complete: half a call is not to be run.

    Args:
        keep: Whether to keep the answers; if not, there are none in what it builds.
    """

    def __init__(self, keep: bool = True) -> None:
        self._keep = keep
        self.complete = False
        self._top: dict[str, Any] = {}
        self._choices: dict[int, _Choice] = {}

    def add(self, event: ChatCompletionChunk, meta: Meta) -> None:
        """Take in a chunk; errors among chunks are none, so they never come here."""
        if not self._top:
            self._top = {"id": event.id, "object": "chat.completion", "created": event.created, "model": event.model}
            _keep_all(self._top, event, event.__pydantic_fields_set__ & {FINGERPRINT})
        if event.system_fingerprint is not None and event.system_fingerprint != self._top.get(FINGERPRINT):
            self._top[FINGERPRINT] = event.system_fingerprint
        if not OF_CHUNK.issuperset(given := event.__pydantic_fields_set__):
            _keep_all(self._top, event, given - OF_CHUNK)
        for choice in event.choices if self._keep else ():
            if (known := self._choices.get(choice.index)) is None:
                known = self._choices[choice.index] = _Choice()
            known.add(choice)

    def done(self) -> None:
        self.complete = True

    def text(self, event: ChatCompletionChunk) -> str:
        return event.text

    def result(self) -> ChatCompletion | None:
        if not self._top:
            return None
        choices = [self._choices[index].wire(index, over=self.complete) for index in sorted(self._choices)]
        built: ChatCompletion = build(ChatCompletion, {**self._top, "choices": choices})
        return built


class _Choice:
    """One of the answers of a streamed completion."""

    def __init__(self) -> None:
        self._pieces: dict[str, list[str]] = {"content": []}
        self._message: dict[str, Any] = {"role": "assistant"}
        self._calls: list[_Call] = []
        self._images: list[str] = []
        self._rest: dict[str, Any] = {}
        self._logprobs: dict[str, Any] = {}

    def add(self, choice: ChatChunkChoice) -> None:
        delta = choice.delta
        if delta.content is not None:
            self._pieces["content"].append(delta.content)
        if delta.role is not None:
            self._message["role"] = delta.role
        if not USUAL.issuperset(given := delta.__pydantic_fields_set__):  # most chunks bring text and nothing else
            self._add_rest(delta, given - USUAL)
        if not OF_CHOICE.issuperset(given := choice.__pydantic_fields_set__):
            _keep_all(self._rest, choice, given - OF_CHOICE)
        if choice.logprobs is not None:
            self._add_logprobs(choice.logprobs)

    def _add_rest(self, delta: ChatDelta, names: Iterable[str]) -> None:
        for name in names:
            value = getattr(delta, name)
            if name == "tool_calls":
                self._add_calls(value or ())
            elif name == "images":
                self._images += value or ()
            elif isinstance(value, str):
                self._pieces.setdefault(name, []).append(value)
            elif name not in self._pieces:
                _keep(self._message, name, value)

    def _add_logprobs(self, logprobs: LogProbs) -> None:
        for name, value in logprobs.model_dump(mode="json", exclude_unset=True).items():
            present: Any = self._logprobs.get(name)
            lists = isinstance(value, list) and isinstance(present, list)
            _keep(self._logprobs, name, present + value if lists else value)

    def _add_calls(self, calls: Iterable[ToolCallDelta]) -> None:
        """Add whole calls, as recorded, or pieces, which belong together by their index."""
        for call in calls:
            owner = next((known for known in self._calls if known.goes_on_with(call)), None)
            if owner is None:
                owner = _Call()
                self._calls.append(owner)
            owner.add(call)

    def wire(self, index: int, *, over: bool) -> dict[str, Any]:
        """The choice in its wire form, pieces joined; until it is over, without calls that may go on."""
        over = over or self._rest.get("finish_reason") is not None
        calls = [call.wire() for call in self._calls if over or call.is_whole()]
        message = self._message | {name: "".join(pieces) for name, pieces in self._pieces.items()}
        message |= {"tool_calls": calls} if calls else {}
        message |= {"images": self._images} if self._images else {}
        return {
            "index": index,
            "message": message,
            **self._rest,
            **({"logprobs": self._logprobs} if self._logprobs else {}),
        }


class _Call:
    """One of the tool calls of an answer."""

    def __init__(self) -> None:
        self._top: dict[str, Any] = {}
        self._function: dict[str, Any] = {}
        self._arguments: list[str] = []

    def goes_on_with(self, piece: ToolCallDelta) -> bool:
        same = piece.index is not None and piece.index == self._top.get("index")
        return same and piece.id in (None, self._top.get("id"))

    def add(self, piece: ToolCallDelta) -> None:
        _keep_all(self._top, piece, piece.model_fields_set - {"function"})
        if piece.function is not None:
            self._arguments.append(piece.function.arguments or "")
            _keep_all(self._function, piece.function, piece.function.model_fields_set - {"arguments"})

    def is_whole(self) -> bool:
        """Whether nothing more can come."""
        return is_object("".join(self._arguments))

    def wire(self) -> dict[str, Any]:
        return {**self._top, "function": {**self._function, "arguments": "".join(self._arguments)}}


def _keep_all(values: dict[str, Any], source: BaseModel, names: Iterable[str]) -> None:
    for name in names:
        _keep(values, name, getattr(source, name))


def _keep(values: dict[str, Any], name: str, value: Any) -> None:
    """The last value counts, but null replaces none."""
    if value is not None or name not in values:
        values[name] = value
