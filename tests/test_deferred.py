"""Deferred completions: waiting for them through faults (pain P28) and fetching them, on the wire."""

from __future__ import annotations

import math
import pickle
import threading
from collections.abc import Iterator
from typing import Any

import anyio
import anyio.to_thread
import pytest

from tests.rawserver import CUT, RESET, WAIT, RawServer, head, reply
from xai_httpx import (
    XAI,
    APIStatusError,
    AsyncXAI,
    JobExpiredError,
    JobState,
    JobTimeoutError,
    NotFoundError,
    RequestValidationError,
    ResponseValidationError,
    RetryPolicy,
    Timeout,
)
from xai_httpx.testing import SimulatedXAI

COMPLETION = (
    b'{"id": "c", "object": "chat.completion", "created": 1, "model": "grok-4.6", "choices": '
    b'[{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}]}'
)
DONE, PENDING, GONE = reply(COMPLETION), reply(b"", 202, None), reply(b'{"code": "x", "error": "not found"}', 404)
FAST = RetryPolicy(first_delay=0.0, max_delay=0.0)
HELLO: Any = [{"role": "user", "content": "hi"}]


def failing(status: int, **headers: str) -> bytes:
    return reply(b'{"code": "x", "error": "no"}', status, **headers)


def client_of(server: RawServer) -> AsyncXAI:
    return AsyncXAI(api_key="k", base_url=server.base_url, retries=FAST)


async def waited(server: RawServer, **arguments: Any) -> str:
    async with client_of(server) as client:
        return (await client.chat.completions.wait_deferred("r-1", **{"interval": 0, "timeout": 20, **arguments})).text


async def test_p28_a_job_is_polled_until_it_is_done(server: RawServer) -> None:
    for answer in (PENDING, PENDING, DONE):
        server.answer(answer)
    assert await waited(server) == "hi"
    assert [(each.method, each.path) for each in server.requests] == [("GET", "/v1/chat/deferred-completion/r-1")] * 3


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
async def test_p28_a_status_that_passes_does_not_lose_the_job(server: RawServer, status: int) -> None:
    for answer in (PENDING, *[failing(status)] * 5, PENDING, DONE):  # more in a row than any retry policy would bear
        server.answer(answer)
    assert await waited(server) == "hi"
    assert len(server.requests) == 8


@pytest.mark.parametrize("fault", [CUT, RESET])
async def test_p28_a_lost_connection_does_not_lose_the_job(server: RawServer, fault: str) -> None:
    for answer in (fault, fault, fault, fault, DONE):
        server.answer(answer)
    assert await waited(server) == "hi"
    assert len(server.requests) == 5


async def test_p28_a_poll_that_is_not_answered_does_not_lose_the_job(server: RawServer) -> None:
    for answer in (WAIT, WAIT, *[DONE] * 20):  # on a busy machine one that is answered may be late as well
        server.answer(answer)
    assert await waited(server, options={"timeout": Timeout(read=0.2)}) == "hi"
    assert len(server.requests) >= 3


async def test_p28_each_poll_is_sent_once_whatever_the_retries(server: RawServer) -> None:
    for answer in (failing(503), failing(503), DONE):
        server.answer(answer)
    heard: list[JobState] = []
    assert await waited(server, options={"retries": 5}, on_progress=heard.append) == "hi"
    assert [(state.polls, state.status, type(state.failure).__name__) for state in heard] == [
        (1, "unknown", "ServiceUnavailableError"),
        (2, "unknown", "ServiceUnavailableError"),
    ]
    assert {state.failure.attempts for state in heard if state.failure} == {1}


async def test_p28_a_timeout_of_zero_sends_one_request(server: RawServer) -> None:
    server.answer(PENDING)
    with pytest.raises(JobTimeoutError, match=r"job r-1 was not done within 0 s \(status pending, polls 1\)"):
        await waited(server, timeout=0, interval=5)
    assert len(server.requests) == 1


async def test_p28_a_timeout_error_holds_the_id_and_the_last_state(server: RawServer) -> None:
    server.answer(reply(b"", 202, None, x_request_id="x-1"))
    with pytest.raises(JobTimeoutError) as caught:
        await waited(server, timeout=0)
    error = caught.value
    assert (error.id, error.last and error.last.status, error.last and error.last.polls) == ("r-1", "pending", 1)
    assert error.meta is not None
    assert (error.meta.status, error.meta.request_id) == (202, "x-1")


@pytest.mark.parametrize(
    "refusal",
    [failing(400), failing(401), failing(403), failing(422), reply(b'{"code": "x", "error": "out of credits"}', 429)],
    ids=["400", "401", "403", "422", "quota"],
)
async def test_p28_a_refusal_keeps_its_class_and_names_the_job(server: RawServer, refusal: bytes) -> None:
    for answer in (PENDING, refusal):
        server.answer(answer)
    with pytest.raises(APIStatusError) as caught:
        await waited(server)
    assert caught.value.job_id == "r-1"
    assert caught.value.__notes__ == ["while waiting for job r-1"]
    assert pickle.loads(pickle.dumps(caught.value)).job_id == "r-1"
    assert len(server.requests) == 2


async def test_p28_an_id_that_was_never_known_is_not_found(server: RawServer) -> None:
    server.answer(GONE)
    with pytest.raises(NotFoundError) as caught:
        await waited(server)
    assert caught.value.job_id == "r-1"


async def test_p28_a_job_that_is_forgotten_while_it_is_polled_has_expired(server: RawServer) -> None:
    for answer in (PENDING, failing(503), GONE):
        server.answer(answer)
    with pytest.raises(JobExpiredError, match=r"job r-1 is not known to the server any more$") as caught:
        await waited(server)
    assert isinstance(caught.value.__cause__, NotFoundError)
    assert caught.value.meta is not None
    assert (caught.value.id, caught.value.meta.status) == ("r-1", 404)


