"""The entries of a conversation, each encoded once for either API: a turn costs what is new in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Self

from .._call import Listed
from .._encode import encode
from .._errors import RequestValidationError, XAIError
from ._adapters import ADAPTERS
from ._entries import Answer, Compaction, Entry, Form
from ._loading import loaded

BUSY = "the conversation is being answered: wait for that, or go on with a fork() that was made before"


class History:
    """What was said.

    Args:
        entries: What it begins with.
    """

    def __init__(self, entries: Sequence[Entry] = ()) -> None:
        self.entries = list(entries)
        self.busy = False
        self._loaded = 0
        self._encoded: dict[Form, list[bytes]] = {"responses": [], "completions": []}
        self._sent: dict[Form, int] = {"responses": 0, "completions": 0}

    def copy(self) -> Self:
        """A history that goes on by itself; what is encoded is shared.

        Raises:
            XAIError: It is being answered.
        """
        self.idle()
        other = type(self)(self.entries)
        other._loaded = self._loaded
        other._encoded = {form: [*encoded] for form, encoded in self._encoded.items()}
        other._sent = {**self._sent}
        return other

    def idle(self) -> None:
        """Refuse to be changed, or read as a whole, in the middle of a turn.

        Raises:
            XAIError: It is being answered.
        """
        if self.busy:
            raise XAIError(BUSY)

    def cut(self, length: int) -> None:
        """Forget what comes after so many entries."""
        del self.entries[length:]
        self._loaded = min(self._loaded, length)
        for form, encoded in self._encoded.items():
            del encoded[length:]
            self._sent[form] = min(self._sent[form], length)

    def replace(self, entries: Sequence[Entry]) -> None:
        """Begin anew with these."""
        self.cut(0)
        self.entries += entries

    async def load(self) -> None:
        """Read the files of what is new.

        Raises:
            RequestValidationError: One cannot be read, or is not what it has to be; its place is named.
        """
        while self._loaded < len(self.entries):
            place = f"messages[{self._loaded}]"
            self.entries[self._loaded] = await loaded(self.entries[self._loaded], place)
            self._loaded += 1

    def listed(self, form: Form, start: int = 0) -> Listed:
        """The entries from one on, as an API takes them.

        Raises:
            RequestValidationError: One of them has no form there.
        """
        encoded = self._encoded[form]
        for entry in self.entries[len(encoded) :]:
            try:
                encoded.append(_joined([encode(item) for item in ADAPTERS[form].items(entry)]))
            except RequestValidationError as error:
                place = f"messages[{len(encoded)}]"
                raise RequestValidationError(f"{place}: {error}", place, error.expected) from None
        whole = _joined(encoded[start:])
        return Listed(whole, _joined(encoded[max(start, self._sent[form]) :]) or whole)

    def placed(self, error: RequestValidationError, form: Form, start: int = 0) -> RequestValidationError:
        """An error of what `listed` gave, by the place in the conversation: only what was not sent yet was checked."""
        parameter = ADAPTERS[form].history
        found = re.match(rf"{parameter}\[(\d+)\]", error.parameter)
        if found is None:
            return error
        unsent = max(start, self._sent[form])
        at = unsent if unsent < len(self.entries) else start
        left = int(found[1])
        while left >= (count := len(ADAPTERS[form].items(self.entries[at]))):
            left, at = left - count, at + 1
        place = f"messages[{at}]" + (f".items[{left}]" if isinstance(self.entries[at], Answer | Compaction) else "")
        message, named = (text.replace(found[0], place) for text in (str(error), error.parameter))
        return RequestValidationError(message, named, error.expected, error.value)

    def sent(self, form: Form) -> None:
        """Remember that an API has taken what `listed` gave for it."""
        self._sent[form] = len(self._encoded[form])


def _joined(encoded: Sequence[bytes]) -> bytes:
    return b",".join(filter(None, encoded))
