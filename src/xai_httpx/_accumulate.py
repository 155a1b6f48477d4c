"""From the events of a stream to the object that a call without streaming would have returned.

Each resource that streams has an accumulator. It keeps pieces and joins them once, when an object is asked for: the
cost of an event does not grow with the text so far. Where it is not to keep pieces, it notes only how the stream ends.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

from ._meta import Meta

E_contra = TypeVar("E_contra", contravariant=True)
R_co = TypeVar("R_co", covariant=True)


class Accumulator(Protocol[E_contra, R_co]):
    """What a stream needs to know of its events."""

    complete: bool
    """Whether the terminal event has come."""

    def add(self, event: E_contra, meta: Meta) -> None:
        """Take in one event that fits its model; `complete` tells whether it was the last.

        Raises:
            APIError: The event reports an error.
        """
        ...

    def done(self) -> None:
        """Take in the marker `[DONE]`, which is a terminal event only where there is no other."""
        ...

    def text(self, event: E_contra) -> str:
        """The answer text that this event adds."""
        ...

    def result(self) -> R_co | None:
        """The object as far as it has come; None before the first event."""
        ...
