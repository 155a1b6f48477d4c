"""The OpenAI SDK, unchanged, against the simulator: every reply is what that SDK's own models say it is.

What those models require and xAI does not send is listed where it is met, after recordings of xAI and its description.
Images are edited as JSON at xAI and batches have a form of their own, so these two of the OpenAI SDK do not fit.
"""

from __future__ import annotations

import base64
import inspect
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import openai
import pydantic
import pytest

from tests.conftest import LOOPS
from xai_httpx.testing import Fault, SimulatedXAI

CHAT, REASONING, MESSAGES = "grok-4.6", "grok-3-mini", [{"role": "user", "content": "hi"}]
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
CACHE_WRITES = "usage.input_tokens_details.cache_write_tokens"


class City(pydantic.BaseModel):
    name: str
    people: int


@pytest.fixture(
    params=[(openai.OpenAI, "asyncio"), (openai.AsyncOpenAI, "asyncio"), (openai.AsyncOpenAI, "uvloop")],
    ids=["sync", "asyncio", "uvloop"],
)
def kind(request: pytest.FixtureRequest) -> tuple[type[Any], str]:
    """Which of the two clients, and the loop; not Trio, where streams of that SDK leave their generators behind."""
    return request.param


@pytest.fixture
def anyio_backend(kind: tuple[type[Any], str]) -> tuple[str, dict[str, object]]:
    return LOOPS[kind[1]]


@pytest.fixture
async def api(sim: SimulatedXAI, kind: tuple[type[Any], str]) -> AsyncIterator[Any]:
    """A client of the other SDK, which is told nothing but the address and the key."""
    client = kind[0](base_url=sim.base_url, api_key=sim.api_key, max_retries=0)
    yield client
    await done(client.close())


async def done(result: Any) -> Any:
    return await result if inspect.isawaitable(result) else result


async def collected(items: Any) -> list[Any]:
    return [item async for item in items] if hasattr(items, "__aiter__") else list(items)


async def helped(manager: Any, final: str) -> tuple[list[Any], Any]:
    """The events of a stream helper, and what it made of them."""
    if hasattr(manager, "__aenter__"):
        async with manager as stream:
            return await collected(stream), await getattr(stream, final)()
    with manager as stream:
        return list(stream), getattr(stream, final)()


def left_out(reply: pydantic.BaseModel) -> set[str]:
    """What the SDK's model requires and the reply does not have; anything else that is wrong with it fails."""
    try:
        type(reply).model_validate(reply.model_dump(exclude_unset=True, by_alias=True, warnings=False))
    except pydantic.ValidationError as error:
        problems = error.errors()
        assert {problem["type"] for problem in problems} == {"missing"}, problems
        return {".".join(map(str, problem["loc"])) for problem in problems}
    return set()


async def test_chat(api: Any) -> None:
    completion = await done(api.chat.completions.create(model=REASONING, messages=MESSAGES, n=2))
    assert left_out(completion) == set()
    assert (completion.object, completion.model, len(completion.choices)) == ("chat.completion", REASONING, 2)
    assert [choice.index for choice in completion.choices] == [0, 1]
    message = completion.choices[0].message
    assert (message.role, message.content, message.refusal) == ("assistant", "You said: hi", None)
    assert message.reasoning_content
    assert completion.choices[0].finish_reason == "stop"
    usage = completion.usage
    reasoning = usage.completion_tokens_details.reasoning_tokens
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens + reasoning
    assert usage.prompt_tokens_details.cached_tokens == 0


async def test_a_tool_is_called_and_its_result_taken(api: Any) -> None:
    tools = [{"type": "function", "function": {"name": "weather", "parameters": PARAMETERS}}]
    asked = {"model": CHAT, "tools": tools}
    first = await done(api.chat.completions.create(messages=MESSAGES, tool_choice="required", **asked))
    assert left_out(first) == set()
    (choice,) = first.choices
    (call,) = choice.message.tool_calls
    assert (choice.finish_reason, call.type, call.function.name) == ("tool_calls", "function", "weather")
    assert isinstance(json.loads(call.function.arguments)["city"], str)
    result = {"role": "tool", "tool_call_id": call.id, "content": "sunny"}
    second = await done(api.chat.completions.create(messages=[*MESSAGES, choice.message, result], **asked))
    assert second.choices[0].finish_reason == "stop"


async def test_chat_by_schema(sim: SimulatedXAI, api: Any) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "city", "schema": City.model_json_schema()}}
    plain = await done(api.chat.completions.create(model=CHAT, messages=MESSAGES, response_format=form))
    assert City.model_validate_json(plain.choices[0].message.content)
    sim.reply_json({"name": "Paris", "people": 2})
    parsed = await done(api.chat.completions.parse(model=CHAT, messages=MESSAGES, response_format=City))
    assert parsed.choices[0].message.parsed == City(name="Paris", people=2)


