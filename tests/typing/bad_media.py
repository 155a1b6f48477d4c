# pyright: reportUnnecessaryTypeIgnoreComment=true
"""Mistakes with images and videos that a type checker must report, as in bad.py. Never run."""

from __future__ import annotations

from io import BytesIO

from xai_httpx import XAI, AsyncXAI


async def images(client: AsyncXAI, file: BytesIO) -> None:
    await client.images.generate()  # type: ignore[call-arg]
    await client.images.generate(prompt="a", n="2")  # type: ignore[arg-type]
    await client.images.generate(prompt="a", response_format="png")  # type: ignore[arg-type]
    await client.images.generate(prompt="a", deferred=True)  # type: ignore[call-arg]
    await client.images.generate(prompt="a", image=b"")  # type: ignore[call-arg]
    await client.images.edit(prompt="a", image=5)  # type: ignore[arg-type]
    await client.images.edit(prompt="a", image=file)  # type: ignore[arg-type]
    await client.images.edit(prompt="a", image={"uri": "https://a.b"})  # type: ignore[arg-type]
    await client.images.edit(prompt="a", images=[5])  # type: ignore[list-item]
    await client.images.edit(image=b"")  # type: ignore[call-arg]
    await client.images.wait("r", on_start=print)  # type: ignore[call-arg]
    await client.images.wait("r", n=None)  # type: ignore[arg-type]
    made = await client.images.generate(prompt="a")
    await client.images.save(made, "a.png")  # type: ignore[arg-type]
    made.data[0].moderated = False  # type: ignore[misc]


async def videos(client: AsyncXAI) -> None:
    await client.videos.generate(prompt="a", image=5)  # type: ignore[arg-type]
    await client.videos.generate(prompt="a", keyframes=[{"image": 5, "timestamp_s": 1}])  # type: ignore[typeddict-item]
    await client.videos.generate(prompt="a", keyframes=[{"image": b""}])  # type: ignore[typeddict-item]
    await client.videos.generate(prompt="a", reference_audios=[5])  # type: ignore[list-item]
    await client.videos.generate(prompt="a", duration="8")  # type: ignore[arg-type]
    await client.videos.generate(prompt="a", interval="1")  # type: ignore[arg-type]
    await client.videos.edit(prompt="a", video=5)  # type: ignore[arg-type]
    await client.videos.edit(prompt="a")  # type: ignore[call-arg]
    await client.videos.content("https://a.b")  # type: ignore[arg-type]


def sync(client: XAI) -> None:
    client.images.edit(prompt="a", image=5)  # type: ignore[arg-type]
    client.videos.generate(prompt="a", video=b"")  # type: ignore[call-arg]
