"""Takes keys and ids out of what is written into a cassette."""

import base64
import binascii
import re
from collections.abc import Iterable
from typing import Any

from .._json import as_list, as_object, compact, parse
from . import pseudonyms
from .pseudonyms import REDACTED
from .redaction_rules import IDS, KEYS, UNMISTAKABLE, is_id, is_personal, is_secret

_BASE64 = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}|[A-Za-z0-9_-]{24,}={0,2}")
_URL_SAFE = re.compile(r"[_-]")
_LEARNED = 8  # characters that an id must have to be looked for everywhere
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_DATA_LINE = re.compile(r"((?:data:)?\s*)([\[{].*[\]}])(\s*)", re.DOTALL)


class Redactor:
    """Replaces what nobody else is to see. What it has replaced once it does not touch again.

    Keys that requests were sent with, and ids whose field says that they are, are known from then on and replaced
    wherever they occur.

    Args:
        further: Strings, and patterns, that are replaced as well.
    """

    def __init__(self, further: Iterable[str | re.Pattern[str]] = ()) -> None:
        self._further = [re.compile(re.escape(one)) if isinstance(one, str) else one for one in further]
        self._known: dict[str, str] = {}

    def learn_key(self, authorization: str) -> None:
        """Have a key replaced from now on, given what a request was authorized with."""
        key = authorization.rpartition(" ")[2]
        if len(key) >= _LEARNED:
            self._known[key] = REDACTED

    def text(self, text: str) -> str:
        """A text without them."""
        text = _BASE64.sub(lambda match: self._encoded(match[0]), text)
        for pattern in self._further:
            text = pattern.sub(REDACTED, text)
        for known in sorted(self._known, key=len, reverse=True):
            text = text.replace(known, self._known[known])
        for pattern, replacement in (*KEYS, *IDS):
            text = pattern.sub(replacement, text)
        return text

    def field(self, name: str, value: str) -> str:
        """What a field of a name holds, without them."""
        if is_secret(name):
            return REDACTED if value else value
        told = self.text(value)
        if told == value and value and (is_personal(name) or (is_id(name) and pseudonyms.is_opaque(value))):
            told = pseudonyms.of_id(value)
            if told != value and len(value) >= _LEARNED:
                self._known[value] = told
        return told

    def json(self, value: Any, name: str = "") -> Any:
        """A JSON value without them, names of members included."""
        if (members := as_object(value)) is not None:
            return {self.text(key): self.json(member, key) for key, member in members.items()}
        if (items := as_list(value)) is not None:
            return [self.json(item, name) for item in items]
        if not isinstance(value, str):
            return value
        return self.field(name, value)

    def line(self, line: str) -> str:
        """A line of a stream or a file without them; of one that holds JSON, that is read."""
        if (match := _DATA_LINE.fullmatch(line)) is None:
            return self.text(line)
        try:
            value = parse(match[2].encode())
        except ValueError:
            return self.text(line)
        told = self.json(value)
        return line if told == value else match[1] + compact(told) + match[3]

    def data(self, data: bytes) -> bytes:
        """Bytes without them; in those that are no text, what looks like an address may be a picture, and stays."""
        try:
            return "".join(map(self.line, lines(data.decode()))).encode()
        except UnicodeDecodeError:
            text = data.decode("latin-1")
        for known, replacement in self._known.items():
            text = text.replace(known.encode().decode("latin-1"), replacement)
        for pattern in self._further:
            text = pattern.sub(REDACTED, text)
        for pattern, replacing in UNMISTAKABLE:
            text = pattern.sub(replacing, text)
        return text.encode("latin-1")

    def _encoded(self, text: str) -> str:
        """What may be base64, without them; what is at its end, and not whole, stays."""
        whole = len(text) // 4 * 4
        try:
            data = base64.b64decode(text[:whole], altchars=b"-_" if _URL_SAFE.search(text) else None, validate=True)
        except binascii.Error:
            return text
        told = self.data(data)
        if told == data:
            return text
        encode = base64.urlsafe_b64encode if _URL_SAFE.search(text) else base64.b64encode
        return encode(told).decode() + text[whole:]


def lines(text: str) -> list[str]:
    """The lines of a text with their ends; unlike `splitlines`, only those that events have."""
    return _LINE.findall(text)
