"""Adding requests to a batch stops half-way: nothing that was added is lost, and what is uncertain is named."""

from __future__ import annotations

import json
import pickle
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio
import anyio.to_thread
import pytest

from tests.batching import BATCH, chat, chats, client_of, ids, later, made
from tests.rawserver import CUT, RESET, WAIT, RawServer, reply
from tests.shown import shown
from xai_httpx import (
    XAI,
    APIConnectionError,
    AsyncXAI,
    BatchAddError,
    InternalServerError,
    RateLimitError,
    RequestValidationError,
    ResponseValidationError,
)
from xai_httpx.testing import SimulatedXAI

MADE, ADDED = reply(json.dumps(BATCH).encode()), reply(b"{}")
BUSY, BROKEN = reply(b'{"code": "x", "error": "busy"}', 429), reply(b'{"code": "x", "error": "broken"}', 500)
CANARY = "canary prompt"


async def test_a_later_request_of_a_generator_that_is_wrong_tells_what_was_added(client: AsyncXAI) -> None:
    given = later([*chats(1_500), chat("bad", temperature=7)])
    with pytest.raises(BatchAddError, match=r"stopped after 1000: requests\[1500\]") as caught:
        await client.batches.create(name="n", requests=given)
    error = caught.value
    assert (error.accepted, error.uncertain, error.meta) == (ids(0, 1_000), (), None)
    assert isinstance(error.__cause__, RequestValidationError)
    assert (await client.batches.retrieve(error.batch_id)).state.num_requests == 1_000


async def test_what_the_callers_generator_raises_does_not_lose_what_was_added(client: AsyncXAI) -> None:
    async def failing() -> AsyncIterator[Any]:
        for request in chats(1_000):
            yield request
        raise OSError("the disk is gone")

    batch_id = await made(client)
    with pytest.raises(
        BatchAddError, match=f"adding requests to batch {batch_id} stopped after 1000: OSError"
    ) as caught:
        await client.batches.add(batch_id, requests=failing())
    assert caught.value.accepted == ids(0, 1_000)
    assert isinstance(caught.value.__cause__, OSError)


async def test_a_key_that_cannot_be_got_half_way_does_not_lose_what_was_added(sim: SimulatedXAI) -> None:
    keys = iter([sim.api_key] * 2)

    async def key() -> str:
        try:
            return next(keys)
        except StopIteration:
            raise OSError("the vault is down") from None

    async with AsyncXAI(api_key=key, base_url=sim.base_url) as client:
        with pytest.raises(BatchAddError, match="stopped after 1000: OSError") as caught:
            await client.batches.create(name="n", requests=chats(1_500))
    assert (caught.value.accepted, caught.value.uncertain) == (ids(0, 1_000), ())


@pytest.mark.filterwarnings("ignore::xai_httpx.UnexpectedResponseWarning")
@pytest.mark.parametrize("id", [{}, {"batch_id": None}, {"batch_id": ""}, {"batch_id": 5}], ids=str)
async def test_a_batch_that_is_made_without_an_id_is_told_apart_from_none(
    server: RawServer, id: dict[str, Any]
) -> None:
    server.answer(reply(json.dumps({"name": "n", "state": {}, **id}).encode()))
    async with client_of(server) as client:
        with pytest.raises(ResponseValidationError, match="a batch was made"):
            await client.batches.create(name="n", requests=chats(1))


@pytest.mark.parametrize(("fault", "doubt"), [(BUSY, 0), (BROKEN, 1_000), (RESET, 1_000), (CUT, 1_000)])
async def test_a_chunk_that_fails_tells_what_was_added_and_what_is_uncertain(
    server: RawServer, fault: Any, doubt: int
) -> None:
    for answer in (MADE, ADDED, fault):
        server.answer(answer)
    async with client_of(server) as client:
        with pytest.raises(BatchAddError) as caught:
            await client.batches.create(name="n", requests=chats(3_000))
    error = caught.value
    assert (error.batch_id, error.accepted, error.uncertain) == ("b", ids(0, 1_000), ids(1_000, 1_000 + doubt))
    assert isinstance(error.__cause__, RateLimitError | InternalServerError | APIConnectionError)
    assert error.__cause__.job_id == "b"
    assert len(server.requests) == 3  # nothing after it was sent, and it was not sent again
    assert pickle.loads(pickle.dumps(error)).accepted == error.accepted


