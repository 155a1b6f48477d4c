"""A circuit breaker: a host that fails most of the time is left alone for a while.

    closed ──(failure rate reached)──> open ──(open_for seconds)──> half open ──(trials succeed)──> closed
                                         └──────────────(a trial fails)──────────┘

The state machine is pure: the time is an argument, nothing waits. The kept libraries count failures in a row, which
hides a host that fails every other time, or are made for asyncio alone.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from ._errors import (
    APIConnectionError,
    APIError,
    CircuitOpenError,
    ConcurrencyTimeoutError,
    ConfigurationError,
    InternalServerError,
    StreamError,
)

if TYPE_CHECKING:
    from ._request import Request

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitBreaker:
    """When to stop sending to a host, and for how long.

    An attempt has failed when there was no connection, no reply in time, or a 5xx; 4xx and 429 show a host that works.

    Attributes:
        failure_rate: Share of failed attempts that opens the circuit, above 0 and up to 1.
        window: How many of the last attempts the rate is taken over; 1 or more. Until so many were made, none opens it.
        open_for: Seconds until trials are let through.
        trials: How many attempts at once may try whether the host is back, and how many have to succeed; 1 or more.
    """

    failure_rate: float = 0.5
    window: int = 20
    open_for: float = 15.0
    trials: int = 1

    def __post_init__(self) -> None:
        """Refuse numbers that make no sense."""
        if not 0 < self.failure_rate <= 1:
            raise ConfigurationError(
                f"CircuitBreaker(failure_rate=...) must be above 0 and at most 1, got {self.failure_rate!r}"
            )
        for name in ("window", "trials"):
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise ConfigurationError(f"CircuitBreaker({name}=...) must be a whole number, 1 or more, got {value!r}")
        if not self.open_for >= 0:
            raise ConfigurationError(f"CircuitBreaker(open_for=...) must be seconds, 0 or more, got {self.open_for!r}")


class Circuit:
    """The circuit of one host."""

    def __init__(self, settings: CircuitBreaker, host: str) -> None:
        self._settings = settings
        self._host = host
        self._outcomes: deque[bool] = deque(maxlen=settings.window)
        self._opened_at: float | None = None  # None: closed
        self._trying = 0
        self._passed = 0

    def admit(self, now: float) -> bool:
        """Let an attempt through; whether it is a trial, which `settle` has to be told.

        Raises:
            CircuitOpenError: The circuit is open, or trials enough are under way.
        """
        if self._opened_at is None:
            return False
        wait = self._opened_at + self._settings.open_for - now
        if wait <= 0 and self._trying < self._settings.trials:
            self._trying += 1
            return True
        state = f"the next is let through in {wait:.1f} s" if wait > 0 else "a trial is under way"
        raise CircuitOpenError(
            f"the circuit of {self._host} is open, for too many attempts had failed; {state}",
            host=self._host,
            retry_after=max(0.0, wait),
        )

    def settle(self, trial: bool, failed: bool | None, now: float) -> None:
        """Take in how an admitted attempt ended; None where that says nothing of the host."""
        self._trying -= trial
        if failed is None:
            return
        if trial:
            self._settle_trial(failed, now)
        elif self._opened_at is None:
            self._outcomes.append(failed)
            full = len(self._outcomes) == self._settings.window
            if full and sum(self._outcomes) >= self._settings.failure_rate * self._settings.window:
                self._open(now)

    def _settle_trial(self, failed: bool, now: float) -> None:
        self._passed += not failed
        if failed:
            self._open(now)
        elif self._passed >= self._settings.trials:
            self._opened_at = None
            self._outcomes.clear()

    def _open(self, now: float) -> None:
        self._opened_at = now
        self._passed = 0


def failing(error: BaseException, request: Request) -> bool | None:
    """Whether an error shows a host in trouble; None where it says nothing of the host."""
    if isinstance(error, ConcurrencyTimeoutError):
        return None
    if isinstance(error, APIError):
        return isinstance(error, APIConnectionError | InternalServerError | StreamError)
    return True if request.deadline.remaining() <= 0 else None  # cancelled: by the deadline, or by the caller


def guarded(
    circuit_of: Callable[[Request], Circuit], send: Callable[[Request], Awaitable[T]]
) -> Callable[[Request], Awaitable[T]]:
    """`send`, as far as the circuit of the request's host lets it."""

    async def send_if_closed(request: Request) -> T:
        circuit = circuit_of(request)
        try:
            trial = circuit.admit(time.monotonic())
        except CircuitOpenError as error:
            error.meta = request.meta()
            raise
        failed: bool | None = False
        try:
            return await send(request)
        except BaseException as error:
            failed = failing(error, request)
            raise
        finally:
            circuit.settle(trial, failed, time.monotonic())

    return send_if_closed
