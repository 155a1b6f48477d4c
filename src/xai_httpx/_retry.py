"""What is sent again, when, and how often: a policy that is a value, and one tenacity object per failing call."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import anyio

from ._call import Replay
from ._errors import (
    APIConnectionError,
    APIError,
    APIStatusError,
    CircuitOpenError,
    ConcurrencyTimeoutError,
    ConfigurationError,
    DeadlineExceededError,
    QuotaExceededError,
    StreamIdleTimeoutError,
    StreamTruncatedError,
)
from ._logging import LOG

if TYPE_CHECKING:
    from ._request import Request

T = TypeVar("T")

READ_STATUSES = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
CREATE_STATUSES = frozenset({429, 503})  # the statuses that say that the work was not begun
NEVER = (QuotaExceededError, DeadlineExceededError, ConcurrencyTimeoutError, CircuitOpenError)
BROKEN = (APIConnectionError, StreamTruncatedError, StreamIdleTimeoutError)  # streams: before their first event
EARNED = 0.1  # of a retry, by each call


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How failed calls are sent again.

    Reads are sent again after connection loss and 408, 409, 429, 5xx. Creates are billed, so they are sent again only
    where nothing was accepted: 429, 503, and a connection that was never made. Quota errors are never retried.

    Attributes:
        retries: How often at most, after the first attempt; 0 or more.
        first_delay: Seconds before the first retry; doubles with each.
        max_delay: Longest wait in seconds that the policy itself chooses.
        max_retry_after: Longest `Retry-After` in seconds that is waited for; beyond it the error is raised at once.
        resend_creates: Send creates again after any failure that reads are sent again after. They may be billed twice.
        on_retry: Called before each wait with the number of the failed attempt, its error, and the wait in seconds.
    """

    retries: int = 2
    first_delay: float = 0.5
    max_delay: float = 8.0
    max_retry_after: float = 60.0
    resend_creates: bool = False
    on_retry: Callable[[int, APIError, float], None] | None = None

    def __post_init__(self) -> None:
        """Refuse numbers that make no sense."""
        for name in ("retries", "first_delay", "max_delay", "max_retry_after"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
                raise ConfigurationError(f"RetryPolicy({name}=...) must be a number, 0 or more, got {value!r}")

    def retryable(self, replay: Replay, error: BaseException) -> bool:
        """Whether a call that failed with `error` may be sent again."""
        if isinstance(error, NEVER):
            return False
        as_read = replay is Replay.READ or self.resend_creates
        if isinstance(error, APIStatusError):
            if error.retry_after is not None and error.retry_after > self.max_retry_after:
                return False
            return error.status_code in (READ_STATUSES if as_read else CREATE_STATUSES)
        return isinstance(error, BROKEN) and (as_read or not error.may_have_been_processed)

    def delay(self, error: BaseException, attempt: int) -> float:
        """Seconds to wait after attempt number `attempt`: doubling, with jitter, never less than the server asks."""
        backoff = min(self.max_delay, self.first_delay * 2.0 ** min(attempt - 1, 30)) * random.uniform(0.5, 1.0)  # noqa: S311
        asked = error.retry_after if isinstance(error, APIStatusError) else None
        return max(backoff, (asked or 0.0) * random.uniform(1.0, 1.1))  # noqa: S311 - not all callers at one moment


class RetryBudget:
    """How much a client may add to the load of a server that is in trouble: so many retries, and one more to ten calls.

    Args:
        most: Retries in stock at first, and at most; infinity for no limit.

    Attributes:
        calls: How many calls were begun.
    """

    __slots__ = ("_left", "_most", "_paid_for", "calls")

    def __init__(self, most: float) -> None:
        self._most = self._left = most
        self._paid_for = self.calls = 0

    def spend(self) -> bool:
        """Pay for a retry; False when there is none left."""
        self._left = min(self._most, self._left + EARNED * (self.calls - self._paid_for))
        self._paid_for = self.calls
        if self._left < 1:
            return False
        self._left -= 1
        return True


async def with_retries(
    send: Callable[[Request], Awaitable[T]], request: Request, replay: Replay, policy: RetryPolicy, budget: RetryBudget
) -> T:
    """Send a request until it succeeds, may not be tried again, or its deadline is over.

    The first attempt runs bare: building a tenacity object costs more than a small call, and most calls do not fail.
    """
    budget.calls += 1
    try:
        if request.deadline.seconds is None:
            return await send(request)
        with anyio.move_on_after(request.deadline.remaining()):
            return await send(request)
    except APIError as error:
        first = request.failed(error)
        if request.attempts > policy.retries or not policy.retryable(replay, error):
            raise
    else:
        raise request.failed(request.exceeded())
    return await _retry(first, send, request, replay, policy, budget)


async def _retry(
    first: APIError,
    send: Callable[[Request], Awaitable[T]],
    request: Request,
    replay: Replay,
    policy: RetryPolicy,
    budget: RetryBudget,
) -> T:
    from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

    def failure(state: RetryCallState) -> APIError:
        error = state.outcome.exception() if state.outcome else None
        assert isinstance(error, APIError)
        return error

    def stop(state: RetryCallState) -> bool:
        if request.attempts > policy.retries or state.upcoming_sleep >= request.deadline.remaining():
            return True
        if request.unrepeatable:
            failure(state).add_note("It was not sent again: its content can be read only once, and was begun.")
            return True
        if not budget.spend():
            failure(state).add_note("It was not sent again: too many calls of this client fail (retry_budget).")
            return True
        return False

    def before_sleep(state: RetryCallState) -> None:
        error, pause = failure(state), state.upcoming_sleep
        LOG.debug(
            "attempt %d of %s failed: %s, request id %s; again in %.2f s",
            request.attempts, request.client_request_id, type(error).__name__, error.request_id, pause,
        )  # fmt: skip
        if policy.on_retry is not None:
            policy.on_retry(request.attempts, error, pause)

    async def attempt() -> T:
        if retrying.statistics["attempt_number"] == 1:
            raise first  # it was made already; tenacity decides what follows from it
        try:
            return await send(request)
        except APIError as error:
            request.failed(error)
            raise

    retrying = AsyncRetrying(
        sleep=anyio.sleep,
        stop=stop,
        wait=lambda state: policy.delay(failure(state), request.attempts),
        retry=retry_if_exception(lambda error: policy.retryable(replay, error)),
        before_sleep=before_sleep,
        reraise=True,
    )
    with anyio.move_on_after(request.deadline.remaining()):
        return await retrying(attempt)
    raise request.failed(request.exceeded())
