# pyright: reportUnnecessaryTypeIgnoreComment=true
"""Mistakes with collections that a type checker must report. Never run; see `bad.py`."""

from __future__ import annotations

from xai_httpx import XAI, AsyncXAI


async def collections(client: AsyncXAI) -> None:
    await client.collections.create()  # type: ignore[call-arg]
    await client.collections.create(collection_name="a", name="b")  # type: ignore[call-arg]
    await client.collections.create(collection_name="a", metric_space="L2")  # type: ignore[arg-type]
    await client.collections.create(collection_name="a", chunk_configuration={"lines": {}})  # type: ignore[typeddict-unknown-key]
    await client.collections.update(collection_name="a")  # type: ignore[call-arg]
    client.collections.list(order="up")  # type: ignore[arg-type]
    client.collections.list(sort_by="size")  # type: ignore[arg-type]
    await client.collections.search("c")  # type: ignore[call-arg]
    await client.collections.search("c", "q", retrieval_mode="semantic")  # type: ignore[arg-type]
    await client.documents.search(query="q")  # type: ignore[call-arg]


async def documents(client: AsyncXAI) -> None:
    await client.collections.documents.add("c")  # type: ignore[call-arg]
    await client.collections.documents.add("c", "f", fields={"year": 2020})  # type: ignore[dict-item]
    await client.collections.documents.upload("c")  # type: ignore[call-arg]
    await client.collections.documents.upload("c", file="path")  # type: ignore[arg-type]
    document = await client.collections.documents.retrieve("c", "f")
    document.file_metadata.size + 1  # type: ignore[operator]


def sync(client: XAI) -> None:
    client.collections.search("c", limit=5)  # type: ignore[call-arg]
    client.collections.documents.wait("c", "f", interval="1")  # type: ignore[arg-type]
