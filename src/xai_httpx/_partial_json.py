"""A JSON value while its text is still coming, no I/O.

Each character is parsed once, in place: a piece continues where the last one ended, so that the whole takes linear time
in however small pieces it comes, and however often it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pydantic_core import from_json

_DEEPEST = 201  # open objects and lists, as many as pydantic reads
_SPACE = re.compile(r"[ \t\n\r]*+")
_WORD = re.compile(r"[-+.0-9A-Za-z]*+")  # a number, or one of these:
_WORDS = ("true", "false", "null")
_HEX = "[0-9a-fA-F]"
_HIGH, _LOW = rf"\\u[dD][89abAB]{_HEX}{{2}}", rf"\\u[dD][c-fC-F]{_HEX}{{2}}"
_ESCAPE = rf'(?:\\["\\/bfnrt]|\\u(?![dD][89a-fA-F]){_HEX}{{4}}|{_HIGH}{_LOW})'
_STRING = re.compile(rf'(?:[^"\\\x00-\x1f\ud800-\udfff]++|{_ESCAPE})*+')
_BEGUN_ESCAPE = re.compile(
    rf"\\(?:u(?:(?![dD][c-fC-F]){_HEX}{{0,3}})?)?|{_HIGH}(?:\\(?:u(?:[dD](?:[c-fC-F]{_HEX}?)?)?)?)?"
)


class PartialJSON:
    """Reads a JSON text piece by piece; `value` is what has come of it.

        partial = PartialJSON()
        partial.feed('{"name": "Os')
        partial.value  # {"name": "Os"}
        partial.feed('lo", "population": 7')
        partial.value  # {"name": "Oslo"}

    Attributes:
        broken: Whether the text turned out to be no JSON; `value` stays at what was good.
    """

    __slots__ = ("_at", "_held", "_key", "_next", "_open", "_pieces", "_root", "broken")

    def __init__(self) -> None:
        self.broken = False
        self._root: list[Any] = []  # holds the value, once it has begun
        self._open: list[Any] = [self._root]  # the containers that the next value is inside of, innermost last
        self._key: str | None = None  # of the next value
        self._next: Callable[[str, int], int] = self._value  # reads on from a position, and says how far it came
        self._held = ""  # the beginning of an escape, of which nothing can be shown
        self._pieces: list[str] = []  # of a string or word that is not complete, as far as they are not shown
        self._at: tuple[Any, Any] | None = None  # where the open string is shown: a container, and its index or key

    @property
    def value(self) -> Any:
        """The JSON value as far as it has come; None before anything has.

        Objects and lists are live: they are the same ones each time and grow with what is fed, so copy what has to stay
        as it is, and do not change them. A string grows too; a number, true, false and null are there once they are
        complete (a number that is all of the text: once white space follows), and a key once its value has begun.
        """
        self._show()
        return self._root[0] if self._root else None

    def feed(self, text: str) -> None:
        """Read the next piece of the text; after `broken` it is ignored."""
        text, self._held = self._held + text, ""
        at = 0
        while at < len(text) and not self.broken:
            at = self._next(text, at)

    def _value(self, text: str, at: int) -> int:
        at = _end(_SPACE, text, at)
        match text[at : at + 1]:
            case "":
                return at
            case "{":
                return self._begin({}, self._first_key, at)
            case "[":
                return self._begin([], self._first_item, at)
            case '"':
                self._put("")
                holder = self._open[-1]
                self._at = (holder, self._key if isinstance(holder, dict) else len(holder) - 1)
                self._next = self._string
                return at + 1
            case _:
                self._next = self._word
                return at

    def _begin(self, container: Any, then: Callable[[str, int], int], at: int) -> int:
        self._put(container)
        self._open.append(container)
        self._next = then
        self.broken = len(self._open) > _DEEPEST + 1
        return at + 1

    def _put(self, value: Any) -> None:
        holder = self._open[-1]
        if isinstance(holder, dict):
            holder[self._key] = value
        else:
            holder.append(value)

    def _first_item(self, text: str, at: int) -> int:
        at = _end(_SPACE, text, at)
        if text[at : at + 1] == "]":
            return self._end(at)
        if at < len(text):
            self._next = self._value
        return at

    def _first_key(self, text: str, at: int) -> int:
        at = _end(_SPACE, text, at)
        return self._end(at) if text[at : at + 1] == "}" else self._quote(text, at)

    def _quote(self, text: str, at: int) -> int:
        return self._expect('"', self._string, text, at)

    def _colon(self, text: str, at: int) -> int:
        return self._expect(":", self._value, text, at)

    def _expect(self, character: str, then: Callable[[str, int], int], text: str, at: int) -> int:
        at = _end(_SPACE, text, at)
        if at < len(text):
            self.broken = text[at] != character
            self._next = then
        return at + 1

    def _comma(self, text: str, at: int) -> int:
        """After a value."""
        at = _end(_SPACE, text, at)
        holder = self._open[-1]
        if at == len(text):
            return at
        if text[at] == "," and holder is not self._root:
            self._next = self._quote if isinstance(holder, dict) else self._value
            return at + 1
        if text[at] == ("}" if isinstance(holder, dict) else "]") and holder is not self._root:
            return self._end(at)
        self.broken = True
        return at

    def _end(self, at: int) -> int:
        self._open.pop()
        self._next = self._comma
        return at + 1

    def _word(self, text: str, at: int) -> int:
        end = _end(_WORD, text, at)
        self._pieces.append(text[at:end])
        # The three that cannot go on are complete at their last letter.
        if end == len(text) and (len(self._pieces) > len("false") or "".join(self._pieces) not in _WORDS):
            return end
        word, self._pieces = "".join(self._pieces), []
        try:
            self._put(from_json(word))
        except ValueError:
            self.broken = True
        self._next = self._comma
        return end

    def _string(self, text: str, at: int) -> int:
        """The text of a string or key."""
        end = _end(_STRING, text, at)
        if end > at:
            piece = text[at:end]
            self._pieces.append(from_json(f'"{piece}"') if "\\" in piece else piece)
        if text[end : end + 1] == '"':
            self._close()
        elif _BEGUN_ESCAPE.fullmatch(text, end):
            self._held = text[end:]
            return len(text)
        else:
            self.broken = end < len(text)
        return end + 1

    def _close(self) -> None:
        if self._at is None:
            self._key, self._pieces = "".join(self._pieces), []
            self._next = self._colon
        else:
            self._show()
            self._at = None
            self._next = self._comma

    def _show(self) -> None:
        """Put what has come of the open string into its place."""
        if self._at is None or not self._pieces:
            return
        holder, place = self._at
        shown: str = holder[place]
        holder[place] = None  # a text that nobody else holds grows in place, without a copy of what is there
        shown += "".join(self._pieces)
        holder[place] = shown
        self._pieces = []


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where what matches from a position ends; each pattern matches the empty text too."""
    found = pattern.match(text, at)
    return found.end() if found else at
