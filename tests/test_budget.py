"""What a budget refuses, when, and what it lets pass."""

from __future__ import annotations

import decimal
import pickle
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.costing import MESSAGES, answer
from tests.rawserver import RawServer
from tests.streaming import made
from xai_httpx import AsyncXAI, Budget, BudgetExceededError, Meter, RequestValidationError, Usage, XAIError
from xai_httpx.batches import chat_request
from xai_httpx.testing import SimulatedXAI

SEVEN_TICKS = Decimal("0.0000000007")


async def ask(client: AsyncXAI) -> Any:
    return await client.chat.completions.create(model="grok-4.6", messages=MESSAGES)


async def stream(client: AsyncXAI) -> Any:
    async with client.responses.stream(model="grok-4.6", input="hi") as opened:
        return await opened.final()


async def embed(client: AsyncXAI) -> Any:
    return await client.embeddings.create(model="grok-embedding-small", input="a")


async def start(client: AsyncXAI) -> Any:
    return await client.videos.start(model="grok-imagine-video", prompt="a fox")


async def defer(client: AsyncXAI) -> Any:
    return await client.chat.completions.defer(model="grok-4.6", messages=MESSAGES)


async def batch(client: AsyncXAI) -> Any:
    questions = [chat_request("q", model="grok-4.6", messages=MESSAGES)]
    return await client.batches.create(name="b", requests=questions)


async def request(client: AsyncXAI) -> Any:
    return await client.request("POST", "/responses", body={"model": "grok-4.6", "input": "hi"})


async def save(client: AsyncXAI) -> Any:
    return await client.download("/speech", "/tmp/speech.mp3", method="POST")


def spent(budget: Budget) -> Budget:
    """The budget, once all of it is spent, and more."""
    budget._take(Usage(total_tokens=10**6, cost_ticks=10**12), "", None)
    return budget


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (1, Decimal(1)),
        ("0.50", Decimal("0.5")),
        (0.1, Decimal("0.1")),
        (Decimal("1e-10"), Decimal("1e-10")),
        ("123456789012345678901234567890.5", Decimal("123456789012345678901234567890.5")),
    ],
)
def test_dollars_are_taken_as_they_are_written(limit: Any, expected: Decimal) -> None:
    with decimal.localcontext(decimal.Context(prec=3)):
        assert Budget(usd=limit).limit_usd == expected


@pytest.mark.parametrize(
    "limit", [0, -1, "0", "-0.5", 0.0, float("nan"), float("inf"), "NaN", "sNaN", "inf", "much", ""]
)
def test_no_budget_of_nothing_or_of_no_amount(limit: Any) -> None:
    with pytest.raises(RequestValidationError, match=r"^usd must be US dollars, more than 0, got ") as refused:
        Budget(usd=limit)
    assert refused.value.parameter == "usd"


@pytest.mark.parametrize("limit", [True, b"1", [1], object(), 1j])
def test_dollars_are_a_number(limit: Any) -> None:
    with pytest.raises(RequestValidationError, match=r"^usd must be US dollars, more than 0, got "):
        Budget(usd=limit)


@pytest.mark.parametrize("limit", [0, -1, 1.0, "1", True, float("nan")])
def test_tokens_are_a_whole_number_of_one_or_more(limit: Any) -> None:
    with pytest.raises(RequestValidationError, match=r"^tokens must be a whole number .* 1 or more, got ") as refused:
        Budget(tokens=limit)
    assert refused.value.parameter == "tokens"


def test_a_budget_has_a_limit() -> None:
    with pytest.raises(RequestValidationError, match="needs a limit: usd, tokens or both"):
        Budget()


