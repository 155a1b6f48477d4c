"""What simulated models answer: by themselves, always the same, and as they are told."""

from __future__ import annotations

import json
import time
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xai_httpx import AsyncXAI, InternalServerError, UnprocessableEntityError
from xai_httpx.testing import SimulatedReply, SimulatedXAI
from xai_httpx.testing._brain.schema_instances import instance_of
from xai_httpx.testing._contract.errors import ApiError

MODEL = "grok-4.6"
CITY = {"type": "object", "properties": {"city": {"enum": ["Oslo", "Rome"]}}, "required": ["city"]}


def function(name: str, parameters: Any = CITY) -> Any:
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


def flat(name: str) -> Any:
    return {"type": "function", "name": name, "parameters": CITY}


def user(text: str) -> Any:
    return {"role": "user", "content": text}


async def ask(client: AsyncXAI, text: str = "hi", **settings: Any) -> Any:
    return await client.chat.completions.create(model=MODEL, messages=[user(text)], **settings)


# -------------------------------------------------------------------------------------------------------- by itself


async def test_each_seed_and_each_choice_has_a_text_of_its_own(client: AsyncXAI) -> None:
    plain, seeded, again = [(await ask(client, seed=seed)).text for seed in (0, 1, 1)]
    assert plain == "You said: hi"
    assert seeded == again != plain
    choices = (await ask(client, n=3)).choices
    texts = [choice.message.content for choice in choices]
    assert (texts[0], len(set(texts))) == (plain, 3)


async def test_usage_and_cost_are_those_of_all_choices(client: AsyncXAI) -> None:
    one, three = await ask(client), await ask(client, n=3)
    assert three.usage.completion_tokens > 2 * one.usage.completion_tokens
    cost = three.usage.prompt_tokens * 20_000 + three.usage.completion_tokens * 60_000
    assert three.usage.cost_in_usd_ticks == cost


async def test_a_function_is_called_that_the_user_names(client: AsyncXAI) -> None:
    tools = [function("weather"), function("news"), function("new")]
    assert (await ask(client, tools=tools)).tool_calls == []
    called = (await ask(client, "the weather and the news", tools=tools)).tool_calls
    assert [call.function.name for call in called] == ["weather", "news"]
    alone = await ask(client, "the weather and the news", tools=tools, parallel_tool_calls=False)
    assert [call.function.name for call in alone.tool_calls] == ["weather"]
    assert (await ask(client, "the weather", tools=tools, tool_choice="none")).tool_calls == []
    forced = await ask(client, tools=tools, tool_choice={"type": "function", "function": {"name": "news"}})
    assert [call.function.name for call in forced.tool_calls] == ["news"]
    assert json.loads(forced.tool_calls[0].function.arguments) == {"city": "Oslo"}


async def test_what_tools_say_is_passed_on_in_both_apis(client: AsyncXAI) -> None:
    first = await ask(client, "weather please", tools=[function("weather")])
    messages = [user("weather please"), first.message]
    messages += [{"role": "tool", "tool_call_id": call.id, "content": "sunny"} for call in first.tool_calls]
    second = await client.chat.completions.create(model=MODEL, messages=messages, tools=[function("weather")])
    assert second.text == "The tools say: sunny"

    response = await client.responses.create(model=MODEL, input="weather please", tools=[flat("weather")])
    outputs: Any = [
        {"type": "function_call_output", "call_id": call.call_id, "output": "rain"} for call in response.tool_calls
    ]
    answer = await client.responses.create(
        model=MODEL, input=outputs, tools=[flat("weather")], previous_response_id=response.id
    )
    assert answer.output_text == "The tools say: rain"


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": r"^[A-Z]{2}-\d{4}$"},
        {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}, "required": ["a"], "$defs": {"A": CITY}},
        {"anyOf": [{"type": "integer", "minimum": 3}, {"type": "null"}]},
        {"type": "array", "items": {"type": "boolean"}, "minItems": 3},
    ],
)
@pytest.mark.parametrize("variant", range(3))
def test_an_instance_satisfies_its_schema(schema: Any, variant: int) -> None:
    jsonschema.validate(instance_of(schema, variant), schema)
    assert instance_of(schema, variant) == instance_of(schema, variant)


@given(st.integers(-5, 5), st.integers(0, 9))
def test_numbers_are_in_their_range(low: int, width: int) -> None:
    schema = {"type": "integer", "minimum": low, "maximum": low + width}
    jsonschema.validate(instance_of(schema), schema)


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"type": "integer", "not": {"type": "integer"}}, "finds no value .* with a script"),
        ({"type": "strange"}, "is not valid"),
        ({"$ref": "https://example.com/schema"}, "is not inside the schema"),
        ({"type": "string", "pattern": "("}, "is not valid"),
    ],
)
def test_a_schema_that_cannot_be_satisfied_is_refused(schema: Any, message: str) -> None:
    with pytest.raises(ApiError, match=message) as caught:
        instance_of(schema)
    assert caught.value.status == 400