async def test_chat_streams(api: Any) -> None:
    asked = {"model": REASONING, "messages": MESSAGES, "stream_options": {"include_usage": True}}
    chunks = await collected(await done(api.chat.completions.create(stream=True, **asked)))
    assert {frozenset(left_out(chunk)) for chunk in chunks} == {frozenset()}
    *_, finish, usage = chunks
    assert (finish.choices[0].finish_reason, usage.choices) == ("stop", [])
    assert usage.usage.total_tokens > 0
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert text == "You said: hi"

    events, final = await helped(api.chat.completions.stream(**asked), "get_final_completion")
    assert {"chunk", "content.delta", "content.done"} == {event.type for event in events}
    assert (final.choices[0].message.content, final.choices[0].finish_reason) == ("You said: hi", "stop")
    assert final.usage.total_tokens == usage.usage.total_tokens


async def test_streamed_tool_calls_and_parsed_text(sim: SimulatedXAI, api: Any) -> None:
    tools = [{"type": "function", "function": {"name": "weather", "parameters": PARAMETERS, "strict": True}}]
    sim.reply_tool_calls([("weather", {"city": "Paris"}), ("weather", {"city": "Oslo"})])
    asked = {"model": CHAT, "messages": MESSAGES}
    _, final = await helped(api.chat.completions.stream(tools=tools, **asked), "get_final_completion")
    arguments = [call.function.parsed_arguments for call in final.choices[0].message.tool_calls]
    assert arguments == [{"city": "Paris"}, {"city": "Oslo"}]
    sim.reply_json({"name": "Paris", "people": 2})
    _, final = await helped(api.chat.completions.stream(response_format=City, **asked), "get_final_completion")
    assert final.choices[0].message.parsed == City(name="Paris", people=2)


async def test_responses_are_stored(api: Any) -> None:
    first = await done(api.responses.create(model=REASONING, input="hi", temperature=0.5))
    assert left_out(first) == {CACHE_WRITES}
    assert (first.object, first.status, first.output_text) == ("response", "completed", "You said: hi")
    assert [item.type for item in first.output] == ["reasoning", "message"]
    assert (first.temperature, first.error, first.parallel_tool_calls) == (0.5, None, True)
    assert first.usage.total_tokens == first.usage.input_tokens + first.usage.output_tokens
    assert await done(api.responses.retrieve(first.id)) == first
    second = await done(api.responses.create(model=REASONING, input="more", previous_response_id=first.id))
    assert (second.previous_response_id, second.output_text) == (first.id, "You said: more (turn 2)")
    (item,) = await collected(api.responses.input_items.list(second.id))
    assert left_out(item) == set()
    assert (item.type, item.role, item.content[0].text) == ("message", "user", "more")
    assert await done(api.responses.delete(first.id)) is None
    with pytest.raises(openai.NotFoundError):
        await done(api.responses.retrieve(first.id))


async def test_responses_by_schema_and_with_tools(sim: SimulatedXAI, api: Any) -> None:
    sim.reply_json({"name": "Paris", "people": 2})
    parsed = await done(api.responses.parse(model=CHAT, input="hi", text_format=City))
    assert parsed.output_parsed == City(name="Paris", people=2)
    tool = {"type": "function", "name": "weather", "parameters": PARAMETERS, "strict": False}
    called = await done(api.responses.create(model=CHAT, input="hi", tools=[tool], tool_choice="required"))
    assert left_out(called) == {CACHE_WRITES}
    (call,) = called.output
    assert (call.type, call.name, call.status) == ("function_call", "weather", "completed")
    assert isinstance(json.loads(call.arguments)["city"], str)


async def test_responses_stream(api: Any) -> None:
    events = await collected(await done(api.responses.create(model=REASONING, input="hi", stream=True)))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    departures = {(event.type, *left_out(event)) for event in events if left_out(event)}
    assert departures == {
        ("response.output_text.done", "logprobs"),
        ("response.completed", f"response.{CACHE_WRITES}"),
    }
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == "You said: hi"

    helper = api.responses.stream(model=REASONING, input="hi")
    seen, final = await helped(helper, "get_final_response")
    assert [event.type for event in seen] == [event.type for event in events]
    assert (final.status, final.output_text) == ("completed", "You said: hi")


async def test_embeddings(api: Any) -> None:
    asked = {"model": "grok-embedding-small", "input": ["a cat", "a dog"], "dimensions": 8}
    reply = await done(api.embeddings.create(**asked))  # packed, as this SDK asks by itself
    floats = await done(api.embeddings.create(**asked, encoding_format="float"))
    assert left_out(reply) == left_out(floats) == set()
    assert [(entry.index, len(entry.embedding)) for entry in reply.data] == [(0, 8), (1, 8)]
    assert reply.data[1].embedding == pytest.approx(floats.data[1].embedding)
    assert (reply.usage.prompt_tokens, reply.model) == (4, "grok-embedding-small")


