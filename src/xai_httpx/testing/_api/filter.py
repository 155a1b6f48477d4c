"""Filters of lists and searches: comparisons joined by AND, OR and NOT (AIP-160, as far as xAI documents it)."""

import operator
import re
from collections.abc import Callable, Container, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from .._contract.errors import ApiError

Value: TypeAlias = str | int | float | None
Record: TypeAlias = Mapping[str, Value]
Matches: TypeAlias = Callable[[Record], bool]

_TOKEN = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*"|\'[^\']*\')|(<=|>=|!=|=|<|>|!|\(|\))|([^\s()<>=!"]+))')
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?$")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def matcher(text: str, fields: Container[str], partial: Container[str] = ()) -> Matches:
    """Make the function that tells whether a record matches a filter.

    Args:
        text: The filter; an empty one matches everything.
        fields: The fields that may be compared.
        partial: Those of which `=` and `:` match a part, whatever its case.

    Raises:
        ApiError: 400 for a filter that cannot be read.
    """
    if not text.strip():
        return lambda record: True
    try:
        return _Parser(text, fields, partial).whole()
    except RecursionError:
        raise ApiError(400, "Invalid filter: it nests too deep.") from None


class _Parser:
    def __init__(self, text: str, fields: Container[str], partial: Container[str]) -> None:
        self._text = text
        self._fields = fields
        self._partial = partial
        self._tokens = self._tokenized()
        self._at = 0

    def whole(self) -> Matches:
        found = self._disjunction()
        if self._at < len(self._tokens):
            raise self._wrong(f"unexpected {self._tokens[self._at]!r}")
        return found

    def _tokenized(self) -> list[str]:
        text, at, tokens = self._text.rstrip(), 0, list[str]()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise self._wrong(f"unexpected {text[at:].strip()[:20]!r}")
            tokens.append(match[0].strip())
            at = match.end()
        return tokens

    def _disjunction(self) -> Matches:
        options = [self._conjunction()]
        while self._took("OR"):
            options.append(self._conjunction())
        return lambda record: any(option(record) for option in options)

    def _conjunction(self) -> Matches:
        terms = [self._term()]
        while self._took("AND"):
            terms.append(self._term())
        return lambda record: all(term(record) for term in terms)

    def _term(self) -> Matches:
        if self._took("NOT"):
            negated = self._term()
            return lambda record: not negated(record)
        if self._took("("):
            inner = self._disjunction()
            if not self._took(")"):
                raise self._wrong("a bracket is not closed")
            return inner
        return self._comparison()

    def _comparison(self) -> Matches:
        name, colon, rest = self._next().partition(":")
        if name not in self._fields:
            raise self._wrong(f"unknown field {name!r}")
        if colon:
            return self._having(name, rest)
        sign, written = self._next(), self._next()
        if sign not in _COMPARE:
            raise self._wrong(f"unknown operator {sign!r}")
        return self._compared(name, sign, _unquoted(written))

    def _having(self, name: str, rest: str) -> Matches:
        """What follows a colon: a value, a range, `!` with a value, or another operator with one."""
        low, dots, high = rest.partition("..")
        if dots:
            return lambda record: _fits(record.get(name), ">=", low) and _fits(record.get(name), "<=", high)
        if rest:
            return self._compared(name, "=", _unquoted(rest))
        sign = next((each for each in ("!", *_COMPARE) if self._took(each)), "=")
        return self._compared(name, "!=" if sign == "!" else sign, _unquoted(self._next()))

    def _compared(self, name: str, sign: str, wanted: str | None) -> Matches:
        if sign in ("=", "!=") and name in self._partial and wanted is not None:
            return lambda record: (wanted.lower() in str(record.get(name)).lower()) == (sign == "=")
        return lambda record: _fits(record.get(name), sign, wanted)

    def _took(self, token: str) -> bool:
        taken = self._tokens[self._at : self._at + 1] == [token]
        self._at += taken
        return taken

    def _next(self) -> str:
        if self._at >= len(self._tokens):
            raise self._wrong("it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _wrong(self, why: str) -> ApiError:
        return ApiError(400, f"Invalid filter {self._text!r}: {why}.")


def _unquoted(written: str) -> str | None:
    if written[0] in "\"'":
        return re.sub(r"\\(.)", r"\1", written[1:-1])
    return None if written == "null" else written


def _fits(value: Value, sign: str, wanted: str | None) -> bool:
    if value is None or wanted is None:
        return sign in ("=", "!=") and (value is wanted) == (sign == "=")
    if isinstance(value, str) and (sign in ("=", "!=") or _number(value) is None or _number(wanted) is None):
        return _COMPARE[sign](value, wanted)
    number = _number(wanted)
    return number is not None and _COMPARE[sign](_number(value) if isinstance(value, str) else value, number)


def _number(written: str) -> float | None:
    """A number, or a time in its RFC 3339 form as unix seconds; without an offset it is one in UTC."""
    try:
        if not _DATE.match(written):
            return float(written)
        time = datetime.fromisoformat(written)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    except ValueError:
        return None
