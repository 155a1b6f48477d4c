"""Whatever is wrong in a request, the simulator refuses it or bears it: a 500 of its own would look like xAI's."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from xai_httpx.testing import SimulatedXAI

ODD: list[Any] = [None, -1, 10**30, "", "x", [None], {"a": 1}]
URL = "https://example.com/a"
HI = [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer", "minimum": 1}}}
STORED = {"filename": "a.png", "expires_after": 7200, "public_url": {"expires_after": 3600}}
REQUEST = {
    "batch_request_id": "1",
    "batch_request": {"chat_get_completion": {"model": "grok-4.6", "messages": HI}},
}
WHOLE: dict[str, dict[str, Any]] = {
    "/collections": {
        "collection_name": "a",
        "team_id": "t",
        "metric_space": "HNSW_METRIC_COSINE",
        "chunk_configuration": {"tokens_configuration": {"max_chunk_size_tokens": 5}, "strip_whitespace": True},
        "field_definitions": [{"key": "k", "required": True}],
    },
    "/collections/{collection}/documents/{file}": {"fields": {"year": "2020"}},
    "/documents/search": {
        "query": "rivers",
        "source": {"collection_ids": ["{collection}"]},
        "limit": 3,
        "filter": "year:2020",
        "retrieval_mode": {"type": "hybrid", "search_multiplier": 2, "reranker": {"type": "rrf", "k": 60}},
        "group_by": {"keys": ["year"], "aggregate": {"max_k": {"k": 1, "keys": ["#score", "year"]}}},
    },
    "/batches": {"name": "b", "input_file_id": "{file}"},
    "/batches/{batch}/requests": {"batch_requests": [REQUEST]},
    "/images/generations": {"prompt": "x", "n": 2, "aspect_ratio": "1:1", "deferred": True, "storage_options": STORED},
    "/images/edits": {"prompt": "x", "images": [{"url": URL}], "output": {"upload_urls": [URL]}},
    "/videos/generations": {
        "prompt": "x",
        "duration": 3,
        "keyframes": [{"image": {"url": URL}, "timestamp_s": 1}],
        "output": {"upload_url": URL},
    },
    "/videos/edits": {"prompt": "x", "video": {"url": URL}, "storage_options": STORED},
    "/videos/extensions": {"prompt": "x", "video": {"url": URL}, "duration": 3},
    "/files/{file}/public-url": {"expires_after": 3600},
    "/tokenize-text": {"model": "grok-4.6", "text": "x"},
    "/embeddings": {"model": "grok-embedding-small", "input": [[1, 2], [3]], "dimensions": 4},
    "/completions": {"model": "grok-4.6", "prompt": ["a"], "n": 1, "max_tokens": 5, "stop": ["a"]},
    "/complete": {"model": "grok-4.6", "prompt": "a", "max_tokens_to_sample": 5, "stop_sequences": ["a"]},
    "/messages": {
        "model": "grok-4.6",
        "messages": HI,
        "max_tokens": 5,
        "tools": [{"name": "a", "description": "b", "input_schema": SCHEMA}],
        "tool_choice": {"type": "tool", "name": "a"},
    },
    "/chat/completions": {
        "model": "grok-4.6",
        "messages": HI,
        "n": 1,
        "tools": [{"type": "function", "function": {"name": "a", "parameters": SCHEMA}}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": SCHEMA}},
    },
    "/responses": {
        "model": "grok-4.6",
        "input": [{"role": "user", "content": [{"type": "input_text", "text": "hi"}]}],
        "tools": [{"type": "function", "name": "a", "parameters": SCHEMA}],
        "text": {"format": {"type": "json_schema", "name": "a", "schema": SCHEMA}},
    },
}


@pytest.fixture
def ids(sim: SimulatedXAI) -> Iterator[dict[str, str]]:
    """What there is for the bodies to speak of."""
    with sim.sync_client() as xai:
        collection = xai.collections.create(collection_name="c").collection_id
        file = xai.files.create(file=("a.png", b"\x89PNG\r\n\x1a\n")).id
        xai.collections.documents.upload(collection, file=("a.txt", b"rivers"), fields={"year": "2020"}, interval=0)
        yield {"collection": collection, "file": file, "batch": xai.batches.create(name="b").batch_id}


@pytest.mark.parametrize("path", WHOLE)
def test_an_odd_value_in_any_place_is_refused_or_borne(sim: SimulatedXAI, ids: dict[str, str], path: str) -> None:
    key = sim.management_key if path.startswith("/collections") else sim.api_key
    body = filled(WHOLE[path], ids)
    with httpx.Client(base_url=sim.base_url, headers={"authorization": f"Bearer {key}"}, trust_env=False) as http:
        assert http.post(path.format(**ids), json=body).status_code == 200
        for place in places(body):
            for odd in ODD:
                reply = http.post(path.format(**ids), json=changed(body, place, odd))
                assert reply.status_code in (200, 400, 404, 422, 429), (place, odd, reply.text)


def filled(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: filled(entry, ids) for name, entry in value.items()}
    if isinstance(value, list):
        return [filled(entry, ids) for entry in value]
    return ids.get(value.strip("{}"), value) if isinstance(value, str) else value


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a body: the keys that lead to it."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, entry in entries:
        yield (*above, step)
        yield from places(entry, (*above, step))


def changed(body: Any, place: tuple[Any, ...], value: Any) -> Any:
    body = copy.deepcopy(body)
    *above, last = place
    holder = body
    for step in above:
        holder = holder[step]
    holder[last] = value
    return body


@pytest.mark.parametrize(
    "path", ["/collections", "/collections/{collection}/documents", "/files", "/batches", "/batches/{batch}/results"]
)
@pytest.mark.parametrize(
    "token", ["x", "bnVsbA==", "WzFd", "Wy0xXQ==", "WyJjcmVhdGVkX2F0IiwgImRlc2MiLCAieCIsIDFd", "é"]
)
def test_no_token_of_the_clients_own_fails(sim: SimulatedXAI, ids: dict[str, str], path: str, token: str) -> None:
    key = sim.management_key if path.startswith("/collections") else sim.api_key
    url, headers = sim.base_url + path.format(**ids), {"authorization": f"Bearer {key}"}
    reply = httpx.get(url, params={"pagination_token": token}, headers=headers, trust_env=False)
    assert reply.status_code == (200 if token == "WzFd" and "batches" in path else 400)
