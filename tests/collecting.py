"""A server of collections and its replies, as tests write them."""

from __future__ import annotations

import json
from typing import Any

from tests.rawserver import RawServer, reply
from xai_httpx import AsyncXAI, RetryPolicy

FAST = RetryPolicy(first_delay=0.0, max_delay=0.0)
LAW = ("law.txt", b"The court ruled on a contract.\n\nPayment is due within thirty days.\n\nBirds sing at dawn.")
CHARS: Any = {"chars_configuration": {"max_chunk_size_chars": 32}}


def document(status: str, **members: object) -> bytes:
    """The reply that has a document of this status."""
    metadata = {"file_id": "f", "size_bytes": "7"}
    body = {"file_metadata": metadata, "status": f"DOCUMENT_STATUS_{status}", **members}
    return reply(json.dumps(body).encode())


def failing(status: int) -> bytes:
    return reply(b'{"code": "x", "error": "no"}', status)


FILE = reply(b'{"id": "f", "object": "file", "bytes": 1, "created_at": 1, "filename": "a"}')
DONE, BUSY, NOTHING, GONE = document("PROCESSED"), document("PROCESSING"), reply(b"{}"), failing(404)


def client_of(server: RawServer, **options: Any) -> AsyncXAI:
    """A client of a server that stands for both hosts."""
    urls = {"base_url": server.base_url, "management_base_url": server.base_url}
    return AsyncXAI(**{"api_key": "k", "management_key": "m", "retries": FAST, **urls, **options})


async def collection_of(client: AsyncXAI, *files: Any, **params: Any) -> str:
    """The id of a new collection in which these files are indexed."""
    made = await client.collections.create(**{"collection_name": "papers", **params})
    for file in files:
        await client.collections.documents.upload(made.collection_id, file=file, interval=0)
    return made.collection_id
