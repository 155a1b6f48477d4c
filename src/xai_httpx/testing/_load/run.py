"""Runs a load: so many workers, each of which makes one call after the other."""

import time
from collections.abc import Sequence

import anyio
import anyio.lowlevel

from ..._client import AsyncXAI
from ..._errors import ConfigurationError, RequestValidationError, XAIError
from .calls import make_call
from .plan import Endpoint, LoadPlan
from .report import LoadReport, Tally

_clock = time.perf_counter


async def run_load(
    client: AsyncXAI,
    *,
    calls: int | None = None,
    duration: float | None = None,
    at_once: int = 10,
    rate: float | None = None,
    endpoint: Endpoint = "chat",
    stream: bool = False,
    model: str | None = None,
    prompt: str = "Say hello.",
    max_tokens: int | None = None,
) -> LoadReport:
    """Make many calls with a client and measure them.

        report = await run_load(client, calls=1000, at_once=100, stream=True)
        print(report)

    Timeouts and retries are those of the client; a call that succeeds after retries took as long as all of them. A
    cancelled run makes no report.

    Args:
        client: The client; it must allow as many calls at once.
        calls: How many calls, from 1; 100 if there is no `duration` either.
        duration: For so many seconds, calls are begun; those that run at the end are waited for.
        at_once: How many calls at most run at once, from 1.
        rate: So many calls are due in a second, evenly, however long they take: the latency of a call that has to wait
            for one of `at_once` counts from when it was due. None for the next call as soon as one has ended.
        endpoint: `chat`, `responses` or `embeddings`.
        stream: Whether answers are streamed.
        model: The model; None for `grok-4.6`, or `grok-embedding-small`.
        prompt: What each call says.
        max_tokens: The longest answer, in tokens; None for what the model gives.

    Returns:
        What came of it.

    Raises:
        ValueError: An argument is out of its range, or the client's `max_concurrency` is below `at_once`.
        ConfigurationError: The client cannot be used.
        RequestValidationError: The calls would be refused; none was sent.
    """
    plan = LoadPlan(
        calls=calls,
        duration=duration,
        at_once=at_once,
        rate=rate,
        endpoint=endpoint,
        stream=stream,
        model=model,
        prompt=prompt,
        max_tokens=max_tokens,
    )
    tally = Tally()
    await drive([client], plan, tally)
    return tally.report()


async def drive(clients: Sequence[AsyncXAI], plan: LoadPlan, tally: Tally) -> None:
    """Make the calls of a plan; what came of them is in the tally at any time, also when this is cancelled.

    Args:
        clients: The clients, to which the workers are dealt out.
        plan: Which calls.
        tally: Where they are counted.

    Raises:
        ValueError: The clients' `max_concurrency` is below `at_once`.
        ConfigurationError: A client cannot be used.
        RequestValidationError: The calls would be refused; none was sent.
    """
    limit = sum(client.concurrency.limit for client in clients)
    if plan.at_once > limit:
        raise ValueError(f"at_once must be at most the client's max_concurrency, {limit}, not {plan.at_once}.")
    run, busy = _Run(plan, tally), time.process_time()
    try:
        async with anyio.create_task_group() as workers:
            for number in range(plan.at_once if plan.total is None else min(plan.at_once, plan.total)):
                workers.start_soon(run.work, clients[number % len(clients)], workers.cancel_scope)
    finally:
        tally.seconds, tally.processor_seconds = _clock() - run.start, time.process_time() - busy
        tally.due = plan.due(min(tally.seconds, plan.duration or tally.seconds))
    if run.mistake is not None:
        raise run.mistake


class _Run:
    """What the workers share."""

    def __init__(self, plan: LoadPlan, tally: Tally) -> None:
        self._plan = plan
        self._tally = tally
        self._taken = 0
        self.start = _clock()
        self.mistake: ConfigurationError | RequestValidationError | None = None

    async def work(self, client: AsyncXAI, all_workers: anyio.CancelScope) -> None:
        while (due := self._next()) is not None:
            wait = due - _clock()
            if wait > 0:
                await anyio.sleep(wait)
            self._tally.begun += 1
            try:
                outcome = await make_call(client, self._plan)
            except (ConfigurationError, RequestValidationError) as error:  # so would every other call end
                self.mistake = error
                all_workers.cancel()
                return
            except XAIError as error:
                self._tally.fail(error)
                await anyio.lowlevel.checkpoint()  # what fails before any I/O must not keep the others from running
            else:
                self._tally.succeed(outcome, due, _clock())
            self._tally.seconds = _clock() - self.start

    def _next(self) -> float | None:
        """When the next call is due; None if there are to be no more."""
        plan, now = self._plan, _clock()
        if self._taken == plan.total or (plan.duration is not None and now >= self.start + plan.duration):
            return None
        number, self._taken = self._taken, self._taken + 1
        return now if plan.rate is None else self.start + number / plan.rate
