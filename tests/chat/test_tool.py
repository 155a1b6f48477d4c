"""Tools made of functions: what the model is told of them, what a call gives, and what cannot be a tool."""

from __future__ import annotations

import functools
import inspect
import json
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, NotRequired

import anyio
import anyio.from_thread
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, field_validator
from typing_extensions import TypedDict

from xai_httpx import RequestValidationError
from xai_httpx._tool_errors import ToolArgumentsError, ToolError
from xai_httpx.chat._local_tool import LocalTool, definition
from xai_httpx.chat._parts import File, Image, Text
from xai_httpx.chat._tool import Tool, tool
from xai_httpx.chat._tool_arguments import read_arguments
from xai_httpx.chat._tool_list import as_tool, check_names

USER: ContextVar[str] = ContextVar("USER", default="nobody")


class Color(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Point:
    x: float
    y: float = 0.0


class Options(TypedDict):
    depth: int
    note: NotRequired[str]


class Node(BaseModel):
    value: Decimal
    children: list[Node] = []

    @field_validator("value")
    @classmethod
    def is_small(cls, value: Decimal) -> Decimal:
        if value > 1000:
            raise ValueError(f"{'9' * 5000} is too much")
        return value


@tool
async def weather(
    city: Annotated[str, Field(min_length=2, description="The city's English name")],
    unit: Literal["C", "F"] = "C",
    when: date | None = None,
) -> str:
    """Tell the weather.

    It looks out of the window.

    Args:
        city: Not this one: the annotation says it better.
        unit: Celsius or
            Fahrenheit.

    Returns:
        A sentence.
    """
    return f"{city} {unit} {when!r}"


@tool
def everything(
    color: Color,
    point: Point,
    options: Options,
    node: Node,
    many: list[int],
    by_name: dict[str, Decimal],
    or_not: int | str,
) -> list[object]:
    """Take all kinds of arguments."""
    return [color, point, options, node, many, by_name, or_not]


def test_the_model_is_told_name_description_and_schema() -> None:
    assert weather.definition == {
        "name": "weather",
        "description": "Tell the weather.\n\nIt looks out of the window.",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "minLength": 2, "description": "The city's English name"},
                "unit": {"type": "string", "enum": ["C", "F"], "default": "C", "description": "Celsius or Fahrenheit."},
                "when": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}], "default": None},
            },
            "required": ["city"],
            "additionalProperties": False,
        },
    }


async def test_arguments_become_what_the_annotations_say() -> None:
    assert await weather.run('{"city": "Oslo", "when": "2026-01-02"}') == "Oslo C datetime.date(2026, 1, 2)"
    output = await everything.run(
        '{"color": "red", "point": {"x": 1}, "options": {"depth": 2}, "node": {"value": "1.50", "children": '
        '[{"value": "2"}]}, "many": [1], "by_name": {"a": "0.1"}, "or_not": "x"}'
    )
    assert output == (
        '["red",{"x":1.0,"y":0.0},{"depth":2},{"value":"1.50","children":[{"value":"2","children":[]}]},'
        '[1],{"a":"0.1"},"x"]'
    )


async def test_a_tool_is_still_the_function_that_it_was() -> None:
    assert await weather("Oslo", unit="F") == "Oslo F None"
    assert weather.__doc__ == weather.function.__doc__
    assert inspect.signature(weather).parameters["unit"].default == "C"
    assert repr(weather) == "<Tool weather>"
    assert (weather.timeout, isinstance(weather, LocalTool)) == (None, True)


def test_name_description_and_timeout_can_be_given() -> None:
    @tool(name="look-up_2", description="Other words.", timeout=2.5)
    def lookup(id: int) -> str:
        """Words."""
        return str(id)

    assert (lookup.name, lookup.description, lookup.timeout) == ("look-up_2", "Other words.", 2.5)
    assert tool(lookup, name="again").name == "again"
    assert tool(lookup.function, description="").definition == {"name": "lookup", "parameters": lookup.parameters}


