"""Waiting for long jobs (pain P28): what is decided, and by which clock; on Trio with a clock that jumps."""

from __future__ import annotations

import pickle
import time
from collections.abc import Awaitable, Callable
from copy import deepcopy
from itertools import cycle
from typing import Any, TypeVar

import anyio
import anyio.to_thread
import httpx
import pytest
import trio
from trio.testing import MockClock

from xai_httpx import (
    APIConnectionError,
    APIError,
    AsyncXAI,
    JobError,
    JobExpiredError,
    JobFailedError,
    JobState,
    JobTimeoutError,
    RequestOptions,
    RetryPolicy,
)
from xai_httpx._config import Settings
from xai_httpx._jobs import GROWTH, LAST_POLL, LONGEST, POLL, Look, may_have_lost, pause, transient, wait
from xai_httpx._meta import Meta
from xai_httpx._replies import error_of

T = TypeVar("T")
COMPLETION = (
    b'{"id": "c", "object": "chat.completion", "created": 1, "model": "grok-4.6", "choices": '
    b'[{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}]}'
)
META = Meta(200, (), "client-id", 1, 0.0)
FAST = RetryPolicy(first_delay=0.0, max_delay=0.0)


def in_no_time(main: Callable[[], Awaitable[T]]) -> T:
    """Run on Trio with a clock that jumps whenever all tasks sleep: hours pass at once, and exactly."""
    return trio.run(main, clock=MockClock(autojump_threshold=0))


class Job:
    """A job that is read from a script of statuses and errors; the last one stays."""

    def __init__(self, *script: str | APIError) -> None:
        self.script = list(script)
        self.polls: list[float] = []

    async def look(self, options: RequestOptions) -> Look[str]:
        assert len(self.polls) < 50_000, "polled for ever"
        self.polls.append(anyio.current_time())
        await anyio.lowlevel.checkpoint()
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(step, APIError):
            raise step
        return Look(step, META, f"result of poll {len(self.polls)}", 50, "no luck")

    async def wait(self, **arguments: Any) -> str:
        settings = Settings(retries=arguments.pop("retries", FAST))
        arguments = {"interval": 1.0, "timeout": 600.0, **arguments}
        return await wait("j-1", self.look, settings, None, **arguments)


def scripted(*script: Callable[[], Awaitable[httpx.Response]]) -> Callable[[httpx.Request], Awaitable[httpx.Response]]:
    """A server without sockets, which a jumping clock would outrun."""
    steps = iter(script)
    return lambda request: next(steps)()


async def done() -> httpx.Response:
    return httpx.Response(200, content=COMPLETION)


async def silent() -> httpx.Response:
    await anyio.sleep_forever()
    raise AssertionError("unreachable")


def test_p28_an_unknown_status_goes_on_polling() -> None:
    job = Job("queued", "", "DONE", "half-done", "done")
    assert in_no_time(job.wait) == "result of poll 5"


def test_p28_pauses_grow_with_jitter_up_to_a_cap() -> None:
    for polls in (1, 2, 3, 5, 7, 5000):
        most = min(LONGEST, 2.0 * GROWTH ** min(polls - 1, 50))
        drawn = [pause(2.0, polls) for _ in range(200)]
        assert most / 2 <= min(drawn) < max(drawn) <= most
        assert 0.5 * LONGEST * 3 <= pause(LONGEST * 3, polls) <= LONGEST * 3  # one that is longer does not grow
        assert pause(0, polls) == 0


def test_p28_the_server_chooses_the_least_pause() -> None:
    slow = error_of(429, "", Meta(429, ((b"retry-after", b"30"),), "", 1, 0.0))
    job = Job(slow, "pending", "done")
    in_no_time(lambda: job.wait(interval=0))
    first, second = (after - before for before, after in zip(job.polls, job.polls[1:], strict=False))
    assert 30.0 <= first <= 33.0
    assert second == 0.0


def test_p28_a_server_that_asks_for_more_than_is_left_ends_the_wait() -> None:
    slow = error_of(429, "", Meta(429, ((b"retry-after", b"3600"),), "", 1, 0.0))
    job = Job("pending", slow)
    with pytest.raises(JobTimeoutError) as caught:
        in_no_time(job.wait)
    assert len(job.polls) == 2
    assert caught.value.__cause__ is slow


def test_p28_failures_have_the_pauses_of_the_retry_policy() -> None:
    job = Job(*[APIConnectionError("lost")] * 4, "pending", APIConnectionError("lost"), "done")
    in_no_time(lambda: job.wait(interval=0, retries=RetryPolicy(first_delay=1.0, max_delay=4.0)))
    pauses = [after - before for before, after in zip(job.polls, job.polls[1:], strict=False)]
    for drawn, most in zip(pauses, [1.0, 2.0, 4.0, 4.0, 0.0, 1.0], strict=True):
        assert most / 2 <= drawn <= most


def test_p28_an_interval_of_zero_is_no_pause_at_all() -> None:
    job = Job(*["pending"] * 500, "done")
    in_no_time(lambda: job.wait(interval=0))
    assert job.polls == [0.0] * 501


def test_p28_a_timeout_of_zero_looks_once() -> None:
    for job in (Job("pending"), Job(APIConnectionError("lost"))):
        with pytest.raises(JobTimeoutError):
            in_no_time(lambda job=job: job.wait(timeout=0, interval=0))  # type: ignore[misc]
        assert job.polls == [0.0]
    assert in_no_time(lambda: Job("done").wait(timeout=0)) == "result of poll 1"


