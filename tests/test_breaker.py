"""The circuit breaker: its states, decided purely, and what a client sends while it is open."""

from __future__ import annotations

import pickle
from typing import Any

import anyio
import pytest

from tests.rawserver import CUT, WAIT, RawServer, head, reply
from xai_httpx import (
    APIConnectionError,
    APIError,
    AsyncXAI,
    BadRequestError,
    CircuitBreaker,
    CircuitOpenError,
    ConfigurationError,
    DeadlineExceededError,
    InternalServerError,
    RetryPolicy,
    StreamTruncatedError,
)
from xai_httpx._breaker import Circuit

MODELS = reply(b'{"data": [], "object": "list"}')
FAILED = reply(b'{"code": "x", "error": "no"}', 500)
REFUSED = reply(b'{"code": "x", "error": "no"}', 400)
SMALL = CircuitBreaker(failure_rate=0.5, window=4, open_for=60)


def circuit(**settings: Any) -> Circuit:
    return Circuit(CircuitBreaker(**{"failure_rate": 0.5, "window": 4, "open_for": 10.0, **settings}), "api.x.ai")


def feed(state: Circuit, outcomes: str, now: float = 0.0) -> None:
    """Attempts one after another: `x` failed, `.` worked, `-` says nothing."""
    for outcome in outcomes:
        trial = state.admit(now)
        state.settle(trial, {"x": True, ".": False, "-": None}[outcome], now)


def is_open(state: Circuit, now: float) -> bool:
    try:
        trial = state.admit(now)
    except CircuitOpenError:
        return True
    state.settle(trial, None, now)
    return False


@pytest.mark.parametrize(
    ("outcomes", "opens"),
    [("....", False), ("x.x.", True), ("xxx", False), ("...x...x...x", False), (".x.x", True), ("x-x-x-", False)],
)
def test_it_opens_on_a_rate_of_failures_over_its_window(outcomes: str, opens: bool) -> None:
    state = circuit()
    feed(state, outcomes)
    assert is_open(state, 1.0) is opens


def test_open_it_refuses_until_its_time_and_tells_how_long() -> None:
    state = circuit()
    feed(state, "xxxx", now=100.0)
    with pytest.raises(CircuitOpenError, match=r"api.x.ai is open.*in 7\.0 s") as caught:
        state.admit(103.0)
    assert (caught.value.host, caught.value.retry_after) == ("api.x.ai", 7.0)
    assert not caught.value.may_have_been_processed


def test_half_open_it_lets_trials_through_one_by_one() -> None:
    state = circuit()
    feed(state, "xxxx")
    assert state.admit(10.0) is True
    with pytest.raises(CircuitOpenError, match="a trial is under way"):
        state.admit(10.0)
    state.settle(True, False, 10.0)
    assert state.admit(10.0) is False
    feed(state, "xxx", now=11.0)  # what was before is forgotten
    assert not is_open(state, 11.0)


def test_a_trial_that_fails_opens_it_again() -> None:
    state = circuit()
    feed(state, "xxxx")
    feed(state, "x", now=10.0)
    assert is_open(state, 19.0)
    assert not is_open(state, 20.0)


def test_a_trial_that_is_cancelled_leaves_room_for_the_next() -> None:
    state = circuit()
    feed(state, "xxxx")
    feed(state, "-", now=10.0)
    assert state.admit(10.0) is True


def test_several_trials_have_to_succeed_where_that_is_asked_for() -> None:
    state = circuit(trials=2)
    feed(state, "xxxx")
    feed(state, ".", now=10.0)
    assert state.admit(10.0) is True
    state.settle(True, False, 10.0)
    assert state.admit(10.0) is False