async def test_a_batch_that_was_made_is_named_though_nothing_was_added(server: RawServer) -> None:
    for answer in (MADE, BUSY):
        server.answer(answer)
    async with client_of(server) as client:
        with pytest.raises(BatchAddError, match="batch b stopped after 0: busy") as caught:
            await client.batches.create(name="n", requests=chats(1))
    assert (caught.value.batch_id, caught.value.accepted, caught.value.meta and caught.value.meta.status) == (
        "b",
        (),
        429,
    )


async def test_a_first_call_that_is_refused_raises_as_any_call(server: RawServer) -> None:
    for answer in (BUSY, BROKEN):
        server.answer(answer)
    async with client_of(server) as client:
        with pytest.raises(RateLimitError) as caught:
            await client.batches.add("b", requests=chats(1))
        assert caught.value.job_id == "b"
        with pytest.raises(BatchAddError) as doubted:
            await client.batches.add("b", requests=chats(1))
    assert (doubted.value.accepted, doubted.value.uncertain) == ((), ("q-0",))


async def test_the_rest_can_be_added_after_an_error(sim: SimulatedXAI, client: AsyncXAI) -> None:
    requests = chats(2_500)
    batch_id = await made(client)

    async def flaky() -> AsyncIterator[Any]:
        for number, request in enumerate(requests):
            if number == 1_200:
                sim.fail(400)
            yield request

    with pytest.raises(BatchAddError) as caught:
        await client.batches.add(batch_id, requests=flaky())
    there = set(caught.value.accepted)
    assert len(there) == 1_000
    await client.batches.add(batch_id, requests=[each for each in requests if each["batch_request_id"] not in there])
    assert (await client.batches.cancel(batch_id)).state.num_requests == 2_500


class Watched:
    """An async generator that tells whether it was closed."""

    def __init__(self, requests: list[Any]) -> None:
        self.closed = False
        self.requests = requests

    async def read(self) -> AsyncIterator[Any]:
        try:
            for request in self.requests:
                yield request
        finally:
            self.closed = True


async def test_cancelling_sends_nothing_more_closes_the_generator_and_names_the_batch(server: RawServer) -> None:
    given, asked, notes = Watched(chats(3_000)), threading.Event(), list[str]()

    async def create() -> None:
        async with client_of(server) as client:
            try:
                await client.batches.create(name="n", requests=given.read())
            except BaseException as error:
                notes.extend(error.__notes__)
                raise

    for answer in ((MADE,), (ADDED,), (asked.set, WAIT)):
        server.answer(*answer)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(create)
        assert await anyio.to_thread.run_sync(asked.wait, 20)
        tasks.cancel_scope.cancel()
    assert (given.closed, len(server.requests)) == (True, 3)
    assert notes == ["adding requests to batch b stopped after 1000, and 1000 that may have been added"]


async def test_no_prompt_is_shown_by_any_error(server: RawServer) -> None:
    def prompts(**changes: Any) -> list[Any]:
        return [chat(0, messages=[{"role": "user", "content": CANARY}], **changes)]

    for answer in (BUSY, BROKEN, MADE, BUSY):
        server.answer(answer)
    single: Any = prompts()[0]
    async with client_of(server) as client:
        errors: list[BaseException] = []
        for _ in range(2):
            with pytest.raises(Exception) as caught:
                await client.batches.add("b", requests=prompts())
            errors.append(caught.value)
        for given in (prompts(), prompts(temperature=7), later(prompts(temperature=7)), [*prompts(), 5], single):
            with pytest.raises(Exception) as caught:
                await client.batches.create(name="n", requests=given)
            errors.append(caught.value)
        many = [chat(number, messages=[{"role": "user", "content": CANARY}]) for number in range(1_001)]
        with pytest.raises(RequestValidationError) as refused:
            await client.batches.upload(requests=later([*many, *prompts(temperature=7)]))
    for error in (*errors, refused.value):
        assert CANARY not in shown(error)


@pytest.fixture
def xai(server: RawServer) -> Iterator[XAI]:
    with XAI(api_key="k", base_url=server.base_url, retries=0) as made:
        yield made


def test_no_prompt_is_shown_by_the_sync_form(server: RawServer, xai: XAI) -> None:
    server.answer(BUSY)
    with pytest.raises(RateLimitError) as caught:
        xai.batches.add("b", requests=[chat(0, messages=[{"role": "user", "content": CANARY}])])
    assert CANARY not in shown(caught.value)
