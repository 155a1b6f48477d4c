"""Images: made, edited, deferred, and fetched into memory and files."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.rawserver import CUT, RawServer, reply
from xai_httpx import (
    XAI,
    AsyncXAI,
    BadRequestError,
    InternalServerError,
    JobExpiredError,
    JobFailedError,
    JobState,
    NotFoundError,
    RequestValidationError,
    ResponseValidationError,
    RetryPolicy,
)
from xai_httpx.testing import SimulatedXAI
from xai_httpx.types.images import GeneratedImage, GeneratedImageResponse

PNG = b"\x89PNG\r\n\x1a\n"
HELLO: Any = {"prompt": "A fox in the snow"}
B64 = base64.b64encode(PNG).decode()
FAST = RetryPolicy(first_delay=0.0, max_delay=0.0)


def client_of(server: RawServer, **options: Any) -> AsyncXAI:
    return AsyncXAI(api_key="k", base_url=server.base_url, retries=FAST, **options)


def unfinished(folder: Path) -> list[Path]:
    return list(folder.glob(".*.part"))


def said(http_status: int = 200, /, **body: Any) -> bytes:
    return reply(json.dumps(body).encode(), http_status)


async def test_images_come_with_their_urls_and_their_cost(client: AsyncXAI, sim: SimulatedXAI) -> None:
    result = await client.images.generate(**HELLO, n=2, resolution="2k", aspect_ratio="16:9")
    assert sim.requests[-1].body == {**HELLO, "n": 2, "resolution": "2k", "aspect_ratio": "16:9"}
    assert [image.moderated for image in result.data] == [False, False]
    assert result.usage is not None
    assert result.usage.cost_usd == Decimal("0.08")
    contents = [await client.images.content(image) for image in result.data]
    assert all(content.startswith(PNG) for content in contents)
    assert contents[0] != contents[1]


async def test_the_url_of_an_image_is_fetched_without_the_key(client: AsyncXAI, sim: SimulatedXAI) -> None:
    result = await client.images.generate(**HELLO)
    await client.images.content(result.data[0], options={"headers": {"x-mine": "1"}})
    assert sim.requests[-1].path.startswith("/public/")
    assert "authorization" not in sim.requests[-1].headers


async def test_base64_is_decoded_and_nothing_is_fetched(client: AsyncXAI, sim: SimulatedXAI) -> None:
    result = await client.images.generate(**HELLO, response_format="b64_json")
    image = result.data[0]
    assert image.content is not None
    assert image.content.startswith(PNG)
    assert await client.images.content(image) == image.content
    assert len(sim.requests) == 1


@pytest.mark.parametrize("form", ["url", "b64_json"])
async def test_an_image_is_saved_whole_or_not_at_all(client: AsyncXAI, tmp_path: Path, form: Any) -> None:
    image = (await client.images.generate(**HELLO, response_format=form)).data[0]
    file = tmp_path / "fox.png"
    file.write_bytes(b"before")
    assert await client.images.save(image, file) == file
    assert file.read_bytes() == await client.images.content(image)
    for wrong in (tmp_path, tmp_path / "nowhere" / "fox.png"):
        with pytest.raises(RequestValidationError, match=r"^to "):
            await client.images.save(image, wrong)
    assert unfinished(tmp_path) == []


async def test_a_save_that_breaks_off_leaves_what_was_there(server: RawServer, tmp_path: Path) -> None:
    file = tmp_path / "fox.png"
    file.write_bytes(b"before")
    server.always = (b"HTTP/1.1 200 X\r\ncontent-length: 100\r\n\r\nhalf", CUT)
    async with client_of(server) as client:
        with pytest.raises(Exception, match=r"bytes|closed|broke"):
            await client.images.save(GeneratedImage(url=server.base_url + "/x"), file)
    assert file.read_bytes() == b"before"
    assert unfinished(tmp_path) == []


async def test_progress_of_a_fetch_is_told(client: AsyncXAI, tmp_path: Path) -> None:
    image = (await client.images.generate(**HELLO)).data[0]
    heard: list[tuple[int, int | None]] = []
    file = await client.images.save(image, tmp_path / "a", on_progress=lambda done, total: heard.append((done, total)))
    assert heard[-1] == (file.stat().st_size, file.stat().st_size)


async def test_one_image_is_edited_and_several_are_combined(
    client: AsyncXAI, sim: SimulatedXAI, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    object_form = {"url": f"data:image/png;base64,{B64}"}
    await client.images.edit(prompt="Night", image=tmp_path / "a.png")
    assert sim.requests[-1].body == {"prompt": "Night", "image": object_form}
    result = await client.images.edit(
        prompt="<IMAGE_0> in <IMAGE_1>", images=[PNG, "https://a.b/c.png", {"url": "https://d.e"}], n=2
    )
    assert sim.requests[-1].body["images"] == [object_form, {"url": "https://a.b/c.png"}, {"url": "https://d.e"}]
    assert len(result.data) == 2


async def test_an_image_that_was_uploaded_goes_by_its_id(client: AsyncXAI, sim: SimulatedXAI) -> None:
    uploaded = await client.files.create(file=("fox.png", PNG))
    result = await client.images.edit(prompt="Night", image={"file_id": uploaded.id})
    assert not result.data[0].moderated
    with pytest.raises(NotFoundError):
        await client.images.edit(prompt="Night", image={"file_id": "file_none"})


async def test_an_image_is_stored_as_a_file_and_may_be_public(client: AsyncXAI) -> None:
    result = await client.images.generate(
        **HELLO, storage_options={"filename": "fox.png", "expires_after": 7200, "public_url": True}
    )
    stored = result.data[0].file_output
    assert stored is not None
    file = await client.files.retrieve(stored.file_id)
    assert (file.filename, file.expires_at) == ("fox.png", stored.expires_at)
    assert stored.public_url == file.public_url


async def test_images_are_made_in_the_background(client: AsyncXAI, sim: SimulatedXAI) -> None:
    sim.keep_pending(3)
    heard: list[JobState] = []
    started = await client.images.defer_generate(**HELLO, n=2)
    assert sim.requests[-1].body == {**HELLO, "n": 2, "deferred": True}
    pending = await client.images.retrieve(started.request_id)
    assert (pending.status, pending.request_id, pending.meta.status) == ("pending", started.request_id, 202)
    result = await client.images.wait(started.request_id, interval=0, on_progress=heard.append)
    assert isinstance(result, GeneratedImageResponse)
    assert [state.status for state in heard] == ["pending", "pending"]
    assert len(result.data) == 2
    assert result.usage is not None
    again = await client.images.retrieve(started.request_id)
    assert (again.status, len(again.data or [])) == ("done", 2)


@pytest.mark.parametrize("n", [0, 11, None, "2"])
async def test_a_wait_for_a_number_of_images_that_cannot_be_is_refused(
    client: AsyncXAI, sim: SimulatedXAI, n: Any
) -> None:
    with pytest.raises(RequestValidationError, match="n must be a whole number of at least 1 and at most 10"):
        await client.images.wait("r", n=n)
    assert sim.requests == []


async def test_edits_are_made_in_the_background(client: AsyncXAI) -> None:
    started = await client.images.defer_edit(prompt="Night", image=PNG)
    assert len((await client.images.wait(started.request_id, interval=0)).data) == 1


async def test_a_request_that_fails_says_why(client: AsyncXAI, sim: SimulatedXAI) -> None:
    sim.fail_job("invalid_argument", "No foxes.")
    started = await client.images.defer_generate(**HELLO)
    with pytest.raises(JobFailedError, match=r"failed: invalid_argument: No foxes\.$") as caught:
        await client.images.wait(started.request_id, interval=0)
    assert (caught.value.id, caught.value.code) == (started.request_id, "invalid_argument")
    assert caught.value.reply.error.message == "No foxes."


async def test_a_request_that_expired_says_so(client: AsyncXAI, sim: SimulatedXAI) -> None:
    sim.expire_job()
    started = await client.images.defer_generate(**HELLO)
    with pytest.raises(JobExpiredError):
        await client.images.wait(started.request_id, interval=0)
    with pytest.raises(NotFoundError):
        await client.images.retrieve("none")


async def test_a_202_may_come_without_json_and_what_is_done_without_a_status(server: RawServer) -> None:
    for answer in (reply(b"", 202, None), reply(b"Accepted", 202, "text/plain"), said(202, request_id="r")):
        server.answer(answer)
    server.answer(said(request_id="r", data=[{"b64_json": B64}]))
    server.answer(said(request_id="r", data=[]))
    async with client_of(server) as client:
        result = await client.images.wait("r", interval=0)
        assert (await client.images.retrieve("r")).status == "done"
    assert result.data[0].content == PNG
    assert len(server.requests) == 5


async def test_making_images_is_billed_so_it_is_not_sent_again(server: RawServer) -> None:
    server.always = (said(500, code="x", error="no"),)
    async with client_of(server) as client:
        for call in (client.images.generate, client.images.defer_generate):
            with pytest.raises(InternalServerError):
                await call(**HELLO)
    assert len(server.requests) == 2


async def test_what_has_nothing_to_fetch_is_refused_with_the_reason(client: AsyncXAI, sim: SimulatedXAI) -> None:
    sim.moderate()
    result: Any = await client.images.generate(**HELLO)
    with pytest.raises(RequestValidationError, match=r"^image has no URL: moderation withheld it$"):
        await client.images.content(result.data[0])
    with pytest.raises(RequestValidationError, match=r"^image has no URL: moderation withheld it$"):
        await client.images.save(result.data[0], "fox.png")
    stored = GeneratedImage.model_validate({"file_output": {"file_id": "file_1", "filename": "a"}})
    odd = GeneratedImage.model_construct(b64_json=None, file_output="file_1", storage_error=None, url=None)
    for wrong, why in (
        (stored, "it is stored as the file file_1"),
        (odd, "the server sent none"),
        (result, "it is a GeneratedImageResponse"),
        (None, "it is a NoneType"),
    ):
        for call in (client.images.content(wrong), client.images.save(wrong, "fox.png")):
            with pytest.raises(RequestValidationError, match=f"^image has no URL: {why}"):
                await call
    assert len(sim.requests) == 1


async def test_data_that_is_no_base64_is_an_error_of_the_reply() -> None:
    with pytest.raises(ResponseValidationError, match="b64_json of the image is not base64"):
        _ = GeneratedImage(b64_json="%%%").content
    assert GeneratedImage(b64_json=f"data:image/png;base64,{B64}").content == PNG


async def test_a_url_on_another_machine_has_to_be_https(client: AsyncXAI) -> None:
    with pytest.raises(Exception, match="https"):
        await client.images.content(GeneratedImage(url="http://example.com/a.png"))


async def test_the_server_refuses_what_the_client_cannot_know(client: AsyncXAI) -> None:
    with pytest.raises(BadRequestError, match="deferred needs response_format url"):
        await client.images.defer_generate(**HELLO, response_format="b64_json")


def test_the_sync_form(sim: SimulatedXAI, tmp_path: Path) -> None:
    with sim.sync_client() as xai:
        assert isinstance(xai, XAI)
        image = xai.images.generate(**HELLO).data[0]
        assert xai.images.save(image, tmp_path / "a.png").read_bytes() == xai.images.content(image)
        assert xai.images.edit(prompt="Night", image=PNG).data
        for started in (xai.images.defer_generate(**HELLO), xai.images.defer_edit(prompt="Night", image=PNG)):
            assert xai.images.retrieve(started.request_id).status == "pending"
            assert xai.images.wait(started.request_id, interval=0).data
