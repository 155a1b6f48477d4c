"""P35 what did it cost: exact sums over tasks, threads, retries and broken streams; a budget cuts nothing short."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from typing import Any

import anyio
import pytest

from tests.costing import MESSAGES, answer, chat_usage, chunk
from tests.rawserver import CUT, RESET, RawServer, events, head
from tests.streaming import RESPONSE, made
from xai_httpx import (
    XAI,
    APIError,
    AsyncXAI,
    Budget,
    BudgetExceededError,
    InternalServerError,
    Meter,
    RateLimitError,
    RetryPolicy,
    Usage,
)
from xai_httpx.testing import SimulatedXAI

TICK = Decimal("1e-10")
AT_ONCE = RetryPolicy(first_delay=0.0, max_delay=0.0)
SAID = chunk("one")
TOLD = chunk("two", usage=chat_usage(7))
WHOLE = events(SAID, TOLD, done=True)
COMPLETED = RESPONSE[-1]
PAID = Usage(210, 64, 58, 31, 268, server_tool_calls=2, cost_ticks=20_400_001)
ERROR = '{"error": {"message": "too many", "type": "rate_limit_exceeded", "code": "429"}}'


async def ask(client: AsyncXAI) -> Any:
    return await client.chat.completions.create(model="grok-4.6", messages=MESSAGES)


async def stream(client: AsyncXAI) -> Any:
    async with client.chat.completions.stream(model="grok-4.6", messages=MESSAGES) as opened:
        return await opened.final()


def test_p35_ten_thousand_sums_of_one_tick_are_exact() -> None:
    meter = Meter()
    for _ in range(10_000):
        meter._take(Usage(total_tokens=1, cost_ticks=1), "m", None)
    assert meter.cost_usd == 10_000 * TICK == Decimal("0.000001")
    assert sum([1e-10] * 10_000) != 1e-6  # which floats do not bring about
    assert meter.usage == Usage(total_tokens=10_000, cost_ticks=10_000)


async def test_p35_parallel_tasks_and_streams_add_up(sim: SimulatedXAI) -> None:
    meter, replies = Meter(), list[Any]()

    async def one(number: int) -> None:
        replies.append(await (stream if number % 2 else ask)(client))

    async with sim.client(meter=meter) as client, anyio.create_task_group() as tasks:
        with Meter() as block:
            for number in range(40):
                tasks.start_soon(one, number)
    for each in (meter, block):
        assert each.cost_usd == sum(reply.usage.cost_usd for reply in replies) > 0
        assert each.usage.total_tokens == sum(reply.usage.total_tokens for reply in replies)
        assert (each.calls, each.unpriced, each.uncertain) == (40, 0, 0)


async def test_p35_a_call_that_is_retried_counts_once(sim: SimulatedXAI) -> None:
    async with sim.client(retries=AT_ONCE, meter=(meter := Meter())) as client:
        sim.fail(429, times=2)
        paid = await ask(client)
        sim.fail(503)
        streamed = await stream(client)
        sim.fail(429, times=3)
        with pytest.raises(RateLimitError):
            await ask(client)
    assert meter.cost_usd == paid.usage.cost_usd + streamed.usage.cost_usd
    assert (meter.calls, meter.unpriced, meter.uncertain) == (2, 0, 0)


async def test_p35_a_failure_that_may_be_paid_for_is_told(sim: SimulatedXAI) -> None:
    async with sim.client(retries=AT_ONCE, meter=(meter := Meter())) as client:
        sim.fail(500)
        with pytest.raises(InternalServerError):
            await ask(client)
        sim.fail(500)
        with pytest.raises(InternalServerError):
            await stream(client)
    assert (meter.calls, meter.uncertain, meter.cost_usd) == (0, 2, 0)


@pytest.mark.parametrize(
    ("body", "calls", "unpriced", "uncertain", "ticks"),
    [
        ((WHOLE,), 1, 0, 0, 7),
        ((events(SAID, TOLD), CUT), 1, 0, 0, 7),  # it was told before the cut
        ((events(SAID), CUT), 1, 1, 0, None),
        ((events(SAID), RESET), 1, 1, 0, None),
        ((events(SAID, ERROR),), 1, 1, 0, None),
        ((events(SAID, "no JSON"),), 1, 1, 0, None),
        ((CUT,), 0, 0, 1, None),  # before its first event it is as a call without an answer
        ((events(ERROR),), 0, 0, 0, None),  # refused
    ],
    ids=["whole", "told, cut", "cut", "reset", "error", "broken", "nothing", "refused"],
)
async def test_p35_a_stream_counts_however_it_ends(
    server: RawServer, body: Any, calls: int, unpriced: int, uncertain: int, ticks: int | None
) -> None:
    server.answer(head(), *body)
    meter = Meter()
    async with made(server, meter=meter) as client:
        with suppress(APIError):
            await stream(client)
    assert (meter.calls, meter.unpriced, meter.uncertain, meter.usage.cost_ticks) == (calls, unpriced, uncertain, ticks)


@pytest.mark.parametrize(("pieces", "ticks"), [(0, None), (1, None), (2, 7)])
async def test_p35_a_stream_that_is_left_counts_with_what_it_had_told(
    server: RawServer, pieces: int, ticks: int | None
) -> None:
    sent = threading.Event()
    server.answer(head(), *[events(each) for each in (SAID, TOLD)][:pieces], sent.wait)
    async with made(server, meter=(meter := Meter())) as client:
        async with client.chat.completions.stream(model="grok-4.6", messages=MESSAGES) as opened:
            for _ in range(pieces):
                await anext(opened)
        assert (meter.calls, meter.unpriced, meter.usage.cost_ticks) == (1, ticks is None, ticks)
    sent.set()


@pytest.mark.parametrize(
    ("end", "unpriced", "expected"),
    [(COMPLETED, 0, PAID), (COMPLETED.replace("response.completed", "response.failed"), 0, PAID), (None, 1, Usage())],
    ids=["completed", "failed", "cut"],
)
async def test_p35_a_response_counts_however_it_ends(
    server: RawServer, end: str | None, unpriced: int, expected: Usage
) -> None:
    server.answer(head(), events(RESPONSE[0]), events(end) if end else CUT)
    async with made(server, meter=(meter := Meter())) as client:
        async with client.responses.stream(model="m", input="hi") as opened:
            with suppress(APIError):
                await opened.final()
    assert (meter.calls, meter.unpriced, meter.uncertain) == (1, unpriced, 0)
    assert meter.usage == expected


async def test_p35_a_stream_that_is_sent_again_before_its_first_event_counts_once(server: RawServer) -> None:
    server.answer(head(), events(ERROR))
    server.answer(head(), WHOLE)
    server.answer(head(), CUT)
    server.answer(head(), WHOLE)
    again = RetryPolicy(first_delay=0.0, max_delay=0.0, resend_creates=True)
    async with made(server, meter=(meter := Meter()), retries=again) as client:
        await stream(client)
        assert (meter.calls, meter.uncertain, meter.usage.cost_ticks) == (1, 0, 7)
        await stream(client)
    assert (meter.calls, meter.uncertain, meter.usage.cost_ticks) == (2, 1, 14)


async def test_p35_a_stream_that_is_cancelled_counts(server: RawServer) -> None:
    sent = threading.Event()
    server.answer(head(), events(SAID), sent.wait)
    async with made(server, meter=(meter := Meter())) as client:
        with anyio.CancelScope() as scope:
            async with client.chat.completions.stream(model="m", messages=MESSAGES) as opened:
                await anext(opened)
                scope.cancel()
                await anext(opened)
    assert (meter.calls, meter.unpriced) == (1, 1)
    sent.set()


def test_p35_threads_and_clients_share_a_meter(sim: SimulatedXAI) -> None:
    meter, own = Meter(), Meter()

    def work(number: int) -> Decimal:
        spent = Decimal(0)
        with Meter() as mine, meter:
            for _ in range(5):
                usage = clients[number % 2].chat.completions.create(model="grok-4.6", messages=MESSAGES).usage
                spent += usage.cost_usd if usage and usage.cost_usd else 0
            with clients[number % 2].responses.stream(model="grok-4.6", input="hi") as opened:
                usage_of_it = opened.final().usage
                spent += usage_of_it.cost_usd if usage_of_it and usage_of_it.cost_usd else 0
        assert (mine.calls, mine.cost_usd) == (6, spent)
        return spent

    with sim.sync_client(meter=own) as first, sim.sync_client(meter=own) as second, ThreadPoolExecutor(8) as threads:
        clients: list[XAI] = [first, second]
        spent = sum(threads.map(work, range(8)))
    for each in (meter, own):
        assert (each.calls, each.cost_usd, each.unpriced) == (48, spent, 0)


def test_p35_threads_lose_no_count() -> None:
    meter = Meter()

    def add(_: int) -> None:
        for _ in range(2_000):
            meter._take(Usage(1, total_tokens=1, cost_ticks=1), "m", None)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add, range(8)))
    assert (meter.calls, meter.usage.cost_ticks) == (16_000, 16_000)


async def test_p35_a_budget_refuses_the_next_and_cuts_nothing_short(server: RawServer) -> None:
    more = threading.Event()
    server.answer(head(), events(SAID), more.wait, events(TOLD, done=True))
    server.always = (answer(7),)
    async with made(server, budget=(budget := Budget(usd=7 * TICK))) as client:
        async with client.chat.completions.stream(model="grok-4.6", messages=MESSAGES) as opened:
            await anext(opened)
            await ask(client)  # which spends it all
            for refused in (ask, stream):
                with pytest.raises(BudgetExceededError):
                    await refused(client)
            more.set()
            assert (await opened.final()).text == "onetwo"
    assert budget.cost_usd == 14 * TICK
    assert len(server.requests) == 2


async def test_p35_calls_that_began_together_all_end(server: RawServer) -> None:
    together = threading.Barrier(5)
    server.always = (together.wait, answer(7))
    async with made(server, budget=(budget := Budget(tokens=1))) as client:
        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(ask, client)
        with pytest.raises(BudgetExceededError):
            await ask(client)
    assert (budget.calls, budget.usage.cost_ticks) == (5, 35)
