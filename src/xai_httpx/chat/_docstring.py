"""What a docstring says of a function and of its parameters, in the three styles in use; no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from inspect import cleandoc
from itertools import pairwise, takewhile
from typing import NamedTuple

_NAME = r"\*{0,2}(?P<name>\w+)"
_PARAMETERS = r"Args|Arguments|Parameters|Params|Keyword Args|Keyword Arguments|Other Parameters"
_OTHERS = r"Returns?|Yields?|Raises|Warns|Warnings?|Examples?|Notes?|References|See Also|Attributes|Todo|Receives"
_GOOGLE_SECTION = re.compile(rf"(?:(?P<parameters>{_PARAMETERS})|{_OTHERS}):\s*$", re.IGNORECASE)
_NUMPY_SECTION = re.compile(rf"(?:(?P<parameters>{_PARAMETERS})|{_OTHERS})\s*$", re.IGNORECASE)
_GOOGLE_ENTRY = re.compile(rf"{_NAME}\s*(?:\([^:]*\))?\s*:\s*(?P<text>.*)")
_NUMPY_ENTRY = re.compile(r"(?P<names>\*{0,2}\w+(?:\s*,\s*\*{0,2}\w+)*)\s*(?::.*)?$")
_SPHINX_FIELD = re.compile(r":(?P<field>[a-z]+)(?:\s+(?P<rest>[^:]*))?:\s*(?P<text>.*)")
_SPHINX_PARAMETERS = ("param", "parameter", "arg", "argument", "key", "keyword")


class Docstring(NamedTuple):
    """What a docstring says.

    Attributes:
        summary: All that stands before the first section, of the function as a whole.
        parameters: What it says of each parameter, by name.
    """

    summary: str
    parameters: Mapping[str, str]


def parse_docstring(text: str | None) -> Docstring:
    """Read a docstring in the style of Google, NumPy or Sphinx; whatever it cannot read is left out, never an error."""
    lines = cleandoc(text or "").splitlines()
    first = next((index for index in range(len(lines)) if _begins_section(lines, index)), len(lines))
    parameters: dict[str, str] = {}
    index = first
    while index < len(lines):
        block = [lines[index], *_until_next_section(lines, index + 1)]
        for name, told in _entries(block):
            parameters.setdefault(name, told)
        index += len(block)
    return Docstring("\n".join(lines[:first]).strip(), parameters)


def _begins_section(lines: list[str], index: int) -> bool:
    return bool(
        _GOOGLE_SECTION.match(lines[index]) or _SPHINX_FIELD.match(lines[index]) or _is_numpy(lines[index : index + 2])
    )


def _is_numpy(lines: list[str]) -> bool:
    """Whether a heading stands here: a word underlined with dashes."""
    underlined = len(lines) > 1 and len(lines[1]) > 2 and set(lines[1].rstrip()) == {"-"}
    return underlined and bool(_NUMPY_SECTION.match(lines[0]))


def _until_next_section(lines: list[str], start: int) -> Iterable[str]:
    return (lines[index] for index in takewhile(lambda at: not _begins_section(lines, at), range(start, len(lines))))


def _entries(block: list[str]) -> Iterable[tuple[str, str]]:
    """The parameters that a section tells of."""
    field = _SPHINX_FIELD.match(block[0])
    if field:
        words = (field["rest"] or "").split()
        if words and field["field"] in _SPHINX_PARAMETERS:
            yield words[-1].lstrip("*"), _joined([field["text"], *block[1:]])
        return
    numpy = _is_numpy(block)
    heading = (_NUMPY_SECTION if numpy else _GOOGLE_SECTION).match(block[0])
    if heading and heading["parameters"]:
        yield from _numpy_entries(block[2:]) if numpy else _google_entries(block[1:])


def _google_entries(lines: list[str]) -> Iterable[tuple[str, str]]:
    """Entries are indented alike; what is indented more goes on with the entry above."""
    inside = list(takewhile(lambda line: _indent(line) or not line.strip(), lines))
    depth = min((_indent(line) for line in inside if line.strip()), default=0)
    for head, more in _chunks(inside, depth):
        entry = _GOOGLE_ENTRY.match(head.strip())
        if entry:
            yield entry["name"], _joined([entry["text"], *more])


def _numpy_entries(lines: list[str]) -> Iterable[tuple[str, str]]:
    """A line with a name, or several, and below it, indented, what is said of it."""
    for head, more in _chunks(lines, 0):
        entry = _NUMPY_ENTRY.match(head)
        if entry:
            for name in entry["names"].split(","):
                yield name.strip().lstrip("*"), _joined(more)


def _chunks(lines: list[str], depth: int) -> Iterable[tuple[str, list[str]]]:
    """Lines at a depth, each with those below it that are indented more."""
    starts = [index for index, line in enumerate(lines) if line.strip() and _indent(line) == depth]
    for start, end in pairwise([*starts, len(lines)]):
        yield lines[start], lines[start + 1 : end]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _joined(lines: Iterable[str]) -> str:
    """One paragraph, for a description is one line of a schema."""
    return " ".join(line.strip() for line in lines if line.strip())