def test_an_attempt_from_before_it_opened_changes_nothing() -> None:
    state = circuit()
    slow = state.admit(0.0)
    feed(state, "xxxx")
    state.settle(slow, False, 1.0)
    assert is_open(state, 1.0)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(FAILED, InternalServerError), (CUT, APIConnectionError)],
)
async def test_open_nothing_is_sent(server: RawServer, answer: Any, kind: type[APIError]) -> None:
    server.always = (answer,)
    async with AsyncXAI(api_key="k", base_url=server.base_url, retries=0, circuit_breaker=SMALL) as client:
        for _ in range(4):
            with pytest.raises(kind):
                await client.models.list()
        with pytest.raises(CircuitOpenError) as caught:
            await client.models.list(options={"retries": 5})
        with pytest.raises(CircuitOpenError):
            async with client.responses.stream(model="m", input="hi"):
                pass
        with pytest.raises(CircuitOpenError):
            await client.with_options(deadline=5).models.list()
    assert len(server.requests) == 4
    assert (caught.value.attempts, caught.value.host) == (0, f"127.0.0.1:{server.port}")
    assert caught.value.meta is not None
    assert pickle.loads(pickle.dumps(caught.value)).retry_after == caught.value.retry_after > 0


async def test_it_closes_when_the_host_is_back(server: RawServer) -> None:
    for _ in range(4):
        server.answer(FAILED)
    server.always = (MODELS,)
    breaker = CircuitBreaker(failure_rate=1.0, window=4, open_for=0)
    async with AsyncXAI(api_key="k", base_url=server.base_url, retries=0, circuit_breaker=breaker) as client:
        for _ in range(4):
            with pytest.raises(InternalServerError):
                await client.models.list()
        for _ in range(3):
            assert await client.models.list().collect() == []


async def test_a_call_whose_retries_open_it_ends_with_it(server: RawServer) -> None:
    server.always = (FAILED,)
    policy = RetryPolicy(retries=9, first_delay=0.0)
    async with AsyncXAI(api_key="k", base_url=server.base_url, retries=policy, circuit_breaker=SMALL) as client:
        with pytest.raises(CircuitOpenError) as caught:
            await client.models.list()
    assert (len(server.requests), caught.value.attempts) == (4, 4)
    assert caught.value.may_have_been_processed  # by one of the four


async def test_refusals_and_cancelled_calls_do_not_open_it_but_deadlines_do(server: RawServer) -> None:
    server.always = (REFUSED,)
    async with AsyncXAI(api_key="k", base_url=server.base_url, retries=0, circuit_breaker=SMALL) as client:
        for _ in range(8):
            with pytest.raises(BadRequestError):
                await client.models.list()
        server.always = (WAIT,)
        for _ in range(8):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(client.models.list().collect)
                await anyio.wait_all_tasks_blocked()
                tasks.cancel_scope.cancel()
        for _ in range(2):
            with pytest.raises(DeadlineExceededError):
                await client.models.list(options={"deadline": 0.05})
        with pytest.raises(CircuitOpenError):
            await client.models.list()


async def test_it_is_off_unless_asked_for(server: RawServer) -> None:
    server.always = (FAILED,)
    async with AsyncXAI(api_key="k", base_url=server.base_url, retries=0) as client:
        for _ in range(50):
            with pytest.raises(InternalServerError):
                await client.models.list()
    assert len(server.requests) == 50


async def test_a_stream_counts_when_it_opens(server: RawServer) -> None:
    server.always = (head(), CUT)
    async with AsyncXAI(api_key="k", base_url=server.base_url, retries=0, circuit_breaker=SMALL) as client:
        for _ in range(8):
            with pytest.raises(StreamTruncatedError):
                async with client.responses.stream(model="m", input="hi") as stream:
                    await stream.final()


@pytest.mark.parametrize(
    "wrong",
    [
        {"failure_rate": 0},
        {"failure_rate": 1.1},
        {"window": 0},
        {"window": 2.5},
        {"trials": 0},
        {"open_for": -1},
        {"open_for": float("nan")},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=rf"CircuitBreaker\({next(iter(wrong))}=...\)"):
        CircuitBreaker(**wrong)


def test_something_else_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="circuit_breaker must be a CircuitBreaker"):
        AsyncXAI(api_key="k", circuit_breaker=True)  # type: ignore[arg-type]
