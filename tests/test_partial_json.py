"""A JSON value while its text is still coming: never wrong, whole in the end, and each character read once."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import from_json

from xai_httpx import _partial_json
from xai_httpx._output_type import output_type
from xai_httpx._partial_json import PartialJSON

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.text('"\\/\n\t\x00é€😀u', max_size=8)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)

TOKENS = [*'{}[]",:01-.eEé \n', '"a"', "null", "true", r"\n", r"\u00e9", r"\ud83d\ude00"]
growing = settings(deadline=None, derandomize=True, database=None)


@st.composite
def pieces(draw: st.DrawFn) -> list[str]:
    """The text of a value, in pieces."""
    escapes, indent = draw(st.booleans()), draw(st.sampled_from([None, 0, 2]))
    text = json.dumps(draw(VALUES), ensure_ascii=escapes, indent=indent) + "\n"  # which ends a number that is all
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=10))) if draw(st.booleans()) else range(len(text))
    return [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]


def growth(parts: list[str]) -> Iterator[Any]:
    """What is shown after each piece, as it was then."""
    partial = PartialJSON()
    for part in parts:
        partial.feed(part)
        yield json.loads(json.dumps(partial.value))
    assert not partial.broken


def begins(shown: Any, whole: Any) -> bool:
    """Whether a value is the beginning of another; only the last thing in it may be less than whole."""
    match shown, whole:
        case str(), str():
            return whole.startswith(shown)
        case list(), list():
            return len(shown) <= len(whole) and is_row(list(zip(shown, whole, strict=False)))
        case dict(), dict():
            keys = list(whole)[: len(shown)]
            return list(shown) == keys and is_row([(shown[key], whole[key]) for key in keys])
        case _:
            return bool(shown == whole and type(shown) is type(whole))


def is_row(pairs: list[tuple[Any, Any]]) -> bool:
    return all(shown == whole for shown, whole in pairs[:-1]) and all(begins(*pair) for pair in pairs[-1:])


@growing
@given(pieces())
def test_a_value_grows_to_the_whole_and_is_a_beginning_of_it_all_the_way(parts: list[str]) -> None:
    whole = json.loads("".join(parts))
    *before, last = growth(parts)
    assert (last, repr(last)) == (whole, repr(whole))  # 1 and 1.0 and True are equal
    assert all(shown is None or begins(shown, whole) for shown in before)
    assert all(earlier is None or begins(earlier, later) for earlier, later in pairwise(before))


@growing
@given(st.lists(st.sampled_from(TOKENS), max_size=12), st.integers(0, 6), st.integers(1, 5))
def test_a_text_is_called_broken_only_if_nothing_can_make_it_json(tokens: list[str], left: int, size: int) -> None:
    text = "".join(tokens)
    text = text[: max(len(text) - left, 0)]
    partial = PartialJSON()
    for start in range(0, len(text), size):
        partial.feed(text[start : start + size])
    is_word = re.search(r"[-+.\w]$", text) is not None  # which is judged, and shown, once it is over
    value, fault = parsed(text)
    if fault is None:
        assert not partial.broken
        assert partial.value == value or is_word
    else:
        assert partial.broken is not fault.startswith("EOF") or (is_word and not partial.broken)


def parsed(text: str) -> tuple[Any, str | None]:
    """What pydantic reads in a text, or what it says is wrong."""
    try:
        return from_json(text), None
    except ValueError as error:
        return None, str(error)


def test_what_is_shown_after_each_character() -> None:
    text = r'{"a\n": "x\u00e9\ud83d\ude00", "b": [12, true, {}]}'
    shown = list(growth(list(text)))
    assert [value for value, before in zip(shown, [None, *shown], strict=False) if value != before] == [
        {},
        {"a\n": ""},
        {"a\n": "x"},
        {"a\n": "xé"},
        {"a\n": "xé😀"},
        {"a\n": "xé😀", "b": []},
        {"a\n": "xé😀", "b": [12]},
        {"a\n": "xé😀", "b": [12, True]},
        {"a\n": "xé😀", "b": [12, True, {}]},
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Of course! {}", None),
        ("```json\n{}", None),
        ("\ufeff{}", None),
        ('{"a": 1,}', {"a": 1}),
        ('{"a": 1 "b"', {"a": 1}),
        ('{"a": tru}', {}),
        ('{"a" 1}', {}),
        ("{a: 1}", {}),
        ('{"a": }', {}),
        ("[1,]", [1]),
        ("[1}", [1]),
        ('{"a": [2]]', {"a": [2]}),
        ("[01]", []),
        ("[1.]", []),
        ("[--1]", []),
        (f"[{'1' * 5000}]", []),  # more digits than Python makes a number of
        ('["a\nb"]', ["a"]),
        (r'["a\x"]', ["a"]),
        (r'["a\u12"]', ["a"]),
        (r'["a\ud83d"]', ["a"]),
        (r'["a\ud83d\n"]', ["a"]),
        (r'["a\ud83d\u0041"]', ["a"]),
        (r'["a\ude00"]', ["a"]),
        ('["a\ud83d"]', ["a"]),
        ("{} and more", {}),
        ("{}{}", {}),
        ("[1],", [1]),
        ("1 2", 1),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 1000])
def test_a_text_that_is_no_json_stays_at_what_was_good(text: str, value: Any, size: int) -> None:
    partial = PartialJSON()
    for start in range(0, len(text), size):
        partial.feed(text[start : start + size])
    assert (partial.broken, partial.value) == (True, value)
    partial.feed('[{"a": 1}]')
    assert partial.value == value


@pytest.mark.parametrize(("depth", "broken"), [(201, False), (202, True)])
def test_a_text_is_read_as_deep_as_pydantic_reads_it(depth: int, broken: bool) -> None:
    partial = PartialJSON()
    partial.feed("[" * depth + "]" * depth)
    assert partial.broken is broken
    if broken:
        with pytest.raises(ValueError, match="recursion limit"):
            from_json("[" * depth + "]" * depth)
    else:
        assert partial.value == from_json("[" * depth + "]" * depth)


@pytest.mark.parametrize("text", ["", " ", "1", "-", "nul", "tr"])
def test_nothing_is_shown_before_anything_is_complete(text: str) -> None:
    partial = PartialJSON()
    partial.feed(text)
    assert (partial.value, partial.broken) == (None, False)


@pytest.mark.parametrize(("text", "value"), [("[true", True), ("[false", False), ("[null", None)])
@pytest.mark.parametrize("size", [1, 3, 10])
def test_a_word_that_cannot_go_on_is_shown_at_its_last_letter(text: str, value: Any, size: int) -> None:
    partial = PartialJSON()
    for start in range(0, len(text), size):
        partial.feed(text[start : start + size])
    assert partial.value == [value]


def test_numbers_are_exact() -> None:
    partial = PartialJSON()
    partial.feed("[123456789012345678901234567890, 0.1, -0.0, 1e400, 1E2, NaN, -Infinity]")
    big, tenth, zero, *others, none, least = partial.value
    assert (big, tenth, others, least) == (123456789012345678901234567890, 0.1, [math.inf, 100.0], -math.inf)
    assert math.copysign(1, zero) == -1
    assert math.isnan(none)


def test_objects_and_lists_are_the_same_ones_all_the_way() -> None:
    partial = PartialJSON()
    partial.feed('{"lines": [{"name": "a')
    root = partial.value
    lines, line, name = root["lines"], root["lines"][0], root["lines"][0]["name"]
    partial.feed('b"}, {"name": "c"}], "end": 1}')
    assert partial.value is root
    assert root["lines"] is lines
    assert lines[0] is line
    assert root == {"lines": [{"name": "ab"}, {"name": "c"}], "end": 1}
    assert name == "a"  # texts do not change


class Counted:
    """A pattern that counts the characters which it goes over."""

    def __init__(self, pattern: re.Pattern[str], counts: list[int]) -> None:
        self.pattern, self.counts = pattern, counts

    def match(self, text: str, at: int) -> re.Match[str] | None:
        found = self.pattern.match(text, at)
        self.counts.append(found.end() - at if found else 0)
        return found

    def fullmatch(self, text: str, at: int) -> re.Match[str] | None:
        self.counts.append(len(text) - at)
        return self.pattern.fullmatch(text, at)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"text": "x" * 20_000}),
        json.dumps({"k" * 20_000: 1}),
        json.dumps({"text": "é😀\n" * 1000}),
        json.dumps([1.5, True, {"a": None, "b": "c"}] * 500),
        f"[{'1' * 4000}]",
        f"[{'x' * 20_000}",
        "[" + " " * 20_000 + "]",
    ],
    ids=["string", "key", "escapes", "structure", "digits", "word", "space"],
)
def test_each_character_is_gone_over_once_in_however_small_pieces_it_comes(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scanned: list[int] = []
    parsed: list[int] = []

    def counted(part: str) -> Any:
        parsed.append(len(part))
        return from_json(part)

    monkeypatch.setattr(_partial_json, "from_json", counted)
    for name in ("_SPACE", "_WORD", "_STRING", "_BEGUN_ESCAPE"):
        monkeypatch.setattr(_partial_json, name, Counted(getattr(_partial_json, name), scanned))
    partial = PartialJSON()
    for character in text:
        partial.feed(character)
        assert not partial.broken
        partial.value  # noqa: B018
    assert sum(parsed) <= 2 * len(text)
    # An escape is looked at until it is complete, which is at most twelve times.
    assert sum(scanned) <= (6 if "\\" in text else 1) * len(text)
    assert len(scanned) <= 4 * len(text)


def test_the_object_that_was_put_around_an_answer_is_not_shown() -> None:
    partial = PartialJSON()
    assert output_type(list[int]).inside(partial.value) is None
    partial.feed("{")
    assert output_type(list[int]).inside(partial.value) is None
    partial.feed('"value": [1, 2')
    assert output_type(list[int]).inside(partial.value) == [1]
    assert output_type(dict[str, list[int]]).inside(partial.value) == {"value": [1]}
