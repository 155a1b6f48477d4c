"""What models are told to answer, instead of what they would by themselves."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from .._contract.errors import ApiError
from .._json import JsonObject, compact


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A call that the model makes; `arguments` is JSON text, as on the wire."""

    name: str
    arguments: str


def tool_uses(calls: Iterable[tuple[str, Mapping[str, Any]]]) -> tuple[ToolUse, ...]:
    """Tool calls from names of functions and arguments."""
    return tuple(ToolUse(name, compact(dict(arguments))) for name, arguments in calls)


@dataclass(frozen=True, slots=True)
class Script:
    """An answer.

    Attributes:
        texts: The texts of the choices; where there are fewer than a call asks for, they come again.
        reasoning: The reasoning before it; if None, the default of the model.
        tool_uses: The calls that it makes instead of a text.
        citations: URLs of the sources of its text, which the server's search found.
    """

    texts: tuple[str, ...] = ("",)
    reasoning: str | None = None
    tool_uses: tuple[ToolUse, ...] = ()
    citations: tuple[str, ...] = ()


Author: TypeAlias = Callable[[dict[str, Any]], Script | None]
"""Makes an answer from the JSON body of a request; None for the one that the model would give by itself."""


@dataclass(slots=True)
class _Standing:
    author: Author
    left: int | None


@dataclass(frozen=True, slots=True)
class Scripts:
    """Answers that are still to be given, the oldest first; added to from the user's thread, taken by the server's."""

    _queue: deque[Script | _Standing] = field(default_factory=deque[Script | _Standing])

    def add(self, script: Script) -> None:
        """Have a call answered so."""
        self._queue.append(script)

    def add_author(self, author: Author, times: int | None) -> None:
        """Have so many calls answered by a function; None for all that follow."""
        self._queue.append(_Standing(author, times))

    def clear(self) -> None:
        """Forget all of them."""
        self._queue.clear()

    def next(self, body: JsonObject) -> Script | None:
        """Take what answers a call.

        Args:
            body: The body of its request.

        Raises:
            ApiError: 500 if the function that was to answer raised.
        """
        if not self._queue:
            return None
        first = self._queue[0]
        if isinstance(first, Script):
            self._queue.popleft()
            return first
        if first.left is not None:
            first.left -= 1
            if first.left == 0:
                self._queue.popleft()
        try:
            return first.author(body)
        except Exception as error:
            raise ApiError(500, f"The function that was to answer raised {error!r}.") from error
