"""How the simulator cuts documents into chunks: roughly as each strategy says, never within a unit of its measure."""

import re
from collections.abc import Iterator

from . import _tokens
from ._errors import ApiError
from ._json import JsonObject, as_object
from ._validation import check_fields, check_ranges

DEFAULT: JsonObject = {
    "tokens_configuration": {"max_chunk_size_tokens": 512, "chunk_overlap_tokens": 64, "encoding_name": "o200k_base"}
}
_UNIT = re.compile(r"(chars|tokens|bytes)_configuration$")
_IN_TOKENS = ("table_configuration", "ast_configuration")
_FLAGS = ("strip_whitespace", "inject_name_into_chunks")
_HEADING = re.compile(r"^(?=#{1,6} )", re.MULTILINE)
_CODE = re.compile(r"^(?=(?:async def|def|class|function|func|fn|pub|export)\b)", re.MULTILINE)


def check_chunks(configuration: JsonObject) -> None:
    """Check a chunk configuration.

    Raises:
        ApiError: 422 for members of the wrong type, 400 unless there is exactly one strategy, or for a number that is
            out of its range.
    """
    check_fields(configuration, {}, dict.fromkeys(_FLAGS, "boolean"))
    strategies = [name for name, value in configuration.items() if name not in _FLAGS and value is not None]
    if len(strategies) != 1:
        raise ApiError(400, "chunk_configuration must have exactly one strategy.")
    unit = _unit(strategies[0])
    sizes = {f"max_chunk_size_{unit}": (1, 2**31 - 1), f"chunk_overlap_{unit}": (0, 2**31 - 1)}
    check_fields(configuration, {strategies[0]: "object"})
    check_fields(configuration[strategies[0]], {}, dict.fromkeys(sizes, "integer"))
    check_ranges(configuration[strategies[0]], sizes)


def chunks(text: str, configuration: JsonObject) -> list[str]:
    """Cut a text into chunks.

    Args:
        text: The text.
        configuration: A checked `chunk_configuration`.
    """
    strategy = next(name for name in configuration if name not in _FLAGS)
    unit, settings = _unit(strategy), as_object(configuration[strategy]) or {}
    size = settings.get(f"max_chunk_size_{unit}") or 512
    overlap = min(settings.get(f"chunk_overlap_{unit}") or 0, size - 1)
    found = [
        chunk for part in _parts(text, strategy) for chunk in _windows(_measured(part, strategy, unit), size, overlap)
    ]
    stripped = [chunk.strip() for chunk in found] if configuration.get("strip_whitespace") else found
    return [chunk for chunk in stripped if chunk.strip()]


def _unit(strategy: str) -> str:
    matched = _UNIT.search(strategy)
    if matched is None and strategy not in _IN_TOKENS:
        raise ApiError(400, f"chunk_configuration: unknown strategy {strategy}.")
    return matched[1] if matched else "tokens"


def _parts(text: str, strategy: str) -> list[str]:
    """What no chunk goes beyond: a section of Markdown, a unit of code."""
    if strategy.startswith("markdown_"):
        return _HEADING.split(text)
    return _CODE.split(text) if strategy.startswith(("code_", "ast_")) else [text]


def _measured(part: str, strategy: str, unit: str) -> list[tuple[str, int]]:
    """The pieces that are not cut, with their size: the rows of a table, else tokens or characters."""
    if strategy == "table_configuration":
        return [(row, _tokens.count(row)) for row in part.splitlines(keepends=True)]
    if unit == "tokens":
        return [(piece, 1) for piece in _tokens.pieces(part)]
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
