"""What goes wrong with cassettes."""

from pathlib import Path

from ..._errors import XAIError


class CassetteError(XAIError):
    """A cassette cannot be read or written.

    Attributes:
        path: The file.
    """

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(path, message)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}: {self.args[1]}"


class CassetteMissError(CassetteError):
    """A request has no recorded reply, and is not to be sent; it is never retried."""