FAULTS = {
    "nothing": ("", "city: Field required"),
    "no JSON": ('{"city": ', "they are not JSON (EOF while parsing a value at line 1 column 9)"),
    "half a surrogate": ('{"city": "\ud800"}', "they are not JSON (Input should be a valid string"),
    "no object": ('["Oslo"]', "they are not a JSON object"),
    "wrong type": ('{"city": 5}', "city: Input should be a valid string"),
    "too short": ('{"city": "x"}', "city: String should have at least 2 characters"),
    "unknown": ('{"city": "Oslo", "town": 1}', "town: Extra inputs are not permitted"),
    "several": ('{"city": 5, "unit": "K"}', "city: Input should be a valid string; unit: Input should be 'C' or 'F'"),
}


@pytest.mark.parametrize(("arguments", "told"), FAULTS.values(), ids=FAULTS)
async def test_the_model_is_told_what_is_wrong_with_its_arguments(arguments: str, told: str) -> None:
    with pytest.raises(ToolArgumentsError, match=f"^weather was not called, for .*: {re.escape(told)}"):
        await weather.run(arguments)


async def test_faults_are_told_by_their_places_and_of_unions_without_what_is_between() -> None:
    with pytest.raises(ToolArgumentsError) as caught:
        await everything.run(
            '{"node": {"value": 1, "children": [{"value": "x"}]}, "or_not": [], "options": {"depth": {}}}'
        )
    told = str(caught.value)
    assert "node.children[0].value: Input should be a valid decimal" in told
    assert "or_not: Input should be a valid integer or Input should be a valid string" in told
    assert "options.depth: Input should be a valid integer" in told


@pytest.mark.parametrize(
    "arguments",
    [
        '{"' + "k" * 9000 + '": 1}',
        "{" + ",".join(f'"{number}": {number}' for number in range(1000)) + "}",
        '{"node": {"value": 5000}}',
        '{"color": "' + "x" * 9000 + '"}',
        "[" * 9000,
    ],
    ids=["long key", "many keys", "chatty validator", "long value", "deep"],
)
async def test_what_the_model_is_told_is_short_whatever_it_sent(arguments: str) -> None:
    with pytest.raises(ToolArgumentsError) as caught:
        await everything.run(arguments)
    assert len(str(caught.value)) < 2500
    assert caught.value.__cause__ is None


def test_a_chatty_message_is_cut_and_the_rest_counted() -> None:
    @tool
    def nothing() -> None: ...

    with pytest.raises(ToolArgumentsError, match=r"and 15 more$"):
        anyio.run(nothing.run, str({f"{number}": number for number in range(25)}).replace("'", '"'))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
)
ARGUMENTS = st.fixed_dictionaries({}, optional=dict.fromkeys(everything.parameters["properties"], JSON))


@given((JSON | ARGUMENTS).map(json.dumps) | st.text())
def test_whatever_the_model_writes_is_read_or_told_of_in_a_few_words(arguments: str) -> None:
    told = ""
    try:
        read_arguments("everything", everything._form.adapter, arguments)
    except ToolArgumentsError as error:
        told = str(error)
    assert len(told) < 2500


async def test_sync_functions_run_in_a_thread_with_the_context_of_the_caller() -> None:
    @tool
    def who() -> list[object]:
        return [USER.get(), threading.current_thread() is threading.main_thread()]

    USER.set("somebody")
    assert await who.run("{}") == '["somebody",false]'


async def test_a_cancelled_call_does_not_wait_for_its_thread() -> None:
    started, released, ended = threading.Event(), threading.Event(), threading.Event()

    @tool
    def stuck() -> None:
        started.set()
        released.wait(10)  # not for ever, so that the test fails where the thread is waited for
        ended.set()

    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(stuck.run, "{}")
            await anyio.to_thread.run_sync(started.wait)
            scope.cancel()
    assert not ended.is_set()
    released.set()
    await anyio.to_thread.run_sync(ended.wait)


