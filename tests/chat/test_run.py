"""Runs: the model is asked, its calls are answered, until it calls no more; and what ends them before."""

from __future__ import annotations

import gc
from contextlib import nullcontext
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
from tests.tasks import leaves_no_task
from xai_httpx import (
    AsyncXAI,
    Budget,
    BudgetExceededError,
    InternalServerError,
    RequestValidationError,
    ToolRepeatedFailureError,
    ToolTurnsExceededError,
    XAIError,
)
from xai_httpx.chat import ToolCall, ToolResult, system, tool
from xai_httpx.testing import SimulatedXAI


@pytest.mark.parametrize("api", FORMS)
@leaves_no_task
async def test_calls_are_answered_until_there_are_none(sim: SimulatedXAI, client: AsyncXAI, api: str) -> None:
    call_weather(sim, "Oslo", "Rome")
    call_weather(sim, "Bonn")
    sim.reply("Mild.")
    chat = chat_of(client, api, messages=[system("Be brief.")])
    run = chat.run("How warm is it?", tools=[weather])
    reply = await run
    assert reply.text == "Mild."
    assert (run.reply, run.turns) == (reply, 3)
    assert shape(chat) == "mmarrara"
    assert outputs(chat) == ["Oslo: 7 C", "Rome: 7 C", "Bonn: 7 C"]
    assert [result.call_id for result in chat.messages if isinstance(result, ToolResult)] == [
        call.id for call in called(sim, api)
    ]
    assert (await chat.sample("Thanks.")).text.startswith("You said: Thanks.")


def called(sim: SimulatedXAI, api: str) -> list[ToolCall]:
    """The calls of the last request's history."""
    body = sim.requests[-1].body
    if api == "responses":
        items = [item for item in body["input"] if item.get("type") == "function_call"]
        return [ToolCall(item["call_id"], item["name"], item["arguments"]) for item in items]
    calls = [call for message in body["messages"] for call in message.get("tool_calls", ())]
    return [ToolCall(call["id"], call["function"]["name"], call["function"]["arguments"]) for call in calls]


async def test_tools_of_the_conversation_and_of_the_run_are_there(sim: SimulatedXAI, client: AsyncXAI) -> None:
    sim.reply_tool_calls([("weather", {"city": "Oslo"}), ("fails", {"x": 1})])
    chat = chat_of(client, tools=[weather])
    await chat.run("Both, please.", tools=[fails])
    assert outputs(chat) == ["Oslo: 7 C", "Error: fails failed: ValueError: no 1"]
    assert [one["name"] for one in sim.requests[-1].body["tools"]] == ["weather", "fails"]
    assert "fails" not in str(chat.settings["tools"])


async def test_text_beside_calls_does_not_end_a_run(sim: SimulatedXAI, client: AsyncXAI) -> None:
    text = {"type": "output_text", "text": "Let me look.", "annotations": []}
    message = {"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": [text]}
    answer_with_items(sim, message, call_item("1", "weather", '{"city": "Oslo"}'))
    sim.reply("7 C.")
    chat = chat_of(client)
    assert (await chat.run("?", tools=[weather])).text == "7 C."
    assert shape(chat) == "mara"


RAN = {"input": "", "action": {"type": "search", "query": "q"}, "output": "", "outputs": [], "server_label": "s"}


@pytest.mark.parametrize(
    "type", ["web_search_call", "custom_tool_call", "mcp_call", "code_interpreter_call", "new_call"]
)
async def test_what_the_server_ran_is_never_run_here(sim: SimulatedXAI, client: AsyncXAI, type: str) -> None:
    answer_with_items(sim, {**call_item("1", "weather", '{"city": "Oslo"}'), **RAN, "type": type})
    chat = chat_of(client)
    reply = await chat.run("?", tools=[weather])
    assert shape(chat) == "ma"
    assert [call.type for call in reply.server_tool_calls] == [type]


async def test_what_the_server_ran_is_never_run_here_in_chat_completions(sim: SimulatedXAI, client: AsyncXAI) -> None:
    function = {"name": "weather", "arguments": '{"city": "Oslo"}'}
    ours, theirs = ({"id": type, "type": type, "function": function} for type in ("function", "web_search_call"))
    answer_with_message(sim, content="", tool_calls=[theirs, ours])
    chat = chat_of(client, "completions")
    await chat.run("?", tools=[weather])
    assert [entry.call_id for entry in chat.messages if isinstance(entry, ToolResult)] == ["function"]


