# pyright: reportUnnecessaryTypeIgnoreComment=true
"""Typical uses of collections, as a type checker must see them. Checked by mypy and pyright, never run."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import assert_type

from xai_httpx import XAI, AsyncXAI, Page, SyncPage
from xai_httpx.types import Collection, Document, DocumentList, EmptyReply, SearchMatch, SearchResponse
from xai_httpx.types.collections_params import ChunkConfigurationParam, FieldDefinitionUpdateParam


async def collections(client: AsyncXAI) -> None:
    chunks: ChunkConfigurationParam = {"tokens_configuration": {"max_chunk_size_tokens": 200}, "strip_whitespace": True}
    made = await client.collections.create(
        collection_name="a",
        chunk_configuration=chunks,
        metric_space="HNSW_METRIC_COSINE",
        field_definitions=[{"key": "year", "required": True}],
    )
    assert_type(made, Collection)
    assert_type(made.created, datetime | None)
    update: FieldDefinitionUpdateParam = {"field_definition": {"key": "b"}, "operation": "FIELD_DEFINITION_ADD"}
    assert_type(await client.collections.update("c", field_definition_updates=[update]), Collection)
    assert_type(await client.collections.retrieve("c", team_id="t"), Collection)
    assert_type(await client.collections.delete("c"), EmptyReply)
    listing = client.collections.list(limit=5, order="asc", sort_by="age", filter="documents_count:>1")
    assert_type(listing, Page[Collection])
    found = await client.collections.search(
        ["c", "d"],
        "query",
        retrieval_mode={"type": "hybrid", "reranker": {"type": "rrf", "k": 10}},
        group_by={"keys": ["year"], "aggregate": {"max_k": {"k": 1, "keys": ["#score"]}}},
    )
    assert_type(found, SearchResponse)
    assert_type(found.matches, list[SearchMatch])
    assert_type(await client.documents.search(query="q", source={"collection_ids": ["c"]}), SearchResponse)


async def documents(client: AsyncXAI) -> None:
    documents = client.collections.documents
    assert_type(await documents.add("c", "f", fields={"year": "2020"}), EmptyReply)
    document = await documents.upload("c", file=Path("a.md"), fields={"year": "2020"}, timeout=None)
    assert_type(document, Document)
    assert_type(document.indexed, bool)
    assert_type(document.file_metadata.size, int | None)
    assert_type(await documents.wait("c", "f", interval=1, on_progress=lambda state: print(state.status)), Document)
    assert_type(await documents.batch_get("c", ["f"]), DocumentList)
    async for each in documents.list("c", sort_by="size"):
        assert_type(each, Document)


def sync(client: XAI) -> None:
    assert_type(client.collections.create(collection_name="a"), Collection)
    assert_type(client.collections.documents.upload("c", file=b"text"), Document)
    assert_type(client.collections.documents.list("c"), SyncPage[Document])
    assert_type(client.collections.search("c", "q"), SearchResponse)
