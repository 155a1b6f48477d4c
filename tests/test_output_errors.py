"""Structured output: what comes back in the place of a value, told apart, with nothing lost."""

from __future__ import annotations

import copy
import gc
import json
import pickle
import warnings
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, field_validator

from tests.outputs import (
    APIS,
    FULL,
    ORDER,
    Cat,
    Colour,
    Dog,
    Line,
    Order,
    Point,
    Server,
)
from tests.wire import answer, chat
from xai_httpx import (
    XAI,
    AsyncXAI,
    OutputError,
    OutputRefusedError,
    OutputTruncatedError,
    OutputValidationError,
    RequestValidationError,
    UnexpectedResponseWarning,
)
from xai_httpx._output_type import output_type
from xai_httpx.testing import SimulatedXAI

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
    return sum(issubclass(type(thing), type) for thing in gc.get_objects())  # `isinstance` would wake proxies of others


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
