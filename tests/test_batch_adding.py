"""Adding requests to a batch: in chunks, and checked before they are sent."""

from __future__ import annotations

import tracemalloc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import anyio.to_thread
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.batching import chat, chats, client_of, ids, later, made
from tests.rawserver import RawServer, reply
from xai_httpx import (
    AsyncXAI,
    RequestValidationError,
)
from xai_httpx._batch_reading import AT_ONCE, CHUNK, LARGE, Reader
from xai_httpx._batch_requests import LARGEST, Rules
from xai_httpx.testing import SimulatedXAI

RULES = Rules(validate=True, clamp=False)


def added(sim: SimulatedXAI) -> list[int]:
    """How many requests each call added."""
    return [len(each.body["batch_requests"]) for each in sim.requests if each.path.endswith("/requests")]


class Adds:
    """A server that takes requests and forgets them."""

    def __init__(self) -> None:
        self.calls = self.requests = self.bytes = self.largest = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        self.bytes += len(request.content)
        self.requests += request.content.count(b'"batch_request_id"')
        self.largest = max(self.largest, len(request.content))
        return httpx.Response(200, json={})


async def generated(count: int, size: int) -> AsyncIterator[Any]:
    for number in range(count):
        yield chat(number, messages=[{"role": "user", "content": f"{number} ".ljust(size, "x")}])


