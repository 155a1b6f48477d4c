"""Runs that are watched: events in order and complete, for readers that are slow, leave early or never read."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from tests.chat.running import FORMS, call_weather, chat_of, fails, shape, weather
from tests.tasks import Door, leaves_no_task
from xai_httpx import AsyncXAI, InternalServerError, StreamTruncatedError, XAIError
from xai_httpx.chat import Delta, RunStream, ToolFinished, ToolStarted, TurnFinished, TurnStarted
from xai_httpx.testing import Fault, SimulatedXAI

pytestmark = pytest.mark.filterwarnings("error")


def steps(events: list[Any]) -> list[str]:
    """The events but the pieces of text, in short."""
    short: dict[type, Callable[[Any], str]] = {
        TurnStarted: lambda event: f"turn {event.turn}",
        TurnFinished: lambda event: f"answer {event.turn}",
        ToolStarted: lambda event: f"{event.call.name} ...",
        ToolFinished: lambda event: f"{event.call.name}: {event.output}",
    }
    return [short[type(event)](event) for event in events if not isinstance(event, Delta)]


@pytest.mark.parametrize("api", FORMS)
@pytest.mark.parametrize("slow", [True, False], ids=["slow", "quick"])
@leaves_no_task
async def test_events_tell_all_in_order(sim: SimulatedXAI, client: AsyncXAI, api: str, slow: bool) -> None:
    call_weather(sim, "Oslo")
    sim.reply_tool_call("fails", {"x": 1})
    sim.reply("Mild.", reasoning="Hm.")
    chat, events = chat_of(client, api), list[Any]()
    async with chat.run_stream("?", tools=[weather, fails]) as stream:
        async for event in stream:
            if slow:
                await anyio.lowlevel.checkpoint()
            events.append(event)
        reply = await stream.final()
    assert steps(events) == [
        "turn 1",
        "answer 1",
        "weather ...",
        "weather: Oslo: 7 C",
        "turn 2",
        "answer 2",
        "fails ...",
        "fails: Error: fails failed: ValueError: no 1",
        "turn 3",
        "answer 3",
    ]
    deltas = [event for event in events if isinstance(event, Delta)]
    assert "".join(delta.text for delta in deltas) == reply.text == "Mild."
    assert "".join(delta.reasoning for delta in deltas) == reply.reasoning == "Hm."
    assert events[-1] == TurnFinished(3, reply)
    assert shape(chat) == "marara"


@leaves_no_task
async def test_the_run_goes_on_while_nobody_reads(sim: SimulatedXAI, client: AsyncXAI) -> None:
    ran = anyio.Event()

    async def ring() -> str:
        ran.set()
        return "rung"

    sim.reply_tool_call("ring", {})
    sim.reply("Done.")
    async with chat_of(client).run_stream("?", tools=[ring]) as stream:
        with anyio.fail_after(5):
            await ran.wait()
        assert (await stream.final()).text == "Done."
        assert (await stream.final()).text == "Done."
    assert (await stream.final()).text == "Done."
    assert [event async for event in stream] == []


async def leave_at_once(stream: RunStream, door: Door) -> None:
    async with stream:
        pass


async def leave_by_break(stream: RunStream, door: Door) -> None:
    async with stream:
        async for event in stream:
            if isinstance(event, ToolStarted):
                break


async def leave_by_return(stream: RunStream, door: Door) -> None:
    async with stream:
        await door.pass_through()
        return


async def leave_by_error(stream: RunStream, door: Door) -> None:
    async with stream:
        await door.pass_through()
        raise LookupError("of the block")


async def leave_by_group(stream: RunStream, door: Door) -> None:
    async with stream:
        await door.pass_through()
        raise ExceptionGroup("of the block", [LookupError()])


async def leave_by_interrupt(stream: RunStream, door: Door) -> None:
    async with stream:
        await door.pass_through()
        raise KeyboardInterrupt


async def leave_by_closing_a_generator(stream: RunStream, door: Door) -> None:
    async def events() -> Any:
        async with stream:
            async for event in stream:
                yield event

    reading = events()
    await anext(reading)
    await reading.aclose()


@pytest.mark.parametrize(
    ("leave", "raised"),
    [
        (leave_at_once, None),
        (leave_by_break, None),
        (leave_by_return, None),
        (leave_by_error, LookupError),
        (leave_by_group, ExceptionGroup),
        (leave_by_interrupt, KeyboardInterrupt),
        (leave_by_closing_a_generator, None),
    ],
    ids=lambda each: getattr(each, "__name__", "nothing"),
)
@leaves_no_task
async def test_leaving_the_block_ends_the_run_and_its_tools(
    sim: SimulatedXAI, client: AsyncXAI, leave: Any, raised: type[BaseException] | None
) -> None:
    door, began, ended = Door(2), list[int](), list[int]()

    async def hang() -> None:
        began.append(1)
        try:
            await door.pass_through()
            await anyio.sleep_forever()
        finally:
            ended.append(1)

    sim.reply_tool_call("hang", {})
    chat = chat_of(client)
    stream = chat.run_stream("?", tools=[hang])
    if raised is None:
        await leave(stream, door)
    else:
        with pytest.raises(raised) as caught:
            await leave(stream, door)
        assert type(caught.value) is raised
    assert began == ended
    assert chat.messages == ()
    with pytest.raises(XAIError, match="left before its end: its `state` can be resumed"):
        await stream.final()
    sim.clear()
    assert (await chat.sample("Hi")).text == "You said: Hi"


@leaves_no_task
async def test_an_error_comes_after_the_events_before_it_and_as_itself(sim: SimulatedXAI, client: AsyncXAI) -> None:
    call_weather(sim, "Oslo")
    sim.fail(500, calls=[2], times=1)
    chat, events = chat_of(client.with_options(retries=0)), list[Any]()

    async def read() -> None:
        async with chat.run_stream("?", tools=[weather]) as stream:
            async for event in stream:
                events.append(event)

    with pytest.raises(InternalServerError):
        await read()
    assert steps(events)[-2:] == ["weather: Oslo: 7 C", "turn 2"]
    assert shape(chat) == "mar"


@leaves_no_task
async def test_a_stream_that_breaks_leaves_its_turn_out(sim: SimulatedXAI, client: AsyncXAI) -> None:
    call_weather(sim, "Oslo")
    sim.reply("A long story, in many words.")
    sim.fault(Fault.cut_after(3), calls=[2])
    chat = chat_of(client)
    async with chat.run_stream("?", tools=[weather]) as stream:
        with pytest.raises(StreamTruncatedError):
            await stream.final()
        with pytest.raises(StreamTruncatedError):
            await anext(stream)
    assert shape(chat) == "mar"
    assert (await client.chat.resume(stream.state, tools=[weather])).text


@pytest.mark.parametrize("reading", [True, False], ids=["reading", "busy elsewhere"])
@leaves_no_task
async def test_an_interrupt_in_a_tool_ends_the_block_at_once(
    sim: SimulatedXAI, client: AsyncXAI, reading: bool
) -> None:
    async def interrupt() -> None:
        raise KeyboardInterrupt

    sim.reply_tool_call("interrupt", {})
    chat = chat_of(client)

    async def read() -> None:
        async with chat.run_stream("?", tools=[interrupt]) as stream:
            await (stream.final() if reading else anyio.sleep_forever())

    with anyio.fail_after(5), pytest.raises(KeyboardInterrupt):
        await read()
    assert chat.messages == ()


class Grouped:
    """A run that is connecting on Trio, where several addresses are tried at once."""

    def __init__(self) -> None:
        self.began = anyio.Event()

    async def drive(self, tell: Any) -> None:
        self.began.set()
        try:
            await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class() as cancelled:
            raise BaseExceptionGroup("of a nursery", [cancelled, cancelled]) from None


@leaves_no_task
async def test_a_group_of_cancellations_is_one(anyio_backend_name: str) -> None:
    if anyio_backend_name != "trio":
        pytest.skip("a group of Trio's")
    run: Any = Grouped()
    async with RunStream(run):
        await run.began.wait()


async def test_a_stream_is_opened_once_and_before_it_is_read(client: AsyncXAI) -> None:
    stream = chat_of(client).run_stream("Hi")
    with pytest.raises(XAIError, match="is not open"):
        await anext(stream)
    async with stream:
        with pytest.raises(XAIError, match="opened once"):
            await stream.__aenter__()
    with pytest.raises(XAIError, match="opened once"):
        await stream.__aenter__()


async def test_a_stream_that_nobody_opens_leaves_nothing(client: AsyncXAI) -> None:
    chat = chat_of(client)
    chat.run_stream("Hi")
    gc.collect()
    assert (await chat.sample("Hi")).text == "You said: Hi"
