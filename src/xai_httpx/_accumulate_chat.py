"""From chunks to a chat completion."""

from __future__ import annotations

from typing import Any

from ._errors import APIError
from ._lenient import build
from ._meta import Meta
from .types.chat import ChatChunkChoice, ChatCompletion, ChatCompletionChunk

FROM_FIRST = {"id", "created", "model"}


class ChatAccumulator:
    """Builds a `ChatCompletion` of its chunks; the marker `[DONE]` completes it."""

    def __init__(self) -> None:
        self.complete = False
        self._top: dict[str, Any] = {}
        self._seen: set[str] = set()
        self._choices: dict[int, _Choice] = {}

    def add(self, event: ChatCompletionChunk) -> None:
        fields = event.model_fields_set
        if not fields <= self._seen or event.usage is not None or event.citations is not None:
            self._seen |= fields
            sent = event.model_dump(mode="json", exclude_unset=True, exclude={"choices", "object"})
            # the first chunk says what identifies the completion, the last what is known only at its end
            self._top = {**self._top, **sent, **{name: self._top[name] for name in FROM_FIRST & self._top.keys()}}
        for choice in event.choices:
            if choice.index not in self._choices:
                self._choices[choice.index] = _Choice()
            self._choices[choice.index].add(choice)

    def done(self) -> None:
        self.complete = True

    def text(self, event: ChatCompletionChunk) -> str:
        return event.text

    def error(self, event: ChatCompletionChunk, meta: Meta) -> APIError | None:
        return None  # errors among chunks are no chunks, so they never decode as one

    def result(self) -> ChatCompletion | None:
        if not self._top:
            return None
        choices = [self._choices[index].wire(index) for index in sorted(self._choices)]
        built: ChatCompletion = build(ChatCompletion, {**self._top, "object": "chat.completion", "choices": choices})
        return built


class _Choice:
    """One of the answers of a streamed completion."""

    def __init__(self) -> None:
        self._pieces: dict[str, list[str]] = {"content": []}
        self._message: dict[str, Any] = {"role": "assistant"}
        self._lists: dict[str, list[Any]] = {}
        self._finish: dict[str, Any] = {}
        self._logprobs: list[Any] = []

    def add(self, choice: ChatChunkChoice) -> None:
        delta = choice.delta
        if delta.content is not None:
            self._pieces["content"].append(delta.content)
        if delta.reasoning_content is not None:
            self._pieces.setdefault("reasoning_content", []).append(delta.reasoning_content)
        if delta.role is not None:
            self._message["role"] = delta.role
        for call in delta.tool_calls or ():
            self._lists.setdefault("tool_calls", []).append(call.model_dump(mode="json", exclude_unset=True))
        if delta.images:
            self._lists.setdefault("images", []).extend(delta.images)
        if delta.model_extra:
            self._message.update(delta.model_extra)
        if choice.finish_reason is not None:
            self._finish = {"finish_reason": choice.finish_reason}
        if choice.logprobs is not None and choice.logprobs.content:
            self._logprobs += [entry.model_dump(mode="json", exclude_unset=True) for entry in choice.logprobs.content]

    def wire(self, index: int) -> dict[str, Any]:
        texts = {name: "".join(pieces) for name, pieces in self._pieces.items()}
        logprobs = {"logprobs": {"content": self._logprobs}} if self._logprobs else {}
        return {"index": index, "message": {**self._message, **texts, **self._lists}, **self._finish, **logprobs}
