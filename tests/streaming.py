"""What the tests of streams share: chunks, samples, and a client of the raw server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.clients import client_of
from tests.rawserver import RawServer
from xai_httpx import AsyncXAI
from xai_httpx._accumulate_chat import ChatAccumulator
from xai_httpx._accumulate_response import ResponseAccumulator
from xai_httpx._events import EventReader
from xai_httpx._meta import Meta
from xai_httpx.types import ChatCompletionChunk, ResponseStreamEvent

SAMPLES = Path(__file__).parent / "samples"
MESSAGES: list[Any] = [{"role": "user", "content": "hi"}]
CHUNK = '{"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": %s}'
RESPONSE = SAMPLES.joinpath("response.chunks.txt").read_text(encoding="utf-8").splitlines()
META = Meta(200, (), "client-id", 1, 0.0)


def chunk(text: str, index: int = 0, **extra: object) -> str:
    """A chunk of a chat completion that brings text."""
    return delta({"content": text}, index, **extra)


def delta(what: dict[str, Any], index: int = 0, **extra: object) -> str:
    """A chunk of a chat completion that brings anything."""
    return CHUNK % json.dumps([{"index": index, "delta": what, **extra}])


def made(server: RawServer, **options: Any) -> AsyncXAI:
    """A client of the raw server; it retries nothing unless it is told to."""
    return client_of(**{"api_key": "k", "base_url": server.base_url, "retries": 0, **options})


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def recorded(folder: Path, pattern: str) -> list[list[str]]:
    """The streams in a folder, each as the data of its events."""
    found = [lines(path) for path in sorted(folder.glob(pattern))]
    assert found
    return found


def chat_reader(**options: Any) -> EventReader[Any, Any]:
    defaults = {"max_event_bytes": 10_000, "strict": False}
    return EventReader(ChatCompletionChunk, ChatAccumulator(), **{**defaults, **options})


def response_reader(**options: Any) -> EventReader[Any, Any]:
    defaults = {"max_event_bytes": 10_000, "strict": False}
    return EventReader(ResponseStreamEvent, ResponseAccumulator(), **{**defaults, **options})


async def chat(client: AsyncXAI, **options: Any) -> Any:
    """A streamed completion, read to its end."""
    async with client.chat.completions.stream(model="m", messages=MESSAGES, **options) as stream:
        return await stream.final()


async def respond(client: AsyncXAI, **options: Any) -> Any:
    """A streamed response, read to its end."""
    async with client.responses.stream(model="m", input="hi", **options) as stream:
        return await stream.final()
