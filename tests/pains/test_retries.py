"""P9 to P11: retries that listen to the server, one deadline for everything, and nothing billed twice."""

from __future__ import annotations

import email.utils
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import anyio
import pytest

from tests.clients import client_of
from tests.rawserver import CUT, RESET, TRICKLE, WAIT, RawServer, events, head, reply
from tests.wire import HELLO
from xai_httpx import (
    APIConnectionError,
    APIError,
    APIStatusError,
    APITimeoutError,
    AsyncXAI,
    ConcurrencyTimeoutError,
    DeadlineExceededError,
    InternalServerError,
    Meta,
    QuotaExceededError,
    RateLimitError,
    RetryPolicy,
    ServiceUnavailableError,
    Timeout,
)
from xai_httpx._call import Replay
from xai_httpx._replies import error_of

pytestmark = pytest.mark.usefixtures("http_library")
MODELS = reply(b'{"data": [], "object": "list"}')
COMPLETION = reply(
    b'{"id": "c", "object": "chat.completion", "created": 1, "model": "grok-4.6", "choices": '
    b'[{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}]}'
)
FAST = RetryPolicy(first_delay=0.0)
META = Meta(429, (), "client-id", 1, 0.0)


def failing(status: int, error: str = "no", **headers: str) -> bytes:
    return reply(b'{"code": "x", "error": "%s"}' % error.encode(), status, **headers)


def made(server: RawServer, **options: Any) -> AsyncXAI:
    return client_of(**{"api_key": "k", "base_url": server.base_url, "retries": FAST, **options})


async def ask(client: AsyncXAI, **options: Any) -> str:
    return (await client.chat.completions.create(model="m", messages=HELLO, options={**options})).text


class SeenError(Exception):
    """Raised by a hook, to see a delay without waiting for it."""


async def delay_after(server: RawServer, **headers: str) -> float:
    """The pause that the client would make after a 429 with these headers."""
    seen: list[float] = []

    def hook(attempt: int, error: APIError, delay: float) -> None:
        seen.append(delay)
        raise SeenError

    server.answer(failing(429, **headers))
    async with made(server, retries=RetryPolicy(first_delay=0.0, on_retry=hook)) as client:
        with pytest.raises(SeenError):
            await client.models.list()
    return seen[0]


@pytest.mark.parametrize(
    ("headers", "asked"),
    [({"retry_after": "7"}, 7.0), ({"retry_after": "0.5"}, 0.5), ({"retry_after_ms": "1500"}, 1.5)],
)
async def test_p09_retry_after_is_a_floor(server: RawServer, headers: dict[str, str], asked: float) -> None:
    assert asked <= await delay_after(server, **headers) <= asked * 1.1


async def test_p09_retry_after_may_be_a_date(server: RawServer) -> None:
    date = email.utils.format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert 20 < await delay_after(server, retry_after=date) <= 33


@pytest.mark.parametrize("value", ["soon", "-5", "nan", "Mon, 99 Foo 2026"])
async def test_p09_a_retry_after_that_says_nothing_is_no_floor(server: RawServer, value: str) -> None:
    assert await delay_after(server, retry_after=value) == 0.0


@pytest.mark.parametrize("value", ["61", "inf"])
async def test_p09_beyond_the_cap_the_error_comes_at_once(server: RawServer, value: str) -> None:
    server.answer(failing(429, retry_after=value))
    async with made(server) as client:
        with pytest.raises(RateLimitError) as caught:
            await client.models.list()
    assert caught.value.retry_after == float(value)
    assert len(server.requests) == 1


async def test_p09_beyond_the_deadline_the_error_comes_at_once(server: RawServer) -> None:
    server.answer(failing(503, retry_after="30"))
    async with made(server, deadline=20) as client:
        with pytest.raises(ServiceUnavailableError) as caught:
            await ask(client)
    assert (caught.value.retry_after, len(server.requests)) == (30.0, 1)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (429, "Your team has used all available credits"),
        (429, "You reached your monthly spending limit"),
        (403, "Your newly created team doesn't have any credits yet"),
    ],
)
async def test_p09_quota_is_not_a_rate_limit(server: RawServer, status: int, words: str) -> None:
    server.answer(failing(status, words))
    async with made(server) as client:
        with pytest.raises(QuotaExceededError, match=words):
            await client.models.list()
    assert len(server.requests) == 1


async def test_p09_the_hook_hears_of_each_retry_before_the_pause(server: RawServer) -> None:
    heard: list[tuple[int, str, int]] = []

    def hear(attempt: int, error: APIError, delay: float) -> None:
        heard.append((attempt, type(error).__name__, len(server.requests)))

    for answer in (failing(429), failing(500), MODELS):
        server.answer(answer)
    async with made(server, retries=RetryPolicy(first_delay=0.0, on_retry=hear)) as client:
        page = await client.models.list()
    assert heard == [(1, "RateLimitError", 1), (2, "InternalServerError", 2)]
    assert (page.meta.attempts, page.meta.elapsed > 0) == (3, True)


