"""Structured output: a type goes out as a schema and comes back as a value, or as an error that says why not."""

from __future__ import annotations

import copy
import gc
import json
import pickle
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

import httpx
import jsonschema
import pytest
from pydantic import BaseModel, Field, RootModel, field_validator
from typing_extensions import TypedDict

from tests.samples import sample
from tests.wire import answer, chat
from xai_httpx import (
    XAI,
    AsyncXAI,
    OutputError,
    OutputRefusedError,
    OutputTruncatedError,
    OutputValidationError,
    Parsed,
    RequestValidationError,
    UnexpectedResponseWarning,
)
from xai_httpx._output_type import output_type
from xai_httpx.testing import SimulatedXAI

APIS = ["chat", "responses"]


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Line(BaseModel):
    name: str
    price: Decimal
    colour: Colour = Colour.RED


class Order(BaseModel):
    lines: list[Line]
    totals: dict[str, Line]
    note: str | None = None


@dataclass
class Point:
    x: int
    y: int


class Address(TypedDict):
    city: str
    tags: list[str]


class Pair(NamedTuple):
    left: int
    right: str


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    name: str


class Tree(BaseModel):
    name: str
    children: list[Tree] = []


class Hook(BaseModel):
    callback: Callable[[int], int] | None = None


class Answer(BaseModel):
    items: list[Hook]


class Socket:
    """Something that pydantic knows nothing of."""


@dataclass
class Wired:
    plugs: dict[str, list[Socket]]


class Nobody(Enum):
    pass


class Server:
    """Answers both APIs with one text; `finish` and `changes` are what else a reply says."""

    def __init__(self, text: str | None, finish: str = "stop", **changes: Any) -> None:
        self.text, self.finish, self.changes = text, finish, changes
        self.bodies: list[Any] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(json.loads(request.content))
        is_chat = request.url.path.endswith("/completions")
        return httpx.Response(200, json=self._completion() if is_chat else self._response())

    def _completion(self) -> Any:
        message = {"role": "assistant", "content": self.text, **self.changes.get("message", {})}
        choice = {"index": 0, "message": message, "finish_reason": self.finish}
        return json.loads(sample("chat-completion.json")) | {"choices": [choice]}

    def _response(self) -> Any:
        parts = [{"type": "output_text", "text": self.text, "annotations": [], "logprobs": []}] if self.text else []
        item = {"type": "message", "id": "m", "role": "assistant", "status": "completed"}
        whole = json.loads(sample("response.json")) | {"output": [{**item, "content": parts}]}
        return whole | self.changes.get("response", {})

    def client(self) -> AsyncXAI:
        return AsyncXAI(api_key="k", http_client=httpx.AsyncClient(transport=httpx.MockTransport(self)))

    async def parse(self, api: str, form: Any, **changes: Any) -> Parsed[Any, Any]:
        async with self.client() as client:
            if api == "chat":
                return await client.chat.completions.parse(form, **chat(**changes))
            return await client.responses.parse(form, **answer(**changes))

    @property
    def schema(self) -> Any:
        """The schema of the only request."""
        (body,) = self.bodies
        form = body["response_format"]["json_schema"] if "messages" in body else body["text"]["format"]
        assert form["strict"] is True
        assert form["name"].replace("_", "").isalnum()
        return form["schema"]


ORDER = '{"lines": [{"name": "a", "price": "19.99", "colour": "blue"}], "totals": {"x": {"name": "b", "price": "2"}}}'
FULL = Order(
    lines=[Line(name="a", price=Decimal("19.99"), colour=Colour.BLUE)],
    totals={"x": Line(name="b", price=Decimal(2))},
)
# Of each type a value, and the JSON that a model would write for it.
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


def assert_acceptable(schema: Any) -> None:
    """What xAI documents of schemas: https://docs.x.ai/developers/model-capabilities/text/structured-outputs."""
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["type"] == "object"
    nodes = list(inside(schema))
    assert not [node for node in nodes if node.keys() & {"discriminator", "oneOf", "patternProperties"}]
    assert not [node for node in nodes if node.get("anyOf") == [] or node.get("enum") == []]
    assert all("additionalProperties" in node for node in nodes if node.get("type") == "object")


def inside(node: Any) -> Any:
    if isinstance(node, dict):
        yield node
    for member in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from inside(member)


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
        (Tree, "Tree.children[]", "recursive"),
        (dict[str, Tree], "dict[str, Tree]{}.children[]", "recursive"),
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