async def test_what_a_function_raises_comes_out_of_it() -> None:
    @tool
    def failing() -> str:
        raise KeyError("k")

    @tool
    async def refusing() -> str:
        raise ToolError("not today")

    with pytest.raises(KeyError):
        await failing.run("{}")
    with pytest.raises(ToolError, match=r"^not today$"):
        await refusing.run("{}")


class Circular:
    pass


LOOP: list[object] = []
LOOP.append(LOOP)
OUTPUTS: dict[str, tuple[object, object]] = {
    "text": ("as it is", "as it is"),
    "None": (None, "null"),
    "number": (Decimal("0.10"), '"0.10"'),
    "NaN": (float("nan"), "null"),
    "date": ({"on": date(2026, 1, 2)}, '{"on":"2026-01-02"}'),
    "model": (Node(value=Decimal(1)), '{"value":"1","children":[]}'),
    "dataclass": (Point(1.5), '{"x":1.5,"y":0.0}'),
    "set": ({1}, "[1]"),
    "strings": (["a", "b"], '["a","b"]'),
    "no strings": ([], "[]"),
    "image": (Image("u"), (Image("u"),)),
    "parts": (["see", Image("u"), File(id="f")], (Text("see"), Image("u"), File(id="f"))),
}


@pytest.mark.parametrize(("value", "output"), OUTPUTS.values(), ids=OUTPUTS)
async def test_what_a_function_returns_becomes_text_or_parts(value: Any, output: object) -> None:
    @tool
    async def give() -> Any:
        return value

    assert await give.run("") == output


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (Circular(), r"give returned a Circular that has no JSON form: Unable to serialize unknown type: .*Circular"),
        ({"a": [Circular()]}, r"give returned a dict that has no JSON form: .*Circular"),
        (LOOP, "give returned a list that has no JSON form: ValueError: Circular reference"),
        (b"\xff", "give returned a bytes that has no JSON form: invalid utf-8"),
        ("a\ud800", "give returned text that is not Unicode: surrogates not allowed at 1"),
    ],
    ids=["object", "within", "loop", "bytes", "surrogate"],
)
async def test_what_has_no_json_form_is_told_by_its_type(value: Any, told: str) -> None:
    @tool
    async def give() -> Any:
        return value

    with pytest.raises(ToolError, match=f"^{told}"):
        await give.run("{}")


class Shop:
    def __init__(self, name: str) -> None:
        self.name = name

    @tool
    def price(self, item: str) -> str:
        """Tell a price."""
        return f"{item} at {self.name}"

    @staticmethod
    @tool
    def help(topic: str) -> str:
        return topic

    @classmethod
    @tool
    def kind(cls, of: str) -> str:
        return f"{cls.__name__} {of}"

    def plain(self, item: str) -> str:
        return f"plain {item} at {self.name}"

    @functools.lru_cache  # noqa: B019
    def kept(self, item: str) -> str:
        return f"kept {item}"

    async def __call__(self, item: str) -> str:
        """Sell it."""
        return f"sold {item} at {self.name}"


def add(a: int, b: int = 2, /, c: int = 3) -> int:
    return a * 100 + b * 10 + c


