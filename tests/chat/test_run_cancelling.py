"""Runs that are cancelled, by whatever means, wherever they are: nothing is left, and the conversation is whole."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from tests.chat.running import call_weather, chat_of, shape, weather
from tests.tasks import leaves_no_task
from xai_httpx import AsyncXAI
from xai_httpx.chat import Chat, Run, RunStream, tool
from xai_httpx.testing import Fault, SimulatedXAI

Go = Callable[[], Awaitable[Any]]


async def by_scope(go: Go, inside: anyio.Event) -> None:
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_cancel, scope, inside)
            await go()
    assert scope.cancelled_caught


async def _cancel(scope: anyio.CancelScope, inside: anyio.Event) -> None:
    await inside.wait()
    scope.cancel()


async def by_deadline(go: Go, inside: anyio.Event) -> None:
    async def block() -> None:
        with anyio.fail_after(60) as scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_expire, scope, inside)
                await go()

    with pytest.raises(TimeoutError):
        await block()


async def _expire(scope: anyio.CancelScope, inside: anyio.Event) -> None:
    await inside.wait()
    scope.deadline = anyio.current_time()


async def by_sibling(go: Go, inside: anyio.Event) -> None:
    async def fail() -> None:
        await inside.wait()
        raise LookupError

    async def block() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(fail)
            await go()

    with pytest.raises(ExceptionGroup) as raised:
        await block()
    assert [type(error) for error in raised.value.exceptions] == [LookupError]


async def by_task(go: Go, inside: anyio.Event) -> None:
    async def run() -> None:
        await go()

    task = asyncio.create_task(run())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()


async def by_wait_for(go: Go, inside: anyio.Event) -> None:
    async def run() -> None:
        await go()

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(run(), 0.2)
    assert inside.is_set()


async def by_timeout(go: Go, inside: anyio.Event) -> None:
    async def block() -> None:
        async with asyncio.timeout(60) as limit:
            watchers.append(asyncio.create_task(_reschedule(limit, inside)))
            await go()

    watchers: list[asyncio.Task[None]] = []
    with pytest.raises(TimeoutError):
        await block()
    await watchers[0]
    assert _cancelling() == 0


def _cancelling() -> int:
    task = asyncio.current_task()
    assert task is not None
    return task.cancelling()


async def _reschedule(limit: asyncio.Timeout, inside: anyio.Event) -> None:
    await inside.wait()
    limit.reschedule(asyncio.get_running_loop().time())


async def by_asyncio_sibling(go: Go, inside: anyio.Event) -> None:
    async def fail() -> None:
        await inside.wait()
        raise LookupError

    async def block() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fail())
            await go()

    with pytest.raises(ExceptionGroup) as raised:
        await block()
    assert [type(error) for error in raised.value.exceptions] == [LookupError]
    assert _cancelling() == 0


WAYS = [by_scope, by_deadline, by_sibling, by_task, by_wait_for, by_timeout, by_asyncio_sibling]
CASES = [(way, place) for way in WAYS for place in ("tool", "own tasks", "approve")] + [(by_scope, "asking")]


@pytest.mark.parametrize(("way", "place"), CASES, ids=lambda each: getattr(each, "__name__", each))
@pytest.mark.parametrize("watched", [False, True], ids=["run", "run_stream"])
@leaves_no_task
async def test_a_run_that_is_cancelled_leaves_nothing_and_can_be_taken_up(
    sim: SimulatedXAI, client: AsyncXAI, anyio_backend_name: str, way: Any, place: str, watched: bool
) -> None:
    if anyio_backend_name == "trio" and way in WAYS[3:]:
        pytest.skip("a way of asyncio")
    inside, ended = anyio.Event(), list[str]()

    async def hang() -> str:
        try:
            inside.set()
            await anyio.sleep_forever()
        finally:
            ended.append(place)
        return ""

    async def work() -> str:
        if place == "own tasks":
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(hang)
                await anyio.sleep_forever()
        return await hang()

    async def approve(call: Any) -> bool:
        if place == "approve" and call.name == "work":
            await hang()
        return True

    call_weather(sim, "Oslo")
    if place == "asking":
        sim.reply("Too late.")
        sim.fault(Fault.slow_start(30), calls=[2])
    else:
        sim.reply_tool_calls([("weather", {"city": "Rome"}), ("work", {}), ("work", {})])
    chat = chat_of(client)
    settings: Any = {"tools": [weather, work], "approve": approve}
    run = chat.run_stream("?", **settings) if watched else chat.run("?", **settings)
    async with anyio.create_task_group() as tasks:
        if place == "asking":
            tasks.start_soon(_when_asked, sim, inside)
        await way(lambda: _done(run), inside)
    assert shape(chat) == "mar"
    assert ended == ([] if place == "asking" else [place] * 2)
    assert (await chat.sample("Never mind.")).text
    await _taken_up(client, sim, run, place)


async def _when_asked(sim: SimulatedXAI, inside: anyio.Event) -> None:
    while len(sim.requests) < 2:
        await anyio.sleep(0.001)
    inside.set()


async def _done(run: Run | RunStream) -> None:
    if isinstance(run, Run):
        await run
        return
    async with run as stream:
        await stream.final()


async def _taken_up(client: AsyncXAI, sim: SimulatedXAI, run: Run | RunStream, place: str) -> None:
    sim.clear()
    ran: list[str] = []

    async def work() -> str:
        ran.append("work")
        return "worked"

    async def elsewhere(city: str) -> str:
        ran.append("weather")
        return city

    resumed = client.chat.resume(run.state, tools=[tool(elsewhere, name="weather"), work])
    await resumed
    assert shape(resumed.chat) == ("mara" if place == "asking" else "mararrra")
    assert ran == ([] if place == "asking" else ["work", "work"])


@leaves_no_task
async def test_cancelling_before_it_begins_sends_nothing(sim: SimulatedXAI, client: AsyncXAI) -> None:
    chat: Chat = chat_of(client)
    with anyio.CancelScope() as scope:
        scope.cancel()
        await chat.run("?", tools=[weather])
    with anyio.CancelScope() as scope:
        scope.cancel()
        async with chat.run_stream("?", tools=[weather]) as stream:
            await stream.final()
    assert chat.messages == ()
    assert (await chat.sample("Hi")).text == "You said: Hi"
