# pyright: reportUnnecessaryTypeIgnoreComment=true
"""Typical uses of files and skills, as a type checker must see them. Checked by mypy and pyright, never run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, assert_type

import anyio

from xai_httpx import XAI, AsyncXAI, Download, Page, RawReply, SyncPage, UploadResult
from xai_httpx.types.files import DeletedFile, File, FileList, PublicUrl, RevokedPublicUrl
from xai_httpx.types.skills import DeletedSkill, Skill


async def pieces() -> AsyncIterator[bytes]:
    yield b"a"


async def files(client: AsyncXAI, opened: BinaryIO) -> None:
    file = await client.files.create(file=Path("a.txt"), purpose="assistants", expires_after=timedelta(hours=1))
    assert_type(file, File)
    assert_type(file.created, datetime | None)
    await client.files.create(file=b"bytes", expires_after=3600, on_progress=lambda sent, total: print(sent, total))
    await client.files.create(file=("a.txt", b"bytes"), options={"deadline": 60})
    await client.files.create(file=("a.txt", pieces()))
    await client.files.create(file=anyio.Path("a.txt"))
    await client.files.create(file=opened)
    await client.files.create(file=BytesIO())

    def tell(result: UploadResult) -> None:
        assert_type(result.file, File | None)
        assert_type(result.error, Exception | None)

    results = await client.files.upload_many([opened, b"a"], concurrency=4, on_result=tell, on_progress=print)
    assert_type(results, list[UploadResult])
    await client.files.upload_many([b"a", ("b.txt", b"b"), Path("c.txt")])

    assert_type(client.files.list(order="asc", sort_by="size", filter="size_bytes > 5"), Page[File])
    async for file in client.files.list():
        assert_type(file, File)
    raw: FileList = (await client.files.list()).raw
    assert_type(raw.pagination_token, str | None)
    assert_type(await client.files.retrieve("f"), File)
    assert_type(await client.files.delete("f"), DeletedFile)
    assert_type(await client.files.content("f", format="text"), RawReply)
    assert_type(await client.files.download("f", Path("a"), format="original"), Download)
    assert_type(await client.files.create_public_url("f", expires_after=3600), PublicUrl)
    assert_type(await client.files.revoke_public_url("f"), RevokedPublicUrl)


async def skills(client: AsyncXAI) -> None:
    assert_type(await client.skills.create(files=Path("folder")), Skill)
    await client.skills.create(files=b"zip")
    await client.skills.create(files=[("SKILL.md", b"a"), Path("b.py")])
    assert_type(client.skills.list(limit=5, order="asc"), Page[Skill])
    assert_type(await client.skills.retrieve("s"), Skill)
    assert_type(await client.skills.delete("s"), DeletedSkill)
    assert_type(await client.skills.content("s"), RawReply)
    assert_type(await client.skills.download("s", "a.zip"), Download)


def without_await() -> None:
    with XAI() as client:
        assert_type(client.files.create(file=b"a"), File)
        assert_type(client.files.upload_many([b"a"]), list[UploadResult])
        assert_type(client.files.list(), SyncPage[File])
        assert_type(client.files.download("f", "a"), Download)
        assert_type(client.skills.create(files=b"a"), Skill)
        assert_type(client.skills.list(), SyncPage[Skill])
