"""Waiting for a document, and what is left of an upload that breaks off."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from tests.collecting import BUSY, DONE, FILE, GONE, LAW, NOTHING, client_of, collection_of, document, failing
from tests.rawserver import CUT, RawServer
from xai_httpx import (
    APIConnectionError,
    APIStatusError,
    AsyncXAI,
    InternalServerError,
    JobExpiredError,
    JobFailedError,
    JobState,
    JobTimeoutError,
    NotFoundError,
    RequestValidationError,
)
from xai_httpx.testing import SimulatedXAI
from xai_httpx.types import Document


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
    assert caught.value.reply.file_metadata.size == 7


@pytest.mark.filterwarnings("ignore::xai_httpx.UnexpectedResponseWarning")
@pytest.mark.parametrize("message", [5, {"text": "no"}, ["no"], True])
async def test_a_reason_that_is_no_text_is_told_all_the_same(server: RawServer, message: object) -> None:
    server.answer(document("FAILED", error_message=message))
    with pytest.raises(JobFailedError) as caught:
        await wait(server)
    assert str(caught.value) == f"job f failed: {message}"


async def test_a_document_that_is_taken_out_meanwhile_has_expired(server: RawServer) -> None:
    for answer in (BUSY, GONE):
        server.answer(answer)
    with pytest.raises(JobExpiredError):
        await wait(server)


async def test_progress_is_told_where_the_server_counts_chunks(server: RawServer) -> None:
    for answer in (document("PROCESSING", chunk_count=8, chunks_processed_count=2), DONE):
        server.answer(answer)
    heard: list[JobState] = []
    await wait(server, on_progress=heard.append)
    assert [state.progress for state in heard] == [25.0]


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


@pytest.mark.parametrize("kind", [LookupError, KeyboardInterrupt])
async def test_what_goes_wrong_in_a_callback_has_the_id_too(server: RawServer, kind: type[BaseException]) -> None:
    for answer in (FILE, NOTHING, BUSY):
        server.answer(answer)

    def hear(state: JobState) -> None:
        raise kind("mine")

    with pytest.raises(kind) as caught:
        await upload(server, on_progress=hear)
    assert any("uploaded as f" in note for note in caught.value.__notes__)


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
