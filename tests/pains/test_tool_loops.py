"""P29: tool loops. Each test is a sentence of it; the times themselves are measured by `benchmarks.tool_loop`."""

from __future__ import annotations

import threading
from typing import Any

import anyio
import pytest

from tests.chat.running import (
    FORMS,
    answer_with_items,
    answer_with_message,
    call_item,
    call_weather,
    chat_of,
    fails,
    outputs,
    shape,
    weather,
)
from tests.tasks import Door, leaves_no_task
from xai_httpx import AsyncXAI, ToolRepeatedFailureError, ToolTurnsExceededError
from xai_httpx.chat import ToolResult, tool
from xai_httpx.testing import SimulatedXAI

pytestmark = pytest.mark.parametrize("api", FORMS)


def call(sim: SimulatedXAI, *names: str) -> None:
    sim.reply_tool_calls([(name, {}) for name in names])


@pytest.mark.parametrize("kind", ["async", "sync"])
@leaves_no_task
async def test_p29_three_tools_run_at_the_same_time(sim: SimulatedXAI, client: AsyncXAI, api: str, kind: str) -> None:
    door, barrier = Door(3), threading.Barrier(3, timeout=5)

    async def knock() -> str:
        await door.pass_through()
        return "in"

    def meet() -> str:
        barrier.wait()
        return "in"

    call(sim, *["knock" if kind == "async" else "meet"] * 3)
    chat = chat_of(client, api)
    await chat.run("?", tools=[knock, meet])
    assert outputs(chat) == ["in"] * 3
    assert door.most == (3 if kind == "async" else 0)


@leaves_no_task
async def test_p29_with_a_limit_of_one_they_run_one_after_another(
    sim: SimulatedXAI, client: AsyncXAI, api: str
) -> None:
    door = Door(1)

    async def knock(who: int) -> None:
        await door.pass_through(who)

    sim.reply_tool_calls([("knock", {"who": who}) for who in (1, 2, 3)])
    await chat_of(client, api).run("?", tools=[knock], max_parallel=1)
    assert (door.most, door.order) == (1, [1, 2, 3])


@leaves_no_task
async def test_p29_results_are_sent_in_call_order(sim: SimulatedXAI, client: AsyncXAI, api: str) -> None:
    ended, second = list[str](), anyio.Event()

    async def slow() -> str:
        await second.wait()
        ended.append("slow")
        return "slow"

    async def quick() -> str:
        ended.append("quick")
        second.set()
        return "quick"

    call(sim, "slow", "quick")
    await chat_of(client, api).run("?", tools=[slow, quick])
    assert ended == ["quick", "slow"]
    assert sent(sim, api) == ["slow", "quick"]


def sent(sim: SimulatedXAI, api: str) -> list[Any]:
    """The results in the last request."""
    body = sim.requests[-1].body
    if api == "responses":
        return [item["output"] for item in body["input"] if item.get("type") == "function_call_output"]
    return [message["content"] for message in body["messages"] if message["role"] == "tool"]


@leaves_no_task
async def test_p29_one_that_fails_or_takes_too_long_is_answered_with_the_error_and_the_others_finish(
    sim: SimulatedXAI, client: AsyncXAI, api: str
) -> None:
    too_long = anyio.Event()

    @tool(timeout=0.02)
    async def hangs() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            too_long.set()

    async def works() -> str:
        await too_long.wait()
        return "done"

    def breaks() -> None:
        raise ValueError("no")

    call(sim, "hangs", "breaks", "works")
    reply = await chat_of(client, api).run("?", tools=[hangs, breaks, works])
    assert reply.text
    assert sent(sim, api) == ["Error: hangs took longer than 0.02 s", "Error: breaks failed: ValueError: no", "done"]


async def test_p29_an_unknown_name_and_bad_json_are_answered_to_the_model(
    sim: SimulatedXAI, client: AsyncXAI, api: str
) -> None:
    asked = [("1", "wether", "{}"), ("2", "weather", '{"city": Oslo}'), ("3", "weather", '{"town": "Oslo"}')]
    if api == "responses":
        answer_with_items(sim, *(call_item(*one) for one in asked))
    else:
        calls = [
            {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}
            for id, name, arguments in asked
        ]
        answer_with_message(sim, content="", tool_calls=calls)
    await chat_of(client, api).run("?", tools=[weather])
    unknown, broken, misfit = sent(sim, api)
    assert unknown == "Error: there is no tool 'wether'; there are weather"
    assert broken.startswith("Error: weather was not called, for its arguments do not fit: they are not JSON")
    assert "city: Field required" in misfit


async def test_p29_the_turn_limit_raises_with_the_whole_history(sim: SimulatedXAI, client: AsyncXAI, api: str) -> None:
    for city in ("Oslo", "Rome"):
        call_weather(sim, city)
    chat = chat_of(client, api)
    with pytest.raises(ToolTurnsExceededError):
        await chat.run("?", tools=[weather], max_turns=2)
    assert shape(chat) == "marar"
    assert outputs(chat) == ["Oslo: 7 C", "Rome: 7 C"]


async def test_p29_identical_calls_that_fail_stop_the_run(sim: SimulatedXAI, client: AsyncXAI, api: str) -> None:
    for _ in range(9):
        sim.reply_tool_call("fails", {"x": 1})
    with pytest.raises(ToolRepeatedFailureError):
        await chat_of(client, api).run("?", tools=[fails], max_same_failures=4)
    assert len(sim.requests) == 4


@leaves_no_task
async def test_p29_cancelling_the_run_cancels_all_tools_and_leaves_no_task(
    sim: SimulatedXAI, client: AsyncXAI, api: str
) -> None:
    door, ended = Door(4), list[str]()

    async def hangs() -> None:
        try:
            await door.pass_through()
            await anyio.sleep_forever()
        finally:
            ended.append("hangs")

    async def run() -> None:
        await chat.run("?", tools=[hangs])

    call(sim, "hangs", "hangs", "hangs")
    chat = chat_of(client, api)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run)
        await door.pass_through()
        tasks.cancel_scope.cancel()
    assert ended == ["hangs"] * 3
    assert chat.messages == ()


async def test_p29_what_the_server_ran_is_never_run_here(sim: SimulatedXAI, client: AsyncXAI, api: str) -> None:
    if api == "responses":
        theirs = {**call_item("1", "weather", '{"city": "Oslo"}'), "type": "custom_tool_call", "input": "{}"}
        answer_with_items(sim, theirs, call_item("2", "weather", '{"city": "Rome"}'))
    else:
        function = {"name": "weather", "arguments": '{"city": "Rome"}'}
        kinds = {"1": "web_search_call", "2": "function"}
        calls = [{"id": id, "type": kind, "function": function} for id, kind in kinds.items()]
        answer_with_message(sim, content="", tool_calls=calls)
    chat = chat_of(client, api)
    await chat.run("?", tools=[weather])
    assert [one for one in chat.messages if isinstance(one, ToolResult)] == [ToolResult("2", "Rome: 7 C")]
