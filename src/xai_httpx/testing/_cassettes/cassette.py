"""Cassettes as their user sees them."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from ..._client import AsyncXAI
from ..._errors import ConfigurationError
from ..._sync_client import XAI
from ..._typing import parameters_of
from .matching import Match
from .tape import Mode, Tape

if TYPE_CHECKING:
    from .transport import HTTPClient

MODES = ("auto", "record", "replay")
MATCHES = ("strict", "lenient")


class Cassette:
    """A file of recorded requests and replies, which clients replay instead of calling the API.

        with Cassette("tests/cassettes/paris.json") as cassette:
            async with cassette.client() as client:
                ...

    The first run records, later ones replay, without network or key. Keys and ids are not written.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        mode: Literal["auto", "record", "replay"] = "auto",
        match: Literal["strict", "lenient"] = "strict",
        pace: float = 0.0,
        redact: Sequence[str | re.Pattern[str]] = (),
    ) -> None:
        """Set the cassette up; a `with` block reads it.

        Args:
            path: The file; it is made with its folders when something is recorded.
            mode: `auto` replays what is there and records what is not; `record` records all, and what was in the file
                is gone; `replay` sends nothing.
            match: Which recorded request is the one that is asked: `strict`, one of equal method, path, query and body,
                each replayed once; `lenient`, one of equal method and path, the last of them again and again.
            pace: The multiple of the recorded times at which to replay: 1 as it was, 0 as fast as can be.
            redact: Strings and compiled patterns that are not to be written, beside keys and ids.

        Raises:
            ConfigurationError: An argument is none of those.
        """
        if mode not in MODES:
            raise ConfigurationError(f"mode must be one of {', '.join(MODES)}, got {mode!r}")
        if match not in MATCHES:
            raise ConfigurationError(f"match must be one of {', '.join(MATCHES)}, got {match!r}")
        given: Any = pace
        if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given < float("inf"):
            raise ConfigurationError(f"pace must be a number, 0 or more, got {pace!r}")
        if isinstance(redact, str) or not all(one and isinstance(one, str | re.Pattern) for one in redact):
            raise ConfigurationError(f"redact must be a list of strings and compiled patterns, got {redact!r}")
        self._path = Path(path)
        self._mode: Mode = mode
        self._match: Match = match
        self._pace = pace
        self._redact = tuple(redact)
        self._opened: Tape | None = None

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def _tape(self) -> Tape:
        if self._opened is None:
            raise ConfigurationError("the cassette is not open: use `with Cassette(...) as cassette:`")
        return self._opened

    def __enter__(self) -> Self:
        """Read the file.

        Raises:
            CassetteError: It cannot be read, is broken, or is of another version.
        """
        self._opened = Tape(self._path, self._mode, self._match, self._redact)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take it out; what was recorded is in the file already."""
        self._opened = None

    async def __aenter__(self) -> Self:
        """Read the file; as `__enter__`."""
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take it out."""
        self.__exit__(kind, error, traceback)

    @parameters_of(AsyncXAI.__init__)
    def client(self, **options: Any) -> AsyncXAI:
        """Make a client that sends through this cassette; to replay, it needs no key.

        Args:
            options: Further arguments of `AsyncXAI`, but `http_client` and `transport`.

        Raises:
            ConfigurationError: The cassette is not open, or as for `AsyncXAI`.
        """
        from .transport import send_through

        return send_through(AsyncXAI(**self._access(options)), self._tape, self._pace)

    @parameters_of(AsyncXAI.__init__)
    def sync_client(self, **options: Any) -> XAI:
        """Make a sync client that sends through this cassette; as `client`.

        Args:
            options: Further arguments of `XAI`, but `http_client` and `transport`.

        Raises:
            ConfigurationError: The cassette is not open, or as for `XAI`.
        """
        from .transport import send_through

        client = XAI(**self._access(options))
        send_through(client._client, self._tape, self._pace)
        return client

    def http_client(self) -> "HTTPClient":
        """Make a client of httpx that sends through this cassette, for code that takes one; yours to close.

        Raises:
            ConfigurationError: The cassette is not open.
        """
        from .transport import open_http

        return open_http(self._tape, self._pace)

    def _access(self, options: dict[str, Any]) -> dict[str, Any]:
        """The arguments of a client; where nothing or not all is sent, with keys that stand for those not given."""
        from .transport import NO_KEY

        for name in ("http_client", "transport"):
            if options.get(name, "httpx") not in (None, "httpx"):
                raise ConfigurationError(f"{name} cannot be given: the cassette's clients have one of their own")
        if self._tape.mode == "record":
            return options
        keys = {"api_key": "XAI_API_KEY", "management_key": "XAI_MANAGEMENT_KEY"}
        missing = {name: NO_KEY for name, variable in keys.items() if not os.environ.get(variable)}
        return {
            **missing,
            **{name: value for name, value in options.items() if value is not None or name not in missing},
        }
