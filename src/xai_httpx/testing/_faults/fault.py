"""What can go wrong with a reply while it is sent."""

from dataclasses import dataclass
from typing import Literal, Self, TypeAlias

Kind: TypeAlias = Literal[
    "cut", "stall", "trickle", "reset", "broken_json", "unknown_event", "error_event", "slow_start", "pings"
]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong with a reply while it is sent; made by the methods of the class.

    Events are those of streams, `[DONE]` among them; a fault that is to come after more events than there are comes
    before the end. Of a reply that is no stream, half the body is sent where it is cut, stalls or is reset.
    """

    kind: Kind
    after: int | None = None
    seconds: float = 0.0
    size: int = 1
    status: int = 503
    code: str | None = None
    message: str | None = None

    def __post_init__(self) -> None:
        """Check the numbers, whose names are those of the arguments."""
        if self.after is not None and self.after < 0:
            raise ValueError(f"events must be 0 or more, not {self.after}.")
        if self.seconds < 0:
            raise ValueError(f"seconds must be 0 or more, not {self.seconds}.")
        if self.size < 1:
            raise ValueError(f"size must be at least 1, not {self.size}.")

    @classmethod
    def cut_after(cls, events: int) -> Self:
        """Close the connection after so many events, without the end that tells a whole reply.

        Raises:
            ValueError: `events` is negative.
        """
        return cls("cut", events)

    @classmethod
    def stall_after(cls, events: int) -> Self:
        """Send nothing more after so many events, and leave the connection open until the client closes it.

        Raises:
            ValueError: `events` is negative.
        """
        return cls("stall", events)

    @classmethod
    def reset(cls, after: int | None = None) -> Self:
        """Reset the connection (TCP RST).

        Args:
            after: After how many events; None before any byte of the reply.

        Raises:
            ValueError: `after` is negative.
        """
        return cls("reset", after)

    @classmethod
    def trickle(cls, seconds: float = 0.01, size: int = 1) -> Self:
        """Send the body in small pieces.

        Args:
            seconds: The pause before each piece.
            size: The bytes of a piece.

        Raises:
            ValueError: A number is out of its range.
        """
        return cls("trickle", seconds=seconds, size=size)

    @classmethod
    def broken_json(cls, after: int = 0) -> Self:
        """Send half of the JSON of the event that comes after so many, or of the whole body of a reply.

        Raises:
            ValueError: `after` is negative.
        """
        return cls("broken_json", after)

    @classmethod
    def unknown_event(cls, after: int = 0) -> Self:
        """Put an event of a type that nobody knows into a stream, after so many; other replies are left alone.

        Raises:
            ValueError: `after` is negative.
        """
        return cls("unknown_event", after)

    @classmethod
    def error_event(
        cls, status: int = 503, code: str | None = None, message: str | None = None, *, after: int = 0
    ) -> Self:
        """End a stream with an error inside it, in the form of its API; other replies are left alone.

        Args:
            status: The HTTP status that it stands for.
            code: The text of `code`; if None, the one that xAI uses for the status.
            message: Its text.
            after: After how many events.

        Raises:
            ValueError: `after` is negative.
        """
        return cls("error_event", after, status=status, code=code, message=message)

    @classmethod
    def slow_start(cls, seconds: float) -> Self:
        """Send the head of the reply so much later.

        Raises:
            ValueError: `seconds` is negative.
        """
        return cls("slow_start", seconds=seconds)

    @classmethod
    def pings(cls, seconds: float = 0.0) -> Self:
        """Send a comment and a ping before each event of a stream, which are no events; other replies are left alone.

        Args:
            seconds: While the stream stalls, how long after each other they come; 0 for none then.

        Raises:
            ValueError: `seconds` is negative.
        """
        return cls("pings", seconds=seconds)