async def test_ten_thousand_requests_go_in_few_calls_and_little_memory() -> None:
    server = Adds()
    http = httpx.AsyncClient(transport=httpx.MockTransport(server))
    async with http, AsyncXAI(api_key="k", http_client=http) as client:
        await client.batches.add("b", requests=chats(1))  # loads what is loaded once
        tracemalloc.start()
        accepted = await client.batches.add("b", requests=generated(10_000, 10_000))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert accepted == list(ids(0, 10_000))
    assert (server.calls, server.requests) == (1 + 10_000 // 497 + 1, 10_001)  # 497 of 10,060 bytes are 5 MB
    assert server.bytes > 100_000_000
    assert server.largest < 1.05 * CHUNK
    assert peak < 8 * CHUNK  # a chunk, its JSON and what holds both; all of it would be 100 MB


class Bare:
    """What `async for` takes, though it is no `AsyncIterator`: its iterator has `__anext__` and no more."""

    def __init__(self, requests: list[Any]) -> None:
        self.requests = requests

    def __aiter__(self) -> Any:
        return Next(self.requests)


class Next:
    def __init__(self, requests: list[Any]) -> None:
        self.requests = iter(requests)

    async def __anext__(self) -> Any:
        try:
            return next(self.requests)
        except StopIteration:
            raise StopAsyncIteration from None


async def test_whatever_can_be_iterated_is_taken(client: AsyncXAI) -> None:
    for requests in (
        tuple(chats(2)),
        iter(chats(2)),
        {"a": chat(0), "b": chat(1)}.values(),
        later(chats(2)),
        Bare(chats(2)),
    ):
        assert await client.batches.add(await made(client), requests=requests) == ["q-0", "q-1"]


async def test_small_requests_go_a_thousand_at_a_time(sim: SimulatedXAI, client: AsyncXAI) -> None:
    batch_id = await made(client)
    accepted = await client.batches.add(batch_id, requests=chats(2_500))
    assert accepted == list(ids(0, 2_500))
    assert added(sim) == [AT_ONCE, AT_ONCE, 500]
    assert (await client.batches.cancel(batch_id)).state.num_requests == 2_500


@given(st.lists(st.integers(0, CHUNK * 2 // 3), max_size=12))
def test_every_request_is_in_one_chunk_and_no_chunk_is_too_large(sizes: list[int]) -> None:
    given: Any = [chat(number, messages=[{"role": "user", "content": "x" * size}]) for number, size in enumerate(sizes)]

    async def chunks() -> list[list[tuple[str, int]]]:
        found: list[list[tuple[str, int]]] = []
        async with Reader(given, RULES) as reader:
            while chunk := await reader.chunk():
                found.append([(entry.id, entry.size) for entry in chunk])
        return found

    found = anyio.run(chunks)
    assert [id for chunk in found for id, _ in chunk] == list(ids(0, len(sizes)))
    assert all(sum(size for _, size in chunk) <= CHUNK for chunk in found)


async def test_other_tasks_run_while_large_requests_are_checked() -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await anyio.lowlevel.checkpoint()

    given = [chat(number, messages=[{"role": "user", "content": "x" * LARGE}]) for number in range(50)]
    async with anyio.create_task_group() as tasks, Reader(given, RULES) as reader:
        tasks.start_soon(others)
        await reader.check_ahead()
        tasks.cancel_scope.cancel()
    assert turns > 40


WRONG: list[tuple[Any, str]] = [
    (5, "requests[1] must be an object, got 5"),
    ({}, "requests[1].batch_request must be an object, got None"),
    ({"batch_request": {}}, "requests[1].batch_request must be an object with exactly one of chat_get_completion"),
    ({"batch_request": {"chat": {}}}, "requests[1].batch_request must be an object with exactly one of"),
    ({"batch_request": {"responses": {}, "image_edit": {}}}, "got ['responses', 'image_edit']"),
    ({"batch_request": {"responses": 5}}, "requests[1].batch_request.responses must be an object, got 5"),
    ({"batch_request": {"responses": {5: 5}}}, "requests[1].batch_request.responses must be an object"),
    ({"batch_request": {"responses": {"input": "a"}}}, "requests[1].batch_request.responses.model is required"),
    ({**chat(1), "custom_id": "a"}, "requests[1].custom_id must be absent: a request has batch_request_id and"),
    ({**chat(1), "batch_request_id": ""}, "requests[1].batch_request_id must be an id"),
    ({**chat(1), "batch_request_id": 5}, "requests[1].batch_request_id must be an id"),
    (chat(0), "requests[1].batch_request_id must be unique, got 'q-0' again"),
    (chat(1, temperature=7), "chat_get_completion.temperature must be at least 0 and at most 2, got 7"),
    (chat(1, messages=[{"role": "robot"}]), "requests[1].batch_request.chat_get_completion.messages[0].role must be"),
    (chat(1, temprature=1), "chat_get_completion.temprature is not a parameter; did you mean temperature?"),
    (chat(1, stream=True), "chat_get_completion.stream must be absent: a batch neither streams nor defers"),
    (chat(1, deferred=True), "chat_get_completion.deferred must be absent"),
    (chat(1, user=object()), "requests[1].batch_request.chat_get_completion.user has no JSON form"),
    (chat(1, user="x" * LARGEST), f"chat_get_completion must be at most {LARGEST} bytes as JSON, got"),
    (
        {"batch_request": {"image_edit": {"prompt": "a", "image": Path("/nowhere.png")}}},
        "requests[1].batch_request.image_edit.image cannot be read",
    ),
]


@pytest.mark.parametrize(("request_", "message"), WRONG, ids=[message[-40:] for _, message in WRONG])
@pytest.mark.parametrize("form", ["list", "generator"])
async def test_a_wrong_request_is_named_before_anything_is_sent(
    sim: SimulatedXAI, client: AsyncXAI, request_: Any, message: str, form: str
) -> None:
    for call in (client.batches.create, client.batches.upload):
        given: Any = [chat(0), request_] if form == "list" else later([chat(0), request_])
        named: Any = {"name": "n"} if call == client.batches.create else {}
        with pytest.raises(RequestValidationError) as caught:
            await call(requests=given, **named)
        assert message in str(caught.value)
        assert caught.value.parameter.startswith("requests[1]")
    assert sim.requests == []


@pytest.mark.parametrize("given", [5, "text", b"", None, {"batch_request": {}}])
async def test_what_is_no_list_of_requests_is_refused(sim: SimulatedXAI, client: AsyncXAI, given: Any) -> None:
    with pytest.raises(RequestValidationError, match="requests must be an iterable"):
        await client.batches.add("b", requests=given)
    assert sim.requests == []


async def test_a_list_is_checked_to_its_end_before_anything_is_sent(sim: SimulatedXAI, client: AsyncXAI) -> None:
    with pytest.raises(RequestValidationError, match=r"requests\[2000\]"):
        await client.batches.create(name="n", requests=[*chats(2_000), chat("bad", temperature=7)])
    assert sim.requests == []


async def test_requests_and_a_file_cannot_be_combined(sim: SimulatedXAI, client: AsyncXAI) -> None:
    with pytest.raises(RequestValidationError, match="requests and input_file_id cannot be combined"):
        await client.batches.create(name="n", input_file_id="f", requests=chats(1))
    with pytest.raises(RequestValidationError, match="requests must be at least one"):
        await client.batches.create(name="n", requests=[])
    assert sim.requests == []


async def test_parameters_are_checked_as_the_client_is_told_to(sim: SimulatedXAI) -> None:
    async with sim.client(out_of_range="clamp") as client:
        await client.batches.create(name="n", requests=[chat(0, temperature=7)])
    async with sim.client(validate=False) as client:
        await client.batches.create(name="n", requests=[chat(1, temperature=7)])
    sent = [request.body["batch_requests"][0]["batch_request"] for request in sim.requests[1::2]]
    assert [each["chat_get_completion"]["temperature"] for each in sent] == [2, 7]


async def test_an_object_that_is_used_for_one_request_after_the_other_is_sent_as_it_was(
    sim: SimulatedXAI, client: AsyncXAI
) -> None:
    def read() -> Iterator[Any]:
        request = chat(0)
        for number in range(3):
            request["batch_request_id"] = f"q-{number}"
            request["batch_request"]["chat_get_completion"]["messages"][0]["content"] = f"say {number}"
            yield request

    await client.batches.add(await made(client), requests=read())
    assert sim.requests[-1].body["batch_requests"] == chats(3)
    file = await client.batches.upload(requests=read())
    for number, text in enumerate((await client.files.content(file.id)).text.splitlines()):
        assert f"say {number}" in text


@pytest.mark.parametrize("body", [b"{}", b"", b"null", b'{"any": "thing"}'])
async def test_what_the_server_says_of_added_requests_does_not_matter(server: RawServer, body: bytes) -> None:
    server.answer(reply(body))
    async with client_of(server) as client:
        assert await client.batches.add("b", requests=chats(1)) == ["q-0"]


async def test_what_was_certainly_not_added_is_sent_again(sim: SimulatedXAI, client: AsyncXAI) -> None:
    batch_id = await made(client)
    sim.fail(429, retry_after=0)
    assert await client.batches.add(batch_id, requests=chats(3)) == list(ids(0, 3))
    assert added(sim) == [3, 3]
