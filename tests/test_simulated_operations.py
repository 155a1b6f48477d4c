"""The simulator serves every operation of the description, with state, and each status that is described for one."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.validating import COMPOSED, operations
from xai_httpx import (
    XAI,
    APIStatusError,
    AsyncXAI,
    AuthenticationError,
    BadRequestError,
    NotFoundError,
    RateLimitError,
    RequestTooLargeError,
    UnprocessableEntityError,
)
from xai_httpx.batches import chat_request
from xai_httpx.testing import SimulatedXAI

OPERATIONS = sorted(operations(COMPOSED))
MODEL = "grok-4.6"
HI: list[Any] = [{"role": "user", "content": "hi"}]
CLIP, PNG = "https://example.com/a.mp4", ("a.png", b"\x89PNG\r\n\x1a\n")
SKILL = ("SKILL.md", b"---\nname: a\ndescription: b\n---\n")


def template(method: str, path: str) -> str:
    """The operation that a request was for: that with the most text of its own."""
    fitting = [
        operation
        for operation in OPERATIONS
        if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(operation)), f"{method} {path}")
    ]
    return max(fitting, key=lambda operation: len(re.sub(r"\{\w+\}", "", operation)))


# ----------------------------------------------------------------------------------------------------- all of it works


async def texts(client: AsyncXAI) -> None:
    await client.account.me()
    await client.account.api_key()
    await client.tokenizer.encode(model=MODEL, text="hi")
    await client.embeddings.create(model="grok-embedding-small", input="hi")
    request_id = (await client.chat.completions.defer(model=MODEL, messages=HI)).request_id
    assert await client.chat.completions.retrieve_deferred(request_id) is None
    assert (await client.chat.completions.wait_deferred(request_id)).text == "You said: hi"
    response = await client.responses.create(model=MODEL, input="hi")
    assert (await client.responses.retrieve(response.id)).output_text == "You said: hi"
    assert len((await client.responses.input_items.list(response.id)).items) == 1
    await client.responses.delete(response.id)
    await client.responses.compact(model=MODEL, input="hi")
    await client.completions.create(model=MODEL, prompt="hi")
    await client.complete.create(model=MODEL, prompt="hi", max_tokens_to_sample=5)
    await client.messages.create(model=MODEL, messages=HI, max_tokens=5)


async def models(client: AsyncXAI) -> None:
    for family in (
        client.models,
        client.models.language,
        client.models.embedding,
        client.models.image,
        client.models.video,
    ):
        for model in (await family.list()).items:
            assert (await family.retrieve(model.id)).id == model.id


async def media(client: AsyncXAI) -> None:
    request_id = (await client.images.defer_generate(prompt="a fox")).request_id
    assert (await client.images.retrieve(request_id)).meta.status == 202
    assert (await client.images.wait(request_id, interval=0)).data
    await client.images.edit(prompt="b", image="https://example.com/a.png")
    started = await client.videos.start(prompt="a fox")
    assert (await client.videos.retrieve(started.request_id)).meta.status == 202
    assert (await client.videos.wait(started.request_id, interval=0)).video
    await client.videos.edit(prompt="b", video=CLIP)
    await client.videos.extend(prompt="b", video=CLIP)


async def stored(client: AsyncXAI) -> None:
    file = await client.files.create(file=PNG)
    assert [each.id for each in (await client.files.list()).items] == [file.id]
    assert (await client.files.content(file.id)).content == PNG[1]
    published = await client.files.create_public_url(file.id)
    assert (await client.files.retrieve(file.id)).public_url == published.public_url
    assert (await client.files.revoke_public_url(file.id)).revoked
    await client.files.delete(file.id)
    skill = await client.skills.create(files=[SKILL])
    assert [each.id for each in (await client.skills.list()).items] == [skill.id]
    assert (await client.skills.content(skill.id)).content
    assert (await client.skills.retrieve(skill.id)).name == "a"
    await client.skills.delete(skill.id)


async def batches(client: AsyncXAI) -> None:
    batch = await client.batches.create(name="b", requests=[chat_request("1", model=MODEL, messages=HI)])
    assert [each.batch_id for each in (await client.batches.list()).items] == [batch.batch_id]
    assert (await client.batches.wait(batch.batch_id, interval=0)).state.num_success == 1
    assert len((await client.batches.list_requests(batch.batch_id)).items) == 1
    assert len((await client.batches.results(batch.batch_id)).items) == 1
    await client.batches.cancel(batch.batch_id)


async def collections(client: AsyncXAI) -> None:
    made = await client.collections.create(collection_name="c")
    collection_id, documents = made.collection_id, client.collections.documents
    await client.collections.update(collection_id, collection_description="d")
    assert (await client.collections.retrieve(collection_id)).collection_description == "d"
    assert len((await client.collections.list()).items) == 1
    document = await documents.upload(collection_id, file=("a.txt", b"a river"), interval=0)
    assert (await client.collections.search(collection_id, "river")).matches
    assert (await documents.batch_get(collection_id, [document.file_id])).documents
    await documents.reindex(collection_id, document.file_id)
    assert not (await documents.list(collection_id)).items[0].indexed
    await documents.delete(collection_id, document.file_id)
    await client.collections.delete(collection_id)


PARTS: list[Callable[[AsyncXAI], Awaitable[None]]] = [texts, models, media, stored, batches, collections]


@pytest.mark.filterwarnings("ignore:.* is a legacy endpoint:DeprecationWarning")
async def test_every_operation_works_and_remembers(sim: SimulatedXAI, client: AsyncXAI) -> None:
    for part in PARTS:
        await part(client)
    assert {template(request.method, request.path) for request in sim.requests} == set(OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_operation_is_unknown(sim: SimulatedXAI, operation: str) -> None:
    """Whatever is missing in the request: the answer is the operation's own, and asks for the key of its host."""
    method, path = addressed(operation)
    answers = [
        httpx.request(method, sim.base_url + path, json={}, headers={"authorization": f"Bearer {key}"})
        for key in (key_for(sim, operation), "xai-wrong")
    ]
    assert answers[0].status_code != 405
    assert "The simulator does not" not in answers[0].text
    assert (answers[1].status_code, "Incorrect API key" in answers[1].text) == (400, True)


