# pyright: reportUnnecessaryTypeIgnoreComment=true
"""Mistakes with files and skills that a type checker must report; see `bad.py`. Never run."""

from __future__ import annotations

from xai_httpx import AsyncXAI, UploadResult


async def files(client: AsyncXAI) -> None:
    await client.files.create(b"a")  # type: ignore[call-arg]
    await client.files.create(file="a.txt")  # type: ignore[arg-type]
    await client.files.create(file=b"a", expires_after="1h")  # type: ignore[arg-type]
    await client.files.create(file=b"a", purpouse="x")  # type: ignore[call-arg]
    await client.files.content("f", format="html")  # type: ignore[arg-type]
    await client.files.download("f")  # type: ignore[call-arg]
    await client.files.upload_many([b"a"], on_result=lambda: None)  # type: ignore[arg-type, misc]
    client.files.list(sort_by="age")  # type: ignore[arg-type]
    client.files.list(order="up")  # type: ignore[arg-type]


async def skills(client: AsyncXAI) -> None:
    await client.skills.create(b"a")  # type: ignore[call-arg]
    await client.skills.create(files=[5])  # type: ignore[list-item]


def results(result: UploadResult) -> None:
    result.file.id  # type: ignore[union-attr]
    result.error = None  # type: ignore[misc]
