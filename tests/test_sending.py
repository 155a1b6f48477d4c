"""What reaches the wire: JSON forms, the ways around the checks, models sent back."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Any

import pytest

from tests.samples import META, sample
from tests.wire import HELLO, Wire, answer, chat, said
from xai_httpx import RequestValidationError, UnknownParameterWarning
from xai_httpx._models import decode
from xai_httpx.types.chat import ChatCompletion
from xai_httpx.types.responses import Response

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