@pytest.mark.parametrize(
    ("limits", "calls"),
    [
        ({"usd": SEVEN_TICKS}, 1),
        ({"usd": 3 * SEVEN_TICKS}, 3),
        ({"usd": 3 * SEVEN_TICKS + Decimal("1e-11")}, 4),
        ({"tokens": 15}, 1),
        ({"tokens": 16}, 2),
        ({"usd": 1, "tokens": 30}, 2),
        ({"usd": SEVEN_TICKS, "tokens": 1000}, 1),
    ],
)
async def test_calls_are_sent_until_what_was_spent_reaches_the_limit(
    server: RawServer, limits: dict[str, Any], calls: int
) -> None:
    server.always = (answer(7),)
    budget = Budget(**limits)
    async with made(server, budget=budget) as client:
        for _ in range(calls):
            await ask(client)
        for _ in range(2):
            with pytest.raises(BudgetExceededError) as refused:
                await ask(client)
    assert len(server.requests) == calls
    error = refused.value
    assert "E-" not in f"{error} {budget!r}"
    assert (error.spent_usd, error.spent_tokens) == (calls * SEVEN_TICKS, calls * 15)
    assert (error.limit_usd, error.limit_tokens) == (budget.limit_usd, budget.limit_tokens)
    assert (budget.calls, budget.uncertain) == (calls, 0)


def test_the_error_says_what_is_spent_and_pickles() -> None:
    with pytest.raises(BudgetExceededError) as refused:
        spent(Budget(usd="0.50", tokens=9))._admit()
    error = pickle.loads(pickle.dumps(refused.value))
    assert str(error) == ("the budget is spent, so nothing was sent: 100 of 0.50 USD, 1000000 of 9 tokens")
    assert (error.limit_usd, error.spent_usd, error.limit_tokens, error.spent_tokens) == (Decimal("0.5"), 100, 9, 10**6)
    assert isinstance(error, XAIError)


@pytest.mark.parametrize(
    "call", [ask, stream, embed, start, defer, batch, request, save], ids=lambda call: call.__name__
)
async def test_what_costs_is_refused_before_anything_is_sent(
    sim: SimulatedXAI, call: Callable[[AsyncXAI], Awaitable[Any]]
) -> None:
    budget = spent(Budget(usd=1))
    async with sim.client(budget=budget) as client, sim.client() as other:
        for each in (client, client.with_options(retries=0)):
            with pytest.raises(BudgetExceededError):
                await call(each)
        with budget, pytest.raises(BudgetExceededError):
            await call(other)
    assert not sim.requests


async def test_what_costs_nothing_is_not_refused(sim: SimulatedXAI) -> None:
    async with sim.client() as client:
        job, deferred = (await start(client)).request_id, (await defer(client)).request_id
        response = await client.responses.create(model="grok-4.6", input="hi")
        with spent(Budget(usd=1)) as budget:
            before = budget.cost_usd
            await client.models.list()
            await client.responses.retrieve(response.id)
            await client.responses.delete(response.id)
            file = await client.files.create(file=("a.txt", b"text"))
            await client.files.delete(file.id)
            await client.videos.wait(job, interval=0)
            await client.chat.completions.wait_deferred(deferred, interval=0)
    assert budget.cost_usd > before  # the results of jobs count all the same


async def test_a_stream_is_refused_when_it_is_opened_and_can_be_opened_later(client: AsyncXAI) -> None:
    opened = client.responses.stream(model="grok-4.6", input="hi")
    with spent(Budget(usd=1)) as budget:
        with pytest.raises(BudgetExceededError):
            await opened.__aenter__()
        budget.reset()
        async with opened:
            await opened.final()
    assert budget.calls == 1


async def test_the_smallest_of_several_budgets_refuses_and_all_count(server: RawServer) -> None:
    server.always = (answer(7),)
    with Budget(usd=1) as large, Budget(tokens=20) as small, Meter() as meter:
        async with made(server, budget=large) as client:
            await ask(client)
            await ask(client)
            with pytest.raises(BudgetExceededError) as refused:
                await ask(client)
    assert refused.value.limit_tokens == 20
    assert (large.calls, small.calls, meter.calls) == (2, 2, 2)