def hidden(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def inner(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return inner


@hidden
async def wrapped(item: str) -> str:
    return f"wrapped {item}"


MADE = {
    "method of an object": (Shop("A").price, "price", '{"item": "x"}', "x at A"),
    "bound method": (Shop("A").plain, "plain", '{"item": "x"}', "plain x at A"),
    "static method": (Shop.help, "help", '{"topic": "x"}', "x"),
    "class method": (Shop("A").kind, "kind", '{"of": "x"}', "Shop x"),
    "object that can be called": (Shop("A"), "Shop", '{"item": "x"}', "sold x at A"),
    "partial": (functools.partial(add, 1, c=5), "add", '{"b": 4}', "145"),
    "partial of an object": (functools.partial(Shop("A"), item="y"), "Shop", "{}", "sold y at A"),
    "partial of a tool": (functools.partial(weather, unit="F"), "weather", '{"city": "Rome"}', "Rome F None"),
    "cached": (functools.lru_cache(add), "add", '{"a": 1}', "123"),
    "cached method": (Shop("A").kept, "kept", '{"item": "x"}', "kept x"),
    "positional only": (add, "add", '{"a": 1, "c": 7}', "127"),
    "wrapped": (wrapped, "wrapped", '{"item": "x"}', "wrapped x"),
}


@pytest.mark.parametrize(("made_of", "name", "arguments", "output"), MADE.values(), ids=MADE)
async def test_whatever_can_be_called_becomes_a_tool(made_of: Any, name: str, arguments: str, output: str) -> None:
    made = as_tool(made_of)
    assert made.name == name
    assert await made.run(arguments) == output


def test_what_a_partial_gives_by_name_is_hidden_from_the_model() -> None:
    properties = tool(functools.partial(add, 1, c=5)).parameters["properties"]
    assert properties == {"b": {"type": "integer", "default": 2}}


def test_annotations_may_name_what_is_beside_the_function() -> None:
    class Local(BaseModel):
        value: int

    @tool
    def one(local: Local) -> str:
        return str(local.value)

    @tool(name="another")
    def two(local: list[Local]) -> str:
        return str(len(local))

    class Holder:
        class Inner(BaseModel):
            value: int

        @tool
        def four(self: Holder, inner: Inner, local: Local) -> str:
            return str(inner.value + local.value)

    def three() -> Callable[..., Any]:
        def inner(local: Local) -> Local:
            return Local(value=local.value)

        return inner

    assert anyio.run(one.run, '{"local": {"value": 3}}') == "3"
    assert anyio.run(two.run, '{"local": [{"value": 3}]}') == "1"
    assert anyio.run(Holder().four.run, '{"inner": {"value": 3}, "local": {"value": 4}}') == "7"
    assert anyio.run(as_tool(three()).run, '{"local": {"value": 3}}') == '{"value":3}'


def test_a_field_may_have_another_name_for_the_model() -> None:
    @tool
    def travel(from_: Annotated[str, Field(alias="from")] = "Oslo") -> str:
        """Travel.

        :param str from_: Where it begins.
        """
        return from_

    assert travel.parameters["properties"] == {
        "from": {"type": "string", "default": "Oslo", "description": "Where it begins."}
    }
    assert anyio.run(travel.run, '{"from": "Rome"}') == "Rome"


def test_names_where_a_tool_is_made_do_not_hide_those_of_the_function() -> None:
    Options, date = int, str  # noqa: N806
    made = tool(module_level)
    assert (Options, date, made.parameters["properties"]["options"]) == (int, str, {"$ref": "#/$defs/Options"})


def module_level(options: Options) -> None: ...


def unannotated(city) -> str:  # type: ignore[no-untyped-def]
    return str(city)


def variadic(*cities: str) -> None: ...
def keywords(**cities: str) -> None: ...
def field_default(city: str = Field(default="Oslo")) -> None: ...
def unknown(city: Elsewhere) -> None: ...  # type: ignore[name-defined]  # noqa: F821
def unreadable(city: "1 +") -> None: ...  # type: ignore[valid-type]  # noqa: F722
def no_schema(options: dict[str, Callable[[], int]]) -> None: ...
def no_type(shop: list[Shop]) -> None: ...
def ünnamed(city: str) -> None: ...
def generator() -> Iterator[str]:
    yield ""


async def async_generator() -> AsyncIterator[str]:
    yield ""


REFUSED: dict[str, tuple[Any, str, str]] = {
    "unannotated": (unannotated, "unannotated.city", "unannotated.city has no annotation"),
    "args": (variadic, "variadic.cities", r"variadic takes \*cities, which a model cannot give"),
    "kwargs": (keywords, "keywords.cities", r"keywords takes \*\*cities, which a model cannot give"),
    "Field as default": (field_default, "field_default.city", "field_default.city has a Field as its default"),
    "unknown name": (unknown, "unknown.city", "the annotation of unknown.city cannot be read: .*'Elsewhere'"),
    "no annotation": (unreadable, "unreadable.city", "the annotation of unreadable.city cannot be read: SyntaxError"),
    "no schema": (no_schema, "no_schema.options{}", "no_schema.options{} cannot be an argument: it has no JSON schema"),
    "no type": (no_type, "no_type.shop[]", r"no_type.shop\[\] cannot be an argument: Unable to generate"),
    "name": (ünnamed, "name", "name must be 1 to 64 letters, digits, _ and -, got 'ünnamed'"),
    "generator": (generator, "generator", "generator is a generator"),
    "async generator": (async_generator, "async_generator", "async_generator is a generator"),
    "lambda": (lambda: 1, "<lambda>", "a lambda cannot be a tool"),
    "class": (Shop, "a tool", "a tool must be a function, got <class"),
    "text": ("weather", "a tool", "a tool must be a function, got 'weather'"),
    "builtin": (print, "print.args", r"print takes \*args"),
}


@pytest.mark.parametrize(("refused", "parameter", "told"), REFUSED.values(), ids=REFUSED)
def test_what_a_model_cannot_call_is_refused_by_name(refused: Any, parameter: str, told: str) -> None:
    with pytest.raises(RequestValidationError, match=f"^{told}") as caught:
        as_tool(refused)
    assert caught.value.parameter == parameter
    assert caught.value.expected


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"name": "two words"}, "name must be 1 to 64 letters, digits, _ and -, got 'two words'"),
        ({"name": "n" * 65}, "name must be"),
        ({"name": ""}, "name must be"),
        ({"timeout": 0}, "timeout must be a number of seconds above 0, got 0"),
        ({"timeout": True}, "timeout must be"),
        ({"timeout": "5"}, "timeout must be"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, Any], told: str) -> None:
    with pytest.raises(RequestValidationError, match=f"^{told}"):
        tool(add, **options)