def test_p28_without_a_timeout_a_day_is_waited() -> None:
    day = 86_400.0
    job = Job("pending")

    def finish(state: JobState) -> None:
        if state.elapsed > day:
            job.script[0] = "done"

    in_no_time(lambda: job.wait(timeout=None, interval=5, on_progress=finish))
    assert day < job.polls[-1] < day + 2 * LONGEST


def test_p28_the_last_poll_comes_when_the_timeout_passes() -> None:
    job = Job("pending")
    with pytest.raises(JobTimeoutError):
        in_no_time(lambda: job.wait(timeout=100, interval=60))
    assert job.polls[-1] == 100.0


def test_p28_a_stepped_wall_clock_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = cycle([0.0, 9e9, -9e9, 5.0])
    monkeypatch.setattr(time, "time", lambda: next(steps))
    job = Job("pending")
    with pytest.raises(JobTimeoutError) as caught:
        in_no_time(lambda: job.wait(timeout=100, interval=60))
    assert job.polls[-1] == 100.0
    assert caught.value.last is not None
    assert caught.value.last.elapsed == 100.0


def test_p28_a_poll_that_stalls_is_given_up_and_the_next_one_brings_the_result() -> None:
    async def main() -> tuple[str, float]:
        async with httpx.AsyncClient(transport=httpx.MockTransport(scripted(silent, done))) as http:
            client = AsyncXAI(api_key="k", http_client=http, retries=FAST)
            completion = await client.chat.completions.wait_deferred("r-1", interval=0, options={"timeout": None})
            return completion.text, anyio.current_time()

    assert in_no_time(main) == ("hi", POLL)


def test_p28_a_poll_under_way_when_the_timeout_passes_has_a_while_to_bring_the_result() -> None:
    async def late() -> httpx.Response:
        await anyio.sleep(LAST_POLL - 1)
        return await done()

    async def main(answer: Callable[[], Awaitable[httpx.Response]]) -> str:
        async with httpx.AsyncClient(transport=httpx.MockTransport(scripted(answer))) as http:
            client = AsyncXAI(api_key="k", http_client=http)
            return (await client.chat.completions.wait_deferred("r-1", timeout=0)).text

    assert in_no_time(lambda: main(late)) == "hi"
    with pytest.raises(JobTimeoutError, match="the reply to a poll was lost") as caught:
        in_no_time(lambda: main(silent))
    assert isinstance(caught.value.__cause__, APIConnectionError)


def test_p28_the_last_state_is_the_last_that_was_read() -> None:
    lost = APIConnectionError("lost")
    with pytest.raises(
        JobTimeoutError, match=r"job j-1 was not done within 60 s \(status queued, polls \d+\)"
    ) as caught:
        in_no_time(lambda: Job("pending", "queued", lost).wait(timeout=60))
    assert caught.value.last is not None
    assert (caught.value.last.status, caught.value.last.polls, caught.value.last.failure) == ("queued", 2, None)
    assert caught.value.__cause__ is lost
    with pytest.raises(JobTimeoutError, match="status unknown") as never:
        in_no_time(lambda: Job(lost).wait(timeout=60))
    assert (never.value.id, never.value.last, never.value.meta) == ("j-1", None, None)


def test_p28_a_job_that_failed_or_expired_is_an_error_of_its_own() -> None:
    with pytest.raises(JobFailedError, match="job j-1 failed: no luck") as failed:
        in_no_time(Job("pending", "failed").wait)
    with pytest.raises(JobExpiredError, match="job j-1 has expired") as expired:
        in_no_time(Job("pending", "expired").wait)
    for error, status in ((failed.value, "failed"), (expired.value, "expired")):
        assert error.last is not None
        assert (error.id, error.last.status, error.last.progress, error.meta) == ("j-1", status, 50, META)


def test_p28_which_failures_pass_and_which_may_have_held_a_result() -> None:
    def status(code: int) -> APIError:
        return error_of(code, "", META)

    assert [code for code in range(400, 600) if transient(status(code))] == [408, 409, 429, *range(500, 600)]
    assert [code for code in range(400, 600) if may_have_lost(status(code))] == [502, 504]
    for processed in (True, False):
        lost = APIConnectionError("lost", may_have_been_processed=processed)
        assert (transient(lost), may_have_lost(lost)) == (True, processed)


def test_p28_cancel_takes_no_time() -> None:
    job = Job("pending")

    async def main() -> float:
        with anyio.move_on_after(5):
            await job.wait(interval=3600, timeout=None)
        return anyio.current_time()

    assert in_no_time(main) == 5.0


@pytest.mark.parametrize("kind", [JobError, JobExpiredError, JobFailedError, JobTimeoutError])
def test_errors_of_jobs_pickle_and_copy_with_their_fields(kind: type[JobError]) -> None:
    error = kind("no", "j-1", JobState("j-1", "pending", 3, 4.5, 60), META)
    for twin in (pickle.loads(pickle.dumps(error)), deepcopy(error)):
        assert type(twin) is kind
        assert (str(twin), twin.id, twin.last, twin.meta) == ("no", "j-1", error.last, META)
