"""How the simulator cuts documents into chunks: roughly as each strategy says, never within a unit of its measure."""

import re
from collections.abc import Iterator

from .._brain import tokens
from .._json import JsonObject

DEFAULT: JsonObject = {
    "tokens_configuration": {"max_chunk_size_tokens": 512, "chunk_overlap_tokens": 64, "encoding_name": "o200k_base"}
}
_UNIT = re.compile(r"(chars|tokens|bytes)_configuration$")
_FLAGS = ("strip_whitespace", "inject_name_into_chunks")
_HEADING = re.compile(r"^(?=#{1,6} )", re.MULTILINE)
_CODE = re.compile(r"^(?=(?:async def|def|class|function|func|fn|pub|export)\b)", re.MULTILINE)


def chunks(text: str, configuration: JsonObject) -> list[str]:
    """Cut a text into chunks.

    Args:
        text: The text.
        configuration: A `chunk_configuration`.
    """
    strategy = _strategy(configuration)
    unit, settings = _unit(strategy), configuration[strategy]
    size = settings.get(f"max_chunk_size_{unit}") or 512
    overlap = min(settings.get(f"chunk_overlap_{unit}") or 0, size - 1)
    found = [
        chunk for part in _parts(text, strategy) for chunk in _windows(_measured(part, strategy, unit), size, overlap)
    ]
    stripped = [chunk.strip() for chunk in found] if configuration.get("strip_whitespace") else found
    return [chunk for chunk in stripped if chunk.strip()]


def _strategy(configuration: JsonObject) -> str:
    return next(name for name, value in configuration.items() if name not in _FLAGS and value is not None)


def _unit(strategy: str) -> str:
    matched = _UNIT.search(strategy)
    return matched[1] if matched else "tokens"


def _parts(text: str, strategy: str) -> list[str]:
    """What no chunk goes beyond: a section of Markdown, a unit of code."""
    if strategy.startswith("markdown_"):
        return _HEADING.split(text)
    return _CODE.split(text) if strategy.startswith(("code_", "ast_")) else [text]


def _measured(part: str, strategy: str, unit: str) -> list[tuple[str, int]]:
    """The pieces that are not cut, with their size: the rows of a table, else tokens or characters."""
    if strategy == "table_configuration":
        return [(row, tokens.count(row)) for row in part.splitlines(keepends=True)]
    if unit == "tokens":
        return [(piece, 1) for piece in tokens.pieces(part)]
    return [(character, len(character.encode()) if unit == "bytes" else 1) for character in part]


def _windows(pieces: list[tuple[str, int]], size: int, overlap: int) -> Iterator[str]:
    start = 0
    while start < len(pieces):
        end, total = start, 0
        while end < len(pieces) and (end == start or total + pieces[end][1] <= size):
            total += pieces[end][1]
            end += 1
        yield "".join(piece for piece, _ in pieces[start:end])
        if end == len(pieces):
            return
        start = _back(pieces, start, end, overlap)


def _back(pieces: list[tuple[str, int]], start: int, end: int, overlap: int) -> int:
    """Where the next chunk begins: as far before the end of this one as the overlap reaches, but further than this."""
    kept = 0
    while end - 1 > start and kept + pieces[end - 1][1] <= overlap:
        end -= 1
        kept += pieces[end][1]
    return end
