"""Loads: real calls on a simulator, with the counts and the times that are told of them."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from random import Random
from typing import Any

import anyio
import anyio.lowlevel
import pytest

import xai_httpx.testing
from xai_httpx import AsyncXAI, CircuitBreaker, ConfigurationError, RequestValidationError
from xai_httpx.testing import Fault, SimulatedXAI, run_load
from xai_httpx.testing._load.calls import Outcome
from xai_httpx.testing._load.plan import LoadPlan
from xai_httpx.testing._load.report import Tally
from xai_httpx.testing._load.run import drive
from xai_httpx.testing._load.samples import Samples, percentile


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([7.0], 50, 7.0),
        ([7.0], 99, 7.0),
        ([1.0, 2.0], 50, 1.0),
        ([1.0, 2.0], 51, 2.0),
        ([1.0, 2.0, 3.0, 4.0], 90, 4.0),
        ([float(number) for number in range(1, 101)], 50, 50.0),
        ([float(number) for number in range(1, 101)], 95, 95.0),
        ([float(number) for number in range(1, 101)], 99, 99.0),
        ([float(number) for number in range(1, 101)], 100, 100.0),
        ([float(number) for number in range(1, 1001)], 99, 990.0),
        ([0.1] * 9 + [5.0], 90, 0.1),
        ([0.1] * 9 + [5.0], 95, 5.0),
    ],
)
def test_a_percentile_is_the_nearest_rank(values: list[float], percent: float, expected: float) -> None:
    assert percentile(values, percent) == expected


def test_samples_are_exact_up_to_a_number_and_fair_beyond_it() -> None:
    samples, seconds = Samples(most=2_000), [float(number) for number in range(20_000)]
    Random(7).shuffle(seconds)
    for each in seconds[:1_999]:
        samples.add(each)
    exact = samples.percentiles()
    assert exact is not None
    assert exact.p50 == sorted(seconds[:1_999])[999]
    for each in seconds[1_999:]:
        samples.add(each)
    told = samples.percentiles()
    assert told is not None
    assert (samples.count, len(samples._kept), told.max) == (20_000, 2_000, 19_999.0)
    assert told.p50 == pytest.approx(10_000, rel=0.06)
    assert told.p99 == pytest.approx(19_800, rel=0.01)
    assert Samples().percentiles() is None


@pytest.mark.parametrize("endpoint", ["chat", "responses", "embeddings"])
async def test_every_call_is_made_and_counted(sim: SimulatedXAI, client: AsyncXAI, endpoint: Any) -> None:
    report = await run_load(client, calls=30, at_once=7, endpoint=endpoint, prompt="one two")
    assert len(sim.requests) == report.calls == report.succeeded == 30
    assert (report.failed, report.unfinished, report.missed, report.failures) == (0, 0, 0, ())
    assert report.input_tokens == 60
    assert report.output_tokens == (0 if endpoint == "embeddings" else 30 * 5)  # You said: one two
    assert (report.cost_usd > 0) is (endpoint != "embeddings")
    assert report.latency is not None
    assert 0 < report.latency.p50 <= report.latency.p90 <= report.latency.p95 <= report.latency.p99
    assert report.latency.p99 <= report.latency.max <= report.seconds
    assert report.first_token is report.per_token is None


@pytest.mark.parametrize("endpoint", ["chat", "responses"])
async def test_streams_tell_of_their_tokens(sim: SimulatedXAI, endpoint: Any) -> None:
    async with sim.client() as client:
        many = await run_load(client, calls=6, at_once=3, endpoint=endpoint, stream=True)
        sim.tokens_per_second = 200
        one = await run_load(client, calls=1, endpoint=endpoint, stream=True, model="grok-3-mini")
    assert all(request.body["stream"] for request in sim.requests)
    assert (many.succeeded, many.input_tokens, many.output_tokens) == (6, 18, 6 * 6)
    assert one.output_tokens > 6  # the reasoning as well
    assert one.latency is not None
    assert one.first_token is not None
    assert one.per_token is not None
    assert 0 < one.first_token.max < one.latency.max
    assert one.first_token.max + (one.output_tokens - 1) * one.per_token.max <= one.latency.max


async def test_responses_are_not_stored_and_settings_are_sent(sim: SimulatedXAI, client: AsyncXAI) -> None:
    await run_load(client, calls=1, endpoint="responses", max_tokens=2, model="grok-4.5", prompt="a")
    await run_load(client, calls=1, max_tokens=2)
    responses, chat = (request.body for request in sim.requests)
    assert (responses["store"], responses["max_output_tokens"]) == (False, 2)
    assert (responses["model"], responses["input"]) == ("grok-4.5", "a")
    assert (chat["max_tokens"], chat["model"]) == (2, "grok-4.6")


async def test_failures_are_counted_by_class(sim: SimulatedXAI) -> None:
    sim.fail(500, message="it  broke\nhere", calls=(3, 9))
    sim.fault(Fault.reset(), calls=(5,))
    sim.fail(429, message="slow down", chance=0.2, seed=3)
    random = Random(3)
    busy = sum(random.random() < 0.2 and call not in (3, 5, 9) for call in range(1, 61))
    async with sim.client(retries=0) as client:
        report = await run_load(client, calls=60, at_once=5)
    counts = {failure.error: failure.count for failure in report.failures}
    assert counts == {"RateLimitError": busy, "InternalServerError": 2, "APIConnectionError": 1}
    assert report.failed == sum(counts.values())
    assert report.succeeded == report.calls - report.failed == 60 - report.failed
    assert [failure.count for failure in report.failures] == sorted(counts.values(), reverse=True)
    messages = {failure.error: failure.message for failure in report.failures}
    assert "it broke here" in messages["InternalServerError"]


async def test_no_more_run_at_once_than_asked_for_of_all_clients(sim: SimulatedXAI) -> None:
    sim.fault(Fault.stall_after(0), times=4)
    tally = Tally()
    async with sim.client() as one, sim.client() as other:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(drive, [one, other], LoadPlan(calls=20, at_once=4), tally)
            while len(sim.requests) < 4:
                await anyio.sleep(0.01)
            await anyio.wait_all_tasks_blocked()
            assert (one.concurrency.in_use, other.concurrency.in_use, len(sim.requests)) == (2, 2, 4)
            tasks.cancel_scope.cancel()
    report = tally.report()
    assert (report.calls, report.unfinished, report.latency) == (0, 4, None)
    assert report.seconds > 0


async def test_a_rate_makes_calls_due_and_latency_counts_from_then(sim: SimulatedXAI) -> None:
    sim.tokens_per_second = 60  # 6 tokens of an answer take a tenth of a second
    async with sim.client() as client:
        report = await run_load(client, calls=10, at_once=1, rate=1_000)
    assert report.latency is not None
    assert (report.succeeded, report.missed) == (10, 0)
    assert report.latency.max >= 0.9  # the last was due in 9 ms, and had to wait for the other nine
    assert report.latency.max <= report.seconds


async def test_a_duration_ends_the_run_and_tells_of_what_was_missed(sim: SimulatedXAI) -> None:
    sim.tokens_per_second = 60
    async with sim.client() as client:
        report = await run_load(client, duration=0.3, at_once=2)
        assert report.seconds >= 0.3
        assert (report.calls, report.missed) == (len(sim.requests), 0)
        sim.requests.clear()
        late = await run_load(client, duration=0.5, at_once=1, rate=100)
    assert late.calls == len(sim.requests)
    assert late.calls + late.missed == 50


@pytest.mark.parametrize(
    ("plan", "elapsed", "total", "due"),
    [
        ({}, 5.0, 100, 0),
        ({"calls": 7}, 5.0, 7, 0),
        ({"calls": 7, "rate": 2}, 0.0, 7, 1),
        ({"calls": 7, "rate": 2}, 1.6, 7, 4),
        ({"calls": 7, "rate": 2}, 60.0, 7, 7),
        ({"duration": 3.0}, 1.0, None, 0),
        ({"duration": 30.0, "rate": 0.1}, 30.0, 3, 3),  # 0.1 * 30 is a little more than 3
        ({"duration": 1.0, "rate": 0.1}, 1.0, 1, 1),
    ],
)
def test_how_many_calls_there_are_to_be(plan: Any, elapsed: float, total: int | None, due: int) -> None:
    assert (LoadPlan(**plan).total, LoadPlan(**plan).due(elapsed)) == (total, due)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"calls": 0}, "calls must be from 1 to 10,000,000, not 0"),
        ({"at_once": -1}, "at_once must be from 1 to 10,000,000, not -1"),
        ({"max_tokens": 0}, "max_tokens must be"),
        ({"duration": 0}, "duration must be above 0, not 0"),
        ({"rate": float("nan")}, "rate must be above 0, not nan"),
        ({"rate": float("inf")}, "rate must be above 0, not inf"),
        ({"calls": 1, "duration": 1}, "duration cannot be combined with calls"),
        ({"endpoint": "video"}, "endpoint must be one of chat, responses, embeddings, not 'video'"),
        ({"endpoint": "embeddings", "stream": True}, "stream must be left out"),
        ({"at_once": 501}, "at_once must be at most the client's max_concurrency, 500, not 501"),
    ],
)
async def test_what_cannot_be_run_is_refused_before_any_call(
    sim: SimulatedXAI, client: AsyncXAI, options: Any, told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        await run_load(client, **options)
    assert sim.requests == []


async def test_a_mistake_in_the_calls_ends_the_run_at_once(sim: SimulatedXAI, client: AsyncXAI) -> None:
    with pytest.raises(RequestValidationError, match="model"):
        await run_load(client, calls=1_000_000, model=7)  # type: ignore[arg-type]
    assert sim.requests == []
    await client.aclose()
    with pytest.raises(ConfigurationError, match="closed"):
        await run_load(client, calls=1_000_000)


async def test_calls_that_fail_without_io_let_other_tasks_run(sim: SimulatedXAI) -> None:
    sim.fail(500, times=None)
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await anyio.lowlevel.checkpoint()

    async with sim.client(retries=0, circuit_breaker=CircuitBreaker(window=1)) as client:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(turn)
            report = await run_load(client, calls=500, at_once=1)
            tasks.cancel_scope.cancel()
    assert {failure.error: failure.count for failure in report.failures} == {
        "InternalServerError": 1,
        "CircuitOpenError": 499,
    }
    assert turns > 400


def test_the_report_as_text_and_as_json() -> None:
    tally = Tally(begun=5, due=8, seconds=2.0, processor_seconds=0.5)
    for seconds in (0.1, 0.2, 0.4):
        tally.succeed(Outcome(2, 3, Decimal("0.5"), 10.05, 10.15), 10.0, 10.0 + seconds)
    tally.fail(ValueError("no\n  such luck" + "!" * 500))
    report = tally.report()
    lines = str(report).splitlines()
    assert lines[0] == "calls                          4   2.0 a second, for 2.00 s"
    assert "unfinished                     1" in lines
    assert "missed                         3" in lines
    assert "processor                    25%   of the time was this client's own work" in lines
    assert "tokens out                     9   4.5 a second" in lines
    assert "milliseconds                 p50       p90       p95       p99       max" in lines
    assert "latency                    200.0     400.0     400.0     400.0     400.0" in lines
    assert "to the first token          50.0      50.0      50.0      50.0      50.0" in lines
    assert "from token to token         50.0      50.0      50.0      50.0      50.0" in lines
    assert lines[-1] == "      1  ValueError: no such luck" + "!" * 188
    told = json.loads(json.dumps(report.as_dict()))
    assert told["cost_usd"] == "1.5"
    assert (told["calls"], told["missed"], told["calls_per_second"]) == (4, 3, 2.0)
    assert told["latency"] == pytest.approx({"p50": 0.2, "p90": 0.4, "p95": 0.4, "p99": 0.4, "max": 0.4})
    assert (told["failures"][0]["error"], told["failures"][0]["count"]) == ("ValueError", 1)


def test_an_empty_report_can_be_told() -> None:
    assert "latency" not in str(Tally().report())
    assert Tally().report().calls_per_second == 0


def test_the_test_kit_is_imported_without_it() -> None:
    names = "{'xai_httpx.testing._load.run', 'xai_httpx.types.chat', 'starlette'}"
    program = f"import sys, xai_httpx.testing as kit; assert not {names} & set(sys.modules); assert kit.run_load"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    with pytest.raises(AttributeError, match="no attribute 'run_lod'"):
        _ = xai_httpx.testing.run_lod
