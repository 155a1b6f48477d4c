"""Types that lead back to themselves: asked for so many levels deep, read however deep the answer is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NotRequired

import jsonschema
import pytest
from pydantic import BaseModel, Field, Json, TypeAdapter
from typing_extensions import TypeAliasType, TypedDict

from tests.outputs import Endless, Tree, assert_acceptable, assert_no_loop, inside
from xai_httpx import RequestValidationError
from xai_httpx._output_schema import acceptable
from xai_httpx._output_type import output_type
from xai_httpx.testing._brain.schema_instances import instance_of


class Linked(BaseModel):
    """One after the other; the last has none."""

    number: int
    next: Linked | None


class Folder(BaseModel):
    folders: dict[str, Folder]


class Comment(TypedDict):
    text: str
    reply: NotRequired[Comment]


@dataclass
class Part:
    name: str
    parts: tuple[Part, ...] = ()
    twin: Part | None = field(default=None)


class Number(BaseModel):
    kind: Literal["number"]
    value: float


class Sum(BaseModel):
    kind: Literal["sum"]
    left: Term
    right: Term


class Negative(BaseModel):
    kind: Literal["negative"]
    of: Term


Term = Annotated[Number | Sum | Negative, Field(discriminator="kind")]
Value = TypeAliasType("Value", "dict[str, Value] | list[Value] | str | int | None")


class Person(BaseModel):
    name: str
    works_at: Company | None = None


class Company(BaseModel):
    boss: Person
    staff: list[Person]


class Wrapped(BaseModel):
    inner: Json[list[Wrapped]]


class Deep(BaseModel):
    tree: Tree
    deeper: list[Deep]


class Pair(BaseModel):
    pair: Annotated[list[Pair], Field(min_length=2)]


class Chicken(BaseModel):
    egg: Egg


class Egg(BaseModel):
    chicken: Chicken


def nested(depth: int, one: Any, last: Any) -> Any:
    """So many levels, each made of that within it."""
    value = last
    for _ in range(depth - 1):
        value = one(value)
    return value


# Of each type how a level is made of the next, and the last level.
TYPES: list[tuple[Any, Any, Any]] = [
    (Tree, lambda inner: {"name": "a", "children": [inner]}, {"name": "a", "children": []}),
    (Linked, lambda inner: {"number": 1, "next": inner}, {"number": 1, "next": None}),
    (Folder, lambda inner: {"folders": {"a": inner}}, {"folders": {}}),
    (Comment, lambda inner: {"text": "a", "reply": inner}, {"text": "a"}),
    (Part, lambda inner: {"name": "a", "parts": [], "twin": inner}, {"name": "a"}),
    (
        Sum,
        lambda inner: {"kind": "sum", "left": {"kind": "number", "value": 2}, "right": inner},
        {"kind": "number", "value": 1},
    ),
    (Value, lambda inner: {"a": [inner]}, None),
    (list[Tree], lambda inner: [{"name": "a", "children": [*inner]}], [{"name": "a"}]),
    (Person, lambda inner: {"name": "a", "works_at": {"boss": {"name": "b"}, "staff": [inner]}}, {"name": "a"}),
    (Deep, lambda inner: {"tree": {"name": "a"}, "deeper": [inner]}, {"tree": {"name": "a"}, "deeper": []}),
    (Wrapped, lambda inner: {"inner": json.dumps([inner])}, {"inner": "[]"}),
]


@pytest.mark.parametrize(("form", "one", "last"), TYPES, ids=[str(form) for form, _, _ in TYPES])
def test_p20_a_type_is_asked_for_five_levels_deep_and_read_as_deep_as_it_comes(form: Any, one: Any, last: Any) -> None:
    asked = output_type(form)
    assert_acceptable(asked.schema)
    for depth in (2, 5, 6, 7, 20):
        value = nested(depth, one, last)
        text = json.dumps({"value": value} if asked.held else value)
        assert asked.read(text) == TypeAdapter(form).validate_python(value)
        if depth <= (2 if form is Value else 5):
            jsonschema.validate(json.loads(text), asked.schema)
        elif depth >= 7 and form is not Wrapped:  # the API does not look into a string
            assert not jsonschema.Draft202012Validator(asked.schema).is_valid(json.loads(text))


@pytest.mark.parametrize("form", [form for form, _, _ in TYPES if form is not Wrapped], ids=str)
@pytest.mark.parametrize("variant", [0, 1, 2])
def test_p20_what_the_simulator_makes_of_the_schema_is_a_value(form: Any, variant: int) -> None:
    asked = output_type(form)
    asked.read(json.dumps(instance_of(asked.schema, variant)))


def test_p20_the_last_level_leaves_out_what_would_go_on() -> None:
    class Node(BaseModel):
        many: list[Node]
        named: dict[str, Node]
        maybe: Node | None
        either: Node | int
        left_out: Node = None  # type: ignore[assignment]

    fields = output_type(Node).schema["$defs"]["Node-5"]["properties"]
    assert fields == {
        "many": {"title": "Many", "type": "array", "items": {"type": "null"}, "maxItems": 0},
        "named": {"title": "Named", "type": "object", "additionalProperties": False},
        "maybe": {"anyOf": [{"type": "null"}]},
        "either": {"title": "Either", "anyOf": [{"type": "integer"}]},
    }


@pytest.mark.parametrize(
    ("form", "path", "name"),
    [
        (Endless, "Endless.next", "Endless"),
        (list[Endless], "list[Endless][].next", "Endless"),
        (Endless | None, "Endless | None.next", "Endless"),
        (Pair, "Pair.pair[]", "Pair"),
        (Chicken, "Chicken.egg.chicken", "Chicken"),
    ],
)
def test_p20_a_type_without_a_value_that_ends_is_refused_with_the_path(form: Any, path: str, name: str) -> None:
    with pytest.raises(RequestValidationError) as caught:
        output_type(form)
    assert str(caught.value) == f"{path} cannot be asked for: it leads back to {name}, and no value of it would end"
    assert caught.value.parameter == path


@pytest.mark.parametrize(("count", "levels"), [(2, 5), (12, 5), (30, 3), (60, 2)])
def test_p20_the_schema_of_types_that_all_lead_to_each_other_stays_small(count: int, levels: int) -> None:
    fields = {f"kind{number}": {"$ref": f"#/$defs/Kind{number}"} for number in range(count)}
    kinds = {name.title(): {"type": "object", "properties": fields} for name in fields}
    schema = acceptable({"$ref": "#/$defs/Kind0", "$defs": kinds}, "Kind0")
    assert_no_loop(schema)
    assert len(schema["$defs"]) == count * levels - 1
    assert sum("$ref" in node for node in inside(schema)) <= count * count * levels


def test_p20_a_type_that_does_not_lead_back_to_itself_is_there_once() -> None:
    assert [name for name in output_type(Deep).schema["$defs"] if name.startswith("Tree")] == [
        *(f"Tree-{level}" for level in (5, 4, 3, 2)),
        "Tree",
    ]


def test_p20_what_looks_like_a_reference_in_a_default_is_none() -> None:
    class Odd(BaseModel):
        odd: dict[str, str] = {"$ref": "https://example.com/a"}

    assert output_type(Odd).schema["properties"]["odd"]["default"] == {"$ref": "https://example.com/a"}
