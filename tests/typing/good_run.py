# pyright: reportUnnecessaryTypeIgnoreComment=true
"""Typical uses of runs, as a type checker must see them. Checked by mypy and pyright, never run."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_type

from xai_httpx import AsyncXAI, Budget, RequestOptions
from xai_httpx.chat import (
    Chat,
    Delta,
    Reply,
    Run,
    RunEvent,
    RunSettings,
    RunStream,
    ToolCall,
    ToolFinished,
    ToolOutput,
    ToolStarted,
    TurnFinished,
    TurnStarted,
    tool,
    user,
    web_search,
)


@tool
async def weather(city: str) -> str:
    return city


def plain(count: int = 1) -> list[int]:
    return [count]


def approve(call: ToolCall) -> bool:
    return call.name == "weather"


async def ask(call: ToolCall) -> bool | str:
    return "not today" if call.arguments else True


async def runs(client: AsyncXAI, chat: Chat, options: RequestOptions) -> None:
    run = chat.run("How warm is it?", tools=[weather, plain, web_search()])
    assert_type(run, Run)
    assert_type(await run, Reply[None])
    assert_type(run.state, str)
    assert_type(run.turns, int)
    assert_type(run.reply, Reply[None] | None)
    assert_type(run.chat, Chat)
    await chat.run("a", user("b"), tools=(weather,), approve=approve, max_turns=3, max_parallel=1, tool_timeout=1.5)
    await chat.run(approve=ask, budget=Budget(usd=Decimal("0.5")), max_same_failures=2, options=options)
    settings: RunSettings = {"tools": [plain], "tool_timeout": None}
    await client.chat.resume(run.state, **settings)
    assert_type(client.chat.resume(b"{}", tools=[weather]), Run)
    assert_type(client.chat.resume_stream("{}", tools=[weather]), RunStream)


async def events(chat: Chat) -> None:
    async with chat.run_stream("How warm is it?", tools=[weather]) as stream:
        assert_type(stream, RunStream)
        async for event in stream:
            assert_type(event, RunEvent)
            match event:
                case TurnStarted():
                    assert_type(event.turn, int)
                case Delta():
                    assert_type(event.text, str)
                case TurnFinished():
                    assert_type(event.reply, Reply[None])
                case ToolStarted():
                    assert_type(event.call, ToolCall)
                case ToolFinished():
                    assert_type(event.output, ToolOutput)
                    assert_type(event.error, Exception | None)
        assert_type(await stream.final(), Reply[None])
        assert_type(stream.state, str)
        assert_type(stream.run, Run)
