"""The filters of lists: comparisons joined by AND, OR and NOT (AIP-160, as far as xAI documents it)."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias

from ._errors import ApiError

Value: TypeAlias = str | int | float | None
Record: TypeAlias = Mapping[str, Value]
Matches: TypeAlias = Callable[[Record], bool]

_TOKEN = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*"|\'[^\']*\')|(<=|>=|!=|=|<|>|\(|\))|([^\s()<>=!"]+))')
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?$")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def matcher(text: str, fields: frozenset[str], partial: frozenset[str] = frozenset()) -> Matches:
    """Make the function that tells whether a record matches a filter.

    Args:
        text: The filter; an empty one matches everything.
        fields: The fields that may be compared.
        partial: Those of which `=` matches a part, whatever its case.

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
    def __init__(self, text: str, fields: frozenset[str], partial: frozenset[str]) -> None:
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
        name, operator, written = self._next(), self._next(), self._next()
        if name not in self._fields:
            raise self._wrong(f"unknown field {name!r}")
        if operator not in _COMPARE:
            raise self._wrong(f"unknown operator {operator!r}")
        wanted = _unquoted(written)
        if operator in ("=", "!=") and name in self._partial and wanted is not None:
            return lambda record: (wanted.lower() in str(record.get(name)).lower()) == (operator == "=")
        return lambda record: _compared(record.get(name), operator, wanted)

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


def _compared(value: Value, operator: str, wanted: str | None) -> bool:
    if value is None or wanted is None:
        return operator in ("=", "!=") and (value is wanted) == (operator == "=")
    if isinstance(value, str):
        return operator in ("=", "!=") and (value == wanted) == (operator == "=")
    number = _number(wanted)
    return number is not None and _COMPARE[operator](value, number)


def _number(written: str) -> float | None:
    """A number, or a time in its RFC 3339 form as unix seconds."""
    try:
        return datetime.fromisoformat(written).timestamp() if _DATE.match(written) else float(written)
    except ValueError:
        return None