async def test_ids_that_are_equal_or_empty_and_names_that_are_empty_are_answered(
    sim: SimulatedXAI, client: AsyncXAI
) -> None:
    answer_with_items(
        sim, call_item("1", "weather", '{"city": "Oslo"}'), call_item("1", "weather", '{"city": '), call_item("", "")
    )
    answer_with_items(sim)
    chat = chat_of(client)
    await chat.run("?", tools=[weather])
    first, second, third = outputs(chat)
    assert first == "Oslo: 7 C"
    assert "are not JSON" in second
    assert third == "Error: there is no tool ''; there are weather"
    sent = [item for item in sim.requests[-1].body["input"] if item.get("type") == "function_call_output"]
    assert [item["call_id"] for item in sent] == ["1", "1", ""]


@pytest.mark.parametrize("choice", ["required", "weather"])
@pytest.mark.parametrize("api", FORMS)
async def test_a_choice_that_forces_a_call_holds_for_the_first_turn(
    sim: SimulatedXAI, client: AsyncXAI, api: str, choice: str
) -> None:
    for _ in range(2):
        call_weather(sim, "Oslo")
        sim.reply("7 C.")
    chat = chat_of(client, api, tools=[weather], tool_choice=choice)
    await chat.run("?")
    await chat.run("And now?")
    choices = [request.body["tool_choice"] for request in sim.requests]
    assert choices[1::2] == ["auto", "auto"]
    assert choices[0] == choices[2]
    assert choice in str(choices[0])


async def test_a_stored_conversation_sends_results_alone(sim: SimulatedXAI, client: AsyncXAI) -> None:
    call_weather(sim, "Oslo", "Rome")
    chat = chat_of(client, store=True)
    await chat.run("?", tools=[weather])
    first, second = (request.body for request in sim.requests)
    assert [item["type"] for item in second["input"]] == ["function_call_output"] * 2
    assert "previous_response_id" not in first
    assert second["previous_response_id"]


# What ends a run before


@pytest.mark.parametrize("api", FORMS)
@pytest.mark.parametrize("watched", [True, False], ids=["watched", "plain"])
@leaves_no_task
async def test_a_turn_that_fails_leaves_those_before_in_the_history(
    sim: SimulatedXAI, client: AsyncXAI, api: str, watched: bool
) -> None:
    call_weather(sim, "Oslo")
    call_weather(sim, "Rome", "Bonn")
    sim.fail(500, calls=[3], times=1)
    chat = chat_of(client.with_options(retries=0), api)
    stream = chat.run_stream("?", tools=[weather])
    run = stream.run

    async def done() -> None:
        if not watched:
            await run
            return
        async with stream:
            await stream.final()

    with pytest.raises(InternalServerError):
        await done()
    assert shape(chat) == "mararr"
    assert (await chat.sample("Never mind.")).text.startswith("You said: Never mind.")
    resumed = client.chat.resume(run.state, tools=[weather])
    await resumed
    assert shape(resumed.chat) == "mararra"


async def test_a_first_turn_that_fails_leaves_the_history_as_it_was(sim: SimulatedXAI, client: AsyncXAI) -> None:
    sim.fail(500)
    chat = chat_of(client.with_options(retries=0), messages=[system("Be brief.")])
    with pytest.raises(InternalServerError):
        await chat.run("?", tools=[weather])
    assert shape(chat) == "m"


async def test_the_turn_limit_raises_with_the_whole_history(sim: SimulatedXAI, client: AsyncXAI) -> None:
    for city in "abc":
        call_weather(sim, city)
    chat = chat_of(client)
    run = chat.run("?", tools=[weather], max_turns=3)
    with pytest.raises(ToolTurnsExceededError, match=r"after 3 turns \(max_turns\)") as raised:
        await run
    assert (raised.value.turns, raised.value.reply) == (3, run.reply)
    assert shape(chat) == "mararar"
    assert raised.value.state == run.state
    with pytest.raises(ToolTurnsExceededError):
        await client.chat.resume(run.state, tools=[weather], max_turns=3)
    resumed = client.chat.resume(run.state, tools=[weather], max_turns=4)
    await resumed
    assert (resumed.turns, shape(resumed.chat)) == (4, "mararara")


