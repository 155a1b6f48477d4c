# pyright: reportUnnecessaryTypeIgnoreComment=true
"""Typical uses of images and videos, as a type checker must see them. Checked by mypy and pyright, never run."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any, assert_type

import anyio

from xai_httpx import XAI, AsyncXAI, JobFailedError, JobState
from xai_httpx.types.images import GeneratedImage, GeneratedImageResponse, GetDeferredImageResponse
from xai_httpx.types.shared import StartDeferredResponse
from xai_httpx.types.videos import GeneratedVideo, VideoResponse


async def images(client: AsyncXAI, content: bytes, path: Path) -> None:
    made = await client.images.generate(prompt="a", n=2, aspect_ratio="16:9", response_format="b64_json")
    assert_type(made, GeneratedImageResponse)
    if made.usage is not None:
        assert_type(made.usage.cost_usd, Decimal | None)
    for image in made.data:
        assert_type(image, GeneratedImage)
        assert_type(image.moderated, bool)
        assert_type(image.content, bytes | None)
        assert_type(await client.images.content(image), bytes)
        assert_type(await client.images.save(image, "a.png"), Path)
    for given in ("https://a.b/c.png", content, bytearray(content), path, anyio.Path(path)):
        await client.images.edit(prompt="a", image=given)
    await client.images.edit(prompt="a", image={"file_id": "f"})
    await client.images.edit(prompt="a", image=None, images=[content, path, "https://a.b", {"url": "https://c.d"}])
    started = await client.images.defer_generate(prompt="a")
    assert_type(started, StartDeferredResponse)
    assert_type(await client.images.defer_edit(prompt="a", image=path), StartDeferredResponse)
    assert_type(await client.images.retrieve(started.request_id), GetDeferredImageResponse)
    assert_type(await client.images.wait(started.request_id, n=2, interval=0, timeout=None), GeneratedImageResponse)


async def videos(client: AsyncXAI, content: bytes, path: Path, states: list[JobState], ids: list[str]) -> None:
    async def keep(request_id: str) -> None:
        ids.append(request_id)

    job = await client.videos.generate(
        prompt="a",
        duration=8,
        image=path,
        reference_images=[content, {"file_id": "f"}],
        keyframes=[{"image": content, "timestamp_s": 1.5}, {"image": {"url": "https://a.b"}, "timestamp_s": 2}],
        reference_audios=[{"voice_id": "ara"}, path, "https://a.b/c.mp3"],
        on_start=keep,
        on_progress=states.append,
        timeout=None,
    )
    assert_type(job, VideoResponse)
    assert_type(job.url, str | None)
    assert_type(job.moderated, bool)
    assert_type(job.video, GeneratedVideo | None)
    assert_type(await client.videos.start(prompt="a", image=content), StartDeferredResponse)
    assert_type(await client.videos.edit(prompt="a", video=path), StartDeferredResponse)
    assert_type(await client.videos.extend(prompt="a", video={"file_id": "f"}, duration=4), StartDeferredResponse)
    assert_type(await client.videos.retrieve("r"), VideoResponse)
    assert_type(await client.videos.wait("r", on_progress=states.append), VideoResponse)
    assert_type(await client.videos.content(job), bytes)
    assert_type(await client.videos.save(job, path, on_progress=lambda done, total: None), Path)


def sync(client: XAI, path: Path) -> None:
    made = client.images.edit(prompt="a", image=path)
    assert_type(made, GeneratedImageResponse)
    assert_type(client.images.save(made.data[0], path), Path)
    assert_type(client.videos.generate(prompt="a", image=path, on_start=print), VideoResponse)
    assert_type(client.videos.wait("r"), VideoResponse)


def failures(error: JobFailedError) -> None:
    assert_type(error.code, str | None)
    assert_type(error.reply, Any)
