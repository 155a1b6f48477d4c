"""Calls of collections: what is refused before anything is sent, and what is sent again."""

from __future__ import annotations

from typing import Any, cast

import pytest

from tests.collecting import CHARS, DONE, GONE, NOTHING, client_of, collection_of, failing
from tests.rawserver import RESET, RawServer, head, reply
from xai_httpx import (
    AsyncXAI,
    AuthenticationError,
    ConfigurationError,
    InternalServerError,
    NotFoundError,
    RequestValidationError,
)
from xai_httpx.testing import SimulatedXAI

REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("create", {}, "collection_name", "collection_name is required"),
    (
        "create",
        {"collection_name": "a", "chunk_configuration": {**CHARS, "bytes_configuration": {}}},
        "chunk_configuration.chars_configuration",
        "chunk_configuration.chars_configuration and chunk_configuration.bytes_configuration cannot be combined",
    ),
    (
        "create",
        {"collection_name": "a", "chunk_configuration": {"strip_whitespace": True}},
        "chunk_configuration",
        "chunk_configuration must have one of chars_configuration, tokens_configuration, bytes_configuration, ",
    ),
    ("create", {"collection_name": "a", "metric_space": "L2"}, "metric_space", "metric_space must be 'HNSW_METRIC_UNK"),
    (
        "create",
        {"collection_name": "a", "chunk_configuration": {"chars_configuration": {"max_chunk_size_chars": 0}}},
        "chunk_configuration.chars_configuration.max_chunk_size_chars",
        "chunk_configuration.chars_configuration.max_chunk_size_chars must be greater than or equal to 1, got 0",
    ),
    (
        "update",
        {"field_definition_updates": [{"field_definition": {"key": "a"}, "operation": "FIELD_DEFINITION_SET"}]},
        "field_definition_updates[0].operation",
        "field_definition_updates[0].operation must be 'FIELD_DEFINITION_ADD' or 'FIELD_DEFINITION_DELETE'",
    ),
    ("update", {"field_definition_updates": 5}, "field_definition_updates", "field_definition_updates must be a list"),
    ("list", {"limit": 101}, "limit", "limit must be a whole number of at least 1 and at most 100, got 101"),
    ("list", {"limit": 0}, "limit", "limit must be a whole number of at least 1 and at most 100, got 0"),
    ("list", {"order": "up"}, "order", "order must be one of asc, desc, got 'up'"),
    ("list", {"sort_by": "size"}, "sort_by", "sort_by must be one of name, age, got 'size'"),
    ("search", {"query": "q", "limit": 0}, "limit", "limit must be at least 1, got 0"),
    (
        "search",
        {"query": "q", "retrieval_mode": {"type": "hybrid", "search_multiplier": 101}},
        "retrieval_mode.search_multiplier",
        "retrieval_mode.search_multiplier must be less than or equal to 100, got 101",
    ),
    (
        "search",
        {"query": "q", "retrieval_mode": {"type": "semantik"}},
        "retrieval_mode.type",
        "retrieval_mode.type must",
    ),
    ("search", {"query": "q", "group_by": {"keys": []}}, "group_by.keys", "group_by.keys must have at least 1 entry"),
]


@pytest.mark.parametrize(("method", "arguments", "parameter", "message"), REFUSED)
async def test_what_the_server_would_refuse_is_refused_before_sending(
    server: RawServer, method: str, arguments: dict[str, Any], parameter: str, message: str
) -> None:
    place = {"update": ("c",), "search": ("c",)}.get(method, ())
    async with client_of(server) as client:
        with pytest.raises(RequestValidationError) as caught:
            await getattr(client.collections, method)(*place, **arguments)
    assert str(caught.value).startswith(message)
    assert (caught.value.parameter, server.requests) == (parameter, [])


