"""One turn of a conversation: what is said in it stays only if it is answered."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from ._entries import Entry
from ._history import History


class Turn:
    """A block in which a conversation is answered; nobody else changes it, and what is not kept goes with the block.

    Args:
        history: The conversation.
        said: What is said before the answer.
    """

    def __init__(self, history: History, said: Sequence[Entry]) -> None:
        self._history = history
        self._said = said
        self._kept = 0
        self._open = False
        self._answered = False

    def __enter__(self) -> Self:
        self._history.idle()
        self._open = self._history.busy = True
        self._kept = len(self._history.entries)
        self._history.entries += self._said
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """Let others change the conversation again; a second call does nothing."""
        if self._open:
            self._open = False
            self._history.cut(self._kept)
            self._history.busy = False

    @property
    def is_open(self) -> bool:
        """Whether it goes on."""
        return self._open

    @property
    def unsaid(self) -> Sequence[Entry]:
        """What was to be said, while it is not in the conversation: before the block, and after one without answer."""
        return () if self._open or self._answered else self._said

    def add(self, *entries: Entry) -> None:
        """Go on with these, without keeping anything yet."""
        self._history.entries += entries

    def keep(self, *entries: Entry) -> None:
        """Keep all that was said, and these."""
        self._answered = True
        self._history.entries += entries
        self._kept = len(self._history.entries)