def deny(call: ToolCall) -> bool:
    return False


@pytest.mark.parametrize(
    ("name", "arguments", "settings"),
    [
        ("fails", {"x": 1}, {}),
        ("fails", {"y": 1}, {}),
        ("nope", {}, {}),
        ("weather", {"city": "Oslo"}, {"approve": deny}),
    ],
    ids=["fails", "bad arguments", "unknown", "declined"],
)
async def test_a_call_that_fails_again_and_again_stops_the_run(
    sim: SimulatedXAI, client: AsyncXAI, name: str, arguments: Any, settings: Any
) -> None:
    for _ in range(5):
        sim.reply_tool_call(name, arguments)
    chat = chat_of(client)
    run = chat.run("?", tools=[weather, fails], **settings)
    with pytest.raises(ToolRepeatedFailureError, match=f"{name} failed 3 times") as raised:
        await run
    assert (raised.value.name, raised.value.times, raised.value.turns) == (name, 3, 3)
    assert shape(chat) == "mararar"
    assert raised.value.state == run.state


async def test_a_success_in_between_begins_the_count_again(sim: SimulatedXAI, client: AsyncXAI) -> None:
    works = iter([False, True, False, False, True])

    def moody() -> str:
        if not next(works):
            raise ValueError("not now")
        return "fine"

    for _ in range(5):
        sim.reply_tool_call("moody", {})
    chat = chat_of(client)
    await chat.run("?", tools=[moody], max_same_failures=3)
    assert shape(chat) == "m" + "ar" * 5 + "a"


async def test_other_arguments_are_another_call(sim: SimulatedXAI, client: AsyncXAI) -> None:
    for x in (1, 2, 1, 2):
        sim.reply_tool_call("fails", {"x": x})
    await chat_of(client).run("?", tools=[fails])


async def test_a_run_that_is_taken_up_after_failures_stops_at_the_next_same_one_only(
    sim: SimulatedXAI, client: AsyncXAI
) -> None:
    for _ in range(2):
        sim.reply_tool_call("fails", {"x": 1})
    run = chat_of(client).run("?", tools=[weather, fails], max_same_failures=2)
    with pytest.raises(ToolRepeatedFailureError):
        await run
    call_weather(sim, "Oslo")
    sim.reply_tool_call("fails", {"x": 1})
    again = client.chat.resume(run.state, tools=[weather, fails], max_same_failures=2)
    with pytest.raises(ToolRepeatedFailureError, match="failed 3 times"):
        await again
    assert again.turns == 4


# Budgets


@pytest.mark.parametrize("where", ["run", "client", "context"])
async def test_a_spent_budget_asks_no_more_and_cuts_nothing(sim: SimulatedXAI, client: AsyncXAI, where: str) -> None:
    budget, ran = Budget(tokens=1), list[str]()

    def slow() -> str:
        ran.append("slow")
        return "done"

    for _ in range(3):
        sim.reply_tool_calls([("slow", {}), ("slow", {})])
    chat = chat_of(sim.client(budget=budget) if where == "client" else client)
    run = chat.run("?", tools=[slow], **({"budget": budget} if where == "run" else {}))
    with pytest.raises(BudgetExceededError), budget if where == "context" else nullcontext():
        await run
    assert (ran, shape(chat), run.turns) == (["slow", "slow"], "marr", 1)
    assert budget.usage.total_tokens > 1
    await client.chat.resume(run.state, tools=[slow])


async def test_what_tools_ask_counts_in_the_budget(sim: SimulatedXAI, client: AsyncXAI) -> None:
    budget = Budget(tokens=100_000)

    async def think() -> str:
        return (await chat_of(client).run("Think.", tools=[weather])).text

    sim.reply_tool_call("think", {})
    await chat_of(client).run("?", tools=[think], budget=budget)
    assert (budget.calls, len(sim.requests)) == (3, 3)


# Conversations within conversations, and one at a time


async def test_a_tool_may_run_another_conversation_but_not_its_own(sim: SimulatedXAI, client: AsyncXAI) -> None:
    chat = chat_of(client)

    async def ask(own: bool) -> str:
        return (await (chat if own else chat_of(client)).run("Within.", tools=[weather])).text

    sim.reply_tool_call("ask", {"own": True})
    sim.reply_tool_call("ask", {"own": False})
    await chat.run("?", tools=[ask])
    own, other = outputs(chat)
    assert own.startswith("Error: ask failed: XAIError: the conversation is being answered")
    assert other == "You said: Within."


