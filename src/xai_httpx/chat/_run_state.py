"""How far a run has come: what it asks next, or which calls it answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from .._errors import RequestValidationError
from ._entries import Answer, ToolCall, ToolResult
from ._told import told_by
from ._turn import Turn

if TYPE_CHECKING:
    from ._chat import Chat
    from ._reply import Reply


class RunState:
    """How far a run has come; as a block, the turn of the conversation that the run is.

    Args:
        chat: The conversation.
        turn: Its turn.

    Attributes:
        chat: The conversation.
        left: The conversation as the run left it, for it may go on; None until then.
        tools: Names of the functions that the run has.
        turns: How often the model has answered.
        reply: Its last answer; None before the first, and where the run was taken up.
        done: Whether the model has answered without calls.
        answer: What it said last, while its calls are not all answered.
        calls: Those calls.
        results: What is there for them, each in its place.
        failures: How often a call has failed in a row, by name and arguments.
    """

    def __init__(self, chat: Chat, turn: Turn) -> None:
        self.chat = chat
        self.left: Chat | None = None
        self.tools: Sequence[str] = ()
        self.turns = 0
        self.reply: Reply[None] | None = None
        self.done = False
        self.answer: Answer | None = None
        self.calls: Sequence[ToolCall] = ()
        self.results: list[ToolResult | None] = []
        self.failures: dict[tuple[str, str], int] = {}
        self.turn = turn

    def __enter__(self) -> Self:
        self.turn.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.turn.end()
        self.left = self.chat.fork()

    def need(self, tools: Iterable[str]) -> None:
        """Take the names of the functions that there are.

        Raises:
            RequestValidationError: One that the run had when it was saved is missing.
        """
        given = list(tools)
        missing = [name for name in self.tools if name not in given]
        if missing:
            expected = f"the functions that the run had, {', '.join(missing)} among them"
            raise RequestValidationError(f"tools must be {expected}", "tools", expected)
        self.tools = given

    def finish(self, answer: Answer) -> None:
        """Have the last answer join the conversation."""
        self.chat._join(self.turn, answer)
        self.done = True

    def expect(self, answer: Answer) -> None:
        """Have calls answered."""
        self.answer = answer
        self.calls = told_by(answer).tool_calls
        self.results = [None] * len(self.calls)

    def count(self, call: ToolCall, failure: Exception | None) -> None:
        """Count how a call went: one that works begins its count again."""
        times = self.failures.pop((call.name, call.arguments), 0)
        if failure is not None:
            self.failures[call.name, call.arguments] = times + 1

    def take(self) -> None:
        """Have the calls, all of which are answered, join the conversation."""
        if self.answer is not None:
            self.chat._join(self.turn, self.answer, *(result for result in self.results if result is not None))
        self.answer = None