# -------------------------------------------------------------------------------------------------------- as it is told


async def test_scripts_have_a_text_for_each_choice(sim: SimulatedXAI, client: AsyncXAI) -> None:
    sim.reply("one", "two")
    assert [choice.message.content for choice in (await ask(client, n=3)).choices] == ["one", "two", "one"]


async def test_a_script_is_json(sim: SimulatedXAI, client: AsyncXAI) -> None:
    sim.reply_json({"city": "Oslo", "size": [1, 2]})
    assert json.loads((await ask(client)).text) == {"city": "Oslo", "size": [1, 2]}
    with pytest.raises(ValueError, match="a value that JSON can hold"):
        sim.reply_json({"city": object()})


async def test_a_function_answers_from_the_body(sim: SimulatedXAI, client: AsyncXAI) -> None:
    def author(body: dict[str, Any]) -> str | SimulatedReply | None:
        text = body.get("input") or body["messages"][-1]["content"]
        if "weather" in text:
            return SimulatedReply(tool_calls=[("weather", {"city": "Oslo"})])
        return f"{text}!" if "loud" in text else None

    sim.reply("first")
    sim.reply_with(author)
    assert [(await ask(client, text)).text for text in ("hi", "loud", "hi")] == ["first", "loud!", "You said: hi"]
    response = await client.responses.create(model=MODEL, input="weather?")
    assert response.tool_calls[0].arguments == '{"city":"Oslo"}'


async def test_a_function_answers_so_many_calls(sim: SimulatedXAI, client: AsyncXAI) -> None:
    sim.reply_with(lambda body: "told", times=2)
    sim.reply("after")
    assert [(await ask(client)).text for _ in range(4)] == ["told", "told", "after", "You said: hi"]
    with pytest.raises(ValueError, match="at least 1"):
        sim.reply_with(lambda body: None, times=0)


async def test_a_function_that_raises_is_told_of(sim: SimulatedXAI, client: AsyncXAI) -> None:
    def author(body: dict[str, Any]) -> str:
        raise KeyError("city")

    sim.reply_with(author)
    with pytest.raises(InternalServerError, match=r"The function that was to answer raised KeyError\('city'\)"):
        await ask(client)


async def test_a_refused_call_takes_no_script(sim: SimulatedXAI, client: AsyncXAI) -> None:
    sim.reply("kept")
    with pytest.raises(UnprocessableEntityError):
        await client.request("POST", "/chat/completions", body={"model": MODEL})
    assert (await ask(client)).text == "kept"


async def test_clear_forgets_scripts_and_keeps_what_is_stored(sim: SimulatedXAI, client: AsyncXAI) -> None:
    response = await client.responses.create(model=MODEL, input="hi")
    sim.reply("forgotten")
    sim.fail(500)
    sim.clear()
    assert (await ask(client)).text == "You said: hi"
    assert (await client.responses.retrieve(response.id)).output_text == "You said: hi"


async def test_speed_is_that_of_tokens(sim: SimulatedXAI, client: AsyncXAI) -> None:
    """Counted, not timed: so many tokens cannot come sooner, however fast the machine is."""
    sim.tokens_per_second = 100
    text = "a b c d e f g h i j"
    started = time.monotonic()
    async with client.chat.completions.stream(model=MODEL, messages=[user(text)]) as stream:
        assert (await stream.final()).text == f"You said: {text}"
    streamed, started = time.monotonic() - started, time.monotonic()
    await ask(client, text)
    assert streamed > 0.1
    assert time.monotonic() - started > 0.1
    with pytest.raises(ValueError, match="above 0 or None, not 0"):
        sim.tokens_per_second = 0
    sim.tokens_per_second = None
    assert sim.tokens_per_second is None


async def test_an_answer_with_sources_cites_them_in_the_form_of_each_api(client: AsyncXAI, sim: SimulatedXAI) -> None:
    sources = ["https://a.example", "https://b.example"]
    for _ in range(4):
        sim.reply("Found.", citations=sources)
    completion = await ask(client)
    async with client.chat.completions.stream(model=MODEL, messages=[user("hi")]) as chunks:
        streamed = await chunks.final()
    assert completion.citations == streamed.citations == sources
    asked: Any = {"model": MODEL, "input": "hi", "tools": [{"type": "web_search"}]}
    whole = await client.responses.create(**asked)
    async with client.responses.stream(**asked) as events:
        told = [event.type for event in [event async for event in events]]
        built = await events.final()
    for response in (whole, built):
        search, message = [item for item in response.output if item.type != "reasoning"]
        assert (search.type, search.status, response.tool_calls) == ("web_search_call", "completed", [])
        assert [note.url for note in message.content[0].annotations] == sources
        assert response.usage.num_server_side_tools_used == 1
    assert told.count("response.output_text.annotation.added") == 2
