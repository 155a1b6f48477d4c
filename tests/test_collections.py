"""Collections: what a user does with them, what is refused, and what is left when something fails."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from tests.rawserver import CUT, RESET, RawServer, head, reply
from tests.samples import META
from xai_httpx import (
    XAI,
    APIConnectionError,
    APIStatusError,
    AsyncXAI,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    InternalServerError,
    JobExpiredError,
    JobFailedError,
    JobState,
    JobTimeoutError,
    NotFoundError,
    RequestValidationError,
    RetryPolicy,
)
from xai_httpx._models import decode
from xai_httpx.testing import SimulatedXAI
from xai_httpx.types import Collection, Document

FAST = RetryPolicy(first_delay=0.0, max_delay=0.0)
LAW = ("law.txt", b"The court ruled on a contract.\n\nPayment is due within thirty days.\n\nBirds sing at dawn.")
CHARS: Any = {"chars_configuration": {"max_chunk_size_chars": 32}}
METADATA = b'{"file_id": "f", "size_bytes": "7"}'
FILE = reply(b'{"id": "f", "object": "file", "bytes": 1, "created_at": 1, "filename": "a"}')


def document(status: str, **members: str) -> bytes:
    extra = "".join(f', "{name}": "{value}"' for name, value in members.items())
    return reply(f'{{"file_metadata": {METADATA.decode()}, "status": "DOCUMENT_STATUS_{status}"{extra}}}'.encode())


DONE, BUSY, NOTHING = document("PROCESSED"), document("PROCESSING"), reply(b"{}")
GONE = reply(b'{"code": "x", "error": "not found"}', 404)


def failing(status: int) -> bytes:
    return reply(b'{"code": "x", "error": "no"}', status)


def client_of(server: RawServer) -> AsyncXAI:
    urls = {"base_url": server.base_url, "management_base_url": server.base_url}
    return AsyncXAI(api_key="k", management_key="m", retries=FAST, **urls)


async def collection_of(client: AsyncXAI, *files: Any, **params: Any) -> str:
    made = await client.collections.create(**{"collection_name": "papers", **params})
    for file in files:
        await client.collections.documents.upload(made.collection_id, file=file, interval=0)
    return made.collection_id


# ------------------------------------------------------------------------------------------------------------ flows


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


# ------------------------------------------------------------------------------------------------- refused beforehand

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
    (
        "update",
        {
            "field_definition_updates": [
                {"field_definition": {"key": "a", "required": True}, "operation": "FIELD_DEFINITION_DELETE"},
                {"field_definition": {"key": "b", "required": True}, "operation": "FIELD_DEFINITION_ADD"},
            ]
        },
        "field_definition_updates[1].field_definition.required",
        "field_definition_updates[1].field_definition.required must not be true: 'b' cannot be required",
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


async def test_a_new_field_that_is_required_is_sent_where_checking_is_off(server: RawServer) -> None:
    server.answer(failing(400))
    updates: Any = [{"field_definition": {"key": "b", "required": True}, "operation": "FIELD_DEFINITION_ADD"}]
    urls = {"base_url": server.base_url, "management_base_url": server.base_url}
    async with AsyncXAI(api_key="k", management_key="m", validate=False, **urls) as client:
        with pytest.raises(BadRequestError):
            await client.collections.update("c", field_definition_updates=updates)


async def test_without_a_management_key_nothing_is_sent(server: RawServer, tmp_path: Any) -> None:
    async with AsyncXAI(api_key="k", base_url=server.base_url, management_base_url=server.base_url) as client:
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
    urls = {"base_url": server.base_url, "management_base_url": server.base_url}
    async with AsyncXAI(management_key="m", **urls) as client:
        for call in (client.collections.documents.upload("c", file=b"text"), client.collections.search("c", "q")):
            with pytest.raises(ConfigurationError, match="XAI_API_KEY"):
                await call
    assert server.requests == []


async def test_the_api_key_does_not_open_the_management_host(sim: SimulatedXAI) -> None:
    async with sim.client(management_key=sim.api_key) as client:
        with pytest.raises(AuthenticationError):
            await client.collections.list()


# ------------------------------------------------------------------------------------------------------------- waiting


async def wait(server: RawServer, **arguments: Any) -> Document:
    async with client_of(server) as client:
        return await client.collections.documents.wait("c", "f", **{"interval": 0, "timeout": 20, **arguments})


async def test_a_wait_goes_on_through_failures_and_statuses_that_are_new(server: RawServer) -> None:
    for answer in (BUSY, failing(503), document("EMBEDDING"), document("DREAMING"), DONE):
        server.answer(answer)
    heard: list[JobState] = []
    assert (await wait(server, on_progress=heard.append)).file_metadata.size == 7
    assert [state.status for state in heard] == ["processing", "processing", "embedding", "dreaming"]
    assert {request.path for request in server.requests} == {"/v1/collections/c/documents/f"}


async def test_a_document_that_cannot_be_indexed_says_why(server: RawServer) -> None:
    server.answer(document("FAILED", error_message="no text in it"))
    with pytest.raises(JobFailedError, match=r"^job f failed: no text in it$") as caught:
        await wait(server)
    assert (caught.value.id, caught.value.last and caught.value.last.status) == ("f", "failed")


async def test_a_document_that_is_taken_out_meanwhile_has_expired(server: RawServer) -> None:
    for answer in (BUSY, GONE):
        server.answer(answer)
    with pytest.raises(JobExpiredError):
        await wait(server)


async def test_progress_is_told_where_the_server_counts_chunks(server: RawServer) -> None:
    counted = BUSY.replace(b'"status"', b'"chunk_count": 8, "chunks_processed_count": 2, "status"').partition(
        b"\r\n\r\n"
    )[2]
    for answer in (reply(counted), DONE):
        server.answer(answer)
    heard: list[JobState] = []
    await wait(server, on_progress=heard.append)
    assert [state.progress for state in heard] == [25.0]


# --------------------------------------------------------------------------------------------- uploads that break off


async def upload(server: RawServer, **arguments: Any) -> Document:
    async with client_of(server) as client:
        given = {"file": b"text", "interval": 0, "timeout": 20, **arguments}
        return await client.collections.documents.upload("c", **given)


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ([GONE], NotFoundError),
        ([failing(500)], InternalServerError),
        ([CUT], APIConnectionError),
        ([NOTHING, failing(403)], APIStatusError),
        ([NOTHING, document("FAILED")], JobFailedError),
        ([NOTHING, BUSY, GONE], JobExpiredError),
    ],
)
async def test_the_id_of_an_uploaded_file_is_on_every_error_after_it(
    server: RawServer, answers: list[Any], kind: type[Exception]
) -> None:
    for answer in (FILE, *answers):
        server.answer(answer)
    with pytest.raises(kind) as caught:
        await upload(server)
    error: Any = pickle.loads(pickle.dumps(caught.value))
    assert "f" in (getattr(error, "id", None), getattr(error, "job_id", None))
    assert any("uploaded as f and stays" in note for note in caught.value.__notes__)
    assert [request.method for request in server.requests].count("DELETE") == 0


async def test_a_timeout_leaves_a_document_that_can_be_waited_for(sim: SimulatedXAI, client: AsyncXAI) -> None:
    collection_id = await collection_of(client)
    with pytest.raises(JobTimeoutError) as caught:
        await client.collections.documents.upload(collection_id, file=LAW, timeout=0)
    assert (await client.collections.documents.wait(collection_id, caught.value.id, interval=0)).indexed


async def test_what_goes_wrong_in_a_callback_has_the_id_too(server: RawServer) -> None:
    for answer in (FILE, NOTHING, BUSY):
        server.answer(answer)

    def hear(state: JobState) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError) as caught:
        await upload(server, on_progress=hear)
    assert "uploaded as f" in caught.value.__notes__[0]


async def test_an_upload_that_fails_has_no_file_to_name(server: RawServer) -> None:
    server.answer(failing(413))
    with pytest.raises(APIStatusError) as caught:
        await upload(server)
    assert (caught.value.job_id, len(server.requests)) == (None, 1)


@pytest.mark.parametrize(
    ("arguments", "parameter"),
    [
        ({"fields": {"year": 2020}}, "fields.year"),
        ({"fields": "year"}, "fields"),
        ({"interval": -1}, "interval"),
        ({"timeout": "1"}, "timeout"),
        ({"file": b""}, "file"),
        ({"file": ("a\n.txt", b"a")}, "file"),
    ],
)
async def test_nothing_is_uploaded_that_could_not_be_attached(
    server: RawServer, arguments: dict[str, Any], parameter: str
) -> None:
    with pytest.raises(RequestValidationError) as caught:
        await upload(server, **arguments)
    assert (caught.value.parameter, server.requests) == (parameter, [])


# ------------------------------------------------------------------------------------------------- what is sent again


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


# ---------------------------------------------------------------------------------------------------------- the models


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


# ------------------------------------------------------------------------------------------------------- the sync form


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
