"""P20: types round-trip or are refused before the request; whatever else comes is told apart, on both APIs alike."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import IntEnum
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar
from uuid import UUID

import pytest
from pydantic import AnyUrl, BaseModel, Field, TypeAdapter
from typing_extensions import TypedDict

from tests.outputs import APIS, Cat, Colour, Dog, Order, Point, Server, Tree
from tests.wire import answer, chat
from xai_httpx import (
    AsyncXAI,
    OutputError,
    OutputRefusedError,
    OutputTruncatedError,
    OutputValidationError,
    UnexpectedResponseWarning,
)
from xai_httpx._output_again import may_ask_again

T = TypeVar("T")
WHOLE = '{"x": 1, "y": 2}'
CALL = {"id": "c", "type": "function", "function": {"name": "tide", "arguments": "{}"}}
CALL_ITEM = {"type": "function_call", "call_id": "c", "id": "c", "name": "tide", "arguments": "{}"}


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Page(BaseModel, Generic[T]):
    items: list[T]
    next: str | None


class Bounds(BaseModel):
    count: Annotated[int, Field(ge=3, le=4)]
    ratio: Annotated[float, Field(gt=0, lt=1)]
    code: Annotated[str, Field(pattern=r"^[A-Z]{3}\d$")]
    name: Annotated[str, Field(min_length=2, max_length=30)]
    tags: Annotated[list[str], Field(min_length=2, max_length=3)]
    step: Annotated[int, Field(multiple_of=7)]


class Times(BaseModel):
    day: date
    at: datetime
    clock: time
    span: timedelta
    maybe: date | None


class Address(TypedDict, total=False):
    city: str
    lines: list[str]


@dataclass
class Customer:
    name: str
    address: Address
    spent: dict[str, Decimal]
    colour: Colour = Colour.RED


class Place(NamedTuple):
    lat: float
    lon: float


FORMS: list[Any] = [
    Order,
    Customer,
    Address,
    Place,
    Times,
    Bounds,
    Tree,
    Colour,
    Level,
    Page[Customer],
    Page[Page[int | None]],
    Cat | Dog,
    Annotated[Cat | Dog, Field(discriminator="kind")],
    list[Tree],
    list[list[Point]],
    dict[str, Point],
    dict[str, list[Decimal] | None],
    dict[date, int],
    dict[Colour, int],
    tuple[int, str, Point],
    frozenset[Literal["a", "b"]],
    Literal["a", 2, None],
    Point | None,
    Decimal,
    datetime,
    UUID,
    AnyUrl,
    bytes,
    Annotated[int, Field(ge=5, le=5)],
]


@pytest.mark.parametrize("api", APIS)
async def test_p20_each_type_round_trips_and_its_dumps_are_silent(client: AsyncXAI, api: str) -> None:
    for form in FORMS:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            reply: Any = await parse(client, api, form)
            adapter: TypeAdapter[Any] = TypeAdapter(form)
            assert adapter.validate_json(adapter.dump_json(reply.parsed)) == reply.parsed, form
            assert reply.reply.model_dump()
            assert reply.reply.model_dump_json()


async def parse(client: AsyncXAI, api: str, form: Any, **changes: Any) -> Any:
    if api == "chat":
        return await client.chat.completions.parse(form, **chat(**changes))
    return await client.responses.parse(form, **answer(**changes))


def incomplete(reason: Any) -> dict[str, Any]:
    return {"status": "incomplete", "incomplete_details": reason}


def refusing(words: Any) -> dict[str, Any]:
    part = {"type": "refusal", "refusal": words}
    return {"output": [{"type": "message", "id": "m", "role": "assistant", "content": [part]}]}


# What happened, as each API says it, and what it is told as.
VERDICTS: list[tuple[str, Server, Server, type[OutputError]]] = [
    (
        "length",
        Server("{", "length"),
        Server("{", response=incomplete({"reason": "max_output_tokens"})),
        OutputTruncatedError,
    ),
    ("length, though whole", Server(WHOLE, "length"), Server(WHOLE, response=incomplete(None)), OutputTruncatedError),
    (
        "filter",
        Server("{", "content_filter"),
        Server("{", response=incomplete({"reason": "content_filter"})),
        OutputRefusedError,
    ),
    (
        "refusal",
        Server(None, message={"refusal": "No."}),
        Server(None, response=refusing("No.")),
        OutputRefusedError,
    ),
    (
        "refusal that was cut",
        Server(None, "length", message={"refusal": "No"}),
        Server(None, response=refusing("No") | incomplete({"reason": "max_output_tokens"})),
        OutputRefusedError,
    ),
    (
        "tool call",
        Server(None, "tool_calls", message={"tool_calls": [CALL]}),
        Server(None, response={"output": [CALL_ITEM]}),
        OutputError,
    ),
    (
        "tool call that stopped",
        Server(None, "stop", message={"tool_calls": [CALL]}),
        Server(None, response={"output": [CALL_ITEM]}),
        OutputError,
    ),
    *[
        (said or "empty", Server(said), Server(said), OutputValidationError)
        for said in ("", " ", "Sorry.", f"Here: {WHOLE}", f"```json\n{WHOLE}\n```", '{"x": 1', '{"x": "many"}', "[]")
    ],
]


@pytest.mark.parametrize(
    ("in_chat", "in_response", "kind"), [row[1:] for row in VERDICTS], ids=[row[0] for row in VERDICTS]
)
async def test_p20_both_apis_tell_what_happened_alike_and_lose_nothing(
    in_chat: Server, in_response: Server, kind: type[OutputError]
) -> None:
    told = [await failure(api, server) for api, server in zip(APIS, (in_chat, in_response), strict=True)]
    for error, server in zip(told, (in_chat, in_response), strict=True):
        assert type(error) is kind
        assert error.text == (server.text or "")
        assert error.usage == error.reply.usage is not None
        assert error.meta == error.reply.meta is not None
        assert may_ask_again(error) is (kind is OutputValidationError)
    by_chat, by_response = told
    assert kind is OutputTruncatedError or by_chat.reason == by_response.reason
    assert getattr(by_chat, "errors", None) == getattr(by_response, "errors", None)
    assert getattr(by_chat, "refusal", None) == getattr(by_response, "refusal", None)


async def failure(api: str, server: Server) -> OutputError:
    with pytest.raises(OutputError) as caught:
        await server.parse(api, Point)
    return caught.value


@pytest.mark.parametrize(
    ("api", "server", "kind", "reason"),
    [
        ("chat", Server(None, message={"refusal": {"a": 1}}), OutputRefusedError, "refusal"),
        ("responses", Server(None, response=refusing(None)), OutputRefusedError, "refusal"),
        ("responses", Server(WHOLE, response=incomplete({})), OutputTruncatedError, "incomplete"),
        ("responses", Server(WHOLE, response=incomplete({"reason": ["length"]})), OutputTruncatedError, "incomplete"),
        ("responses", Server("", response={"status": "failed", "error": {"message": None}}), OutputError, "failed"),
    ],
)
async def test_p20_a_reply_that_does_not_fit_is_told_as_what_it_means(
    api: str, server: Server, kind: type[OutputError], reason: str
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnexpectedResponseWarning)
        error = await failure(api, server)
    assert (type(error), error.reason, getattr(error, "refusal", "")) == (kind, reason, "")


async def test_p20_a_response_that_is_not_there_yet_is_no_empty_answer() -> None:
    error = await failure("responses", Server(None, response={"status": "in_progress"}))
    assert (type(error), error.reason) == (OutputError, "in_progress")


@pytest.mark.parametrize("api", APIS)
async def test_p20_an_answer_of_a_megabyte_is_read(api: str) -> None:
    text = "x" * 1_000_000
    assert (await Server(f'{{"value": "{text}"}}').parse(api, str)).parsed == text
    error = await failure(api, Server(f"{text} {WHOLE}"))
    assert (error.reason, len(error.text)) == ("prose", 1_000_017)