async def test_p28_a_result_that_was_lost_with_its_reply_is_not_lost_in_silence(server: RawServer) -> None:
    broken = head("application/json"), COMPLETION[:20], RESET
    for pieces in (broken, (GONE,)):
        server.answer(*pieces)
    with pytest.raises(JobExpiredError, match="the reply to a poll was lost") as caught:
        await waited(server)
    assert (caught.value.id, caught.value.last) == ("r-1", None)
    for pieces in (broken, (PENDING,), (GONE,)):  # what was read since then shows that the reply had not held it
        server.answer(*pieces)
    with pytest.raises(JobExpiredError, match=r"any more$"):
        await waited(server)


async def test_p28_a_reply_that_cannot_be_read_is_kept_on_its_error(server: RawServer) -> None:
    server.answer(reply(b"<html>", 200, "text/html"))
    with pytest.raises(ResponseValidationError) as caught:
        await waited(server)
    assert (caught.value.body, caught.value.job_id) == (b"<html>", "r-1")


async def test_p28_cancel_in_a_pause_stops_at_once(server: RawServer) -> None:
    server.answer(PENDING)
    with anyio.CancelScope() as scope:
        await waited(server, interval=3600, timeout=None, on_progress=lambda state: scope.cancel())
    assert scope.cancelled_caught
    assert len(server.requests) == 1


async def test_p28_cancel_in_a_poll_stops_at_once(server: RawServer) -> None:
    asked = threading.Event()
    server.answer(asked.set, WAIT)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(waited, server)
        assert await anyio.to_thread.run_sync(asked.wait, 20)
        tasks.cancel_scope.cancel()
    assert await anyio.to_thread.run_sync(server.closed_by_client.wait, 20)
    assert len(server.requests) == 1


@pytest.mark.parametrize("form", ["sync", "async"])
async def test_p28_progress_is_told_before_each_pause(server: RawServer, form: str) -> None:
    for answer in (PENDING, failing(500), DONE):
        server.answer(answer)
    heard: list[JobState] = []

    async def hear(state: JobState) -> None:
        await anyio.lowlevel.checkpoint()
        heard.append(state)

    await waited(server, on_progress=heard.append if form == "sync" else hear)
    assert [(state.id, state.status, state.polls, type(state.failure).__name__) for state in heard] == [
        ("r-1", "pending", 1, "NoneType"),
        ("r-1", "pending", 2, "InternalServerError"),
    ]


@pytest.mark.parametrize("name", ["interval", "timeout"])
@pytest.mark.parametrize("value", [-1, math.nan, "5", True])
async def test_a_number_that_makes_no_sense_is_refused_before_sending(
    server: RawServer, name: str, value: object
) -> None:
    with pytest.raises(RequestValidationError, match=f"^{name} must be seconds, 0 or more") as caught:
        await waited(server, **{name: value})
    assert (caught.value.parameter, server.requests) == (name, [])


async def test_an_id_that_would_change_the_path_is_refused_before_sending(server: RawServer) -> None:
    async with client_of(server) as client:
        for call in (client.chat.completions.retrieve_deferred, client.chat.completions.wait_deferred):
            with pytest.raises(RequestValidationError, match="request_id"):
                await call("..")
    assert server.requests == []


async def test_a_deferred_completion_is_started_fetched_once_and_gone(sim: SimulatedXAI, client: AsyncXAI) -> None:
    sim.keep_pending(2)
    completions = client.chat.completions
    request_id = (await completions.defer(model="grok-4.6", messages=HELLO)).request_id
    assert sim.requests[-1].body == {"model": "grok-4.6", "messages": HELLO, "deferred": True}
    assert await completions.retrieve_deferred(request_id) is None
    completion = await completions.wait_deferred(request_id, interval=0)
    assert (completion.text, completion.meta.status) == ("You said: hi", 200)
    with pytest.raises(NotFoundError):
        await completions.retrieve_deferred(request_id)


async def test_starting_is_billed_so_it_is_not_sent_again(server: RawServer) -> None:
    server.answer(failing(500))
    async with client_of(server) as client:
        with pytest.raises(APIStatusError) as caught:
            await client.chat.completions.defer(model="m", messages=HELLO)
    assert (caught.value.may_have_been_processed, len(server.requests)) == (True, 1)


async def test_fetching_is_sent_again_and_says_when_the_result_may_be_lost(server: RawServer) -> None:
    for answer in (CUT, DONE, CUT, GONE, GONE):
        server.answer(answer)
    async with client_of(server) as client:
        completion = await client.chat.completions.retrieve_deferred("r-1")
        assert completion is not None
        assert (completion.text, completion.meta.attempts) == ("hi", 2)
        with pytest.raises(NotFoundError, match="if the reply to an earlier attempt was lost, so was the result"):
            await client.chat.completions.retrieve_deferred("r-1")
        with pytest.raises(NotFoundError) as caught:
            await client.chat.completions.retrieve_deferred("r-1")
    assert "earlier" not in str(caught.value)


@pytest.fixture
def xai(sim: SimulatedXAI) -> Iterator[XAI]:
    with sim.sync_client() as made:
        yield made


def test_the_sync_form(xai: XAI) -> None:
    completions = xai.chat.completions
    heard: list[JobState] = []
    request_id = completions.defer(model="grok-4.6", messages=HELLO).request_id
    assert completions.wait_deferred(request_id, interval=0, on_progress=heard.append).text == "You said: hi"
    assert [state.status for state in heard] == ["pending"]
    other = completions.defer(model="grok-4.6", messages=HELLO).request_id
    assert completions.retrieve_deferred(other) is None
