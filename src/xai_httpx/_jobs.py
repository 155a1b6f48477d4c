"""Waiting for long jobs: what a poll tells and when the next one is due, decided purely; `wait` does the rest."""

from __future__ import annotations

import math
import random
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import anyio

from ._config import RequestOptions, Settings
from ._errors import (
    APIConnectionError,
    APIError,
    APIStatusError,
    APITimeoutError,
    NotFoundError,
    QuotaExceededError,
    RequestValidationError,
)
from ._job_errors import JobError, JobExpiredError, JobFailedError, JobTimeoutError
from ._listeners import told
from ._retry import READ_STATUSES, RetryPolicy

if TYPE_CHECKING:
    from ._meta import Meta

T = TypeVar("T")
J = TypeVar("J", bound=JobError)
GROWTH = 1.5  # each pause is that much longer than the one before it
LONGEST = 10.0  # seconds that a pause grows to
DAY = 86_400.0  # seconds that no pause is longer than, whatever is asked for
POLL = 60.0  # seconds that a poll may take
LAST_POLL = 10.0  # seconds that a poll is left, though the timeout passes: its reply may be a result that is read once
LOST = "the reply to a poll was lost; if it was the result, which can be read once, that was lost with it"


@dataclass(frozen=True, slots=True)
class Look(Generic[T]):
    """What a poll has read of a job.

    Attributes:
        status: `done`, `failed` or `expired`; with any other word, known or not, it goes on.
        meta: The exchange.
        result: What the wait returns, once it is done.
        progress: Percent, where the server tells it.
        reason: Why it failed, where the server tells it.
        code: The server's word for that.
        reply: The job as the server gave it, for the error of one that failed.
    """

    status: str
    meta: Meta
    result: T | None = None
    progress: float | None = None
    reason: str | None = None
    code: str | None = None
    reply: Any = None


@dataclass(frozen=True, slots=True)
class JobState:
    """What is known of a job that is being waited for.

    Attributes:
        id: The id under which it can be fetched.
        status: What the server said last: `pending`, `done`, `failed`, `expired`, or a word that is newer than this
            version; `unknown` before it said anything.
        polls: How many polls were made.
        elapsed: Seconds since the wait began, by the clock of the event loop.
        progress: Percent, 0 to 100; None where the server does not tell it.
        failure: Why the last poll told nothing, such as a 503; None when it told the status. The job is not affected.
    """

    id: str
    status: str
    polls: int
    elapsed: float
    progress: float | None = None
    failure: APIError | None = None


def pause(interval: float, polls: int) -> float:
    """Seconds until the next poll after so many: growing to `LONGEST`, or `interval` if longer, with jitter."""
    return min(max(interval, LONGEST), interval * GROWTH ** min(polls - 1, 30)) * random.uniform(0.5, 1.0)  # noqa: S311


def transient(error: APIError) -> bool:
    """Whether a poll that failed so says nothing about the job."""
    if isinstance(error, APIStatusError):
        passing = error.status_code in READ_STATUSES or error.status_code >= 500
        return passing and not isinstance(error, QuotaExceededError)
    return isinstance(error, APIConnectionError)


def may_have_lost(error: APIError) -> bool:
    """Whether a poll that failed so may have taken its result with it: no reply came, or a gateway's instead of it."""
    return error.may_have_been_processed and (not isinstance(error, APIStatusError) or error.status_code in (502, 504))


async def wait(
    id: str,
    look: Callable[[RequestOptions], Awaitable[Look[T]]],
    settings: Settings,
    options: RequestOptions | None,
    *,
    interval: float,
    timeout: float | None,
    on_progress: Callable[[JobState], object] | None = None,
    read_once: bool = False,
) -> T:
    """Poll a job until it has ended.

    A poll that fails in passing (5xx, 429, connection loss, silence) does not end the wait. The timeout begins no poll;
    one that is under way when it passes has `LAST_POLL` to end, for its reply may be a result that is read once.

    Args:
        id: The job.
        look: Reads its state, with the options that it is given.
        settings: The client's; `options` go over them.
        options: Transport options of each poll. It is sent once, so of `retries` only the delays count.
        interval: Seconds from the first poll to the second, 0 or more; the pauses after it grow, see `pause`.
        timeout: Seconds until the last poll, 0 or more; None for no limit.
        on_progress: Called, and awaited where it is async, with the job's state before each pause.
        read_once: Whether the server gives the result away with the first reply that holds it.

    Raises:
        RequestValidationError: A number is not one, or negative; nothing was sent.
        JobFailedError: The server says that it failed.
        JobExpiredError: The server says so, or does not know the job any more.
        JobTimeoutError: It has not ended within `timeout`.
        APIError: A poll was refused; `job_id` names the job.
    """
    check_times(interval, timeout)
    policy = settings.merged(options).retries
    single = cast(RequestOptions, {**(options or {}), "retries": replace(policy, retries=0)})
    job = Job(id, math.inf if timeout is None else timeout, anyio.current_time, read_once=read_once)
    with naming(id):
        while True:
            job.polls += 1
            try:
                found = await _within(look(single), min(POLL, max(job.remaining(), LAST_POLL)))
            except APIError as error:
                job.take_failure(error)
            else:
                if job.take(found):
                    return cast(T, found.result)
            due = job.due(interval, policy)
            if on_progress is not None:
                await told(on_progress, job.state())
            await anyio.sleep(due)


