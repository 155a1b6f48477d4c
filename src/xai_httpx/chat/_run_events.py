"""What a run tells while it goes on, for a user interface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ._delta import Delta
from ._entries import ToolCall
from ._local_tool import ToolOutput
from ._reply import Reply


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """The model is asked.

    Attributes:
        turn: How often it was, this time included; from 1.
    """

    turn: int


@dataclass(frozen=True, slots=True)
class TurnFinished:
    """The model has answered.

    Attributes:
        turn: Which turn it was, from 1.
        reply: The answer; without `tool_calls` it is the last.
    """

    turn: int
    reply: Reply[None]


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool is called; it was approved, if anybody has to.

    Attributes:
        call: What the model asked for.
    """

    call: ToolCall


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """A tool has returned or failed, or was not called at all.

    Attributes:
        call: What the model asked for.
        output: What the model is told.
        error: Why it failed, or was not called; None where it returned.
    """

    call: ToolCall
    output: ToolOutput
    error: Exception | None = None


RunEvent: TypeAlias = TurnStarted | Delta | TurnFinished | ToolStarted | ToolFinished
