"""Requests for batches, as tests give them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from typing import Any

from tests.rawserver import RawServer
from xai_httpx import AsyncXAI
from xai_httpx.batches import chat_request

BATCH: dict[str, Any] = {"batch_id": "b", "name": "n", "state": {"num_requests": 2, "num_pending": 0}}


def client_of(server: RawServer, **options: Any) -> AsyncXAI:
    return AsyncXAI(api_key="k", base_url=server.base_url, **{"retries": 0, **options})


def state(**counts: int) -> dict[str, Any]:
    """The body of a batch with these counts."""
    return {**BATCH, "state": {"num_requests": 0, "num_pending": 0, **counts}}


def chat(number: int | str, **changes: Any) -> Any:
    """A request that the simulator answers with what it says."""
    given: Any = {"model": "grok-4.6", "messages": [{"role": "user", "content": f"say {number}"}], **changes}
    return chat_request(f"q-{number}", **given)


def chats(count: int) -> list[Any]:
    return [chat(number) for number in range(count)]


def ids(start: int, end: int) -> tuple[str, ...]:
    """Those of `chats`."""
    return tuple(f"q-{number}" for number in range(start, end))


async def later(requests: Iterable[Any]) -> AsyncIterator[Any]:
    """The same requests as an async generator."""
    for request in requests:
        yield request


def line(custom_id: str | None = "a", url: str = "/v1/chat/completions", **changes: Any) -> bytes:
    """A line of a file; what is changed to None is left out."""
    body = {"model": "grok-4.6", "messages": [{"role": "user", "content": "hi"}]}
    entry = {"custom_id": custom_id, "method": "POST", "url": url, "body": body, **changes}
    return json.dumps({name: value for name, value in entry.items() if value is not None}).encode() + b"\n"


async def made(client: AsyncXAI, **params: Any) -> str:
    """The id of a new batch."""
    return (await client.batches.create(name="nightly", **params)).batch_id
