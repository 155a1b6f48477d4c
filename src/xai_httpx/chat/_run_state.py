"""How far a run has come, as text too: what it was about to do is taken up from there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from .._encode import encode
from .._errors import RequestValidationError
from ._entries import Answer, ToolCall, ToolResult
from ._saving import from_json, read_entry, written, written_entry
from ._told import told_by

if TYPE_CHECKING:
    from .._resources import Resources
    from ._chat import Chat
    from ._reply import Reply

FORMAT = "xai_httpx.run"
VERSION = 1
EXPECTED = f"the state of a run, of version {VERSION}"


class RunState:
    """How far a run has come.

    Attributes:
        chat: The conversation.
        turns: How often the model has answered.
        reply: Its last answer; None before the first, and where the run was taken up.
        answer: What it said last, while its calls are not all answered.
        calls: Those calls.
        results: What is there for them, each in its place.
        failures: How often a call has failed in a row, by name and arguments.
    """

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.turns = 0
        self.reply: Reply[None] | None = None
        self.answer: Answer | None = None
        self.calls: Sequence[ToolCall] = ()
        self.results: list[ToolResult | None] = []
        self.failures: dict[tuple[str, str], int] = {}

    def expect(self, answer: Answer) -> None:
        """Have calls answered."""
        self.answer = answer
        self.calls = told_by(answer).tool_calls
        self.results = [None] * len(self.calls)

    def take(self, failures: Sequence[Exception | None]) -> None:
        """Count how the calls went, all of which are answered now."""
        for call, failure in zip(self.calls, failures, strict=True):
            key = (call.name, call.arguments)
            self.failures[key] = 0 if failure is None else self.failures.get(key, 0) + 1
        self.answer = None

    def to_json(self) -> str:
        """The run as text."""
        pending = self.answer and {
            "answer": written_entry(self.answer),
            "results": [result and written_entry(result) for result in self.results],
        }
        failures = [[*call, times] for call, times in self.failures.items() if times]
        state = {FORMAT: VERSION, "chat": written(self.chat), "turns": self.turns, "pending": pending}
        return encode({**state, "failures": failures}).decode()

    @classmethod
    def from_json(cls, kind: type[Chat], text: str | bytes, client: Resources) -> RunState:
        """The run that was written.

        Raises:
            RequestValidationError: The text is none, or of another version.
        """
        try:
            read: object = json.loads(text)
        except (ValueError, TypeError, RecursionError) as error:
            raise _refused(f"no JSON ({error})") from None
        saved = cast("dict[str, Any]", read) if isinstance(read, dict) else {}
        if saved.get(FORMAT) != VERSION:
            raise _refused(f"version {saved.get(FORMAT)!r:.40}")
        try:
            state = cls(from_json(kind, json.dumps(saved["chat"]), client, ()))
            state.turns = int(saved["turns"])
            state.failures = {(name, arguments): int(times) for name, arguments, times in saved["failures"]}
            if saved["pending"]:
                state.expect(cast("Answer", read_entry(saved["pending"]["answer"])))
                results = [given and read_entry(given) for given in saved["pending"]["results"]]
                state.results = cast("list[ToolResult | None]", results)
        except (LookupError, TypeError, ValueError) as error:
            if isinstance(error, RequestValidationError):
                raise
            raise _refused(f"one that is broken: {error!r:.200}") from None
        return state


def _refused(got: str) -> RequestValidationError:
    return RequestValidationError(f"state must be {EXPECTED}, got {got}", "state", EXPECTED)
