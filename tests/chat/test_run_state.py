"""The state of a run: JSON at any time, from which it goes on, here or elsewhere; anything else is refused by name."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import anyio
import anyio.to_thread
import pytest

from tests.chat.running import FORMS, call_weather, chat_of, fails, outputs, shape, weather
from xai_httpx import AsyncXAI, RequestValidationError, ToolRepeatedFailureError, XAIError
from xai_httpx.chat import Image, Run, TurnFinished, system, tool, user
from xai_httpx.testing import SimulatedXAI


class HaltError(Exception):
    """Ends a run, as a hook may that wants somebody to be asked first."""


async def halted(run: Run) -> None:
    with pytest.raises(HaltError):
        await run


def hold(call: Any) -> bool:
    raise HaltError


@pytest.mark.parametrize("api", FORMS)
async def test_a_run_that_was_not_begun_is_taken_up_with_what_was_said(client: AsyncXAI, api: str) -> None:
    run = chat_of(client, api, messages=[system("Be brief.")]).run("Hi", tools=[weather])
    resumed = client.chat.resume(run.state, tools=[weather])
    assert (await resumed).text == "You said: Hi"
    assert shape(resumed.chat) == "mma"


@pytest.mark.parametrize("api", FORMS)
@pytest.mark.parametrize("turn", [1, 2])
async def test_calls_that_were_held_are_run_when_it_is_taken_up(
    sim: SimulatedXAI, client: AsyncXAI, api: str, turn: int
) -> None:
    for _ in range(turn - 1):
        call_weather(sim, "Rome")
    sim.reply_tool_calls([("weather", {"city": "Oslo"}), ("danger", {}), ("weather", {"city": "Bonn"})])
    sim.reply("Done.")
    asked: list[str] = []

    def approve(call: Any) -> bool:
        asked.append(call.name)
        return hold(call) if call.name == "danger" else True

    def danger() -> str:
        return "done"

    chat = chat_of(client, api)
    run = chat.run("?", tools=[weather, danger], approve=approve, max_parallel=1)
    await halted(run)
    assert asked == ["weather"] * turn + ["danger"]
    assert shape(chat) == ("mar" if turn == 2 else "")
    asked.clear()
    resumed = client.chat.resume(run.state, tools=[weather, danger], approve=lambda call: bool(asked.append(call.name)))
    assert resumed.turns == turn
    assert (await resumed).text == "Done."
    assert asked == ["danger", "weather"]
    assert shape(resumed.chat) == "m" + "ar" * (turn - 1) + "arrra"
    denied = "Error: {} was not called: it was not allowed".format
    assert outputs(resumed.chat)[-3:] == ["Oslo: 7 C", denied("danger"), denied("weather")]
    assert len(sim.requests) == turn + 1


async def test_the_state_is_json_in_the_middle_of_tools(sim: SimulatedXAI, client: AsyncXAI) -> None:
    states: list[Any] = []

    async def look() -> str:
        states.append(json.loads(run.state))
        return "looked"

    sim.reply_tool_calls([("look", {}), ("look", {}), ("fails", {"x": 1})])
    run = chat_of(client).run("?", tools=[look, fails], max_parallel=1)
    await run
    answered = [[result and result["output"] for result in state["pending"]["results"]] for state in states]
    assert answered == [[None, None, None], ["looked", None, None]]
    assert json.loads(run.state)["pending"] is None


async def test_the_state_does_not_change_with_what_is_said_after_the_run(sim: SimulatedXAI, client: AsyncXAI) -> None:
    call_weather(sim, "Oslo")
    chat = chat_of(client)
    run = chat.run("?", tools=[weather], approve=hold)
    await halted(run)
    state = run.state
    await chat.sample("Something else.")
    assert run.state == state
    call_weather(sim, "Rome")
    second = chat.run("And there?", tools=[weather], approve=hold)
    await halted(second)
    chat.append("More.")
    resumed = client.chat.resume(second.state, tools=[weather])
    await resumed
    assert [entry.text for entry in resumed.chat.messages if hasattr(entry, "role")] == [
        "Something else.",
        "And there?",
    ]


async def test_a_stored_conversation_goes_on_with_the_results_alone(sim: SimulatedXAI, client: AsyncXAI) -> None:
    call_weather(sim, "Rome")
    call_weather(sim, "Oslo")
    approved = iter([True])
    run = chat_of(client, store=True).run("?", tools=[weather], approve=lambda call: next(approved, None) or hold(call))
    await halted(run)
    await client.chat.resume(run.state, tools=[weather])
    assert [item["type"] for item in sim.requests[-1].body["input"]] == ["function_call_output"]
    assert sim.requests[-1].body["previous_response_id"] != sim.requests[-2].body["previous_response_id"]


async def test_files_and_images_are_kept(sim: SimulatedXAI, client: AsyncXAI) -> None:
    picture = "data:image/png;base64,iVBORw0KGgo="

    def draw() -> Image:
        return Image(picture)

    sim.reply_tool_calls([("draw", {}), ("weather", {"city": "Oslo"})])
    run = chat_of(client).run(
        user("Like this:", Image(picture)),
        tools=[draw, weather],
        approve=lambda call: call.name == "draw" or hold(call),
        max_parallel=1,
    )
    await halted(run)
    resumed = client.chat.resume(run.state, tools=[draw, weather])
    await resumed
    assert outputs(resumed.chat) == [(Image(picture),), "Oslo: 7 C"]
    assert resumed.chat.messages[0] == user("Like this:", Image(picture))


@pytest.mark.parametrize("watched", [True, False])
async def test_a_run_that_is_done_is_not_done_again(client: AsyncXAI, watched: bool) -> None:
    run = chat_of(client).run("Hi", tools=[weather])
    await run
    resumed = client.chat.resume(run.state, tools=[weather])
    with pytest.raises(XAIError, match="a run is done once"):
        await resumed
    assert shape(resumed.chat) == "ma"
    assert (await resumed.chat.sample("Bye")).text.startswith("You said: Bye")


async def test_a_watched_run_is_taken_up_watched(sim: SimulatedXAI, client: AsyncXAI) -> None:
    call_weather(sim, "Oslo")
    sim.reply("7 C.")
    run = chat_of(client).run("?", tools=[weather], approve=hold)
    await halted(run)
    async with client.chat.resume_stream(run.state, tools=[weather]) as stream:
        events = [event async for event in stream]
    assert isinstance(events[-1], TurnFinished)
    assert (events[-1].turn, events[-1].reply.text) == (2, "7 C.")


async def test_functions_have_to_be_given_again(sim: SimulatedXAI, client: AsyncXAI) -> None:
    call_weather(sim, "Oslo")
    run = chat_of(client, tools=[fails]).run("?", tools=[weather], approve=hold)
    await halted(run)
    with pytest.raises(RequestValidationError, match="fails needs a function"):
        client.chat.resume(run.state, tools=[weather])
    with pytest.raises(RequestValidationError, match="tools must be the functions that the run had, weather among"):
        client.chat.resume(run.state, tools=[fails])
    await client.chat.resume(run.state, tools=[weather, fails])


OTHER_PROCESS = """
import sys, anyio
from xai_httpx import AsyncXAI
from xai_httpx.chat import tool

