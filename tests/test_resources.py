"""Every resource against the simulator: the flow that a user has in mind."""

from __future__ import annotations

import base64
import struct
from decimal import Decimal

import pytest

from xai_httpx import AsyncXAI, AuthenticationError, NotFoundError, RateLimitError
from xai_httpx.testing import SimulatedXAI
from xai_httpx.types import CompactionItem, FunctionToolCall, InputMessage, ReasoningItem

WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


async def test_a_conversation_with_a_tool_call(sim: SimulatedXAI, client: AsyncXAI) -> None:
    sim.reply_tool_call("weather", {"city": "Oslo"})
    sim.reply("It rains in Oslo.")
    first = await client.chat.completions.create(
        model="grok-4.6",
        messages=[{"role": "user", "content": "Weather in Oslo?"}],
        tools=[{"type": "function", "function": {"name": "weather", "parameters": WEATHER}}],
    )
    assert (first.finish_reason, first.text) == ("tool_calls", "")
    (call,) = first.tool_calls
    assert first.message is not None
    second = await client.chat.completions.create(
        model="grok-4.6",
        messages=[
            {"role": "user", "content": "Weather in Oslo?"},
            first.message,
            {"role": "tool", "tool_call_id": call.id, "content": "rain"},
        ],
    )
    assert second.text == "It rains in Oslo."
    assert sim.requests[-1].body["messages"][1]["tool_calls"][0]["id"] == call.id


async def test_the_cost_is_exact_and_in_dollars(client: AsyncXAI) -> None:
    completion = await client.chat.completions.create(model="grok-4.6", messages=[{"role": "user", "content": "hi"}])
    assert completion.usage is not None
    assert completion.usage.cost_usd == Decimal(completion.usage.cost_in_usd_ticks or 0) / 10**10
    assert completion.meta.rate_limits.remaining_requests is not None


async def test_a_stored_conversation(client: AsyncXAI) -> None:
    first = await client.responses.create(model="grok-3-mini", input="one", instructions="Be brief.")
    assert [type(item) for item in first.to_input()][:1] == [ReasoningItem]
    second = await client.responses.create(model="grok-3-mini", input="two", previous_response_id=first.id)
    assert second.previous_response_id == first.id
    assert (await client.responses.retrieve(second.id)).output_text == second.output_text
    items = await client.responses.input_items.list(second.id).collect()
    assert [type(item) for item in items] == [InputMessage]
    assert (await client.responses.delete(second.id)).deleted
    with pytest.raises(NotFoundError):
        await client.responses.retrieve(second.id)


async def test_output_goes_back_as_input(sim: SimulatedXAI, client: AsyncXAI) -> None:
    sim.reply_tool_call("weather", {"city": "Oslo"})
    first = await client.responses.create(
        model="grok-3-mini",
        input="Weather in Oslo?",
        store=False,
        tools=[{"type": "function", "name": "weather", "parameters": WEATHER}],
    )
    (call,) = first.tool_calls
    assert isinstance(call, FunctionToolCall)
    sim.reply("Rain.")
    second = await client.responses.create(
        model="grok-3-mini",
        input=[
            {"role": "user", "content": "Weather in Oslo?"},
            *first.to_input(),
            {"type": "function_call_output", "call_id": call.call_id, "output": "rain"},
        ],
    )
    assert second.output_text == "Rain."
    sent = sim.requests[-1].body["input"]
    assert sent[1:-1] == [item.model_dump(mode="json", exclude_unset=True) for item in first.output]


async def test_a_compacted_conversation(client: AsyncXAI) -> None:
    compacted = await client.responses.compact(model="grok-4.6", input=[{"role": "user", "content": "long story"}])
    (item,) = compacted.output
    assert isinstance(item, CompactionItem)
    after = await client.responses.create(model="grok-4.6", input=[item, {"role": "user", "content": "go on"}])
    assert after.output_text


async def test_input_items_come_in_pages(sim: SimulatedXAI, client: AsyncXAI) -> None:
    messages = [{"role": "user", "content": str(number)} for number in range(5)]
    response = await client.responses.create(model="grok-4.6", input=messages)
    listing = client.responses.input_items.list(response.id, limit=2, order="asc")
    page = await listing
    assert (len(page.items), page.has_next, page.meta.status) == (2, True, 200)
    following = await page.next()
    assert following is not None
    assert following.items[0] != page.items[0]
    assert [len(each.items) async for each in listing.pages()] == [2, 2, 1]
    assert len([item async for item in listing]) == 5
    sim.requests.clear()
    assert len(await client.responses.input_items.list(response.id, limit=2).collect(limit=3)) == 3
    assert len(sim.requests) == 2  # the third page is not fetched
    assert await client.responses.input_items.list(response.id).collect(limit=0) == []


async def test_the_five_model_families(client: AsyncXAI) -> None:
    everything = {model.id for model in await client.models.list().collect()}
    families = [client.models.language, client.models.embedding, client.models.image, client.models.video]
    ids = [{model.id async for model in family.list()} for family in families]
    assert all(ids)
    assert set.union(*ids) == everything
    assert (await client.models.retrieve("grok-4.6")).id == "grok-4.6"
    assert (await client.models.language.retrieve("grok-latest")).completion_text_token_price > 0
    for family in (client.models, *families):
        with pytest.raises(NotFoundError):
            await family.retrieve("no-such-model")


async def test_embeddings_as_floats_and_as_base64(client: AsyncXAI) -> None:
    floats = await client.embeddings.create(model="grok-embedding-small", input=["a", "b"], dimensions=4)
    assert [len(entry.embedding) for entry in floats.data] == [4, 4]
    packed = await client.embeddings.create(
        model="grok-embedding-small", input="a", dimensions=4, encoding_format="base64"
    )
    text = packed.data[0].embedding
    assert isinstance(text, str)
    assert struct.unpack("<4f", base64.b64decode(text)) == pytest.approx(floats.data[0].embedding)


async def test_tokens(client: AsyncXAI) -> None:
    tokens = (await client.tokenizer.encode(model="grok-4.6", text="Hello world")).token_ids
    assert b"".join(bytes(token.token_bytes) for token in tokens) == b"Hello world"


async def test_the_account(sim: SimulatedXAI, client: AsyncXAI) -> None:
    key, me = await client.account.api_key(), await client.account.me()
    assert me.api_key is not None
    assert (key.api_key_id, key.user_id) == (me.api_key.api_key_id, me.user_id)
    assert sim.api_key not in key.redacted_api_key


async def test_a_wrong_key_is_an_authentication_error_though_the_status_is_400(sim: SimulatedXAI) -> None:
    async with AsyncXAI(api_key="xai-wrong", base_url=sim.base_url) as client:
        with pytest.raises(AuthenticationError, match="Incorrect API key") as caught:
            await client.account.me()
    assert caught.value.status_code == 400


async def test_an_unknown_model_is_not_found(client: AsyncXAI) -> None:
    with pytest.raises(NotFoundError, match="grok-99"):
        await client.responses.create(model="grok-99", input="hi")


async def test_a_scripted_failure(sim: SimulatedXAI, client: AsyncXAI) -> None:
    sim.fail(429, retry_after=1000)
    with pytest.raises(RateLimitError) as caught:
        await client.models.list()
    assert caught.value.retry_after == 1000
