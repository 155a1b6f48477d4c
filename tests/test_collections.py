"""Collections: what a user does with them, on asyncio and Trio and without await."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.collecting import CHARS, LAW, client_of, collection_of
from tests.rawserver import RawServer, reply
from tests.samples import META
from xai_httpx import (
    XAI,
    AsyncXAI,
    BadRequestError,
    JobState,
    NotFoundError,
)
from xai_httpx._models import decode
from xai_httpx.testing import SimulatedXAI
from xai_httpx.types import Collection, Document


async def test_a_file_is_uploaded_indexed_and_found(sim: SimulatedXAI, client: AsyncXAI) -> None:
    collection = await client.collections.create(collection_name="papers", chunk_configuration=CHARS)
    heard: list[JobState] = []
    indexed = await client.collections.documents.upload(
        collection.collection_id, file=LAW, interval=0, on_progress=heard.append
    )
    assert (indexed.indexed, indexed.file_metadata.name, indexed.file_metadata.size) == (True, "law.txt", len(LAW[1]))
    assert [(state.id, state.status, state.polls) for state in heard] == [(indexed.file_id, "processing", 1)]
    found = await client.collections.search(collection.collection_id, "contracts in court", limit=1)
    (match,) = found.matches
    assert (match.file_id, match.chunk_content.strip()) == (indexed.file_id, "The court ruled on a contract.")
    assert match.collection_ids == [collection.collection_id]
    assert (await client.files.retrieve(indexed.file_id)).filename == "law.txt"
    keys = {request.path.rpartition("/v1/")[2][:11]: request.headers["authorization"] for request in sim.requests}
    assert keys["collections"] == f"Bearer {sim.management_key}"
    assert keys["documents/s"] == keys["files"] == f"Bearer {sim.api_key}"


async def test_a_collection_is_made_found_changed_and_deleted(client: AsyncXAI) -> None:
    made = await client.collections.create(collection_name="papers", metric_space="HNSW_METRIC_COSINE")
    assert made.created is not None
    assert abs((datetime.now(UTC) - made.created).total_seconds()) < 600
    changed = await client.collections.update(made.collection_id, collection_description="All of them.")
    assert (changed.collection_name, changed.collection_description) == ("papers", "All of them.")
    assert await client.collections.retrieve(made.collection_id, team_id="team") == changed
    assert [each.collection_id for each in (await client.collections.list()).items] == [made.collection_id]
    assert (await client.collections.delete(made.collection_id)).meta.status == 200
    with pytest.raises(NotFoundError):
        await client.collections.retrieve(made.collection_id)


async def test_a_required_field_can_be_defined_anew_and_a_new_one_is_the_servers_to_refuse(client: AsyncXAI) -> None:
    made = await client.collections.create(
        collection_name="papers", field_definitions=[{"key": "year", "required": True}]
    )
    changed = await client.collections.update(
        made.collection_id, field_definition_updates=[added("year", description="Of print.")]
    )
    assert [(each.required, each.description) for each in changed.field_definitions or []] == [(True, "Of print.")]
    with pytest.raises(BadRequestError, match="author is new and cannot be required"):
        await client.collections.update(made.collection_id, field_definition_updates=[added("author")])


def added(key: str, **members: Any) -> Any:
    """An update by which a field is required."""
    definition = {"key": key, "required": True, **members}
    return {"operation": "FIELD_DEFINITION_ADD", "field_definition": definition}


async def test_documents_are_added_listed_fetched_indexed_anew_and_taken_out(client: AsyncXAI) -> None:
    documents = client.collections.documents
    collection_id = await collection_of(client, LAW, ("b.txt", b"two"), chunk_configuration=CHARS)
    first, second = await documents.list(collection_id, sort_by="age", order="asc").collect()
    assert first.file_metadata.created is not None
    assert (first.file_metadata.expires, first.last_indexed is None) == (None, False)
    fetched = await documents.batch_get(collection_id, [second.file_id, first.file_id])
    assert [each.file_id for each in fetched.documents or []] == [second.file_id, first.file_id]
    whole: Any = {"bytes_configuration": {"max_chunk_size_bytes": 1000}}
    await client.collections.update(collection_id, chunk_configuration=whole)
    await documents.reindex(collection_id, first.file_id)
    assert not (await documents.retrieve(collection_id, first.file_id)).indexed
    assert (await documents.wait(collection_id, first.file_id, interval=0)).indexed
    (match,) = (await client.collections.search(collection_id, "court dawn", limit=1)).matches
    assert match.chunk_content == LAW[1].decode()
    await documents.delete(collection_id, first.file_id)
    assert [each.file_id async for each in documents.list(collection_id)] == [second.file_id]
    with pytest.raises(NotFoundError):
        await documents.retrieve(collection_id, first.file_id)


async def test_lists_come_in_pages_with_the_same_order_and_filter(sim: SimulatedXAI, client: AsyncXAI) -> None:
    names = ["alpha", "beta", "gamma", "other"]
    for name in names:
        await client.collections.create(collection_name=name)
    listing = client.collections.list(limit=2, order="asc", sort_by="name", filter='collection_name:"a"')
    assert [[each.collection_name for each in page.items] async for page in listing.pages()] == [names[:2], names[2:3]]
    assert (
        sim.requests[-1].query.items() >= {"order": "ORDERING_ASCENDING", "sort_by": "COLLECTIONS_SORT_BY_NAME"}.items()
    )
    assert [each.collection_name for each in await client.collections.list().collect()] == names[::-1]


async def test_a_list_ends_where_there_is_no_token_and_where_there_is_nothing_more(server: RawServer) -> None:
    body = b'{"collections": [{"collection_id": "c", "collection_name": "n"}], "pagination_token": "%s"}'
    for answer in (reply(body % b"1"), reply(body % b""), reply(body % b"1"), reply(b'{"pagination_token": "2"}')):
        server.answer(answer)
    async with client_of(server) as client:
        assert [len(await client.collections.list().collect()) for _ in range(2)] == [2, 1]
    assert [request.path for request in server.requests][1] == "/v1/collections?pagination_token=1"


async def test_fields_filter_and_group_what_is_found(client: AsyncXAI) -> None:
    definitions: Any = [{"key": "year", "required": True}, {"key": "author", "inject_into_chunk": True}]
    collection_id = await collection_of(client, field_definitions=definitions)
    for year, author in (("2019", "Ann"), ("2021", "Ann"), ("2023", "Bob")):
        file = (f"{year}.txt", f"A report about rivers in {year}.".encode())
        fields = {"year": year, "author": author}
        await client.collections.documents.upload(collection_id, file=file, fields=fields, interval=0)

    async def years(**arguments: Any) -> list[str]:
        found = await client.collections.search(collection_id, "rivers", **arguments)
        return sorted(match.fields["year"] for match in found.matches)

    assert await years(filter="year:2020..2024") == ["2021", "2023"]
    assert await years(filter='author = "Ann" AND year != 2019') == ["2021"]
    assert len(await years(group_by={"keys": ["author"]})) == 2
    newest: Any = {"max_k": {"k": 1, "keys": ["year"]}}
    assert await years(group_by={"keys": ["author"], "aggregate": newest}) == ["2021", "2023"]
    (bob,) = (
        await client.documents.search(
            query="bob", source={"collection_ids": [collection_id]}, retrieval_mode={"type": "keyword"}
        )
    ).matches
    assert bob.chunk_content.startswith("author: Bob\n")


def test_a_collection_with_little_in_it_is_one() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        body = b'{"collection_id": "c", "collection_name": "n", "metric_space": "HNSW_METRIC_NEW", "new": 1}'
        found = decode(body, Collection, META, strict=True)
    assert (found.created, found.documents_count, found.model_dump(exclude_unset=True)["new"]) == (None, None, 1)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-02-03T04:05:06.123456789Z", datetime(2026, 2, 3, 4, 5, 6, 123456, UTC)),
        ("2026-02-03T05:05:06+01:00", datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)),
        ("2026-02-03T04:05:06", datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)),
        ("soon", None),
        ("9999-12-31T23:59:59-12:00", None),
    ],
)
def test_times_are_read_as_the_api_writes_them(written: str, read: datetime | None) -> None:
    found = decode(
        f'{{"collection_id": "c", "collection_name": "n", "created_at": "{written}"}}'.encode(),
        Collection,
        META,
        strict=True,
    )
    assert found.created == read


@pytest.mark.parametrize(
    ("wire", "size"), [('"9007199254740993"', 9007199254740993), ("7", 7), ("null", None), ('"much"', None)]
)
def test_a_size_is_a_number_though_it_comes_as_text(wire: str, size: int | None) -> None:
    body = f'{{"file_metadata": {{"file_id": "f", "size_bytes": {wire}}}}}'.encode()
    assert decode(body, Document, META, strict=True).file_metadata.size == size


@pytest.mark.filterwarnings("ignore::xai_httpx.UnexpectedResponseWarning")
def test_helpers_bear_a_document_of_another_shape() -> None:
    found = decode(b'{"file_metadata": 5, "status": 7, "chunk_count": "x"}', Document, META, strict=False)
    assert (found.file_id, found.state, found.indexed, found.progress, found.last_indexed) == (
        "",
        "7",
        False,
        None,
        None,
    )


@pytest.fixture
def xai(sim: SimulatedXAI) -> Iterator[XAI]:
    with sim.sync_client() as made:
        yield made


def test_the_sync_form(xai: XAI) -> None:
    collection_id = xai.collections.create(collection_name="papers").collection_id
    documents = xai.collections.documents
    indexed = documents.upload(collection_id, file=LAW, interval=0)
    assert [each.file_id for each in documents.list(collection_id)] == [indexed.file_id]
    assert xai.collections.search([collection_id], "court").matches
    assert xai.documents.search(query="court", source={"collection_ids": [collection_id]}).matches
    assert [each.collection_id for each in xai.collections.list()] == [collection_id]
    documents.delete(collection_id, indexed.file_id)
    xai.collections.delete(collection_id)
