# pyright: reportUnnecessaryTypeIgnoreComment=true
"""Mistakes with runs that a type checker must report, as in bad.py. Never run."""

from __future__ import annotations

from xai_httpx import AsyncXAI
from xai_httpx.chat import Chat, RunSettings, ToolCall, tool


@tool
async def weather(city: str) -> str:
    return city


def approve(call: str) -> bool:
    return True


def change(call: ToolCall) -> ToolCall:
    return call


async def runs(client: AsyncXAI, chat: Chat) -> None:
    await chat.run(3)  # type: ignore[arg-type]
    await chat.run("a", tools=weather)  # type: ignore[arg-type]
    await chat.run("a", tools=[3])  # type: ignore[list-item]
    await chat.run("a", max_turns="3")  # type: ignore[arg-type]
    await chat.run("a", budget=0.5)  # type: ignore[arg-type]
    await chat.run("a", approve=True)  # type: ignore[arg-type]
    await chat.run("a", approve=approve)  # type: ignore[arg-type]
    await chat.run("a", approve=change)  # type: ignore[arg-type]
    await chat.run("a", max_turn=3)  # type: ignore[call-arg]
    await chat.run_stream("a")  # type: ignore[misc]
    chat.run("a").state = ""  # type: ignore[misc]
    client.chat.resume(3)  # type: ignore[arg-type]
    settings: RunSettings = {"parallel": 3}  # type: ignore[typeddict-unknown-key]
    await chat.run("a", **settings)
    async with chat.run_stream("a") as stream:
        async for event in stream:
            print(event.call)  # type: ignore[union-attr]
