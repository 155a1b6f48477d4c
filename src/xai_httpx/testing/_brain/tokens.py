"""The simulator's tokenizer: words and punctuation marks, each with the white space before it."""

import re
import zlib

from .._json import JsonObject

_PIECE = re.compile(r"\s*\w+|\s*[^\w\s]|\s+")
_VOCABULARY_SIZE = 131_072


def pieces(text: str) -> list[str]:
    """Split a text into tokens; joining them gives the text back."""
    return _PIECE.findall(text)


def count(text: str) -> int:
    """Count the tokens of a text."""
    return len(pieces(text))


def token_id(piece: str) -> int:
    """Return the id of a token; the same on every run and machine."""
    return zlib.crc32(piece.encode()) % _VOCABULARY_SIZE


def tokenize_body(text: str) -> JsonObject:
    """Build the reply of `POST /v1/tokenize-text`."""
    return {
        "token_ids": [
            {"token_id": token_id(piece), "string_token": piece, "token_bytes": list(piece.encode())}
            for piece in pieces(text)
        ]
    }
