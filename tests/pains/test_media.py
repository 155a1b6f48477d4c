"""P30 of media: what moderation withheld is visible, never a shorter list; and the id of a paid job is never lost."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.rawserver import RawServer, reply
from xai_httpx import AsyncXAI, BadRequestError
from xai_httpx.testing import SimulatedXAI
from xai_httpx.types.images import GeneratedImageResponse
from xai_httpx.types.videos import VideoResponse

FOX: Any = {"prompt": "A fox in the snow"}
DATA = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
SEEN = {"url": "https://imgen.x.ai/a.png"}


async def generated(server: RawServer, *data: dict[str, Any], **params: Any) -> GeneratedImageResponse:
    server.answer(reply(json.dumps({"data": data}).encode()))
    async with AsyncXAI(api_key="k", base_url=server.base_url) as client:
        return await client.images.generate(**FOX, **params)


@pytest.mark.parametrize(
    "withheld",
    [
        {},
        {"url": None},
        {"url": ""},
        {"b64_json": ""},
        {"mime_type": "image/png"},
        {"respect_moderation": False},
        {"respect_moderation": False, "url": ""},
        {"respect_moderation": False, "b64_json": DATA},
    ],
)
async def test_p30_a_moderated_image_keeps_its_place_and_says_so(server: RawServer, withheld: dict[str, Any]) -> None:
    result = await generated(server, SEEN, withheld, SEEN, n=3)
    assert [image.moderated for image in result.data] == [False, True, False]


@pytest.mark.parametrize("n", [None, 1, 3])
async def test_p30_an_image_that_the_server_left_out_has_an_entry_all_the_same(
    server: RawServer, n: int | None
) -> None:
    asked = {} if n is None else {"n": n}
    assert [image.moderated for image in (await generated(server, **asked)).data] == [True] * (n or 1)
    some = await generated(server, SEEN, **asked)
    assert [image.moderated for image in some.data] == [False] + [True] * ((n or 1) - 1)


@pytest.mark.filterwarnings("ignore::xai_httpx.UnexpectedResponseWarning")
async def test_p30_a_null_in_the_place_of_an_image_is_an_entry(server: RawServer) -> None:
    holed: Any = (SEEN, None)
    assert [image.moderated for image in (await generated(server, *holed, n=2)).data] == [False, True]


async def test_p30_a_number_that_is_none_does_not_lose_the_images(server: RawServer) -> None:
    server.answer(reply(json.dumps({"data": [SEEN, {}]}).encode()))
    wrong: Any = "2"
    async with AsyncXAI(api_key="k", base_url=server.base_url, validate=False) as client:
        result = await client.images.generate(**FOX, n=wrong)
    assert [image.moderated for image in result.data] == [False, True]


async def test_p30_more_images_than_were_asked_for_stay(server: RawServer) -> None:
    result = await generated(server, SEEN, SEEN, n=1)
    assert [image.moderated for image in result.data] == [False, False]


async def test_p30_a_number_that_was_clamped_is_the_one_that_counts(server: RawServer) -> None:
    server.always = (reply(b'{"data": []}'),)
    async with AsyncXAI(api_key="k", base_url=server.base_url, out_of_range="clamp") as client:
        for asked, made in ((0, 1), (99, 10)):
            assert len((await client.images.generate(**FOX, n=asked)).data) == made


async def test_p30_an_edit_tells_of_what_was_left_out_too(server: RawServer) -> None:
    server.answer(reply(b'{"data": []}'))
    async with AsyncXAI(api_key="k", base_url=server.base_url) as client:
        result = await client.images.edit(**FOX, image="https://a.b/c.png", n=2)
    assert [image.moderated for image in result.data] == [True, True]


@pytest.mark.parametrize(
    "image",
    [
        {"url": "https://a.b", "respect_moderation": True},
        {"b64_json": DATA},
        {"file_output": {"file_id": "f", "filename": "a"}},
        {"storage_error": "no space"},
    ],
)
async def test_p30_an_image_that_is_there_or_could_not_be_stored_is_not_moderated(
    server: RawServer, image: dict[str, Any]
) -> None:
    assert not (await generated(server, image)).data[0].moderated


@pytest.mark.filterwarnings("ignore::xai_httpx.UnexpectedResponseWarning")
@pytest.mark.parametrize("body", [b'{"data": null}', b'{"usage": null}'])
async def test_p30_no_list_at_all_is_an_empty_one(server: RawServer, body: bytes) -> None:
    server.answer(reply(body))
    async with AsyncXAI(api_key="k", base_url=server.base_url) as client:
        result = await client.images.generate(**FOX, n=2)
    assert [image.moderated for image in result.data] == [True, True]


@pytest.mark.filterwarnings("ignore::xai_httpx.UnexpectedResponseWarning")
async def test_p30_what_is_no_list_is_left_as_it_came(server: RawServer) -> None:
    server.answer(reply(b'{"data": {"1": 2}}'))
    async with AsyncXAI(api_key="k", base_url=server.base_url) as client:
        found: Any = await client.images.generate(**FOX)
    assert found.data == {"1": 2}


@pytest.mark.parametrize("data", [[], [None], None])
@pytest.mark.filterwarnings("ignore::xai_httpx.UnexpectedResponseWarning")
async def test_p30_a_deferred_image_that_the_server_left_out_has_an_entry_too(server: RawServer, data: object) -> None:
    server.always = (reply(json.dumps({"request_id": "r", "status": "done", "data": data}).encode()),)
    async with AsyncXAI(api_key="k", base_url=server.base_url) as client:
        assert [image.moderated for image in (await client.images.wait("r")).data] == [True]
        assert [image.moderated for image in (await client.images.wait("r", n=3)).data] == [True] * 3
        assert [image.moderated for image in (await client.images.retrieve("r")).data or []] == [True]


async def test_p30_the_simulator_withholds_single_images_and_refuses_whole_requests(
    client: AsyncXAI, sim: SimulatedXAI
) -> None:
    sim.moderate(2)
    result = await client.images.generate(**FOX, n=3)
    assert [image.moderated for image in result.data] == [True, True, False]
    assert result.usage is not None
    sim.fail(400, message="Generated image rejected by content moderation")
    with pytest.raises(BadRequestError, match="rejected by content moderation"):
        await client.images.generate(**FOX)


@pytest.mark.parametrize(
    ("body", "moderated"),
    [
        ({"video": {"respect_moderation": False, "duration": 8, "url": ""}}, True),
        ({"video": {"respect_moderation": False}}, True),
        ({"respect_moderation": False, "video": None}, True),
        ({"video": {"respect_moderation": True, "duration": 8, "url": "https://a.b"}}, False),
        ({"video": None}, False),
    ],
)
def test_p30_a_moderated_video_says_so(body: dict[str, Any], moderated: bool) -> None:
    job = VideoResponse.model_validate({"status": "done", **body})
    assert job.moderated is moderated
    assert bool(job.url) is (not moderated and body["video"] is not None)