async def test_p09_a_hundred_calls_into_a_503_make_fewer_than_130_requests(server: RawServer) -> None:
    for _ in range(400):
        server.answer(failing(503))
    failures: list[ServiceUnavailableError] = []

    async def one(client: AsyncXAI) -> None:
        try:
            await client.models.list()
        except ServiceUnavailableError as error:
            failures.append(error)

    async with made(server) as client, anyio.create_task_group() as tasks:
        for _ in range(100):
            tasks.start_soon(one, client)
    assert len(failures) == 100
    assert 100 <= len(server.requests) < 130
    assert sum("retry_budget" in note for error in failures for note in getattr(error, "__notes__", ())) >= 80


async def test_p09_ten_calls_earn_a_retry(server: RawServer) -> None:
    async with made(server, retry_budget=1) as client:
        server.answer(failing(503))
        server.answer(MODELS)
        assert (await client.models.list()).meta.attempts == 2  # of the stock
        server.answer(failing(503))
        with pytest.raises(ServiceUnavailableError):
            await client.models.list()
        for answer in (*[MODELS] * 9, failing(503), MODELS):
            server.answer(answer)
        for _ in range(9):
            await client.models.list()
        assert (await client.models.list()).meta.attempts == 2


async def test_p09_without_a_budget_there_is_no_limit(server: RawServer) -> None:
    for _ in range(60):
        server.answer(failing(503))
    async with made(server, retry_budget=None) as client:
        for _ in range(20):
            with pytest.raises(ServiceUnavailableError):
                await client.models.list()
    assert len(server.requests) == 60


async def test_p09_the_pause_can_be_cancelled(server: RawServer) -> None:
    server.answer(failing(503))
    async with anyio.create_task_group() as tasks:

        def hook(attempt: int, error: APIError, delay: float) -> None:
            tasks.cancel_scope.cancel()

        async with made(server, retries=RetryPolicy(first_delay=50.0, on_retry=hook)) as client:
            await client.models.list()
    assert len(server.requests) == 1


