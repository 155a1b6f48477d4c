"""Bodies in the wire form: our own, beside this file, and the recorded ones where the shared contract is present."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from xai_httpx._meta import Meta
from xai_httpx.types.chat import ChatCompletion
from xai_httpx.types.chat_events import ChatCompletionChunk
from xai_httpx.types.embeddings import EmbeddingResponse
from xai_httpx.types.images import GeneratedImageResponse, GetDeferredImageResponse
from xai_httpx.types.models import ModelList
from xai_httpx.types.responses import Response
from xai_httpx.types.responses_events import ResponseStreamEvent
from xai_httpx.types.tokenizer import TokenizeResponse
from xai_httpx.types.videos import VideoResponse

SAMPLES = Path(__file__).parent
RECORDED = SAMPLES.parents[2] / "shared" / "contract" / "wire"
NOT_RECORDED = f"the recorded bodies of the shared contract are not here ({RECORDED})"
MODELS: dict[str, Any] = {
    "chat": ChatCompletion,
    "response": Response,
    "responses": Response,
    "embedding": EmbeddingResponse,
    "image": GeneratedImageResponse,
    "imagejob": GetDeferredImageResponse,
    "models": ModelList,
    "tokens": TokenizeResponse,
    "video": VideoResponse,
}
STREAMS: dict[str, Any] = {
    "chat": ChatCompletionChunk,
    "response": ResponseStreamEvent,
    "responses": ResponseStreamEvent,
}
META = Meta(200, [(b"x-request-id", b"req-sample"), (b"content-type", b"application/json")], "our-id", 1, 0.25)


def sample(name: str) -> bytes:
    """The bytes of one of our own bodies."""
    return (SAMPLES / name).read_bytes()


def events(name: str) -> list[bytes]:
    """The events of one of our own streams."""
    return _lines(SAMPLES / name)


def bodies(folder: Path) -> Iterator[tuple[str, Any, bytes]]:
    """Name, model and bytes of every body in a folder."""
    for path in sorted(folder.glob("*.json")):
        yield path.name, MODELS[_kind(path)], path.read_bytes()


def streams(folder: Path) -> Iterator[tuple[str, Any, list[bytes]]]:
    """Name, event type and events of every stream in a folder."""
    for path in sorted(folder.glob("*.chunks.txt")):
        yield path.name, STREAMS[_kind(path)], _lines(path)


def canonical(value: Any) -> str:
    """JSON text by which two values are compared: 1 and 1.0 differ, the order of keys does not count."""
    return json.dumps(value, sort_keys=True)


def wire_form(model: BaseModel) -> Any:
    """What a model would be sent back as."""
    return model.model_dump(mode="json", exclude_unset=True)


def _kind(path: Path) -> str:
    return path.name.split(".")[0].split("-")[0]


def _lines(path: Path) -> list[bytes]:
    return [line for line in path.read_bytes().splitlines() if line.strip()]
