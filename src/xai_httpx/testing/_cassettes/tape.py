"""What a cassette has recorded, and what of it was replayed; shared by all who send through it."""

import re
from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import Literal, TypeAlias

from .errors import CassetteMissError
from .file import interaction_text, read_cassette, write_cassette
from .interaction import Interaction, RecordedRequest
from .matching import Match, matching, why_not
from .pseudonyms import KNOWN
from .redaction import Redactor

Mode: TypeAlias = Literal["auto", "record", "replay"]

HOW = (
    "To record it: Cassette(..., mode='auto'); with the fixture xai_cassette, pytest --xai-record=auto; "
    "as a server, python -m xai_httpx.testing --record --cassette"
)


class Tape:
    """The interactions of a cassette, in the order in which they began.

    Args:
        path: The file; what is in it is forgotten in the mode `record`.
        mode: Whether what is not recorded is sent, and what is recorded replayed.
        match: When a recorded request is the one that is asked.
        redact: What is not to be written, beside keys and ids.
        again: Whether what was replayed begins again when it is asked for again.

    Raises:
        CassetteError: The file cannot be read.
    """

    def __init__(
        self,
        path: Path,
        mode: Mode,
        match: Match,
        redact: Iterable[str | re.Pattern[str]] = (),
        *,
        again: bool = False,
    ) -> None:
        self.path = path
        self.mode = mode
        self.redactor = Redactor(redact)
        self._match: Match = match
        self._again = again
        self._lock = Lock()
        self._recorded = [] if mode == "record" else read_cassette(path)
        self._played = [0] * len(self._recorded)
        self._texts = dict(enumerate(map(interaction_text, self._recorded)))
        self._next = len(self._recorded)

    def find(self, asked: RecordedRequest, known_by: str) -> Interaction | None:
        """What is to be replayed; None when the request is to be sent and recorded.

        Args:
            asked: The request.
            known_by: All of it, as it was asked.

        Raises:
            CassetteMissError: Nothing is recorded, and it is not to be sent, or cannot, for it names things by
                pseudonyms, which come from what was replayed.
        """
        with self._lock:
            if self.mode != "record":
                found = matching(asked, self._recorded, self._played, self._match, again=self._again)
                if found is not None:
                    self._played[found] += 1
                    return self._recorded[found]
                if self.mode == "replay":
                    raise self._miss(asked, f"{why_not(asked, [one.request for one in self._recorded])}\n{HOW}.")
            if (pseudonym := KNOWN.search(known_by)) is not None:
                raise self._miss(
                    asked,
                    f"It cannot be recorded alone, for the server does not know {pseudonym[0]!r}: that is a pseudonym, "
                    "from a reply that was replayed. Record the whole anew: Cassette(..., mode='record'), or "
                    "pytest --xai-record=all.",
                )
            return None

    def begin(self) -> int:
        """The place of an interaction that begins."""
        with self._lock:
            self._next += 1
            return self._next - 1

    def keep(self, place: int, interaction: Interaction) -> None:
        """Write down an interaction that is over; it will not be replayed to those who send through this tape.

        Raises:
            CassetteError: The file cannot be written.
        """
        with self._lock:
            self._texts[place] = interaction_text(interaction)
            write_cassette(self.path, [self._texts[index] for index in sorted(self._texts)])

    def _miss(self, asked: RecordedRequest, why: str) -> CassetteMissError:
        return CassetteMissError(self.path, f"has no reply to {asked.method} {asked.path}. {why}")
