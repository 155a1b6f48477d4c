"""The API grows: whatever is added, renamed, emptied or left out, a reply is parsed and keeps every value."""

from __future__ import annotations

import copy
import json
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from tests.samples import META, RECORDED, SAMPLES, bodies, canonical, streams, wire_form
from xai_httpx import Unknown
from xai_httpx._errors import UnexpectedResponseWarning
from xai_httpx._models import decode
from xai_httpx._replies import error_in_body
from xai_httpx.types import responses, responses_events
from xai_httpx.types.responses import Annotation, SummaryText
from xai_httpx.types.responses_events import ResponseStreamEvent

Path = tuple[str | int, ...]
EXAMPLES = int(os.environ.get("DRIFT_EXAMPLES", 120))
drifting = settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)

TAGGED = {  # key of the object, or of the list it is in, whose `type` selects a class
    "output": "UnknownOutputItem",
    "item": "UnknownOutputItem",
    "content": "UnknownOutputContentPart",
    "part": "UnknownOutputContentPart",
    "tools": "UnknownTool",
    "action": "UnknownWebSearchAction",
    "format": "UnknownTextFormat",
}
OPAQUE = {"parameters", "metadata"}  # JSON of the caller's own, of any shape


@dataclass(frozen=True)
class Body:
    """A body to be changed."""

    name: str
    returns: Any
    text: str

    def __repr__(self) -> str:
        return self.name

    @property
    def wire(self) -> Any:
        return json.loads(self.text)


def samples() -> Iterator[Body]:
    """Every body, and of every stream one event of each type."""
    for folder in (SAMPLES, RECORDED):
        for name, returns, content in bodies(folder):
            yield Body(f"{folder.name}/{name}", returns, content.decode())
        for name, returns, lines in streams(folder):
            kinds = {str(json.loads(line).get("type", line)): line for line in lines}
            for kind, line in kinds.items():
                yield Body(f"{folder.name}/{name} {kind[:60]}", returns, line.decode())