async def test_ids_that_are_none_are_refused_before_sending(server: RawServer) -> None:
    async with client_of(server) as client:
        documents = client.collections.documents
        for call in (
            client.collections.retrieve(".."),
            client.collections.search([], "q"),
            client.collections.search(["c", ""], "q"),
            client.collections.search(cast(Any, 5), "q"),
            documents.batch_get("c", []),
            documents.retrieve("c", ""),
            documents.add("c", ".."),
        ):
            with pytest.raises(RequestValidationError, match=r"^(collection|file)_ids? must be"):
                await call
    assert server.requests == []


async def test_ids_that_are_many_are_not_all_in_the_error(server: RawServer) -> None:
    async with client_of(server) as client:
        with pytest.raises(RequestValidationError) as caught:
            await client.collections.search(["c"] * 10_000 + [""], "q")
    assert len(str(caught.value)) < 200


async def test_what_does_not_go_into_a_url_is_refused_before_sending(server: RawServer) -> None:
    async with client_of(server) as client:
        for call in (
            client.collections.documents.batch_get("c", ["f" * 50] * 2000),
            client.collections.list(filter="x" * 70_000),
        ):
            with pytest.raises(RequestValidationError, match=r"^the URL of the request has \d+ characters"):
                await call
    assert server.requests == []


async def test_without_a_management_key_nothing_is_sent(server: RawServer, tmp_path: Any) -> None:
    async with client_of(server, management_key=None) as client:
        documents = client.collections.documents
        for call in (
            client.collections.create(collection_name="a"),
            client.collections.list(),
            client.collections.retrieve("c"),
            client.collections.update("c", collection_name="a"),
            client.collections.delete("c"),
            documents.add("c", "f"),
            documents.list("c"),
            documents.retrieve("c", "f"),
            documents.batch_get("c", ["f"]),
            documents.reindex("c", "f"),
            documents.delete("c", "f"),
            documents.wait("c", "f"),
            documents.upload("c", file=b"text"),
        ):
            with pytest.raises(ConfigurationError, match="management_key"):
                await call
    assert server.requests == []


async def test_without_an_api_key_nothing_is_uploaded_or_searched(server: RawServer) -> None:
    async with client_of(server, api_key=None) as client:
        for call in (client.collections.documents.upload("c", file=b"text"), client.collections.search("c", "q")):
            with pytest.raises(ConfigurationError, match="XAI_API_KEY"):
                await call
    assert server.requests == []


async def test_the_api_key_does_not_open_the_management_host(sim: SimulatedXAI) -> None:
    async with sim.client(management_key=sim.api_key) as client:
        with pytest.raises(AuthenticationError):
            await client.collections.list()


async def test_what_has_the_same_effect_twice_is_sent_again(server: RawServer) -> None:
    collection = reply(b'{"collection_id": "c", "collection_name": "n"}')
    async with client_of(server) as client:
        documents = client.collections.documents
        for call, answer in (
            (lambda: client.collections.retrieve("c"), collection),
            (lambda: client.collections.update("c", collection_name="n"), collection),
            (lambda: client.collections.delete("c"), GONE),
            (lambda: documents.delete("c", "f"), GONE),
            (lambda: documents.reindex("c", "f"), NOTHING),
            (lambda: documents.retrieve("c", "f"), DONE),
        ):
            for piece in ((failing(500),), (head("application/json"), RESET), (answer,)):
                server.answer(*piece)
            done: Any = await call()
            assert done.meta.attempts == 3


async def test_what_makes_something_is_not_sent_again_unless_nothing_was_accepted(server: RawServer) -> None:
    async with client_of(server) as client:
        calls: list[Any] = [
            lambda: client.collections.create(collection_name="n"),
            lambda: client.collections.documents.add("c", "f"),
            lambda: client.collections.search("c", "q"),
        ]
        for call in calls:
            server.answer(failing(500))
            with pytest.raises(InternalServerError) as caught:
                await call()
            assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, True)


async def test_the_second_of_two_deletes_finds_nothing(client: AsyncXAI) -> None:
    collection_id = await collection_of(client)
    await client.collections.delete(collection_id)
    with pytest.raises(NotFoundError):
        await client.collections.delete(collection_id)
