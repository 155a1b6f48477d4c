"""What is sent again: decided by a pure policy, counted on the wire."""

from __future__ import annotations

import pytest

from tests.clients import client_of
from tests.rawserver import CUT, RESET, WAIT, RawServer, head, reply
from xai_httpx import (
    APIConnectionError,
    APIError,
    DeadlineExceededError,
    InternalServerError,
    QuotaExceededError,
    RateLimitError,
    RequestOptions,
    RetryPolicy,
)
from xai_httpx._call import Replay
from xai_httpx._meta import Meta
from xai_httpx._replies import error_of

pytestmark = pytest.mark.usefixtures("http_library")
MODELS = reply(b'{"data": [], "object": "list"}')
COMPLETION = reply(
    b'{"id": "c", "object": "chat.completion", "created": 1, "model": "grok-4.6", "choices": '
    b'[{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}]}'
)
META = Meta(429, (), "client-id", 1, 0.0)
FAST = RetryPolicy(first_delay=0.0, max_delay=0.0)


def failing(status: int, **headers: str) -> bytes:
    return reply(b'{"code": "x", "error": "no"}', status, **headers)


async def ask(server: RawServer, options: RequestOptions | None = None, *, retries: RetryPolicy | int = FAST) -> str:
    async with client_of(api_key="k", base_url=server.base_url, retries=retries) as client:
        completion = await client.chat.completions.create(
            model="grok-4.6", messages=[{"role": "user", "content": "hi"}], options=options
        )
        assert completion.meta.attempts == len(server.requests)
        return completion.text


async def read(server: RawServer, retries: RetryPolicy | int = FAST) -> int:
    async with client_of(api_key="k", base_url=server.base_url, retries=retries) as client:
        return (await client.models.list()).meta.attempts


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
async def test_a_read_is_sent_again(server: RawServer, status: int) -> None:
    server.answer(failing(status))
    server.answer(MODELS)
    assert await read(server) == 2


async def test_a_read_is_sent_again_after_a_cut_and_a_reset(server: RawServer) -> None:
    server.answer(CUT)
    server.answer(RESET)
    server.answer(MODELS)
    assert await read(server) == 3


@pytest.mark.parametrize("status", [429, 503])
async def test_a_create_that_was_not_begun_is_sent_again(server: RawServer, status: int) -> None:
    server.answer(failing(status))
    server.answer(COMPLETION)
    assert await ask(server) == "hi"
    assert server.requests[0].headers["x-client-request-id"] == server.requests[1].headers["x-client-request-id"]


@pytest.mark.parametrize("status", [500, 502, 504, 529])
async def test_a_create_that_may_be_billed_is_sent_once(server: RawServer, status: int) -> None:
    server.answer(failing(status))
    with pytest.raises(InternalServerError) as caught:
        await ask(server)
    assert len(server.requests) == 1
    assert caught.value.may_have_been_processed
    assert caught.value.attempts == 1


@pytest.mark.parametrize("fault", [CUT, RESET])
async def test_a_create_whose_connection_broke_is_sent_once(server: RawServer, fault: str) -> None:
    server.answer(fault)
    with pytest.raises(APIConnectionError) as caught:
        await ask(server)
    assert len(server.requests) == 1
    assert caught.value.may_have_been_processed
    assert caught.value.__cause__ is not None


async def test_a_create_is_sent_again_where_that_is_asked_for(server: RawServer) -> None:
    server.answer(failing(500))
    server.answer(COMPLETION)
    assert await ask(server, {"retries": RetryPolicy(first_delay=0.0, resend_creates=True)}) == "hi"


async def test_a_refused_connection_proves_that_nothing_was_accepted() -> None:
    with RawServer() as gone:
        url = gone.base_url
    seen: list[int] = []
    policy = RetryPolicy(retries=3, first_delay=0.0, on_retry=lambda attempt, error, delay: seen.append(attempt))
    async with client_of(api_key="k", base_url=url, retries=policy) as client:
        with pytest.raises(APIConnectionError) as caught:
            await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "hi"}])
    assert seen == [1, 2, 3]
    assert caught.value.attempts == 4
    assert not caught.value.may_have_been_processed


async def test_quota_is_never_retried(server: RawServer) -> None:
    server.answer(reply(b'{"code": "x", "error": "You are out of credits"}', 429))
    with pytest.raises(QuotaExceededError):
        await read(server)
    assert len(server.requests) == 1


async def test_zero_retries_means_one_attempt(server: RawServer) -> None:
    server.answer(failing(429))
    with pytest.raises(RateLimitError):
        await read(server, retries=0)
    assert len(server.requests) == 1


async def test_retries_end_and_the_last_error_is_raised(server: RawServer) -> None:
    for status in (500, 502, 503):
        server.answer(failing(status))
    with pytest.raises(InternalServerError) as caught:
        await read(server)
    assert (caught.value.status_code, caught.value.attempts) == (503, 3)


async def test_the_hook_hears_of_each_retry(server: RawServer) -> None:
    heard: list[tuple[int, str, float]] = []

    def hear(attempt: int, error: APIError, delay: float) -> None:
        heard.append((attempt, type(error).__name__, delay))

    server.answer(failing(429, retry_after_ms="1"))
    server.answer(failing(503))
    server.answer(MODELS)
    await read(server, RetryPolicy(first_delay=0.0, on_retry=hear))
    assert [each[:2] for each in heard] == [(1, "RateLimitError"), (2, "ServiceUnavailableError")]
    assert 0.001 <= heard[0][2] <= 0.0011
    assert heard[1][2] == 0.0


async def test_a_wait_beyond_the_cap_is_not_begun(server: RawServer) -> None:
    server.answer(failing(429, retry_after="3600"))
    with pytest.raises(RateLimitError) as caught:
        await read(server)
    assert caught.value.retry_after == 3600
    assert len(server.requests) == 1


async def test_a_wait_beyond_the_deadline_is_not_begun(server: RawServer) -> None:
    server.answer(failing(429, retry_after="30"))
    async with client_of(api_key="k", base_url=server.base_url, deadline=20) as client:
        with pytest.raises(RateLimitError):
            await client.models.list()
    assert len(server.requests) == 1


async def test_the_deadline_ends_a_call_that_the_server_trickles(server: RawServer) -> None:
    server.answer(MODELS)
    server.answer(head("application/json"), b" ", b" ", WAIT)
    async with client_of(api_key="k", base_url=server.base_url) as client:
        await client.models.list()  # connects, so that the deadline is not spent on that
        with pytest.raises(DeadlineExceededError, match=r"deadline of 0.2 s") as caught:
            await client.models.list(options={"deadline": 0.2})
    assert caught.value.may_have_been_processed
    assert caught.value.attempts == 1


def test_the_delay_doubles_within_its_bounds_and_honours_the_server() -> None:
    policy = RetryPolicy(first_delay=1.0, max_delay=8.0)
    for attempt, most in [(1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (5, 8.0), (5000, 8.0)]:
        assert most / 2 <= policy.delay(APIConnectionError("x"), attempt) <= most
    asked = error_of(429, "", META)
    asked.retry_after = 20.0
    assert 20.0 <= policy.delay(asked, 1) <= 22.0


@pytest.mark.parametrize("replay", Replay)
def test_what_is_not_ours_is_never_retried(replay: Replay) -> None:
    assert not RetryPolicy().retryable(replay, ValueError("a bug"))
    assert not RetryPolicy().retryable(replay, error_of(400, "", META))
