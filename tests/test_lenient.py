"""Replies that do not fit their model: handed out all the same, or refused with all that is needed to report it."""

from __future__ import annotations

import json
import pickle
import re
import warnings
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

import xai_httpx
from tests.samples import META, canonical, events, sample, wire_form
from xai_httpx import (
    APIStatusError,
    AsyncXAI,
    AuthenticationError,
    Meta,
    RateLimitError,
    ResponseValidationError,
    UnexpectedResponseWarning,
    Unknown,
)
from xai_httpx._models import decode
from xai_httpx.types import responses, responses_events
from xai_httpx.types.chat import ChatChoice, ChatCompletion
from xai_httpx.types.embeddings import EmbeddingResponse
from xai_httpx.types.responses import Response
from xai_httpx.types.responses_events import ResponseStreamEvent
from xai_httpx.types.shared import ChatUsage

SECRET = "a-value-that-must-not-reach-a-log"


def without(name: str, *path: str | int) -> Any:
    """A sample that lacks what is at the path."""
    wire = json.loads(sample(name))
    owner = wire
    for step in path[:-1]:
        owner = owner[step]
    del owner[path[-1]]
    return wire


def changed(name: str, value: Any, *path: str | int) -> Any:
    """A sample with another value at the path."""
    wire = json.loads(sample(name))
    owner = wire
    for step in path[:-1]:
        owner = owner[step]
    owner[path[-1]] = value
    return wire