WHOLE = '{"x": 1, "y": 2}'
REFUSAL = {"type": "refusal", "refusal": "I will not."}
FAILURES: list[tuple[str, Server, Any, str]] = [
    ("chat", Server('{"x": 1, "y"', "length"), OutputTruncatedError, "length"),
    ("chat", Server(WHOLE, "length"), OutputTruncatedError, "length"),
    ("chat", Server("", "content_filter"), OutputRefusedError, "content_filter"),
    ("chat", Server(None, message={"refusal": "I will not."}), OutputRefusedError, "refusal"),
    ("chat", Server("", "tool_calls"), OutputError, "tool_calls"),
    ("chat", Server(None), OutputValidationError, "empty"),
    (
        "responses",
        Server('{"x"', response={"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}),
        OutputTruncatedError,
        "max_output_tokens",
    ),
    (
        "responses",
        Server('{"x"', response={"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}),
        OutputRefusedError,
        "content_filter",
    ),
    ("responses", Server(WHOLE, response={"status": "incomplete"}), OutputTruncatedError, "incomplete"),
    (
        "responses",
        Server(
            None,
            response={"output": [{"type": "message", "id": "m", "role": "assistant", "content": [REFUSAL]}]},
        ),
        OutputRefusedError,
        "refusal",
    ),
    (
        "responses",
        Server(
            None,
            response={
                "output": [{"type": "function_call", "call_id": "c", "id": "c", "name": "tide", "arguments": "{}"}]
            },
        ),
        OutputError,
        "tool_calls",
    ),
    (
        "responses",
        Server("", response={"status": "failed", "output": [], "error": {"code": "server_error", "message": "Oops."}}),
        OutputError,
        "failed",
    ),
    ("responses", Server(None), OutputValidationError, "empty"),
    *[
        (api, Server(text), OutputValidationError, reason)
        for api in APIS
        for text, reason in [
            ("", "empty"),
            (" \n", "empty"),
            ("I do not know.", "not_json"),
            ('{"x": 1, "y": {"z": 2}, ', "not_json"),
            ('{"a": ' * 5000, "not_json"),
            ('{"x": "\\ud83d"}', "not_json"),
            (f"Here you are [1]: {WHOLE}", "prose"),
            (f"```json\n{WHOLE}\n```", "prose"),
            (f"{WHOLE} I hope that helps.", "prose"),
            ('{"x": 1, "y": "many"}', "value"),
            ("[1, 2]", "value"),
            ("null", "value"),
        ]
    ],
]


@pytest.mark.parametrize(
    ("api", "server", "kind", "reason"), FAILURES, ids=[f"{api}-{reason}" for api, _, _, reason in FAILURES]
)
async def test_p20_what_is_wrong_is_told_apart_and_nothing_that_came_is_lost(
    api: str, server: Server, kind: type[OutputError], reason: str
) -> None:
    with pytest.raises(OutputError) as caught:
        await server.parse(api, Point)
    error = caught.value
    assert (type(error), error.reason) == (kind, reason)
    assert error.text == (server.text or "")
    assert error.usage == error.reply.usage is not None
    assert error.meta == error.reply.meta is not None
    assert (error.__cause__, error.__context__) == (None, None)  # pydantic's error shows what came
    for twin in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert type(twin) is kind
        assert vars(twin) == vars(error)
        assert str(twin) == str(error)
        assert twin.reply.meta == error.meta


@pytest.mark.parametrize("api", APIS)
async def test_p20_a_refusal_says_its_words(api: str) -> None:
    said = {"output": [{"type": "message", "id": "m", "role": "assistant", "content": [REFUSAL]}]}
    server = Server("", message={"refusal": "I will not."}, response=said)
    with pytest.raises(OutputRefusedError) as caught:
        await server.parse(api, Point)
    assert caught.value.refusal == "I will not."
    assert "I will not" not in str(caught.value)


@pytest.mark.parametrize(
    ("form", "text", "place", "location"),
    [
        (Point, '{"x": 1, "y": "secret"}', "y", ("y",)),
        (Order, '{"lines": [{"name": "secret"}], "totals": {}}', "lines[0].price", ("lines", 0, "price")),
        (Order, '{"lines": [], "totals": {"a": {"name": "secret", "price": "x"}}}', "totals.a.price", None),
        (list[Point], '{"value": [{"x": 1, "y": 2}, {"x": 1, "y": "secret"}]}', "[1].y", (1, "y")),
        (list[Point], '[{"x": 1, "y": "secret"}]', "all of it", ()),
        (list[Point], '{"valeu": "secret"}', "all of it", ()),
        (Literal["a"], '{"value": "secret"}', "all of it", ()),
        (Annotated[Cat | Dog, Field(discriminator="kind")], '{"value": {"kind": "secret"}}', "kind", ()),
        (Cat | Dog, '{"value": {"kind": "cat", "lives": "secret"}}', "lives", ("Cat", "lives")),
    ],
)
async def test_p20_a_value_that_does_not_fit_is_named_by_its_place_and_not_shown(
    form: Any, text: str, place: str, location: Any
) -> None:
    with pytest.raises(OutputValidationError) as caught:
        await Server(text).parse("chat", form)
    error = caught.value
    assert f": {place}: " in str(error)
    assert "secret" not in str(error)
    assert "secret" not in str(error.errors)
    assert {"type", "loc", "msg"} == set().union(*error.errors)
    assert location is None or error.errors[0]["loc"] == location
    assert "value" not in [fault["loc"][:1] for fault in error.errors]


async def test_p20_an_error_that_a_validator_raised_still_pickles() -> None:
    with pytest.raises(OutputValidationError, match="too far") as caught:
        await Server('{"x": 9}').parse("chat", Near)
    assert pickle.loads(pickle.dumps(caught.value)).errors == caught.value.errors


class Near(BaseModel):
    x: int

    @field_validator("x")
    @classmethod
    def _near(cls, x: int) -> int:
        if x > 5:
            raise ValueError("too far")
        return x


async def test_p20_dumps_are_silent() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for api in APIS:
            reply = await Server(ORDER).parse(api, Order)
            assert Order.model_validate_json(reply.parsed.model_dump_json()) == FULL
            assert reply.parsed.model_dump() == FULL.model_dump()
            assert reply.reply.model_dump()
            assert reply.reply.model_dump_json()


async def test_p20_a_reply_that_does_not_fit_is_no_crash() -> None:
    server = Server(None, message={"content": [{"type": "text", "text": WHOLE}]})
    with pytest.warns(UnexpectedResponseWarning), pytest.raises(OutputValidationError) as caught:
        await server.parse("chat", Point)
    assert caught.value.reason == "empty"


@pytest.mark.parametrize(
    ("api", "given", "named"),
    [
        ("chat", {"response_format": {"type": "json_object"}}, "response_format"),
        ("responses", {"text": {"format": {"type": "json_object"}}}, "text.format"),
    ],
)
async def test_p20_a_second_format_is_refused(api: str, given: dict[str, Any], named: str) -> None:
    server = Server(WHOLE)
    with pytest.raises(RequestValidationError, match="parse") as caught:
        await server.parse(api, Point, **given)
    assert (caught.value.parameter, server.bodies) == (named, [])


async def test_p20_other_parameters_go_out_as_ever() -> None:
    server = Server(WHOLE)
    await server.parse("responses", Point, text={"verbosity": "low"}, temperature=0.5)
    (body,) = server.bodies
    assert (body["text"]["verbosity"], body["text"]["format"]["name"], body["temperature"]) == ("low", "Point", 0.5)
    with pytest.raises(RequestValidationError, match="temperature"):
        await server.parse("chat", Point, temperature=5)


async def test_p20_two_unions_that_differ_in_order_are_two_types() -> None:
    @dataclass
    class Twin:
        x: int
        y: int

    forms: list[Any] = [Point | Twin, Twin | Point]
    values = [(await Server(json.dumps({"value": json.loads(WHOLE)})).parse("chat", form)).parsed for form in forms]
    assert values == [Point(1, 2), Twin(1, 2)]


@pytest.mark.parametrize("api", APIS)
async def test_p19_calls_of_parse_make_no_types(api: str) -> None:
    server = Server('{"value": [{"x": 1, "y": 2}]}')
    async with server.client() as client:

        async def call() -> None:
            form = list[Point]  # a new object each time, as users write it
            if api == "chat":
                await client.chat.completions.parse(form, **chat())
            else:
                await client.responses.parse(form, **answer())

        await call()
        before = types_alive()
        for _ in range(2000):
            await call()
            server.bodies.clear()
    assert types_alive() == before
    assert output_type(list[Point]) is output_type(list[Point])


def types_alive() -> int:
    gc.collect()
    return sum(isinstance(thing, type) for thing in gc.get_objects())


async def test_p20_the_simulator_answers_with_an_instance(client: AsyncXAI) -> None:
    order = await client.chat.completions.parse(Order, **chat())
    assert isinstance(order.parsed.lines[0].price, Decimal)
    assert isinstance((await client.responses.parse(date, **answer())).parsed, date)
    with pytest.raises(OutputTruncatedError):
        await client.responses.parse(Order, **answer(max_output_tokens=2))


def test_p20_parse_works_without_await(sim: SimulatedXAI) -> None:
    with sim.sync_client() as xai:
        assert isinstance(xai, XAI)
        assert xai.chat.completions.parse(Colour, **chat()).parsed is Colour.RED
        assert xai.responses.parse(list[Line], **answer()).parsed[0].name == "text"
        with pytest.raises(OutputTruncatedError):
            xai.chat.completions.parse(Order, **chat(max_tokens=2))