@contextmanager
def naming(id: str) -> Generator[None]:
    """Name a job in a note of whatever ends the wait for it, be it a cancellation or an error of the caller's own."""
    try:
        yield
    except BaseException as error:
        note = f"while waiting for job {id}"
        if not isinstance(error, JobError) and note not in getattr(error, "__notes__", ()):
            error.add_note(note)
        raise


class Job:
    """What a wait knows of its job; every decision is made here, from what was read and the time."""

    def __init__(self, id: str, timeout: float, clock: Callable[[], float], *, read_once: bool) -> None:
        self.id = id
        self.timeout = timeout
        self.clock = clock
        self.read_once = read_once
        self.started = clock()
        self.polls = self.failures = 0
        self.last: JobState | None = None
        self.failure: APIError | None = None
        self.lost = False
        self.meta: Meta | None = None

    def elapsed(self) -> float:
        return self.clock() - self.started

    def remaining(self) -> float:
        return self.timeout - self.elapsed()

    def state(self) -> JobState:
        last = self.last or JobState(self.id, "unknown", 0, 0.0)
        return replace(last, polls=self.polls, elapsed=self.elapsed(), failure=self.failure)

    def take(self, found: Look[Any]) -> bool:
        """Take what a poll read; whether the job is done.

        Raises:
            JobError: It ended otherwise.
        """
        self.last = JobState(self.id, found.status, self.polls, self.elapsed(), found.progress)
        self.failure, self.failures, self.lost, self.meta = None, 0, False, found.meta
        match found.status:
            case "failed":
                words = ": ".join(str(word) for word in (found.code, found.reason) if word)
                failure = self.error(JobFailedError, f"failed: {words or 'the server gives no reason'}")
                failure.code, failure.reply = found.code, found.reply
                raise failure
            case "expired":
                raise self.error(JobExpiredError, "has expired")
            case status:
                return status == "done"

    def take_failure(self, error: APIError) -> None:
        """Take that a poll failed.

        Raises:
            JobExpiredError: The server does not know the job, though it did, or may have given the result away.
            APIError: The poll was refused.
        """
        self.meta = error.meta or self.meta
        if isinstance(error, NotFoundError) and (self.last or self.lost):
            raise self.error(JobExpiredError, "is not known to the server any more") from error
        if not transient(error):
            error.job_id = self.id
            raise error
        self.failure = error
        self.failures += 1
        self.lost = self.lost or (self.read_once and may_have_lost(error))

    def due(self, interval: float, policy: RetryPolicy) -> float:
        """Seconds until the next poll; the last comes when the timeout passes.

        Raises:
            JobTimeoutError: There is no poll any more, or the server asks to wait for longer than that.
        """
        asked = self.failure.retry_after if isinstance(self.failure, APIStatusError) else None
        if (left := self.remaining()) <= 0 or (asked or 0.0) > left:
            status = self.last.status if self.last else "unknown"
            words = f"was not done within {self.timeout:g} s (status {status}, polls {self.polls})"
            raise self.error(JobTimeoutError, words) from self.failure
        after_failure = policy.delay(self.failure, self.failures) if self.failure else 0.0
        return min(left, DAY, max(pause(interval, self.polls), after_failure))

    def error(self, kind: type[J], words: str) -> J:
        lost = f"; {LOST}" if self.lost else ""
        return kind(f"job {self.id} {words}{lost}", self.id, self.last, self.meta)


async def _within(look: Awaitable[T], seconds: float) -> T:
    with anyio.move_on_after(seconds):
        return await look
    raise APITimeoutError(f"the poll was not over within {seconds:g} s")


def check_times(interval: float, timeout: float | None) -> None:
    """Check the numbers of a wait, for those who have something to do before it.

    Raises:
        RequestValidationError: One is no number, or negative.
    """
    _check("interval", interval)
    _check("timeout", math.inf if timeout is None else timeout)


def _check(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        expected = "seconds, 0 or more" + (", or None" if name == "timeout" else "")
        raise RequestValidationError(f"{name} must be {expected}, got {value!r}", name, expected, value)
