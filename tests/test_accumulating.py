"""What a stream adds up: linear in its events, joined once, and nothing that grows where it is not to be kept."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from types import FrameType, FunctionType, ModuleType
from typing import Any

import pytest

from tests.costing import chat_usage
from tests.rawserver import CUT, EVENTS, RawServer, events, head, reply
from tests.streaming import CHUNK, META, RESPONSE, chunk, made
from tests.wire import HELLO
from xai_httpx import AsyncXAI, ConfigurationError, RequestValidationError, StreamTruncatedError
from xai_httpx._accumulate_chat import ChatAccumulator
from xai_httpx._accumulate_response import ResponseAccumulator
from xai_httpx._events import EventReader
from xai_httpx.testing import SimulatedXAI
from xai_httpx.types import ChatCompletionChunk, ResponseStreamEvent

USED = json.dumps({**json.loads(CHUNK % "[]"), "usage": chat_usage(ticks=20_000_000)})
CHAT = [chunk("Otters "), chunk("swim."), USED]
TEXT_DELTA = next(line for line in RESPONSE if '"response.output_text.delta"' in line)
WAYS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "client-wide": ({"accumulate": False}, {}),
    "of the call": ({}, {"accumulate": False}),
    "the call decides": ({"accumulate": True}, {"accumulate": False}),
}


def chat(client: AsyncXAI, **options: Any) -> Any:
    return client.chat.completions.stream(model="m", messages=HELLO, **options)


def respond(client: AsyncXAI, **options: Any) -> Any:
    return client.responses.stream(model="m", input="hi", **options)


@pytest.mark.parametrize("way", WAYS)
async def test_a_chat_that_is_not_added_up_has_all_but_the_answers(server: RawServer, way: str) -> None:
    of_client, of_call = WAYS[way]
    server.always = (reply(events(*CHAT, done=True), content_type=EVENTS),)
    async with made(server, **of_client) as client:
        async with chat(client, options=of_call) as stream:
            assert [event.text async for event in stream] == ["Otters ", "swim.", ""]
            final = await stream.final()
        async with chat(client, options=of_call) as stream:
            assert [text async for text in stream.text_stream] == ["Otters ", "swim."]
        async with chat(client, options={"accumulate": True}) as stream:
            assert (await stream.final()).text == "Otters swim."
    assert (final.choices, final.text, final.id, final.model) == ([], "", "c", "m")
    assert (final.usage.total_tokens, final.usage.cost_usd) == (15, Decimal("0.002"))
    assert final.meta.status == 200


@pytest.mark.parametrize("way", WAYS)
async def test_a_response_that_is_not_added_up_comes_whole_with_its_last_event(server: RawServer, way: str) -> None:
    of_client, of_call = WAYS[way]
    server.answer(head(), events(*RESPONSE))
    async with made(server, **of_client) as client, respond(client, options=of_call) as stream:
        final = await stream.final()
    assert final.model_dump(mode="json", exclude_unset=True) == json.loads(RESPONSE[-1])["response"]


@pytest.mark.parametrize("kind", [chat, respond], ids=["chat", "responses"])
async def test_a_cut_stream_that_is_not_added_up_has_what_its_first_event_told(server: RawServer, kind: Any) -> None:
    server.answer(head(), events(*(CHAT[:2] if kind is chat else RESPONSE[:-1])), CUT)
    async with made(server, accumulate=False) as client, kind(client) as stream:
        with pytest.raises(StreamTruncatedError) as caught:
            await stream.final()
    partial = caught.value.partial
    assert partial.id == ("c" if kind is chat else "r2")
    assert (partial.choices if kind is chat else partial.output) == []


async def test_a_conversation_joins_its_whole_answer_all_the_same(sim: SimulatedXAI) -> None:
    for api in ("responses", "completions"):
        async with sim.client(accumulate=False) as client:
            begun = client.chat.create(model="grok-4.6", messages=[], api=api)
            async with begun.stream("Tell of otters.", options={"accumulate": False}) as stream:
                answer = await stream.final()
        assert begun.messages[-1] == answer.answer
        assert answer.text in str(answer.answer)
        assert len(answer.text) > 10


@pytest.mark.parametrize("bad", [None, 1, "no"])
async def test_accumulate_is_a_bool(server: RawServer, bad: Any) -> None:
    with pytest.raises(ConfigurationError, match="accumulate"):
        made(server, accumulate=bad)
    async with made(server) as client:
        with pytest.raises(RequestValidationError, match=r"options\.accumulate") as caught:
            chat(client, options={"accumulate": bad})
    assert caught.value.parameter == "options.accumulate"
    assert server.requests == []


def texts(count: int) -> Iterator[str]:
    return (chunk(f"{number:05}") for number in range(count))


def deltas(count: int) -> Iterator[str]:
    yield from RESPONSE[: RESPONSE.index(TEXT_DELTA)]
    yield from (json.dumps({**json.loads(TEXT_DELTA), "delta": f"{number:05}"}) for number in range(count))


READERS: dict[str, tuple[Callable[[int], Iterator[str]], Callable[[bool], EventReader[Any, Any]]]] = {
    "chat": (texts, lambda keep: reader_of(ChatCompletionChunk, ChatAccumulator(keep))),
    "responses": (deltas, lambda keep: reader_of(ResponseStreamEvent, ResponseAccumulator(keep))),
}


def reader_of(kind: Any, accumulator: Any) -> EventReader[Any, Any]:
    return EventReader(kind, accumulator, max_event_bytes=10_000, strict=True)


def read(reader: EventReader[Any, Any], data: Iterator[str]) -> None:
    for each in data:
        assert len(list(reader.feed(events(each), META))) == 1


def held(root: object) -> int:
    """How many objects are reachable from one, without what all of the program shares."""
    seen: dict[int, object] = {}
    left = [root]
    while left:
        if id(each := left.pop()) in seen or isinstance(each, type | ModuleType | FunctionType):
            continue
        seen[id(each)] = each
        left += gc.get_referents(each)
    return len(seen)


def calls(work: Callable[[], object]) -> int:
    """How many functions are called, those of C as well."""
    count = 0

    def seen(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("kind", READERS)
def test_what_is_not_added_up_takes_no_memory_however_long_it_is(kind: str) -> None:
    data, make = READERS[kind]
    found: dict[bool, list[int]] = {}
    for keep in (True, False):
        sizes = []
        for count in (100, 5_000):
            reader = make(keep)
            read(reader, data(count))
            sizes.append(held(reader.accumulator))
        found[keep] = sizes
    assert found[False][0] == found[False][1]
    assert found[True][1] - found[True][0] >= 4_900  # else it would not have been seen


@pytest.mark.parametrize("kind", READERS)
def test_pieces_are_joined_once_whatever_their_number(kind: str) -> None:
    data, make = READERS[kind]
    found = []
    for count in (1_000, 10_000):
        reader = make(True)
        read(reader, data(count))
        result = reader.accumulator.result()  # the first builds the validators of its models
        assert "".join(f"{number:05}" for number in range(count)) == getattr(result, "output_text", None) or result.text
        found.append(calls(reader.accumulator.result))
    assert found[0] == found[1]


@pytest.mark.parametrize("kind", READERS)
def test_an_event_costs_the_same_however_many_came_before(kind: str) -> None:
    data, make = READERS[kind]
    reader = make(True)
    (event,) = data(1) if kind == "chat" else iter([TEXT_DELTA])
    found = []
    for count in (1_000, 9_000):
        read(reader, data(count))
        found.append(calls(lambda: list(reader.feed(events(event), META))))
    assert found[0] == found[1]
