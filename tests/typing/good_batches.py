# pyright: reportUnnecessaryTypeIgnoreComment=true, reportDeprecated=false
"""Typical uses of batches and legacy endpoints, as a type checker must see them. Never run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path
from typing import assert_type

from xai_httpx import XAI, AsyncXAI, BatchAddError, Meta, Page, SyncPage
from xai_httpx.batches import (
    chat_request,
    image_edit_request,
    image_request,
    response_request,
    video_edit_request,
    video_extension_request,
    video_request,
)
from xai_httpx.types import (
    Batch,
    BatchRequestMetadata,
    BatchRequestParam,
    BatchResult,
    ChatCompletion,
    CompleteResponse,
    File,
    GeneratedImageResponse,
    LegacyCompletion,
    MessageResponse,
    VideoResponse,
)


def lazily() -> Iterator[BatchRequestParam]:
    yield chat_request("q", model="m", messages=[{"role": "user", "content": "Hello"}])


async def later() -> AsyncIterator[BatchRequestParam]:
    yield {"batch_request": {"responses": {"model": "m", "input": "Hello"}}}


async def made(client: AsyncXAI) -> None:
    assert_type(await client.batches.create(name="n"), Batch)
    assert_type(await client.batches.create(name="n", input_file_id="f", options={"retries": 0}), Batch)
    assert_type(await client.batches.create(name="n", requests=lazily()), Batch)
    assert_type(await client.batches.add("b", requests=later()), list[str])
    requests = [
        chat_request("a", model="m", messages=[]),
        response_request("b", model="m", input="Hello"),
        image_request("c", prompt="a fox"),
        image_edit_request("d", prompt="at night", image=Path("fox.png")),
        video_request("e", prompt="a fox"),
        video_edit_request("f", prompt="at night", video=b""),
        video_extension_request("g", prompt="it rests", video={"file_id": "f"}),
    ]
    assert_type(requests, list[BatchRequestParam])
    assert_type(await client.batches.add("b", requests=requests), list[str])
    assert_type(await client.batches.upload(requests=tuple(requests), filename="a.jsonl"), File)
    assert_type(await client.batches.upload(requests=Path("a.jsonl")), File)


async def read(client: AsyncXAI) -> None:
    batch = await client.batches.wait("b", interval=1, timeout=None, on_progress=print)
    assert_type(batch, Batch)
    assert_type(batch.finished, bool)
    assert_type(batch.progress, float | None)
    assert_type(batch.state.num_success, int | None)
    assert_type(batch.cost_usd, Decimal | None)
    assert_type(await client.batches.retrieve("b"), Batch)
    assert_type(await client.batches.cancel("b"), Batch)
    assert_type(client.batches.list(limit=2), Page[Batch])
    assert_type(client.batches.list_requests("b"), Page[BatchRequestMetadata])
    assert_type(await client.batches.results_by_id("b"), dict[str, BatchResult])
    async for result in client.batches.results("b", limit=1000):
        assert_type(result, BatchResult)
        assert_type(result.completion, ChatCompletion | None)
        assert_type(result.images, GeneratedImageResponse | None)
        assert_type(result.video, VideoResponse | None)
        assert_type(result.error, str | None)
        assert_type(result.cost_usd, Decimal | None)
        assert_type(result.succeeded, bool)


def sync(client: XAI) -> None:
    assert_type(client.batches.create(name="n", requests=lazily()), Batch)
    assert_type(client.batches.add("b", requests=lazily()), list[str])
    assert_type(client.batches.results("b"), SyncPage[BatchResult])
    assert_type(client.batches.wait("b"), Batch)
    assert_type(client.completions.create(model="m", prompt="Hello"), LegacyCompletion)
    assert_type(client.complete.create(model="m", prompt="Hello", max_tokens_to_sample=5), CompleteResponse)
    assert_type(client.messages.create(model="m", messages=[], max_tokens=5), MessageResponse)


async def legacy(client: AsyncXAI) -> None:
    assert_type(await client.completions.create(model="m", prompt="Hello"), LegacyCompletion)
    assert_type(await client.complete.create(model="m", prompt="Hello", max_tokens_to_sample=5), CompleteResponse)
    assert_type(await client.messages.create(model="m", messages=[], max_tokens=5), MessageResponse)


def stopped(error: BatchAddError) -> None:
    assert_type(error.batch_id, str)
    assert_type(error.accepted, tuple[str, ...])
    assert_type(error.uncertain, tuple[str, ...])
    assert_type(error.meta, Meta | None)