BODIES = list(samples())
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
ODD = st.recursive(  # no truth values: pydantic writes true as 1 where the field is a number
    st.none() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
NEW = st.text(min_size=1, max_size=30).map("new_".__add__)  # no name and no value that anyone knows


def walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every place in decoded JSON, but what is inside the caller's own JSON."""
    yield path, value
    if isinstance(value, dict):
        for key, entry in value.items():
            if key not in OPAQUE:
                yield from walk(entry, (*path, key))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from walk(entry, (*path, index))


def get(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def put(value: Any, path: Path, new: Any) -> Any:
    """A copy of the JSON with another value at a place."""
    if not path:
        return new
    changed = copy.deepcopy(value)
    get(changed, path[:-1])[path[-1]] = new
    return changed


def at(result: Any, path: Path) -> Any:
    """The same place in a parsed result."""
    for step in path:
        if isinstance(result, BaseModel) and isinstance(step, str):
            names = {field.alias or name: name for name, field in type(result).model_fields.items()}
            result = getattr(result, names.get(step, step))
        else:
            result = result[step]
    return result


def strict(body: Body, wire: Any) -> Any:
    """Parse it with every warning an error; it comes back as it was."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = decode(json.dumps(wire).encode(), body.returns, META, strict=True)
    assert canonical(wire_form(result)) == canonical(wire)
    return result


def lenient(body: Body, wire: Any) -> tuple[Any, int]:
    """Parse it as a client does by default; it comes back as it was. Also: how many warnings that took."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        result = decode(json.dumps(wire).encode(), body.returns, META, strict=False)
        assert canonical(wire_form(result)) == canonical(wire)
    assert {entry.category for entry in seen} <= {UnexpectedResponseWarning}
    return result, len(seen)


def is_tag(wire: Any, path: Path) -> bool:
    """Whether the string there selects the class of the object that it is in."""
    if path[-1:] != ("type",):
        return False
    names = [step for step in path[:-1] if isinstance(step, str)]
    return not names or (names[-1] in TAGGED and not is_summary(get(wire, path[:-1])))


def is_summary(part: Any) -> bool:
    return part.get("type") == "summary_text"


def places(of: Any) -> list[tuple[Body, Path]]:
    return [(body, path) for body in BODIES for path, value in walk(body.wire) if of(body, path, value)]


# Of every kind of place there are examples, or a test would pass for want of any.
STRINGS = places(lambda body, path, value: isinstance(value, str) and not (path and is_tag(body.wire, path)))
OBJECTS = places(lambda body, path, value: isinstance(value, dict))
NUMBERS = places(lambda body, path, value: isinstance(value, int | float) and not isinstance(value, bool))
MEMBERS = places(
    lambda body, path, value: (
        isinstance(value, dict) and bool(path) and "type" in value and is_tag(body.wire, (*path, "type"))
    )
)
EVENTS = [body for body in BODIES if body.returns is ResponseStreamEvent]
ANYWHERE = places(lambda body, path, value: bool(path))


def optional_fields() -> list[tuple[Body, Path, str]]:
    """Every field that a model in a body may lack, whether it is there or not."""
    found: list[tuple[Body, Path, str]] = []
    for body in BODIES:
        result = strict(body, body.wire)
        for path, value in walk(body.wire):
            part = at(result, path) if isinstance(value, dict) else None
            if isinstance(part, BaseModel):
                fields = type(part).model_fields.items()
                found += [(body, path, field.alias or name) for name, field in fields if not field.is_required()]
    return found


OPTIONAL = optional_fields()


@pytest.mark.parametrize(
    "found", [STRINGS, OBJECTS, NUMBERS, MEMBERS, EVENTS, ANYWHERE, OPTIONAL], ids=lambda found: ""
)
def test_there_is_something_to_change(found: list[Any]) -> None:
    assert len(found) >= 10


@drifting
@given(st.sampled_from(STRINGS), NEW)
def test_a_new_value_of_a_string(place: tuple[Body, Path], value: str) -> None:
    body, path = place

    assert at(strict(body, put(body.wire, path, value)), path) == value


@drifting
@given(st.sampled_from(OBJECTS), NEW, JSON)
def test_a_new_field(place: tuple[Body, Path], name: str, value: Any) -> None:
    body, path = place
    wire = put(body.wire, (*path, name), value)
    part = at(strict(body, wire), path)

    assert part[name] == value if isinstance(part, dict) else getattr(part, name) == value


def test_null_for_every_optional_field() -> None:
    for body, path, name in OPTIONAL:  # all of them: there is no value to choose
        assert at(strict(body, put(body.wire, (*path, name), None)), (*path, name)) is None


def test_every_optional_field_left_out() -> None:
    for body, path, name in OPTIONAL:
        wire = body.wire
        get(wire, path).pop(name, None)

        assert at(strict(body, wire), (*path, name)) is None


def test_a_new_value_of_every_string() -> None:
    for body, path in STRINGS:
        assert at(strict(body, put(body.wire, path, "new_value")), path) == "new_value"


def test_another_value_of_every_number() -> None:
    for body, path in NUMBERS:
        assert at(strict(body, put(body.wire, path, 4711)), path) == 4711


@drifting
@given(st.sampled_from(NUMBERS))
def test_a_whole_number_written_as_a_float(place: tuple[Body, Path]) -> None:
    body, path = place
    number = get(body.wire, path)
    assume(number == int(number))
    result, warned = lenient(body, put(body.wire, path, float(number)))

    assert at(result, path) == number
    assert warned <= 1  # a count is an integer, and comes back as the float that it was


@drifting
@given(st.sampled_from(NUMBERS), st.integers(0, 2**53))
def test_another_whole_number(place: tuple[Body, Path], number: int) -> None:
    body, path = place  # for fields that are floats in the samples as well

    assert at(strict(body, put(body.wire, path, number)), path) == number


@drifting
@given(st.sampled_from(NUMBERS), st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_with_a_fraction(place: tuple[Body, Path], number: float) -> None:
    body, path = place
    assume(number != int(number))
    result, warned = lenient(body, put(body.wire, path, number))

    assert at(result, path) == number
    assert warned <= 1


@drifting
@given(st.sampled_from(MEMBERS), NEW, st.dictionaries(NEW, JSON, max_size=2), st.booleans())
def test_a_new_member_of_a_union(place: tuple[Body, Path], kind: str, fields: dict[str, Any], keeps: bool) -> None:
    body, path = place
    member = {**(get(body.wire, path) if keeps else {}), "type": kind, **fields}
    part = at(strict(body, put(body.wire, path, member)), path)

    named = [step for step in path if isinstance(step, str)][-1]
    assert type(part).__name__ == TAGGED[named]
    assert isinstance(part, Unknown)
    assert canonical(part.raw) == canonical(member)
    assert part.type == kind  # type: ignore[attr-defined]


@drifting
@given(st.sampled_from(EVENTS), NEW, st.dictionaries(NEW, JSON, max_size=2), st.booleans())
def test_a_new_event(body: Body, kind: str, fields: dict[str, Any], keeps: bool) -> None:
    wire = {**(body.wire if keeps else {}), "type": kind, **fields}
    event = strict(body, wire)

    assert type(event) is responses_events.UnknownResponseStreamEvent
    assert isinstance(event, Unknown)
    assert event.type == kind
    assert canonical(event.raw) == canonical(wire)


@drifting
@given(NEW)
def test_a_new_type_of_what_is_no_union(kind: str) -> None:
    for model, fields in (
        (Annotation, {"url": "https://a.example"}),
        (SummaryText, {"text": "a"}),
        (responses.WebSearchSource, {}),
    ):
        part: Any = model.model_validate({"type": kind, **fields})

        assert type(part) is model
        assert part.type == kind


@drifting
@given(st.sampled_from(ANYWHERE), ODD)
def test_anything_anywhere(place: tuple[Body, Path], value: Any) -> None:
    """Even what does not fit at all is handed out, with at most one warning."""
    body, path = place
    assume(path[-1] != "type" or not isinstance(value, list | dict))  # pydantic cannot dump a tag that does not hash
    wire = put(body.wire, path, value)
    assume(not error_in_body(wire))  # of a job that failed, only its status tells that it is none
    result, warned = lenient(body, wire)

    assert warned <= 1
    assert isinstance(result, BaseModel)


@drifting
@given(st.sampled_from(ANYWHERE))
def test_anything_left_out(place: tuple[Body, Path]) -> None:
    body, path = place
    wire = body.wire
    del get(wire, path[:-1])[path[-1]]
    assume(not error_in_body(wire))
    result, warned = lenient(body, wire)

    assert warned <= 1
    assert isinstance(result, BaseModel)