def built(wire: Any, returns: Any) -> tuple[Any, str]:
    """The result, with the text of the one warning that it took."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        result = decode(json.dumps(wire).encode(), returns, META, strict=False)
        assert canonical(wire_form(result)) == canonical(wire)
        assert canonical(json.loads(result.model_dump_json(exclude_unset=True))) == canonical(wire)
    assert [entry.category for entry in seen] == [UnexpectedResponseWarning]
    return result, str(seen[0].message)


def refused(content: bytes, returns: Any, *, strict: bool = False) -> ResponseValidationError:
    with pytest.raises(ResponseValidationError) as caught:
        decode(content, returns, META, strict=strict)
    return caught.value


CHAT, RESPONSE = "chat-completion.json", "response.json"
ODD: list[Any] = [
    pytest.param(ChatCompletion, without(CHAT, "created"), "created: Field required", id="missing"),
    pytest.param(
        ChatCompletion,
        without(CHAT, "choices", 1, "message", "role"),
        "choices[1].message.role: Field required",
        id="missing inside",
    ),
    pytest.param(
        ChatCompletion, changed(CHAT, SECRET, "usage", "prompt_tokens"), "usage.prompt_tokens: ", id="wrong type inside"
    ),
    pytest.param(
        ChatCompletion,
        changed(CHAT, {"a": SECRET}, "choices", 0, "message", "content"),
        "choices[0].message.content: ",
        id="object",
    ),
    pytest.param(ChatCompletion, changed(CHAT, SECRET, "choices"), "choices: ", id="no list"),
    pytest.param(ChatCompletion, changed(CHAT, [SECRET, 5, None], "choices"), "choices[0]: ", id="list of others"),
    pytest.param(Response, changed(RESPONSE, None, "store"), "store: ", id="null"),
    pytest.param(
        Response, without(RESPONSE, "output", 3, "arguments"), "output[3].arguments: Field required", id="member lacks"
    ),
    pytest.param(
        Response,
        changed(RESPONSE, [SECRET], "output", 2, "content", 0, "text"),
        "output[2].content[0].text: ",
        id="part of member",
    ),
    pytest.param(
        Response, changed(RESPONSE, {"no": "type"}, "output", 0), "output[0].type: ", id="member without type"
    ),
    pytest.param(Response, changed(RESPONSE, "5", "created_at"), "created_at: ", id="number as text"),
    pytest.param(Response, changed(RESPONSE, 0, "store"), "store: ", id="truth as number"),
    pytest.param(
        EmbeddingResponse,
        changed("embedding.json", {"a": SECRET}, "data", 0, "embedding"),
        "data[0].embedding: ",
        id="data",
    ),
]


@pytest.mark.parametrize(("returns", "wire", "place"), ODD)
def test_a_reply_that_does_not_fit_is_built_with_every_value(returns: Any, wire: Any, place: str) -> None:
    result, told = built(wire, returns)

    assert type(result) is returns
    assert result.meta is META
    assert place in told
    assert told.startswith(f"the reply does not fit {returns.__name__}: ")
    assert told.endswith("(request id req-sample)")
    assert SECRET not in told


@pytest.mark.parametrize(("returns", "wire", "place"), ODD)
def test_strict_refuses_it_and_keeps_its_bytes(returns: Any, wire: Any, place: str) -> None:
    content = json.dumps(wire).encode()

    error = refused(content, returns, strict=True)

    assert error.body == content
    assert error.meta is META
    assert error.request_id == "req-sample"
    assert place in str(error)
    assert error.may_have_been_processed
    assert pickle.loads(pickle.dumps(error)).body == content


def test_what_does_fit_is_typed() -> None:
    result, _ = built(without(CHAT, "choices", 1, "message", "role"), ChatCompletion)

    assert result.text == "Otters sleep hand in hand. 🦦"
    assert [type(choice) for choice in result.choices] == [ChatChoice, ChatChoice]
    assert result.choices[1].message.content == "Otters keep a favourite stone."
    assert result.choices[1].message.role is None
    assert type(result.usage) is ChatUsage
    assert result.usage.cost_usd is not None


def test_members_of_unions_keep_their_classes() -> None:
    wire = without(RESPONSE, "output", 3, "arguments")
    wire["output"].append({"type": "dream", "depth": 3})
    result, _ = built(wire, Response)

    assert [type(item) for item in result.output] == [
        responses.ReasoningItem,
        responses.WebSearchCall,
        responses.OutputMessage,
        responses.FunctionToolCall,
        responses.UnknownOutputItem,
    ]
    assert isinstance(result.output[4], Unknown)
    assert result.output[3].call_id == "call_9"
    assert result.output[3].arguments is None
    assert result.output_text == "Husum has two tides a day."
    assert type(result.output[1].action) is responses.WebSearchQuery
    assert type(result.tools[0]) is responses.FunctionTool
    assert type(result.usage) is responses.ResponseUsage


def test_a_field_with_another_name_in_python_keeps_its_value() -> None:
    wire = changed(RESPONSE, {"format": {"type": "json_schema", "schema": {"type": "object"}, "name": 5}}, "text")
    result, _ = built(wire, Response)

    assert result.text.format.schema_ == {"type": "object"}
    assert result.text.format.name == 5


@pytest.mark.parametrize(
    "name", ["cls", "self", "_fields_set", "values", "model_config", "__dict__", "__meta__", "meta", ""]
)
def test_a_new_field_may_have_any_name(name: str) -> None:
    wire = {**without(CHAT, "created"), name: {"kept": 1}}
    result, _ = built(wire, ChatCompletion)

    assert result.meta is META


@pytest.mark.parametrize("line", events("response-tools.chunks.txt")[2:8])
def test_an_event_that_does_not_fit_keeps_its_class(line: bytes) -> None:
    wire = json.loads(line) | {"sequence_number": SECRET}
    result, told = built(wire, ResponseStreamEvent)
    known = decode(line, ResponseStreamEvent, META, strict=True)

    assert type(result) is type(known)
    assert result.sequence_number == SECRET
    assert SECRET not in told
    assert told.startswith(f"the reply does not fit {type(known).__name__}: sequence_number: ")
    assert len(told) < 200


@pytest.mark.parametrize("wire", [{"sequence_number": 3}, {"type": None}, {"type": ["response.created"]}])
def test_an_event_without_a_type_is_an_unknown_one(wire: Any) -> None:
    result, told = built(wire, ResponseStreamEvent)

    assert type(result) is responses_events.UnknownResponseStreamEvent
    assert result.raw == wire
    assert re.search(r"not fit UnknownResponseStreamEvent: type: (Field required|not a known type) \(", told)


# ---------------------------------------------------------------------------------------------------- what is no reply

PAGE = b"<html><body>" + b"Bad gateway " * 100 + b"</body></html>"


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("returns", [ChatCompletion, Response, ResponseStreamEvent])
@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (PAGE, PAGE[:500].decode()),
        (b"", "the body is empty"),
        (b"[1, 2]", ": [1, 2]"),
        (b'"hello"', ': "hello"'),
        (b"null", ": null"),
        (b'{"id": "cut', ': {"id": "cut'),
        ("\U0001f9a6".encode() * 600, "\U0001f9a6" * 500),
        (b"\xff\xfe", "�"),
    ],
    ids=["html", "empty", "array", "string", "null", "cut", "wide", "binary"],
)
def test_what_is_no_object_is_refused_with_its_beginning(
    content: bytes, shown: str, returns: Any, *, strict: bool
) -> None:
    error = refused(content, returns, strict=strict)

    assert shown in str(error)
    assert str(error).startswith(("the reply is not JSON (HTTP 200, ", "the reply is not a JSON object (HTTP 200, "))
    assert "request id req-sample" in str(error)
    assert "content type 'application/json'" in str(error)
    assert len(str(error)) < 1000
    assert error.body == content


# ------------------------------------------------------------------------------------------ errors with a good status


@pytest.mark.parametrize(
    ("code", "error_class"),
    [
        ("The service is currently unavailable", xai_httpx.ServiceUnavailableError),
        ("Some resource has been exhausted", RateLimitError),
        ("Client specified an invalid argument", xai_httpx.BadRequestError),
        ("not-found", xai_httpx.NotFoundError),
        ("permission-denied", xai_httpx.PermissionDeniedError),
        ("The request does not have valid authentication credentials", AuthenticationError),
        ("something new", xai_httpx.InternalServerError),
        (429, RateLimitError),
        ("529", xai_httpx.OverloadedError),
    ],
)
@pytest.mark.parametrize("strict", [False, True])
def test_an_error_with_status_200_is_an_error(code: Any, error_class: type[APIStatusError], *, strict: bool) -> None:
    content = json.dumps({"code": code, "error": "It did not work."}).encode()

    with pytest.raises(error_class) as caught:
        decode(content, ChatCompletion, META, strict=strict)

    assert type(caught.value) is error_class
    assert caught.value.message == "It did not work."
    assert caught.value.code == str(code)
    assert caught.value.meta is META


def test_an_error_object_with_status_200_is_an_error() -> None:
    content = json.dumps({"error": {"message": "Slow down.", "code": 429, "type": "rate_limit"}}).encode()

    with pytest.raises(RateLimitError, match=r"Slow down\.") as caught:
        decode(content, Response, META, strict=False)

    assert caught.value.type == "rate_limit"


def test_a_failed_response_is_a_response() -> None:
    wire = changed(RESPONSE, {"code": "server_error", "message": "It did not work."}, "error")
    result = decode(json.dumps(wire | {"status": "failed"}).encode(), Response, META, strict=True)

    assert result.error is not None
    assert result.error.code == "server_error"


# ----------------------------------------------------------------------------------------------------- as a client does


def answering(content: bytes, content_type: str = "application/json") -> Callable[[httpx.Request], httpx.Response]:
    headers = {"content-type": content_type, "x-request-id": "req-77"}
    return lambda request: httpx.Response(200, headers=headers, content=content)


def client_of(handler: Callable[[httpx.Request], httpx.Response], *, strict: bool = False) -> AsyncXAI:
    http = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    return AsyncXAI(api_key="test-key", http_client=http, strict=strict, retries=0)


async def test_a_call_warns_at_the_line_of_the_caller() -> None:
    content = json.dumps(without(CHAT, "created")).encode()
    async with client_of(answering(content)) as client:
        with pytest.warns(UnexpectedResponseWarning, match="created: Field required .request id req-77.") as seen:
            answer = await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "a"}])

    assert len(seen) == 1
    assert seen[0].filename == __file__
    assert answer.text == "Otters sleep hand in hand. 🦦"
    assert isinstance(answer.meta, Meta)
    assert answer.meta.request_id == "req-77"


async def test_a_page_warns_at_the_line_of_the_caller() -> None:
    async with client_of(answering(json.dumps(without("models.json", "data", 0, "owned_by")).encode())) as client:
        with pytest.warns(UnexpectedResponseWarning, match=r"data\[0\].owned_by: Field required") as seen:
            models = await client.models.list().collect()

    assert [entry.filename for entry in seen] == [__file__]
    assert [model.id for model in models] == ["grok-4.6", "grok-sample"]


async def test_an_event_warns_at_the_line_of_the_caller() -> None:
    lines = [json.loads(line) for line in events("response.chunks.txt")]
    del lines[2]["output_index"]

    async def written() -> AsyncIterator[bytes]:
        for line in lines:
            yield b"data: %b\n\n" % json.dumps(line).encode()

    headers = {"content-type": "text/event-stream"}
    async with client_of(lambda request: httpx.Response(200, headers=headers, content=written())) as client:
        with pytest.warns(UnexpectedResponseWarning, match="ResponseOutputItemAddedEvent: output_index") as seen:
            async with client.responses.stream(model="m", input="a") as stream:
                kinds = [event.type async for event in stream]

    assert [entry.filename for entry in seen] == [__file__]
    assert kinds == [line["type"] for line in lines]


async def test_a_strict_client_raises() -> None:
    content = json.dumps(without(CHAT, "created")).encode()
    async with client_of(answering(content), strict=True) as client:
        with pytest.raises(ResponseValidationError, match="created: Field required") as caught:
            await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "a"}])

    assert caught.value.body == content
    assert caught.value.request_id == "req-77"


async def test_a_page_of_a_proxy_is_refused() -> None:
    async with client_of(answering(PAGE, "text/html")) as client:
        with pytest.raises(ResponseValidationError, match=r"not JSON \(HTTP 200, content type 'text/html'") as caught:
            await client.models.list()

    assert caught.value.body == PAGE


async def test_what_was_built_leniently_can_be_sent_back() -> None:
    sent: list[Any] = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        return httpx.Response(200, json=without(CHAT, "choices", 0, "message", "role"))

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        async with client_of(handler) as client:
            first = await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "a"}])
            assert first.message is not None
            message = first.message.model_copy(update={"role": "assistant", "content": "b"})
            await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "a"}, message])

    assert [entry.category for entry in seen] == [UnexpectedResponseWarning] * 2
    assert sent[1]["messages"][1]["content"] == "b"


@pytest.mark.parametrize("odd", [None, 5, "text", [None], [5, {}], {}])
def test_the_short_ways_through_a_misfit_find_nothing(odd: Any) -> None:
    completion, _ = built(changed(CHAT, odd, "choices"), ChatCompletion)
    assert (completion.text, completion.reasoning_text, completion.tool_calls, completion.message) == ("", "", [], None)
    assert completion.finish_reason is None
    response, _ = built(changed(RESPONSE, odd, "output"), Response)
    assert (response.output_text, response.reasoning_text, response.tool_calls) == ("", "", [])