# ------------------------------------------------------------------------------------------------ each status it names

STATUSES = [
    (operation, int(status))
    for operation in OPERATIONS
    for status in COMPOSED["paths"][operation.partition(" ")[2]][operation.partition(" ")[0].lower()]["responses"]
    if status not in ("200", "default")
]
CLASSES = {
    400: BadRequestError,
    404: NotFoundError,
    413: RequestTooLargeError,
    422: UnprocessableEntityError,
    429: RateLimitError,
}
MISFIT = {"model": "grok-embedding-small"}  # which neither talks nor draws
WRONG: dict[str, Any] = {
    "POST /v1/chat/completions": {**MISFIT, "messages": HI},
    "POST /v1/complete": {**MISFIT, "prompt": "p", "max_tokens_to_sample": 5},
    "POST /v1/completions": {**MISFIT, "prompt": "p"},
    "POST /v1/documents/search": {"query": "q", "source": {"collection_ids": []}},
    "POST /v1/embeddings": {"model": MODEL, "input": "x"},
    "POST /v1/images/edits": {**MISFIT, "prompt": "p", "image": {"url": "https://example.com/a.png"}},
    "POST /v1/images/generations": {**MISFIT, "prompt": "p"},
    "POST /v1/messages": {**MISFIT, "messages": HI, "max_tokens": 5},
    "POST /v1/responses": {**MISFIT, "input": "x"},
    "POST /v1/responses/compact": {**MISFIT, "input": "x"},
    "POST /v1/tokenize-text": {**MISFIT, "text": "x"},
    "POST /v1/videos/edits": {**MISFIT, "prompt": "p", "video": {"url": CLIP}},
    "POST /v1/videos/extensions": {**MISFIT, "prompt": "p", "video": {"url": CLIP}},
    "POST /v1/videos/generations": {**MISFIT, "prompt": "p"},
}
UPLOADS: dict[str, Callable[[XAI], Any]] = {
    "POST /v1/files": lambda xai: xai.files.create(file=PNG),
    "POST /v1/skills": lambda xai: xai.skills.create(files=[SKILL]),
}


def addressed(operation: str, **ids: str) -> tuple[str, str]:
    """Method and path below the base URL, with ids that do not exist unless they are given."""
    method, path = operation.split()
    return method, re.sub(r"\{(\w+)\}", lambda name: ids.get(name[1], "nope"), path.removeprefix("/v1"))


def key_for(sim: SimulatedXAI, operation: str) -> str:
    return sim.management_key if "/v1/collections" in operation else sim.api_key


@pytest.mark.parametrize(("operation", "status"), [each for each in STATUSES if each[1] != 202])
def test_each_error_of_the_description_can_be_had(sim: SimulatedXAI, operation: str, status: int) -> None:
    with sim.sync_client(retries=0) as xai, pytest.raises(APIStatusError) as caught:
        provoke(sim, xai, operation, status)
    wrong_key = isinstance(caught.value, AuthenticationError) and operation.startswith(("GET", "DELETE"))
    assert caught.value.status_code == status
    assert wrong_key or type(caught.value) is CLASSES[status]
    assert caught.value.request_id


def provoke(sim: SimulatedXAI, xai: XAI, operation: str, status: int) -> None:
    """Make an operation fail with a status, by what a user may do."""
    method, path = addressed(operation)
    public = operation == "POST /v1/files/{file_id}/public-url"
    match status:
        case 413:
            sim.limit_uploads(1)
            UPLOADS[operation](xai)
        case 429:
            sim._state.files.max_public_urls = 0
            xai.files.create_public_url(xai.files.create(file=PNG).id)
        case 422:
            xai.request(method, path, body={"prompt": 5} if "videos" in operation else {})
        case 400 if public:
            xai.files.create_public_url(xai.files.create(file=("a.txt", b"no picture")).id)
        case 400 if operation in UPLOADS:
            xai.request(method, path, content=b"--x--", content_type="multipart/form-data; boundary=x")
        case 400 if method == "POST":
            xai.request(method, path, body=WRONG[operation])
        case 400:
            with sim.sync_client(api_key="xai-wrong") as stranger:
                stranger.request(method, path)
        case _:
            xai.request(method, path, body={} if method == "POST" else None)


def test_what_is_pending_is_a_202() -> None:
    """They are made, and have it, in `texts` and `media`."""
    pending = {operation for operation, status in STATUSES if status == 202}
    assert pending == {
        "GET /v1/chat/deferred-completion/{request_id}",
        "GET /v1/images/{request_id}",
        "GET /v1/videos/{request_id}",
    }
