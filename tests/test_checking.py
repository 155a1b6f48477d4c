"""Parameters are checked before anything is sent, and what is sent is exactly what was given."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire import HELLO, Wire, answer, chat, method, said, tool
from xai_httpx import RequestValidationError

PARTS = "'input_text', 'output_text', 'input_image', 'input_file'"
TOOLS = (
    "'function', 'web_search', 'x_search', 'image_generation', 'file_search', 'code_interpreter', 'mcp', 'shell', "
    "'tool_search'"
)
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
        "deferred is not a parameter here: call defer() instead",
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
    (
        "responses",
        answer(tools=[{"type": "functon", "name": "a", "parameters": {}}]),
        "tools[0].type",
        f"tools[0].type must be one of {TOOLS}, got 'functon'",
    ),
    (
        "responses",
        answer(input=[{"role": "user", "content": [{"type": "input_txt", "text": "Hi"}]}]),
        "input[0].content[0].type",
        f"input[0].content[0].type must be one of {PARTS}, got 'input_txt'",
    ),
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