async def test_a_conversation_that_is_busy_refuses_a_run_which_can_be_done_later(
    sim: SimulatedXAI, client: AsyncXAI
) -> None:
    chat = chat_of(client)
    later = chat.run("Later.", tools=[weather])

    async def during() -> str:
        with pytest.raises(XAIError, match="being answered"):
            await later
        return "refused"

    sim.reply_tool_call("during", {})
    await chat.run("?", tools=[during])
    assert outputs(chat) == ["refused"]
    assert (await later).text.startswith("You said: Later.")


async def test_a_run_is_done_once(sim: SimulatedXAI, client: AsyncXAI) -> None:
    run = chat_of(client).run("?", tools=[weather])
    await run
    with pytest.raises(XAIError, match="done once"):
        await run


async def test_a_run_that_failed_is_not_done_again_but_resumed(sim: SimulatedXAI, client: AsyncXAI) -> None:
    sim.fail(500)
    run = chat_of(client.with_options(retries=0)).run("?", tools=[weather])
    with pytest.raises(InternalServerError):
        await run
    with pytest.raises(XAIError, match="resume the state of one that stopped"):
        await run
    assert (await client.chat.resume(run.state, tools=[weather])).text == "You said: ?"


async def test_a_run_that_nobody_awaits_does_nothing(sim: SimulatedXAI, client: AsyncXAI) -> None:
    chat = chat_of(client)
    chat.run("?", tools=[weather])
    chat.run_stream("?", tools=[weather])
    gc.collect()
    assert (sim.requests, chat.messages) == ([], ())
    assert (await chat.sample("Hi")).text == "You said: Hi"


async def test_a_run_with_nothing_said_is_refused(client: AsyncXAI) -> None:
    with pytest.raises(RequestValidationError, match="nothing to answer"):
        await chat_of(client).run(tools=[weather])


async def test_many_calls_at_once_are_answered_in_order(sim: SimulatedXAI, client: AsyncXAI) -> None:
    cities = [f"c{index}" for index in range(200)]
    call_weather(sim, *cities)
    chat = chat_of(client)
    with anyio.fail_after(30):
        await chat.run("?", tools=[weather], max_parallel=32)
    assert outputs(chat) == [f"{city}: 7 C" for city in cities]


# Settings


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_turns": 0}, "max_turns must be 1 or more, got 0"),
        ({"max_turns": True}, "max_turns must be 1 or more, got True"),
        ({"max_parallel": 1.5}, "max_parallel must be 1 or more, got 1.5"),
        ({"max_same_failures": -1}, "max_same_failures must be 1 or more, got -1"),
        ({"tool_timeout": 0}, "tool_timeout must be a number of seconds above 0, or None, got 0"),
        ({"tool_timeout": float("nan")}, "tool_timeout must be .* got nan"),
        ({"tool_timeout": True}, "tool_timeout must be .* got True"),
        ({"tool_timeout": "5"}, "tool_timeout must be .* got '5'"),
        ({"approve": True}, "approve must be a function that takes a ToolCall, or None, got True"),
        ({"budget": 0.5}, "budget must be a Budget, or None, got 0.5"),
        ({"tools": weather}, "tools must be a list of functions and tools"),
        ({"tools": [weather, weather]}, "two tools are named 'weather'"),
        ({"tools": [{"type": "function", "name": "f", "parameters": {}}]}, "f needs a function"),
        ({"max_turn": 3}, "max_turn is no setting of a run; there are tools, max_turns"),
    ],
    ids=str,
)
async def test_a_setting_that_is_wrong_is_refused_at_once(client: AsyncXAI, settings: Any, message: str) -> None:
    with pytest.raises(RequestValidationError, match=message):
        chat_of(client).run("?", **settings)


def test_a_tool_with_the_name_of_one_in_the_conversation_is_refused() -> None:
    @tool(name="weather")
    def other() -> None: ...

    with pytest.raises(RequestValidationError, match="two tools are named 'weather'"):
        chat_of(AsyncXAI(api_key="k"), tools=[weather]).run("?", tools=[other])