STALLS: dict[str, list[Any]] = {
    "no reply": [WAIT],
    "no body": [b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n", WAIT],
    "error without its body": [b"HTTP/1.1 500 X\r\ncontent-length: 10\r\n\r\n", WAIT],
    "trickle": [b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n", TRICKLE],
    "500": [failing(500)],
}


@pytest.mark.parametrize("retries", [0, 10])
@pytest.mark.parametrize("fault", STALLS)
async def test_p10_a_deadline_ends_it_all(server: RawServer, fault: str, retries: int) -> None:
    for _ in range(12):
        server.answer(*STALLS[fault])
    policy = RetryPolicy(retries=retries, first_delay=0.2, max_delay=0.2)
    async with made(server, retries=policy, deadline=0.5, retry_budget=None) as client:
        with anyio.fail_after(10), pytest.raises(APIError) as caught:  # 10 s: a hang, not a slow machine
            await client.models.list()
    if fault != "500":
        assert type(caught.value) is DeadlineExceededError
        assert "0.5 s" in str(caught.value)
    assert caught.value.attempts >= 1


async def test_p10_the_deadline_covers_the_wait_for_a_slot(server: RawServer) -> None:
    server.answer(head(), events('{"id": "c", "object": "chat.completion.chunk", "created": 1, "choices": []}'), WAIT)
    async with made(server, max_concurrency=1) as client:
        async with client.chat.completions.stream(model="m", messages=HELLO):
            with pytest.raises(ConcurrencyTimeoutError) as caught:
                await client.models.list(options={"deadline": 0.05})
    error = caught.value
    assert (error.limit, error.in_use, error.waiting, error.attempts) == (1, 1, 1, 0)
    assert not error.may_have_been_processed
    assert "1 in use, 1 waiting" in str(error)


async def test_p10_the_deadline_covers_the_wait_for_the_first_event(server: RawServer) -> None:
    server.answer(head(x_request_id="r-1"), WAIT)
    async with made(server, deadline=0.3) as client:
        async with client.chat.completions.stream(model="m", messages=HELLO) as stream:
            for _ in range(2):  # the failure stays
                with pytest.raises(DeadlineExceededError) as caught:
                    await stream.final()
                assert (caught.value.request_id, caught.value.partial, caught.value.attempts) == ("r-1", None, 1)
    assert len(server.requests) == 1


async def test_p10_a_body_that_trickles_is_given_up(server: RawServer) -> None:
    server.answer(*STALLS["trickle"])
    async with made(server, retries=0, timeout=Timeout(read=0.3), min_body_rate=1_000_000) as client:
        with anyio.fail_after(10), pytest.raises(APITimeoutError, match=r"more slowly than 1000000 bytes a second"):
            await client.models.list()


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_p11_a_create_that_may_have_been_accepted_is_sent_once(server: RawServer, status: int) -> None:
    server.answer(failing(status))
    async with made(server) as client:
        with pytest.raises(InternalServerError) as caught:
            await ask(client)
    assert (caught.value.attempts, len(server.requests), caught.value.may_have_been_processed) == (1, 1, True)


@pytest.mark.parametrize("fault", [CUT, RESET, WAIT])
async def test_p11_a_create_whose_reply_is_lost_is_sent_once(server: RawServer, fault: str) -> None:
    server.answer(fault)
    async with made(server, timeout=Timeout(read=0.2)) as client:
        with pytest.raises(APIConnectionError) as caught:
            await ask(client)
    assert (len(server.requests), caught.value.may_have_been_processed) == (1, True)


@pytest.mark.parametrize("status", [429, 503])
async def test_p11_a_create_that_was_refused_is_sent_again_with_the_same_id(server: RawServer, status: int) -> None:
    server.answer(failing(status))
    server.answer(COMPLETION)
    async with made(server) as client:
        assert await ask(client) == "hi"
    first, second = server.requests
    assert first.headers["x-client-request-id"] == second.headers["x-client-request-id"]
    assert first.body == second.body


async def test_p11_a_refused_connection_is_tried_again() -> None:
    with RawServer() as gone:
        url = gone.base_url
    attempts = count(1)
    policy = RetryPolicy(first_delay=0.0, on_retry=lambda *_: next(attempts) and None)
    async with client_of(api_key="k", base_url=url, retries=policy) as client:
        with pytest.raises(APIConnectionError) as caught:
            await ask(client)
    assert (caught.value.attempts, next(attempts), caught.value.may_have_been_processed) == (3, 3, False)


async def test_p11_asked_for_creates_are_sent_again_and_the_error_speaks_for_all_attempts(server: RawServer) -> None:
    server.answer(failing(500))
    server.answer(failing(429))
    policy = RetryPolicy(retries=1, first_delay=0.0, resend_creates=True)
    async with made(server, retries=policy) as client:
        with pytest.raises(RateLimitError) as caught:
            await ask(client)
    first, second = server.requests
    assert first.headers["x-client-request-id"] == second.headers["x-client-request-id"]
    assert caught.value.may_have_been_processed  # the 429 was not, the 500 before it may have been


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
async def test_p11_a_refusal_for_good_is_not_repeated(server: RawServer, status: int) -> None:
    server.answer(failing(status))
    async with made(server) as client:
        with pytest.raises(APIStatusError) as caught:
            await client.models.list()
    assert (len(server.requests), caught.value.may_have_been_processed) == (1, False)


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
async def test_p11_a_read_is_sent_again(server: RawServer, status: int) -> None:
    server.answer(failing(status))
    server.answer(MODELS)
    async with made(server) as client:
        assert (await client.models.list()).meta.attempts == 2


async def test_p11_a_read_is_sent_again_after_a_cut_and_a_reset(server: RawServer) -> None:
    for answer in (CUT, RESET, MODELS):
        server.answer(answer)
    async with made(server) as client:
        assert (await client.models.list()).meta.attempts == 3


async def test_p11_a_create_is_sent_again_where_that_is_asked_for(server: RawServer) -> None:
    server.answer(failing(500))
    server.answer(COMPLETION)
    async with made(server, retries=RetryPolicy(first_delay=0.0, resend_creates=True)) as client:
        assert await ask(client) == "hi"


async def test_p09_zero_retries_means_one_attempt(server: RawServer) -> None:
    server.answer(failing(429))
    async with made(server) as client:
        with pytest.raises(RateLimitError):
            await ask(client, retries=0)
    assert len(server.requests) == 1


async def test_p09_retries_end_and_the_last_error_is_raised(server: RawServer) -> None:
    for status in (500, 502, 503):
        server.answer(failing(status))
    async with made(server) as client:
        with pytest.raises(InternalServerError) as caught:
            await client.models.list()
    assert (caught.value.status_code, caught.value.attempts) == (503, 3)


def test_p09_the_delay_doubles_within_its_bounds_and_honours_the_server() -> None:
    policy = RetryPolicy(first_delay=1.0, max_delay=8.0)
    for attempt, most in [(1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (5, 8.0), (5000, 8.0)]:
        assert most / 2 <= policy.delay(APIConnectionError("x"), attempt) <= most
    asked = error_of(429, "", META)
    asked.retry_after = 20.0
    assert 20.0 <= policy.delay(asked, 1) <= 22.0


@pytest.mark.parametrize("replay", Replay)
def test_p09_what_is_not_ours_is_never_retried(replay: Replay) -> None:
    assert not RetryPolicy().retryable(replay, ValueError("a bug"))
    assert not RetryPolicy().retryable(replay, error_of(400, "", META))
