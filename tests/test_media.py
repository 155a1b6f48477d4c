"""Media in requests: a URL, bytes, a path or the object, wherever the API takes the object."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shown import shown
from xai_httpx import AsyncXAI, JobFailedError, RequestValidationError
from xai_httpx._media import AUDIO, EDIT_IMAGE, GENERATE_VIDEO, IMAGE, OF_VIDEO, VIDEO, Kind, data_url, embed
from xai_httpx.testing import SimulatedXAI

PNG = b"\x89PNG\r\n\x1a\n and the rest"
MP4 = b"\0\0\0\x20ftypisom and the rest"
WAV = b"RIFF\x24\0\0\0WAVEfmt "
HEADS: list[tuple[Kind, bytes, str]] = [
    (IMAGE, b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
    (IMAGE, PNG, "image/png"),
    (IMAGE, b"RIFF\n\0\0\0WEBPVP8 ", "image/webp"),
    (VIDEO, MP4, "video/mp4"),
    (VIDEO, b"\0\0\0\x0aftypmp42", "video/mp4"),
    (AUDIO, b"ID3\x04\0", "audio/mpeg"),
    (AUDIO, b"\xff\xfb\x90\x64", "audio/mpeg"),
    (AUDIO, WAV, "audio/wav"),
    (AUDIO, b"fLaC\0\0\0\x22", "audio/flac"),
    (AUDIO, b"OggS\0\x02", "audio/ogg"),
    (AUDIO, b"\xff\xf1\x50\x80", "audio/aac"),
    (AUDIO, b"\0\0\0\x20ftypM4A ", "audio/mp4"),
]
NO_VIDEOS = [b"\0\0\0\x20ftypavif", b"\0\0\0\x20ftypheic", b"\0\0\0\x20ftypM4A ", b"\x1aE\xdf\xa3webm", b"....moov"]
NO_IMAGES = [b"GIF89a", b"RIFF\n\0\0\0WAVEfmt ", MP4, b"\x89PNG\n", b"\0\0\0\x20ftypavif", b"<svg/>", b"plain"]


def in_data_url(content: bytes, media_type: str) -> dict[str, str]:
    return {"url": f"data:{media_type};base64,{base64.b64encode(content).decode()}"}


async def embedded(places: Mapping[str, Kind], **params: Any) -> dict[str, Any]:
    await embed(params, places)
    return params


@pytest.mark.parametrize(("kind", "content", "media_type"), HEADS)
async def test_bytes_become_a_data_url_of_the_type_that_they_begin_as(
    kind: Kind, content: bytes, media_type: str
) -> None:
    for form in (content, bytearray(content), memoryview(content)):
        assert await embedded({"it": kind}, it=form) == {"it": in_data_url(content, media_type)}


async def test_a_path_of_any_class_is_read(tmp_path: Path) -> None:
    file = tmp_path / "no-extension"
    file.write_bytes(PNG)
    for path in (file, anyio.Path(file)):
        assert await embedded(EDIT_IMAGE, image=path) == {"image": in_data_url(PNG, "image/png")}


async def test_a_file_of_another_type_is_not_read_whatever_its_size(tmp_path: Path) -> None:
    file = tmp_path / "film.mkv"
    with file.open("wb") as opened:
        opened.truncate(2**41)  # of holes: it takes no room here, and would not fit into memory
    with pytest.raises(RequestValidationError, match=r"^video must be .*, got 2199023255552 bytes of another type"):
        await embedded(OF_VIDEO, video=file)


@pytest.mark.parametrize("url", ["https://a.b/c.png", "http://a.b", "HTTPS://A.B", "data:image/png;base64,AAAA"])
async def test_a_url_becomes_an_object(url: str) -> None:
    assert await embedded(EDIT_IMAGE, image=url) == {"image": {"url": url}}


async def test_what_is_below_lists_and_objects_is_found_and_they_stay_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(PNG)
    own: dict[str, Any] = {
        "keyframes": [{"image": file, "timestamp_s": 1}, {"image": {"file_id": "f"}, "timestamp_s": 2}],
        "reference_images": (PNG, "https://a.b", {"url": "u", "more": 1}),
        "reference_audios": [{"voice_id": "ara"}, WAV],
        "prompt": PNG,
    }
    before = {name: list(value) if isinstance(value, list) else value for name, value in own.items()}
    png = in_data_url(PNG, "image/png")
    assert await embedded(GENERATE_VIDEO, **own) == {
        "keyframes": [{"image": png, "timestamp_s": 1}, {"image": {"file_id": "f"}, "timestamp_s": 2}],
        "reference_images": [png, {"url": "https://a.b"}, {"url": "u", "more": 1}],
        "reference_audios": [{"voice_id": "ara"}, in_data_url(WAV, "audio/wav")],
        "prompt": PNG,
    }
    assert own == before
    assert own["keyframes"][0]["image"] is file


async def test_what_is_absent_or_none_or_of_another_shape_is_left_to_the_check() -> None:
    for params in ({}, {"image": None}, {"keyframes": 5}, {"keyframes": [5, {"timestamp_s": 1}]}, {"keyframes": {}}):
        assert await embedded(GENERATE_VIDEO, **params) == params


@pytest.mark.parametrize(
    ("places", "params", "message"),
    [
        (EDIT_IMAGE, {"image": b""}, "image must be the URL, bytes or path of a JPEG, PNG or WebP image, .* is empty"),
        (EDIT_IMAGE, {"images": [PNG, b"GIF89a"]}, r"images\[1\] must be .*, got 6 bytes of another type"),
        (EDIT_IMAGE, {"image": "cat.png"}, r"image must be .*, got the text 'cat.png'; .* is given as Path\(...\)"),
        (EDIT_IMAGE, {"image": 5}, "image must be .*, or an object, got int"),
        (EDIT_IMAGE, {"images": [None]}, r"images\[0\] must be .*, got NoneType"),
        (EDIT_IMAGE, {"image": Path("nowhere/cat.png")}, "image cannot be read: .*No such file.*cat.png"),
        (EDIT_IMAGE, {"image": Path("\0")}, "image cannot be read: .*null"),
        (EDIT_IMAGE, {"image": Path()}, "image is no regular file"),
        (EDIT_IMAGE, {"images": PNG}, "images must be a list, got bytes"),
        (EDIT_IMAGE, {"images": Path("cat.png")}, "images must be a list, got PosixPath"),
        (GENERATE_VIDEO, {"keyframes": [{"image": WAV}]}, r"keyframes\[0\]\.image must be .*image"),
        (GENERATE_VIDEO, {"reference_audios": [PNG]}, r"reference_audios\[0\] must be .* of an MP3, WAV"),
        (OF_VIDEO, {"video": PNG}, "video must be the URL, bytes or path of an MP4 video, or an object, got 21 bytes"),
    ],
)
async def test_what_is_no_such_media_is_refused_by_name(
    places: Mapping[str, Kind], params: dict[str, Any], message: str
) -> None:
    with pytest.raises(RequestValidationError, match=f"^{message}") as caught:
        await embedded(places, **params)
    name = caught.value.parameter
    assert str(caught.value).startswith(name)
    assert name.split("[")[0] in params


@pytest.mark.parametrize(
    ("kind", "content"), [*((IMAGE, content) for content in NO_IMAGES), *((VIDEO, content) for content in NO_VIDEOS)]
)
def test_another_type_is_not_taken_for_an_image_or_video(kind: Kind, content: bytes) -> None:
    with pytest.raises(RequestValidationError):
        data_url(content, "it", kind)


@given(rest=st.binary(max_size=100))
def test_a_data_url_gives_the_bytes_back(rest: bytes) -> None:
    content = b"\xff\xd8\xff" + rest
    assert base64.b64decode(data_url(content, "image", IMAGE).partition(",")[2]) == content


@given(content=st.binary(max_size=40))
def test_no_bytes_are_of_two_types(content: bytes) -> None:
    for kind in (IMAGE, VIDEO, AUDIO):
        assert sum(pattern.match(content) is not None for pattern in kind.types.values()) <= 1


def test_every_place_that_the_description_marks_is_known_and_no_other() -> None:
    description = Path(__file__).parents[1] / "openapi" / "xai.json"
    schemas = json.loads(description.read_text(encoding="utf-8"))["components"]["schemas"]

    def marked(name: str, above: str = "") -> dict[str, str]:
        found: dict[str, str] = {}
        for key, field in schemas[name]["properties"].items():
            place = f"{above}{key}" + ("[]" if field.get("type") == "array" else "")
            reference = field.get("items", {}).get("$ref", "").rpartition("/")[2]
            if "x-media" in field:
                found[place] = field["x-media"]
            elif reference:
                found |= marked(reference, f"{place}.")
        return found

    words = {"image": IMAGE, "video": VIDEO, "audio": AUDIO}
    known = {
        "EditImageRequest": EDIT_IMAGE,
        "GenerateVideoRequest": GENERATE_VIDEO,
        "EditVideoRequest": OF_VIDEO,
        "ExtendVideoRequest": OF_VIDEO,
    }
    for name, places in known.items():
        assert {place: words[kind] for place, kind in marked(name).items()} == places
    holding = {name for name, schema in schemas.items() if name.endswith("Request") and "x-media" in json.dumps(schema)}
    assert holding == set(known)


CANARY = b"canary media " * 20


@pytest.mark.parametrize(
    "params",
    [
        {"images": [PNG + CANARY, CANARY]},
        {"images": [PNG + CANARY, Path("nowhere.png")]},
        {"image": PNG + CANARY, "n": 11},
        {"image": PNG + CANARY, "images": [PNG + CANARY]},
    ],
    ids=["no image", "no file", "refused by the check", "two sources"],
)
async def test_a_refusal_shows_no_media(client: AsyncXAI, sim: SimulatedXAI, params: dict[str, Any]) -> None:
    with pytest.raises(RequestValidationError) as caught:
        await client.images.edit(prompt="x", **params)
    seen = shown(caught.value)
    assert "canary media canary" not in seen
    assert base64.b64encode(CANARY).decode()[20:60] not in seen
    assert sim.requests == []


async def test_an_error_of_the_server_shows_no_media(client: AsyncXAI, sim: SimulatedXAI) -> None:
    sim.fail(400, times=3)
    for call in (client.images.edit, client.videos.generate, client.videos.start):
        with pytest.raises(Exception, match="simulated") as caught:
            await call(prompt="x", image=PNG + CANARY)
        seen = shown(caught.value)
        assert "canary media canary" not in seen
        assert base64.b64encode(CANARY).decode()[20:60] not in seen


async def test_the_end_of_a_wait_shows_no_media(client: AsyncXAI, sim: SimulatedXAI) -> None:
    sim.fail_job()
    with pytest.raises(JobFailedError) as caught:
        await client.videos.generate(prompt="x", image=PNG + CANARY, reference_images=[PNG + CANARY], interval=0)
    seen = shown(caught.value)
    assert "canary media canary" not in seen
    assert base64.b64encode(CANARY).decode()[20:60] not in seen


@pytest.mark.parametrize(
    ("method", "params", "message"),
    [
        ("images.edit", {"image": PNG, "images": [PNG]}, "image and images cannot be combined"),
        ("images.edit", {}, "the body must have one of image, images"),
        ("images.edit", {"image": {"url": "https://a", "file_id": "f"}}, r"image.url and image.file_id cannot"),
        ("images.edit", {"images": [PNG, {}]}, r"images\[1\] must have one of url, image_url, file_id"),
        ("images.edit", {"images": [PNG] * 6}, "images must have at most 5 entries, got 6 entries"),
        ("images.edit", {"image": PNG, "n": 0}, "n must be at least 1 and at most 10, got 0"),
        ("images.edit", {"image": PNG, "response_format": "b64"}, "response_format must be 'url' or 'b64_json'"),
        ("images.generate", {"n": 11}, "n must be at least 1 and at most 10, got 11"),
        ("images.generate", {"deferred": True}, "deferred is not a parameter here: call defer_generate"),
        ("images.edit", {"image": PNG, "deferred": True}, "deferred is not a parameter here: call defer_edit"),
        ("images.generate", {"storage_options": {}}, "storage_options.filename is required"),
        (
            "images.generate",
            {"storage_options": {"filename": "a", "expires_after": 3599}},
            "storage_options.expires_after",
        ),
        (
            "images.generate",
            {"storage_options": {"filename": "a", "public_url": {"expires_after": 5}}},
            r"storage_options.public_url.*must",
        ),
        ("videos.start", {"prompt": None}, "the body must have one of prompt, image"),
        ("videos.start", {"prompt": None, "reference_images": [PNG]}, "the body must have one of prompt, image"),
        ("videos.start", {"duration": 16}, "duration must be at least 1 and at most 15, got 16"),
        ("videos.start", {"keyframes": [{"image": PNG, "timestamp_s": 1}] * 5}, "keyframes must have at most 4"),
        ("videos.start", {"keyframes": [{"image": PNG, "timestamp_s": 0}]}, r"keyframes\[0\].timestamp_s must"),
        ("videos.start", {"reference_audios": [{"voice_id": "a", "url": "https://b"}]}, r"reference_audios\[0\].url"),
        ("videos.start", {"reference_audios": [WAV] * 4}, "reference_audios must have at most 3 entries"),
        ("videos.edit", {"video": {"file_id": "f", "url": "https://a"}}, "video.url and video.file_id cannot"),
        ("videos.edit", {}, "video is required"),
        ("videos.extend", {"video": MP4, "duration": 1}, "duration must be at least 2 and at most 10, got 1"),
        ("videos.extend", {"video": MP4, "duration": 11}, "duration must be at least 2 and at most 10, got 11"),
    ],
)
async def test_what_the_notes_exclude_is_refused_before_sending(
    client: AsyncXAI, sim: SimulatedXAI, method: str, params: dict[str, Any], message: str
) -> None:
    resource, name = method.split(".")
    with pytest.raises(RequestValidationError, match=f"^{message}"):
        await getattr(getattr(client, resource), name)(**{"prompt": "x", **params})
    assert sim.requests == []


async def test_the_alias_of_url_is_no_fault(client: AsyncXAI, sim: SimulatedXAI) -> None:
    aliased: Any = {"image_url": "https://a.b/c.png"}
    await client.images.edit(prompt="x", image=aliased)
    assert sim.requests[-1].body["image"] == aliased