async def test_images(api: Any) -> None:
    asked = {"model": "grok-imagine-image", "prompt": "an otter"}
    urls = await done(api.images.generate(**asked, n=2))
    counts = ("input_tokens", "input_tokens_details", "output_tokens", "total_tokens")
    assert left_out(urls) == {"created", *(f"usage.{count}" for count in counts)}  # xAI gives a price instead
    assert urls.usage.cost_in_usd_ticks > 0
    async with httpx.AsyncClient() as anybody:
        contents = [(await anybody.get(image.url)).content for image in urls.data]
    (packed,) = (await done(api.images.generate(**asked, response_format="b64_json"))).data
    assert [content[:4] for content in (*contents, base64.b64decode(packed.b64_json))] == [b"\x89PNG"] * 3
    with pytest.raises(openai.APIStatusError) as caught:  # this SDK sends a form
        await done(api.images.edit(image=contents[0], **asked))
    assert caught.value.status_code == 415


async def test_files(api: Any) -> None:
    made = [await done(api.files.create(file=(f"{number}.txt", b"text"), purpose="assistants")) for number in range(5)]
    assert left_out(made[0]) == {"status"}
    assert (made[0].object, made[0].bytes, made[0].filename, made[0].purpose) == ("file", 4, "0.txt", "assistants")
    assert [file.id for file in await collected(api.files.list(limit=2, order="asc"))] == [file.id for file in made]
    assert await done(api.files.retrieve(made[1].id)) == made[1]
    assert (await done(api.files.content(made[1].id))).content == b"text"
    gone = await done(api.files.delete(made[1].id))
    assert left_out(gone) == set()
    assert (gone.id, gone.deleted) == (made[1].id, True)
    with pytest.raises(openai.NotFoundError):
        await done(api.files.retrieve(made[1].id))


async def test_models(api: Any) -> None:
    models = await collected(api.models.list())
    assert {CHAT, REASONING} <= {model.id for model in models}
    assert {frozenset(left_out(model)) for model in models} == {frozenset()}
    assert await done(api.models.retrieve(CHAT)) == next(model for model in models if model.id == CHAT)


async def test_legacy_completions(api: Any) -> None:
    completion = await done(api.completions.create(model=CHAT, prompt="hi"))
    assert left_out(completion) == set()
    assert completion.choices[0].text == "You said: hi"


async def test_a_batch_needs_a_name_that_this_sdk_does_not_send(api: Any) -> None:
    with pytest.raises(openai.UnprocessableEntityError):
        await done(api.batches.create(input_file_id="f", endpoint="/v1/chat/completions", completion_window="24h"))


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda api: api.with_options(api_key="wrong").models.list(), openai.BadRequestError),
        (lambda api: api.chat.completions.create(model="grok-99", messages=MESSAGES), openai.NotFoundError),
        (lambda api: api.responses.retrieve("unknown"), openai.NotFoundError),
        (lambda api: api.responses.create(model=CHAT, input=7), openai.UnprocessableEntityError),
        (lambda api: api.chat.completions.create(model=CHAT, messages=7), openai.UnprocessableEntityError),
        (lambda api: api.chat.completions.create(model=CHAT, messages=MESSAGES, n=0), openai.BadRequestError),
    ],
    ids=["key", "model", "response", "shape", "chat shape", "range"],
)
async def test_errors_are_typed(api: Any, call: Any, error: type[openai.APIStatusError]) -> None:
    with pytest.raises(error) as caught:
        await done(call(api))
    assert caught.value.request_id
    assert caught.value.response.content


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, openai.AuthenticationError),
        (403, openai.PermissionDeniedError),
        (409, openai.ConflictError),
        (429, openai.RateLimitError),
        (503, openai.InternalServerError),
    ],
)
@pytest.mark.parametrize("nested", [False, True], ids=["flat", "nested"])
async def test_failures_are_typed(
    sim: SimulatedXAI, api: Any, status: int, error: type[openai.APIStatusError], nested: bool
) -> None:
    sim.fail(status, "a-code", "a message", nested=nested)
    with pytest.raises(error) as caught:
        await done(api.models.list())
    if nested:
        assert (caught.value.code, "a message" in str(caught.value)) == ("a-code", True)


async def test_it_tries_again_by_itself(sim: SimulatedXAI, api: Any) -> None:
    sim.fail(429, retry_after=0)
    assert await collected(api.with_options(max_retries=1).models.list())
    assert len(sim.requests) == 2


async def test_an_error_inside_a_stream_is_raised(sim: SimulatedXAI, api: Any) -> None:
    sim.fault(Fault.error_event(503, message="too busy", after=2))
    with pytest.raises(openai.APIError) as caught:
        await collected(await done(api.chat.completions.create(model=CHAT, messages=MESSAGES, stream=True)))
    assert caught.value.body == "too busy"  # which this SDK looks for a message in
