"""Structured output: a type goes out as a schema and comes back as a value, or as an error that says why not."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import jsonschema
import pytest
from pydantic import BaseModel, Field, RootModel

from tests.outputs import (
    APIS,
    FULL,
    ORDER,
    Address,
    Answer,
    Cat,
    Colour,
    Dog,
    Endless,
    Line,
    Nobody,
    Order,
    Pair,
    Point,
    Server,
    Socket,
    Wired,
    assert_acceptable,
)
from xai_httpx import (
    RequestValidationError,
)
from xai_httpx._output_type import output_type

ROUND_TRIPS: list[tuple[Any, str, Any]] = [
    (Order, ORDER, FULL),
    (Point, '{"x": 1, "y": -2}', Point(1, -2)),
    (Address, '{"city": "Oslo", "tags": []}', {"city": "Oslo", "tags": []}),
    (dict[str, Line], '{"k": {"name": "n", "price": "1"}}', {"k": Line(name="n", price=Decimal(1))}),
    (dict[str, int], '{"a": 1, "b": 2}', {"a": 1, "b": 2}),
    (dict[Annotated[str, Field(pattern="^a")], int], '{"aa": 1}', {"aa": 1}),
    (dict[str, Any], '{"a": [1, {"b": null}]}', {"a": [1, {"b": None}]}),
    (list[Line], '{"value": [{"name": "n", "price": "1"}]}', [Line(name="n", price=Decimal(1))]),
    (list[dict[str, int]], '{"value": [{"a": 1}, {}]}', [{"a": 1}, {}]),
    (Cat | Dog, '{"value": {"kind": "dog", "name": "Rex"}}', Dog(kind="dog", name="Rex")),
    (
        Annotated[Cat | Dog, Field(discriminator="kind")],
        '{"value": {"kind": "cat", "lives": 9}}',
        Cat(kind="cat", lives=9),
    ),
    (Point | None, '{"value": null}', None),
    (int | str, '{"value": "a"}', "a"),
    (Literal["a", 1], '{"value": 1}', 1),
    (Colour, '{"value": "red"}', Colour.RED),
    (str, '{"value": "text"}', "text"),
    (bool, '{"value": false}', False),
    (float, '{"value": 0.5}', 0.5),
    (Decimal, '{"value": "12345678901234567890.123456789"}', Decimal("12345678901234567890.123456789")),
    (date, '{"value": "2026-02-28"}', date(2026, 2, 28)),
    (datetime, '{"value": "2026-02-28T01:02:03+01:00"}', datetime.fromisoformat("2026-02-28T01:02:03+01:00")),
    (timedelta, '{"value": "PT90S"}', timedelta(seconds=90)),
    (UUID, '{"value": "00000000-0000-4000-8000-000000000000"}', UUID("00000000-0000-4000-8000-000000000000")),
    (tuple[int, str], '{"value": [1, "a"]}', (1, "a")),
    (Pair, '{"value": [1, "a"]}', Pair(1, "a")),
    (set[int], '{"value": [1, 2]}', {1, 2}),
    (RootModel[list[int]], '{"value": [1]}', RootModel[list[int]]([1])),
    (Annotated[int, {"unhashable": 1}], '{"value": 1}', 1),
]


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize(("form", "text", "value"), ROUND_TRIPS, ids=[str(case[0]) for case in ROUND_TRIPS])
async def test_p20_a_type_goes_out_as_a_schema_and_comes_back_as_a_value(
    api: str, form: Any, text: str, value: Any
) -> None:
    server = Server(text)
    reply = await server.parse(api, form)
    assert reply.parsed == value
    assert type(reply.parsed) is type(value)
    assert reply.text == text
    assert reply.usage == reply.reply.usage
    assert reply.usage.cost_usd is not None
    assert (reply.meta.status, reply.meta) == (200, reply.reply.meta)
    assert_acceptable(server.schema)
    jsonschema.validate(json.loads(text), server.schema)


def test_p20_the_schema_of_a_model() -> None:
    assert output_type(Order).schema == {
        "title": "Order",
        "type": "object",
        "properties": {
            "lines": {"title": "Lines", "type": "array", "items": {"$ref": "#/$defs/Line"}},
            "totals": {"title": "Totals", "type": "object", "additionalProperties": {"$ref": "#/$defs/Line"}},
            "note": {"title": "Note", "anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        },
        "required": ["lines", "totals"],
        "additionalProperties": False,
        "$defs": {
            "Colour": {"title": "Colour", "type": "string", "enum": ["red", "blue"]},
            "Line": {
                "title": "Line",
                "type": "object",
                "properties": {
                    "name": {"title": "Name", "type": "string"},
                    "price": {
                        "title": "Price",
                        "type": "string",
                        "format": "decimal",
                        "pattern": r"^-?\d+(\.\d+)?$",
                    },
                    "colour": {"$ref": "#/$defs/Colour", "default": "red"},
                },
                "required": ["name", "price"],
                "additionalProperties": False,
            },
        },
    }


def test_p20_a_type_without_a_latin_letter_has_a_name_all_the_same() -> None:
    assert output_type(type("Ü", (BaseModel,), {})).name == "answer"


def test_p20_a_pattern_that_xai_does_not_know_is_left_to_us() -> None:
    class Patterns(BaseModel):
        kept: str = Field(pattern="^(?:a|b)+$")
        dropped: str = Field(pattern=r"\bword\b")

    fields = output_type(Patterns).schema["properties"]
    assert fields["kept"]["pattern"] == "^(?:a|b)+$"
    assert "pattern" not in fields["dropped"]


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize(
    ("form", "path", "why"),
    [
        (Answer, "Answer.items[].callback", "no JSON schema"),
        (list[Answer], "list[Answer][].items[].callback", "no JSON schema"),
        (Wired, "Wired.plugs{}[]", "Socket"),
        (tuple[int, Wired | None], "tuple[int, Wired | None][].plugs{}[]", "Socket"),
        (Endless, "Endless.next", "no value of it would end"),
        (dict[str, Endless], "dict[str, Endless]{}.next", "leads back to Endless"),
        (tuple[int, Nobody], "tuple[int, Nobody][1]", "without members"),
        (Callable, "Callable", "no JSON schema"),
        (5, "5", "schema for 5"),
        ("Line", "'Line'", "not fully defined"),
    ],
    ids=str,
)
async def test_p20_a_type_that_cannot_be_asked_for_is_refused_before_the_request(
    api: str, form: Any, path: str, why: str
) -> None:
    server = Server("{}")
    with pytest.raises(RequestValidationError, match=why) as caught:
        await server.parse(api, form)
    assert caught.value.parameter == path
    assert str(caught.value).startswith(f"{path} cannot be asked for: ")
    assert server.bodies == []


async def test_p20_a_default_without_a_json_form_is_no_part_of_the_schema() -> None:
    class Fine(BaseModel):
        name: str
        seen: date = Socket()  # type: ignore[assignment]

    server = Server('{"name": "a"}')
    assert isinstance((await server.parse("chat", Fine)).parsed.seen, Socket)
    assert "default" not in server.schema["properties"]["seen"]