def test_a_method_without_its_object_is_refused() -> None:
    with pytest.raises(RequestValidationError, match=r"^price is a method: give that of an object"):
        as_tool(Shop.price)


class Echo:
    """A tool of nobody's making."""

    def __init__(self, name: str = "echo") -> None:
        self.name, self.description, self.parameters, self.timeout = name, "", {"type": "object"}, None

    async def run(self, arguments: str) -> str:
        return arguments


def test_anything_with_the_protocol_is_a_tool() -> None:
    echo = Echo()
    assert as_tool(echo) is echo
    assert as_tool(weather) is weather
    assert definition(echo) == {"name": "echo", "parameters": {"type": "object"}}
    with pytest.raises(RequestValidationError, match=r"^name of a tool must be"):
        as_tool(Echo("a.b"))


@pytest.mark.parametrize(
    "other",
    [
        Echo("weather"),
        {"type": "function", "name": "weather", "parameters": {}},
        {"type": "function", "function": {"name": "weather", "parameters": {}}},
    ],
    ids=["protocol", "flat", "nested"],
)
def test_a_name_used_twice_is_refused(other: Any) -> None:
    check_names([weather, everything, {"type": "web_search"}, {"type": "web_search"}])
    with pytest.raises(RequestValidationError, match=r"^two tools are named 'weather'"):
        check_names([weather, {"type": "web_search"}, other])


def test_a_recursive_type_is_told_to_the_model() -> None:
    definitions = everything.parameters["$defs"]
    assert definitions["Node"]["properties"]["children"]["items"] == {"$ref": "#/$defs/Node"}
    assert isinstance(everything, Tool)


def test_a_tool_of_a_tool_keeps_what_is_not_told_anew() -> None:
    first = tool(weather, name="first", description="One.", timeout=3)
    second = tool(first, name="second")
    assert (second.name, second.description, second.timeout) == ("second", "One.", 3)
    assert (tool(first, timeout=5).timeout, tool(first, timeout=5).name) == (5, "first")
