"""The legacy endpoints: they work, and warn at the line that calls them."""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from tests.shown import shown
from xai_httpx import XAI, AsyncXAI, BadRequestError, NotFoundError, RequestValidationError, UnprocessableEntityError
from xai_httpx._lenient import build
from xai_httpx.testing import SimulatedXAI
from xai_httpx.types import MessageReplyText, MessageReplyToolUse, MessageResponse, Response

HELLO: Any = [{"role": "user", "content": "hi"}]
MODEL = {"model": "grok-4.6"}
METHODS: dict[str, dict[str, Any]] = {
    "completions": {**MODEL, "prompt": "hi"},
    "complete": {**MODEL, "prompt": "hi", "max_tokens_to_sample": 9},
    "messages": {**MODEL, "messages": HELLO, "max_tokens": 9},
}
quiet = pytest.mark.filterwarnings("ignore::DeprecationWarning")
each = pytest.mark.parametrize("name", METHODS)


def create(client: Any, name: str) -> Callable[..., Awaitable[Any]]:
    method: Callable[..., Awaitable[Any]] = getattr(client, name).create
    return method


@quiet
async def test_a_text_goes_on_in_openais_form(sim: SimulatedXAI, client: AsyncXAI) -> None:
    completion = await client.completions.create(model="grok-4.6", prompt="hi", max_tokens=2)
    assert [(choice.text, choice.finish_reason) for choice in completion.choices] == [("You said", "length")]
    assert completion.usage is not None
    assert completion.usage.cost_usd
    assert sim.requests[-1].path == "/v1/completions"
    assert len((await client.completions.create(model="grok-4.6", prompt=["a", "b"], n=2)).choices) == 2


@quiet
async def test_a_text_goes_on_in_anthropics_form(client: AsyncXAI) -> None:
    completion = await client.complete.create(model="grok-4.6", prompt="hi", max_tokens_to_sample=9)
    assert (completion.completion, completion.stop_reason, completion.type) == (
        "You said: hi",
        "stop_sequence",
        "completion",
    )


@quiet
async def test_messages_are_answered_in_anthropics_form(sim: SimulatedXAI, client: AsyncXAI) -> None:
    message = await client.messages.create(model="grok-4.6", messages=HELLO, max_tokens=9, system="Be brief.")
    assert message.text == "You said: hi"
    (text,) = message.content
    assert isinstance(text, MessageReplyText)
    assert (text.text, message.stop_reason, message.role) == ("You said: hi", "end_turn", "assistant")
    sim.reply_tool_call("weather", {"city": "Oslo"})
    message = await client.messages.create(model="grok-3-mini", messages=HELLO, max_tokens=9)
    assert [block.type for block in message.content] == ["thinking", "tool_use"]
    use = message.content[1]
    assert isinstance(use, MessageReplyToolUse)
    assert message.text == ""
    assert (use.name, use.input, message.stop_reason) == ("weather", {"city": "Oslo"}, "tool_use")
    tools: Any = [{"name": "time", "description": "Tells it.", "input_schema": {"type": "object", "properties": {}}}]
    message = await client.messages.create(
        model="grok-4.6", messages=HELLO, max_tokens=9, tools=tools, tool_choice={"type": "any"}
    )
    assert [block.type for block in message.content] == ["tool_use"]


@each
async def test_each_warns_at_the_line_that_calls_it(client: AsyncXAI, name: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        await create(client, name)(**METHODS[name])
    (warning,) = caught
    assert warning.category is DeprecationWarning
    assert f"POST /v1/{name} is a legacy endpoint of xAI: use chat.completions.create" in str(warning.message)
    assert warning.filename == __file__


@each
@quiet
async def test_what_is_missing_or_wrong_is_refused_before_sending(
    sim: SimulatedXAI, client: AsyncXAI, name: str
) -> None:
    needed = METHODS[name].keys() - ({"prompt"} if name == "completions" else set())
    for parameter in needed:
        given = {key: value for key, value in METHODS[name].items() if key != parameter}
        with pytest.raises(RequestValidationError, match=f"{parameter} is required"):
            await create(client, name)(**given)
    with pytest.raises(RequestValidationError, match="temperature must be at least 0 and at most 2, got 7"):
        await create(client, name)(**METHODS[name], temperature=7)
    with pytest.raises(RequestValidationError, match="stream is not a parameter here: legacy endpoints do not stream"):
        await create(client, name)(**METHODS[name], stream=True)
    assert sim.requests == []


@each
@quiet
async def test_a_model_that_is_not_there(client: AsyncXAI, name: str) -> None:
    with pytest.raises(NotFoundError):
        await create(client, name)(**{**METHODS[name], "model": "none"})


@pytest.mark.parametrize("tool", [{}, {"name": 5, "input_schema": {}}, {"name": "time", "input_schema": 5}])
@quiet
async def test_a_tool_of_another_shape_is_refused_by_the_simulator(sim: SimulatedXAI, tool: Any) -> None:
    async with sim.client(validate=False) as client:
        with pytest.raises(UnprocessableEntityError):
            await client.messages.create(
                model="grok-4.6", messages=HELLO, max_tokens=9, tools=[tool], tool_choice={"type": "any"}
            )


@pytest.mark.parametrize("part", [{"type": "text"}, {"type": "text", "text": None}, {"type": "text", "text": 5}, {}, 5])
def test_a_part_without_a_text_hides_no_other(part: Any) -> None:
    message: MessageResponse = build(MessageResponse, {"content": [part, {"type": "text", "text": "Oslo"}]})
    assert message.text == "Oslo"
    said = {**part, "type": "output_text"} if isinstance(part, dict) else part
    item = {"type": "message", "content": [said, {"type": "output_text", "text": "Oslo"}]}
    response: Response = build(Response, {"output": [item]})
    assert response.output_text == "Oslo"


@quiet
async def test_models_that_reason_continue_no_text(client: AsyncXAI) -> None:
    for name in ("completions", "complete"):
        with pytest.raises(BadRequestError, match="reasons"):
            await create(client, name)(**{**METHODS[name], "model": "grok-3-mini"})


@pytest.fixture
def xai(sim: SimulatedXAI) -> Iterator[XAI]:
    with sim.sync_client() as made:
        yield made


@each
def test_the_sync_form_warns_at_that_line_too(xai: XAI, name: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result: Any = create(xai, name)(**METHODS[name])
    assert [(warning.category, warning.filename) for warning in caught] == [(DeprecationWarning, __file__)]
    assert result.meta.status == 200


@each
@quiet
def test_no_prompt_is_shown_by_an_error(sim: SimulatedXAI, xai: XAI, name: str) -> None:
    prompt = "canary prompt"
    given = {"messages": [{"role": "user", "content": prompt}]} if name == "messages" else {"prompt": prompt}
    sim.fail(400)
    with pytest.raises(BadRequestError) as caught:
        create(xai, name)(**{**METHODS[name], **given})
    assert prompt not in shown(caught.value)
