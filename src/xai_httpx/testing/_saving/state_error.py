"""The error of a simulator whose state cannot be used."""

from pathlib import Path

from ..._errors import XAIError


class StateError(XAIError):
    """The directory that a simulator keeps its state in cannot be used; the message says why and what to do.

    Attributes:
        directory: The directory.
    """

    def __init__(self, message: str, directory: Path | None = None) -> None:
        super().__init__(message)
        self.directory = directory
