# pyright: reportUnnecessaryTypeIgnoreComment=true
"""Mistakes with batches and legacy endpoints that a type checker must report; see bad.py. Never run."""

from __future__ import annotations

from xai_httpx import XAI, AsyncXAI
from xai_httpx.batches import chat_request, image_request
from xai_httpx.types import BatchRequestParam


async def batches(client: AsyncXAI) -> None:
    await client.batches.create()  # type: ignore[call-arg]
    await client.batches.create(name=5)  # type: ignore[arg-type]
    await client.batches.create(name="n", request=[])  # type: ignore[call-arg]
    await client.batches.create(name="n", requests=[5])  # type: ignore[list-item]
    await client.batches.add("b", [])  # type: ignore[call-arg]
    await client.batches.add("b", requests={"batch_request": {}})  # type: ignore[dict-item]
    await client.batches.upload(requests="a.jsonl")  # type: ignore[arg-type]
    await client.batches.results("b", page=2)  # type: ignore[call-arg]
    await client.batches.wait()  # type: ignore[call-arg]
    chat_request("a", model="m")  # type: ignore[call-arg]
    chat_request("a", model="m", messages=[], stream=True)  # type: ignore[call-arg]
    chat_request(id="a", model="m", messages=[])  # type: ignore[call-arg]
    image_request("a", prompt=5)  # type: ignore[arg-type]


def requests() -> None:
    bodiless: BatchRequestParam = {"batch_request_id": "a"}  # type: ignore[typeddict-item]
    of_no_kind: BatchRequestParam = {"batch_request": {"chat": {}}}  # type: ignore[typeddict-item]
    of_a_file: BatchRequestParam = {"custom_id": "a"}  # type: ignore[typeddict-item, typeddict-unknown-key]


async def legacy(client: AsyncXAI) -> None:
    await client.completions.create(prompt="a")  # type: ignore[call-arg]
    await client.completions.create(model="m", stream=True)  # type: ignore[call-arg]
    await client.complete.create(model="m", prompt="a")  # type: ignore[call-arg]
    await client.messages.create(model="m", messages=[])  # type: ignore[call-arg]


def sync(client: XAI) -> None:
    client.batches.create()  # type: ignore[call-arg]
    client.batches.add("b", requests=5)  # type: ignore[arg-type]
    wrong: int = client.batches.retrieve("b")  # type: ignore[assignment]
    client.completions.create(prompt="a")  # type: ignore[call-arg]