@tool
def weather(city: str) -> str:
    return f"{city}: 8 C"

async def main():
    async with AsyncXAI(api_key=sys.argv[1], base_url=sys.argv[2]) as client:
        run = client.chat.resume(sys.stdin.read(), tools=[weather])
        await run
        print(run.state)

anyio.run(main)
"""


async def test_another_process_takes_it_up(sim: SimulatedXAI, client: AsyncXAI) -> None:
    call_weather(sim, "Oslo")
    run = chat_of(client).run("?", tools=[weather], approve=hold)
    await halted(run)

    def there() -> str:
        command = [sys.executable, "-c", OTHER_PROCESS, sim.api_key, sim.base_url]
        return subprocess.run(command, input=run.state, capture_output=True, text=True, check=True, timeout=60).stdout

    done = client.chat.resume(await anyio.to_thread.run_sync(there), tools=[weather])
    assert outputs(done.chat) == ["Oslo: 8 C"]


async def test_failures_are_counted_across_a_checkpoint(sim: SimulatedXAI, client: AsyncXAI) -> None:
    for _ in range(2):
        sim.reply_tool_calls([("fails", {"x": 1}), ("weather", {"city": "Oslo"})])
    tools: Any = {"tools": [fails, weather], "max_parallel": 1, "max_same_failures": 2}
    run = chat_of(client).run("?", approve=lambda call: call.name == "fails" or hold(call), **tools)
    await halted(run)
    with pytest.raises(ToolRepeatedFailureError, match="fails failed 2 times"):
        await client.chat.resume(run.state, **tools)


# What is no state


@pytest.fixture
def state() -> dict[str, Any]:
    """A state with everything in it."""
    call = {
        "type": "function_call",
        "call_id": "1",
        "name": "weather",
        "arguments": "{}",
        "id": "f",
        "status": "completed",
    }
    answer = {"kind": "answer", "form": "responses", "items": [call, {**call, "call_id": "2"}], "id": "r"}
    run = chat_of(AsyncXAI(api_key="k")).run("Hi", tools=[weather])
    results = [{"kind": "tool_result", "call_id": "1", "output": "7 C"}, None]
    failures = [["weather", "{}", 1]]
    return {
        **json.loads(run.state),
        "pending": {"answer": answer, "results": results},
        "failures": failures,
        "turns": 1,
    }


def test_the_state_of_the_table_is_one(state: dict[str, Any]) -> None:
    resumed = AsyncXAI(api_key="k").chat.resume(json.dumps(state), tools=[weather])
    assert json.loads(resumed.state) == state


PARTS = ["chat", "tools", "turns", "done", "pending", "failures"]
RESULT = {"kind": "tool_result", "call_id": "2", "output": "7 C"}
MESSAGE = {"kind": "message", "role": "user", "parts": [{"kind": "text", "text": "x"}]}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        *(
            (name, junk)
            for name in ("chat", "tools", "turns", "done", "pending", "failures")
            for junk in (3.5, "x", [1])
        ),
        ("chat.messages", [3]),
        ("chat.messages", None),
        ("chat.api", "other"),
        ("chat.xai_httpx.chat", 2),
        ("turns", True),
        ("failures", [["weather", "{}"]]),
        ("failures", [["weather", "{}", "1"]]),
        ("pending.answer", None),
        ("pending.answer", MESSAGE),
        ("pending.answer.items", "x"),
        ("pending.results", []),
        ("pending.results", [None, None, None]),
        ("pending.results", [RESULT, None]),
        ("pending.results", [None, MESSAGE]),
        ("pending.results", [None, {}]),
        ("pending.results", [None, 7]),
        ("pending.results", None),
    ],
    ids=str,
)
def test_a_state_that_is_broken_is_refused(state: dict[str, Any], path: str, value: Any) -> None:
    *above, name = ["chat", "xai_httpx.chat"] if path.endswith("httpx.chat") else path.split(".")
    place = state
    for step in above:
        place = place[step]
    place[name] = value
    with pytest.raises(RequestValidationError, match=r"state must be the state of a run, .* got one that is broken"):
        AsyncXAI(api_key="k").chat.resume(json.dumps(state), tools=[weather])


@pytest.mark.parametrize("name", PARTS)
def test_a_state_that_lacks_something_is_refused(state: dict[str, Any], name: str) -> None:
    del state[name]
    with pytest.raises(RequestValidationError, match="got one that is broken"):
        AsyncXAI(api_key="k").chat.resume(json.dumps(state), tools=[weather])


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("", "no JSON"),
        (b"\xff", "no JSON"),
        (None, "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("3", "something else"),
        ("{}", "something else"),
        ('{"xai_httpx.run": 2}', "version 2, of another xai_httpx"),
        ('{"xai_httpx.run": "1"}', "version '1', of another xai_httpx"),
    ],
    ids=lambda each: str(each)[:20],
)
def test_what_is_no_state_is_refused(text: Any, got: str) -> None:
    with pytest.raises(
        RequestValidationError, match=f"state must be the state of a run, of version 1, got {got}"
    ) as no:
        AsyncXAI(api_key="k").chat.resume(text, tools=[weather])
    assert no.value.parameter == "state"


def test_the_text_of_a_conversation_is_no_state() -> None:
    client = AsyncXAI(api_key="k")
    with pytest.raises(RequestValidationError, match="got something else"):
        client.chat.resume(chat_of(client).to_json())


def test_names_are_enough_for_a_tool_of_another_make(state: dict[str, Any]) -> None:
    def other(city: str) -> str:
        return city

    AsyncXAI(api_key="k").chat.resume(json.dumps(state), tools=[tool(other, name="weather")])
