"""Parameters are checked before anything is sent, and what is sent is exactly what was given."""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Any

import httpx
import pytest

from tests.samples import META, sample
from xai_httpx import AsyncXAI, RequestValidationError, UnknownParameterWarning
from xai_httpx._models import decode
from xai_httpx.types.chat import ChatCompletion
from xai_httpx.types.responses import Response

HELLO: list[Any] = [{"role": "user", "content": "Hello"}]
REPLIES = {
    "/v1/chat/completions": "chat-completion.json",
    "/v1/responses": "response.json",
    "/v1/embeddings": "embedding.json",
    "/v1/tokenize-text": "tokens.json",
}
Method = Callable[..., Awaitable[Any]]


class Wire:
    """A server that remembers what it was sent and answers with samples."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(200, content=sample(REPLIES[request.url.path]))

    def client(self, **options: Any) -> AsyncXAI:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self))
        return AsyncXAI(api_key="test-key", http_client=http, **options)

    @property
    def body(self) -> Any:
        """The JSON of the only request."""
        (request,) = self.requests
        return json.loads(request.content)


@pytest.fixture
def wire() -> Wire:
    return Wire()


def method(client: AsyncXAI, name: str) -> Method:
    return {
        "chat": client.chat.completions.create,
        "responses": client.responses.create,
        "compact": client.responses.compact,
        "embeddings": client.embeddings.create,
        "tokenizer": client.tokenizer.encode,
    }[name]


def chat(**changes: Any) -> dict[str, Any]:
    return {"model": "grok-4.6", "messages": HELLO, **changes}


def answer(**changes: Any) -> dict[str, Any]:
    return {"model": "grok-4.6", "input": "Hello", **changes}


def said(*messages: Any) -> dict[str, Any]:
    return chat(messages=list(messages))


def tool(**changes: Any) -> dict[str, Any]:
    return answer(tools=[{"type": "web_search", **changes}])


SIX = ["a.example", "b.example", "c.example", "d.example", "e.example", "f.example"]

ANYWAY = "(options={'extra_body': ...} sends it all the same)"

# method, parameters, parameter named, the whole message
REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("chat", chat(temperature=3), "temperature", "temperature must be at least 0 and at most 2, got 3"),
    ("chat", chat(temperature=-0.5), "temperature", "temperature must be at least 0 and at most 2, got -0.5"),
    ("chat", chat(top_p=0), "top_p", "top_p must be above 0 and at most 1, got 0"),
    ("chat", chat(top_p=1.01), "top_p", "top_p must be above 0 and at most 1, got 1.01"),
    ("chat", chat(n=0), "n", "n must be at least 1, got 0"),
    (
        "chat",
        said({"role": "robot", "content": "Hi"}),
        "messages[0].role",
        "messages[0].role must be one of 'system', 'user', 'assistant', 'tool', 'function', got 'robot'",
    ),
    ("chat", said({"content": "Hi"}), "messages[0].role", "messages[0].role is required"),
    ("chat", chat(messages=[]), "messages", "messages must have at least 1 entry, got []"),
    ("chat", {"model": "m"}, "messages", "messages is required"),
    ("chat", {"messages": HELLO}, "model", "model is required"),
    ("responses", {"model": "m"}, "input", "input is required"),
    ("responses", {"input": "Hi"}, "model", "model is required"),
    ("compact", {"model": "m"}, "input", "input is required"),
    ("embeddings", {"model": "m"}, "input", "input is required"),
    ("tokenizer", {"model": "m"}, "text", "text is required"),
    (
        "chat",
        chat(temprature=1),
        "temprature",
        f"temprature is not a parameter; did you mean temperature? {ANYWAY}",
    ),
    (
        "responses",
        answer(max_output_token=5),
        "max_output_token",
        f"max_output_token is not a parameter; did you mean max_output_tokens? {ANYWAY}",
    ),
    ("chat", said({"role": "user", "contents": "Hi"}), "messages[0].content", "messages[0].content is required"),
    (
        "chat",
        said(*HELLO, {"role": "user", "content": [{"text": "Hi"}]}),
        "messages[1].content[0].type",
        "messages[1].content[0].type is required",
    ),
    ("chat", said("Hi"), "messages[0]", "messages[0] must be an object, got 'Hi'"),
    ("chat", chat(messages="Hi"), "messages", "messages must be a list, got 'Hi'"),
    ("chat", chat(stream=True), "stream", "stream is not a parameter here: call stream() instead"),
    ("chat", chat(stream=False), "stream", "stream is not a parameter here: call stream() instead"),
    (
        "chat",
        chat(deferred=True),
        "deferred",
        "deferred is not a parameter here: its reply is another one; send it with client.request()",
    ),
    ("responses", answer(stream=True), "stream", "stream is not a parameter here: call stream() instead"),
    (
        "chat",
        chat(response_format={"type": "xml"}),
        "response_format.type",
        "response_format.type must be one of 'text', 'json_object', 'json_schema', got 'xml'",
    ),
    (
        "chat",
        chat(response_format={"type": "json_schema"}),
        "response_format.json_schema",
        "response_format.json_schema is required",
    ),
    (
        "responses",
        answer(text={"format": {"type": "xml"}}),
        "text.format.type",
        "text.format.type must be one of 'text', 'json_object', 'json_schema', got 'xml'",
    ),
    (
        "chat",
        chat(tool_choice="sometimes"),
        "tool_choice",
        "tool_choice must be 'none', 'auto' or 'required' or an object, got 'sometimes'",
    ),
    (
        "responses",
        answer(tool_choice="sometimes"),
        "tool_choice",
        "tool_choice must be 'none', 'auto' or 'required' or an object, got 'sometimes'",
    ),
    ("embeddings", {"model": "m", "input": ""}, "input", "input must have at least 1 character or be a list, got ''"),
    ("embeddings", {"model": "m", "input": []}, "input", "input must be a string or have at least 1 entry, got []"),
    (
        "embeddings",
        {"model": "m", "input": ["a"] * 129},
        "input",
        "input must be a string or have at most 128 entries, got 129 entries",
    ),
    (
        "embeddings",
        {"model": "m", "input": "a", "encoding_format": "int8"},
        "encoding_format",
        "encoding_format must be 'float' or 'base64', got 'int8'",
    ),
    (
        "responses",
        tool(allowed_domains=SIX),
        "tools[0].allowed_domains",
        "tools[0].allowed_domains must have at most 5 entries, got 6 entries",
    ),
    (
        "responses",
        tool(filters={"allowed_domains": SIX}),
        "tools[0].filters.allowed_domains",
        "tools[0].filters.allowed_domains must have at most 5 entries, got 6 entries",
    ),
    (
        "responses",
        answer(tools=[{"type": "function", "parameters": {}}]),
        "tools[0].name",
        "tools[0].name is required",
    ),
    (
        "responses",
        answer(input=[{"role": "robot", "content": "Hi"}]),
        "input[0].role",
        "input[0].role must be 'user', 'system' or 'developer' or 'assistant', got 'robot'",
    ),
    ("responses", answer(input=[{"role": "user"}]), "input[0].content", "input[0].content is required"),
    (
        "responses",
        answer(input=[{"type": "function_call_output", "output": "1"}]),
        "input[0].call_id",
        "input[0].call_id is required",
    ),
    ("responses", answer(input=5), "input", "input must be a string or a list, got 5"),
    ("chat", chat(temperature="1"), "temperature", "temperature must be a number, got '1'"),
    ("chat", chat(n="2"), "n", "n must be an integer, got '2'"),
    ("chat", chat(n=1.5), "n", "n must be an integer, got 1.5"),
    ("chat", chat(logprobs="yes"), "logprobs", "logprobs must be a boolean, got 'yes'"),
    ("chat", chat(logprobs=1), "logprobs", "logprobs must be a boolean, got 1"),
    ("chat", chat(model=None), "model", "model must be a string, got None"),
    ("chat", chat(stop="END"), "stop", "stop must be a list, got 'END'"),
    (
        "chat",
        said({"role": "user", "content": 5}),
        "messages[0].content",
        "messages[0].content must be a string or a list, got 5",
    ),
    ("chat", chat(top_logprobs=9), "top_logprobs", "top_logprobs must be at least 0 and at most 8, got 9"),
    ("responses", answer(top_k=0), "top_k", "top_k must be at least 1, got 0"),
    ("responses", answer(min_p=2), "min_p", "min_p must be at least 0 and at most 1, got 2"),
    (
        "responses",
        answer(instructions="Be brief.", previous_response_id="r"),
        "instructions",
        "instructions and previous_response_id cannot be combined",
    ),
    (
        "responses",
        tool(allowed_domains=["a.b"], excluded_domains=["c.d"]),
        "tools[0].allowed_domains",
        "tools[0].allowed_domains and tools[0].excluded_domains cannot be combined",
    ),
    (
        "responses",
        answer(input=[{"role": "user", "content": [{"type": "input_file", "file_id": "f", "file_url": "u"}]}]),
        "input[0].content[0].file_id",
        "input[0].content[0].file_id and input[0].content[0].file_url cannot be combined",
    ),
]


@pytest.mark.parametrize(
    ("name", "params", "parameter", "message"), REFUSED, ids=[f"{case[0]}-{case[3][:40]}" for case in REFUSED]
)
async def test_a_bad_parameter_is_refused_and_nothing_is_sent(
    wire: Wire, name: str, params: dict[str, Any], parameter: str, message: str
) -> None:
    async with wire.client() as client:
        with pytest.raises(RequestValidationError) as caught:
            await method(client, name)(**params)

    assert str(caught.value) == message
    assert caught.value.parameter == parameter
    assert isinstance(caught.value, ValueError)
    assert wire.requests == []


async def test_the_parts_of_the_error(wire: Wire) -> None:
    async with wire.client() as client:
        with pytest.raises(RequestValidationError) as caught:
            await client.chat.completions.create(model="m", messages=HELLO, temperature=3)

    assert (caught.value.parameter, caught.value.value) == ("temperature", 3)
    assert caught.value.expected == "at least 0 and at most 2"


async def test_a_long_value_is_cut(wire: Wire) -> None:
    async with wire.client() as client:
        with pytest.raises(RequestValidationError) as caught:
            await client.chat.completions.create(**chat(tool_choice="x" * 5000))

    assert len(str(caught.value)) < 250
    assert caught.value.value == "x" * 5000


@pytest.mark.parametrize("params", [chat(temperature=3), chat(temprature=1), chat(stream=True), {"model": "m"}])
async def test_a_stream_is_checked_before_it_is_opened(wire: Wire, params: dict[str, Any]) -> None:
    async with wire.client() as client:
        with pytest.raises(RequestValidationError):
            client.chat.completions.stream(**params)

    assert wire.requests == []


# ---------------------------------------------------------------------------------------------- what has no JSON form


@pytest.mark.parametrize(
    ("params", "place", "told"),
    [
        (chat(temperature=math.nan), "temperature", "Out of range float values are not JSON compliant"),
        (chat(temperature=math.inf), "temperature", "Out of range float values are not JSON compliant"),
        (chat(stop={"a", "b"}), "stop", "set is not a JSON value"),
        (said({"role": "user", "content": b"Hi"}), "messages[0].content", "bytes is not a JSON value"),
        (said({"role": "user", "content": object()}), "messages[0].content", "object is not a JSON value"),
        (said({"role": "user", "content": "\ud83e"}), "messages[0].content", "surrogates not allowed"),
        (said({"role": "user", "content": memoryview(b"Hi")}), "messages[0].content", "memoryview is not a JSON value"),
        (chat(logit_bias={("a", "b"): 1}), "logit_bias", "keys must be str"),
    ],
    ids=["nan", "infinity", "set", "bytes", "object", "surrogate", "memoryview", "tuple key"],
)
@pytest.mark.parametrize("validate", [True, False])
async def test_what_has_no_json_form_is_refused(
    wire: Wire, params: dict[str, Any], place: str, told: str, *, validate: bool
) -> None:
    async with wire.client(validate=validate) as client:
        with pytest.raises(RequestValidationError) as caught:
            await client.chat.completions.create(**params)

    assert str(caught.value).startswith(f"{place} has no JSON form: ")
    assert told in str(caught.value)
    assert caught.value.parameter == place
    assert wire.requests == []


async def test_what_contains_itself_is_refused(wire: Wire) -> None:
    messages: list[Any] = [*HELLO]
    messages.append(messages)
    async with wire.client() as client:
        with pytest.raises(RequestValidationError, match="no JSON form: Circular reference"):
            await client.chat.completions.create(model="m", messages=messages)


# ---------------------------------------------------------------------------------------------------- the ways around


async def test_a_parameter_like_no_other_is_sent_with_a_warning(wire: Wire) -> None:
    params: dict[str, Any] = chat(warp_factor=9)
    async with wire.client() as client:
        with pytest.warns(UnknownParameterWarning) as seen:
            await client.chat.completions.create(**params)

    assert len(seen) == 1
    assert str(seen[0].message).startswith("warp_factor is not a parameter that this version knows (the nearest is ")
    assert seen[0].filename == __file__
    assert wire.body == params


async def test_the_warning_of_a_stream_is_at_the_line_of_the_caller(wire: Wire) -> None:
    async with wire.client() as client:
        with pytest.warns(UnknownParameterWarning) as seen:
            client.responses.stream(**answer(warp_factor=9))

    assert [entry.filename for entry in seen] == [__file__]


async def test_extra_body_is_not_checked(wire: Wire) -> None:
    async with wire.client() as client:
        await client.chat.completions.create(
            model="m", messages=HELLO, options={"extra_body": {"temperature": 3, "temprature": 1, "stream": False}}
        )

    assert wire.body == {"model": "m", "messages": HELLO, "temperature": 3, "temprature": 1, "stream": False}


async def test_checking_can_be_turned_off(wire: Wire) -> None:
    params: dict[str, Any] = {"messages": [{"role": "robot"}], "temperature": 3, "temprature": 1, "top_p": "0"}
    async with wire.client(validate=False) as client:
        await client.chat.completions.create(**params)

    assert wire.body == params


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"temperature": 3}, {"temperature": 2}),
        ({"temperature": -1}, {"temperature": 0}),
        ({"top_p": 1.5}, {"top_p": 1}),
        ({"n": 0}, {"n": 1}),
        ({"temperature": 3, "top_p": 2, "n": -4}, {"temperature": 2, "top_p": 1, "n": 1}),
        ({"temperature": 1.5}, {"temperature": 1.5}),
    ],
)
async def test_clamping_moves_a_number_to_the_bound(wire: Wire, given: dict[str, Any], sent: dict[str, Any]) -> None:
    async with wire.client(out_of_range="clamp") as client:
        await client.chat.completions.create(**chat(**given))

    assert wire.body == chat(**sent)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"top_p": 0}, "top_p must be above 0 and at most 1, got 0"),  # there is no nearest number above 0
        ({"temperature": "3"}, "temperature must be a number, got '3'"),
        ({"temperature": 3, "tool_choice": "sometimes"}, "tool_choice must be "),
    ],
)
async def test_clamping_refuses_what_it_cannot_move(wire: Wire, given: dict[str, Any], message: str) -> None:
    async with wire.client(out_of_range="clamp") as client:
        with pytest.raises(RequestValidationError) as caught:
            await client.chat.completions.create(**chat(**given))

    assert str(caught.value).startswith(message)
    assert wire.requests == []


# ------------------------------------------------------------------------------------------------------- what is sent


class Role(StrEnum):
    USER = "user"


class Effort(Enum):
    LOW = "low"


async def test_the_body_is_what_was_given(wire: Wire) -> None:
    """None is null, what is absent is absent, and nothing is added."""
    async with wire.client() as client:
        await client.chat.completions.create(model="m", messages=HELLO, temperature=None, stop=None, n=1)

    (request,) = wire.requests
    assert request.content == (
        b'{"model":"m","messages":[{"role":"user","content":"Hello"}],"temperature":null,"stop":null,"n":1}'
    )
    assert request.headers["content-type"] == "application/json"


async def test_text_is_sent_as_utf_8(wire: Wire) -> None:
    async with wire.client() as client:
        await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Grüße 🦦 \x00\u2028"}])

    assert "Grüße 🦦 \\u0000\u2028".encode() in wire.requests[0].content


async def test_other_containers_and_values_become_json(wire: Wire) -> None:
    async with wire.client() as client:
        await client.responses.create(
            model="m",
            input=(MappingProxyType({"role": Role.USER, "content": ({"type": "input_text", "text": "Hi"},)}),),
            reasoning={"effort": Effort.LOW},  # type: ignore[typeddict-item]
            tools=({"type": "x_search", "from_date": date(2026, 1, 2), "to_date": datetime(2026, 1, 3, tzinfo=UTC)},),  # type: ignore[typeddict-item]
            include=("reasoning.encrypted_content",),
        )

    assert wire.body == {
        "model": "m",
        "input": [{"role": "user", "content": [{"type": "input_text", "text": "Hi"}]}],
        "reasoning": {"effort": "low"},
        "tools": [{"type": "x_search", "from_date": "2026-01-02", "to_date": "2026-01-03T00:00:00+00:00"}],
        "include": ["reasoning.encrypted_content"],
    }


async def test_what_was_given_is_not_changed(wire: Wire) -> None:
    messages = [{"role": "user", "content": "Hello"}]
    params: dict[str, Any] = {"model": "m", "messages": messages, "temperature": 3}
    async with wire.client(out_of_range="clamp") as client:
        await client.chat.completions.create(**params)

    assert params == {"model": "m", "messages": [{"role": "user", "content": "Hello"}], "temperature": 3}


async def test_a_received_message_goes_back_beside_dicts(wire: Wire) -> None:
    first: ChatCompletion = decode(sample("chat-tool-calls.json"), ChatCompletion, META, strict=True)
    assert first.message is not None
    result = {"role": "tool", "tool_call_id": first.tool_calls[0].id, "content": "14:05"}
    async with wire.client() as client:
        await client.chat.completions.create(model="m", messages=[*HELLO, first.message, result])  # type: ignore[list-item]

    received = json.loads(sample("chat-tool-calls.json"))["choices"][0]["message"]
    assert wire.body == {"model": "m", "messages": [*HELLO, received, result]}


async def test_received_items_and_tools_go_back_beside_dicts(wire: Wire) -> None:
    first: Response = decode(sample("response.json"), Response, META, strict=True)
    result: Any = {"type": "function_call_output", "call_id": first.tool_calls[0].call_id, "output": "14:05"}
    async with wire.client() as client:
        await client.responses.create(
            model="m",
            input=[{"role": "user", "content": "Hello"}, *first.to_input(), result],
            tools=[*first.tools, {"type": "web_search"}],
        )

    received = json.loads(sample("response.json"))
    assert wire.body == {
        "model": "m",
        "input": [{"role": "user", "content": "Hello"}, *received["output"], result],
        "tools": [*received["tools"], {"type": "web_search"}],
    }


async def test_unknown_items_go_back(wire: Wire) -> None:
    received = json.loads(sample("response.json"))
    received["output"] = [{"type": "dream", "depth": [1, None]}]
    first: Response = decode(json.dumps(received).encode(), Response, META, strict=True)
    async with wire.client() as client:
        await client.responses.create(model="m", input=first.to_input())

    assert wire.body == {"model": "m", "input": received["output"]}


async def test_types_newer_than_this_version_pass(wire: Wire) -> None:
    params: dict[str, Any] = answer(
        input=[{"role": "user", "content": [{"type": "input_smell", "smell": 1}]}, {"type": "dream"}],
        tools=[{"type": "time_travel", "until": 1999}],
        service_tier="warp",
    )
    async with wire.client() as client:
        await client.responses.create(**params)
        await client.chat.completions.create(**chat(tools=[{"type": "time_travel"}], reasoning_effort="enormous"))

    assert json.loads(wire.requests[0].content) == params
    assert json.loads(wire.requests[1].content) == chat(tools=[{"type": "time_travel"}], reasoning_effort="enormous")


@pytest.mark.parametrize("texts", ["a", ["a"], ["a"] * 128, [1, 2], [[1], [2, 3]]])
async def test_every_form_of_an_embedding_input_is_sent(wire: Wire, texts: Any) -> None:
    async with wire.client() as client:
        await client.embeddings.create(model="m", input=texts, encoding_format="base64")

    assert wire.body == {"model": "m", "input": texts, "encoding_format": "base64"}


@pytest.mark.parametrize("edge", [{"temperature": 0}, {"temperature": 2}, {"top_p": 1}, {"top_p": 1e-9}, {"n": 1}])
async def test_bounds_are_inside(wire: Wire, edge: dict[str, Any]) -> None:
    async with wire.client() as client:
        await client.chat.completions.create(**chat(**edge))

    assert wire.body == chat(**edge)
