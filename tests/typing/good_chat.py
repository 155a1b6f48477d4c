# pyright: reportUnnecessaryTypeIgnoreComment=true
"""Typical uses of conversations, as a type checker must see them. Checked by mypy and pyright, never run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypedDict, assert_type

from pydantic import BaseModel

from xai_httpx import XAI, AsyncXAI, JobState
from xai_httpx._usage import Usage
from xai_httpx.chat import (
    Answer,
    Chat,
    ChatParams,
    ChatSettings,
    ChatStream,
    Citation,
    Compaction,
    Delta,
    GeneratedImage,
    Message,
    ParsedStream,
    Reply,
    ServerToolCall,
    SyncChat,
    SyncChatStream,
    SyncParsedStream,
    ToolCall,
    ToolResult,
    answering,
    assistant,
    developer,
    file,
    image,
    system,
    tool_result,
    user,
)
from xai_httpx.types import ChatCompletion, Response
from xai_httpx.types.files import File
from xai_httpx.types.responses import CompactedResponse
from xai_httpx.types.responses_params import InputItemParam, JsonSchemaFormatParam


class City(BaseModel):
    name: str


@dataclass
class Point:
    x: int


class Address(TypedDict):
    street: str


def begun(client: AsyncXAI) -> Chat:
    chat = client.chat.create(model="m")
    assert_type(chat, Chat)
    client.chat.create(model="m", messages=[], api="completions", seed=1, stop=["x"])
    client.chat.create(model="m", store=True, previous_response_id=None, include=["x"], max_turns=3)
    client.chat.create(model="m", tools=[{"type": "web_search"}], tool_choice="auto", reasoning_effort="high")
    client.chat.create(model="m", tool_choice={"type": "function", "name": "f"}, temperature=None)
    client.chat.create(model="m", messages=["a", user("b"), {"role": "user", "content": "c"}])
    return client.chat.create(model="m", messages=[system("a"), developer("b"), assistant("c")])


def parts(content: bytes, path: Path, uploaded: File, call: ToolCall) -> None:
    assert_type(user("a", image("https://a.b"), file(uploaded), name="Bo"), Message)
    user(image(content), image(path), file(path), file(content, name="a.txt"), file("file-1", media_type="text/plain"))
    assert_type(tool_result(call, "a"), ToolResult)
    tool_result("c", ["a", image(content)])


async def appended(chat: Chat, reply: Reply[Any], completion: ChatCompletion, response: Response) -> None:
    assert_type(chat.append("a"), Chat)
    chat.append(user("a"), reply, "b", tool_result("c", "d"), completion, response)
    chat.append(completion.choices[0].message, *response.output, *response.to_input())
    chat.append({"role": "assistant", "content": None, "tool_calls": []})
    chat.append({"role": "tool", "content": "x", "tool_call_id": "c"})
    chat.append({"type": "function_call_output", "call_id": "c", "output": "x"})
    item: InputItemParam = {"type": "reasoning", "summary": []}
    chat.append(item)
    chat.append(*chat.messages)


async def answered(chat: Chat, states: list[JobState]) -> None:
    reply = await chat.sample("a", user("b"), options={"deadline": 5})
    assert_type(reply, Reply[None])
    assert_type(reply.text, str)
    assert_type(reply.parsed, None)
    assert_type(reply.tool_calls, tuple[ToolCall, ...])
    assert_type(reply.server_tool_calls, tuple[ServerToolCall, ...])
    assert_type(reply.citations, tuple[str, ...])
    assert_type(reply.inline_citations, tuple[Citation, ...])
    assert_type(reply.images, tuple[GeneratedImage, ...])
    assert_type(reply.usage, Usage | None)
    assert_type(reply.cost_usd, Decimal | None)
    assert_type(reply.raw, Response | ChatCompletion)
    assert_type(await chat.sample_batch(3), list[Reply[None]])
    assert_type(await chat.defer("a", interval=0, timeout=None, on_progress=states.append), Reply[None])
    assert_type(await chat.defer_batch(2), list[Reply[None]])
    assert_type(await chat.compact(), CompactedResponse)


async def parsed(chat: Chat) -> None:
    assert_type(await chat.parse(City, "a"), Reply[City])
    assert_type((await chat.parse(City, ask_again=1)).parsed.name, str)
    assert_type((await chat.parse(Point)).parsed, Point)
    assert_type((await chat.parse(Address)).parsed, Address)
    assert_type((await chat.parse(list[City])).parsed, list[City])
    assert_type((await chat.parse(City | Point)).parsed, City | Point)
    assert_type((await chat.parse(Literal["a", "b"])).parsed, Literal["a", "b"])
    assert_type((await chat.parse(int, "a", user("b"))).parsed, int)


async def streamed(chat: Chat) -> None:
    assert_type(chat.stream(), ChatStream[Reply[None]])
    async with chat.stream("a") as stream:
        async for delta in stream:
            assert_type(delta, Delta)
            assert_type((delta.text, delta.reasoning, delta.index), tuple[str, str, int])
        async for text in stream.text_stream:
            assert_type(text, str)
        assert_type(stream.partial, Reply[None] | None)
        assert_type(await stream.final(), Reply[None])
    async with chat.stream_batch(2) as several:
        assert_type(several.partials, list[Reply[None]])
        assert_type(await several.final(), list[Reply[None]])
    assert_type(chat.parse_stream(City), ParsedStream[City])
    async with chat.parse_stream(list[City], "a") as parsing:
        assert_type(parsing.partial_object, object)
        assert_type((await parsing.final()).parsed, list[City])


async def kept(chat: Chat, client: AsyncXAI) -> None:
    assert_type(chat.fork(model="n", temperature=None, seed=1), Chat)
    assert_type(chat.to_json(), str)
    assert_type(Chat.from_json("{}", client=client), Chat)
    assert_type(chat.render(), dict[str, Any])
    assert_type(chat.settings, Mapping[str, Any])
    for entry in chat.messages:
        match entry:
            case Message():
                assert_type(entry.text, str)
            case ToolResult():
                assert_type(entry.call_id, str)
            case Answer() | Compaction():
                assert_type(entry.items, tuple[Mapping[str, Any], ...])


class Subclass(Chat):
    """A conversation of the user's own stays one."""


