# pyright: reportUnnecessaryTypeIgnoreComment=true
"""Mistakes with conversations that a type checker must report, as in bad.py. Never run."""

from __future__ import annotations

from pydantic import BaseModel

from xai_httpx import XAI, AsyncXAI
from xai_httpx.chat import Chat, ChatParams, ChatSettings, Reply, image, tool_result, user
from xai_httpx.chat._sync import SyncChat


class City(BaseModel):
    name: str


def begun(client: AsyncXAI, sync_client: XAI) -> None:
    client.chat.create()  # type: ignore[call-arg]
    client.chat.create(model=5)  # type: ignore[arg-type]
    client.chat.create(model="m", messages=[5])  # type: ignore[list-item]
    client.chat.create(model="m", messages=[{"rule": "user"}])  # type: ignore[list-item]
    client.chat.create(model="m", api="grpc")  # type: ignore[arg-type]
    client.chat.create(model="m", store="yes")  # type: ignore[arg-type]
    client.chat.create(model="m", temprature=1)  # type: ignore[call-arg]
    client.chat.create(model="m", temperature="1")  # type: ignore[arg-type]
    client.chat.create(model="m", n=2)  # type: ignore[call-arg]
    sync_client.chat.create()  # type: ignore[call-arg]
    sync_client.chat.create(model="m", temprature=1)  # type: ignore[call-arg]


def parts() -> None:
    user(5)  # type: ignore[arg-type]
    user(["a"])  # type: ignore[arg-type]
    user("a", nam="Bo")  # type: ignore[call-arg]
    image(5)  # type: ignore[arg-type]
    tool_result("c", 5)  # type: ignore[arg-type]
    tool_result("c", {"a": 1})  # type: ignore[arg-type]


async def used(chat: Chat, reply: Reply[City]) -> None:
    chat.append(5)  # type: ignore[arg-type]
    chat.append(["a"])  # type: ignore[arg-type]
    chat.append({"rule": "user"})  # type: ignore[arg-type]
    await chat.sample(5)  # type: ignore[arg-type]
    await chat.sample(temperature=1)  # type: ignore[call-arg]
    await chat.sample_batch("2")  # type: ignore[arg-type]
    await chat.sample_batch()  # type: ignore[call-arg]
    await chat.defer("a", interval="1")  # type: ignore[arg-type]
    await chat.parse()  # type: ignore[call-arg]
    await chat.parse(City, ask_again="1")  # type: ignore[arg-type]
    chat.fork(temprature=1)  # type: ignore[call-arg]
    chat.fork(api="completions")  # type: ignore[call-arg]
    Chat.from_json("{}")  # type: ignore[call-arg]
    reply.parsed.nam  # type: ignore[attr-defined]
    reply.text = "a"  # type: ignore[misc]
    (await chat.sample()).parsed.name  # type: ignore[attr-defined]
    for _ in chat.stream():  # type: ignore[attr-defined]
        pass


def sync(chat: SyncChat, client: AsyncXAI) -> None:
    chat.sample(5)  # type: ignore[arg-type]
    chat.sample(temperature=1)  # type: ignore[call-arg]
    chat.parse(City, ask_again="1")  # type: ignore[arg-type]
    chat.sample_batch("2")  # type: ignore[arg-type]
    chat.parse(City).parsed.nam  # type: ignore[attr-defined]
    chat.append(5)  # type: ignore[arg-type]
    SyncChat.from_json("{}", client=client)  # type: ignore[arg-type]


def template() -> ChatParams:
    return {"messages": []}  # type: ignore[typeddict-item]


def other() -> ChatSettings:
    return {"temprature": 1}  # type: ignore[typeddict-unknown-key]
