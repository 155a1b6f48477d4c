"""The errors of tools that run here, and of a run that lets the model call them."""

from __future__ import annotations

from typing import Any

from ._errors import XAIError


class ToolError(XAIError):
    """A tool did not do what it was called for; the message is for the model to read.

    A function may raise it to tell the model why.
    """


class ToolArgumentsError(ToolError):
    """The model called a tool with arguments that do not fit; the message says each fault, without long values."""


class UnknownToolError(ToolError):
    """The model called a tool that there is not."""


class ToolDeniedError(ToolError):
    """A tool was not called, for who was asked about it did not allow it."""


class ToolTimeoutError(ToolError):
    """A tool took longer than it may.

    Attributes:
        name: The tool.
        timeout: How long it may take, in seconds.
    """

    def __init__(self, message: str, *, name: str = "", timeout: float = 0.0) -> None:
        super().__init__(message)
        self.name = name
        self.timeout = timeout


class ToolRunError(ToolError):
    """A run stopped before the model had given its answer; it can be taken up again where it was.

    Attributes:
        state: The run until then, as JSON text.
        reply: The last reply of the model.
        turns: How many replies there were.
    """

    def __init__(self, message: str, *, state: str = "", reply: Any = None, turns: int = 0) -> None:
        super().__init__(message)
        self.state = state
        self.reply = reply
        self.turns = turns


class ToolTurnsExceededError(ToolRunError):
    """The model was still calling tools when its turns were used up."""


class ToolRepeatedFailureError(ToolRunError):
    """The model made the same call again and again, and it failed each time.

    Attributes:
        name: The tool.
        arguments: What it was called with, as the model wrote it.
        times: How often it failed.
    """

    def __init__(self, message: str, *, name: str = "", arguments: str = "", times: int = 0, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.name = name
        self.arguments = arguments
        self.times = times