def subclassed(chat: Subclass, client: AsyncXAI) -> None:
    assert_type(chat.append("a").fork(), Subclass)
    assert_type(Subclass.from_json("{}", client=client), Subclass)


def extractor(language: str) -> ChatParams:
    return {"model": "m", "messages": [system(f"Answer in {language}.")], "response_format": answering(City)}


def careful() -> ChatSettings:
    return {"temperature": 0.0, "reasoning_effort": "high"}


def templates(client: AsyncXAI, sync_client: XAI) -> None:
    assert_type(answering(City), JsonSchemaFormatParam)
    assert_type(client.chat.create(**extractor("German")), Chat)
    assert_type(sync_client.chat.create(**extractor("German")), SyncChat)
    client.chat.create(model="m", **careful())
    params = extractor("German")
    params["temperature"] = 0.5
    client.chat.create(**params).fork(response_format=answering(list[int]))
    client.chat.create(model="m").fork(**careful())


def sync(client: XAI) -> None:
    chat = client.chat.create(model="m", messages=["a"])
    assert_type(chat, SyncChat)
    assert_type(chat.append("a", user("b")).fork(temperature=1), SyncChat)
    assert_type(chat.sample("a"), Reply[None])
    assert_type(chat.parse(City, "a"), Reply[City])
    assert_type(chat.parse(list[City]).parsed, list[City])
    assert_type(chat.sample_batch(2), list[Reply[None]])
    assert_type(chat.defer("a", interval=0), Reply[None])
    assert_type(chat.defer_batch(2, timeout=None), list[Reply[None]])
    assert_type(chat.compact(), CompactedResponse)
    assert_type(SyncChat.from_json(chat.to_json(), client=client), SyncChat)
    with chat.stream("a") as stream:
        assert_type(stream, SyncChatStream[Reply[None]])
        for delta in stream:
            assert_type(delta, Delta)
        for text in stream.text_stream:
            assert_type(text, str)
        assert_type(stream.partial, Reply[None] | None)
        assert_type(stream.final(), Reply[None])
    with chat.stream_batch(2) as several:
        assert_type(several.final(), list[Reply[None]])
    with chat.parse_stream(City, "a") as parsing:
        assert_type(parsing, SyncParsedStream[City])
        assert_type(parsing.partial_object, object)
        assert_type(parsing.final().parsed, City)
