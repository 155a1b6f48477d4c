"""The simulator's images and videos: real files, statuses as the API has them, and what tests script."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from xai_httpx.testing import SimulatedXAI
from xai_httpx.testing._api.clips import mp4
from xai_httpx.testing._api.pictures import png, size_of

PNG = "data:image/png;base64,iVBORw0KGgo="
MP4 = "data:video/mp4;base64,AAAAIGZ0eXBpc29t"
PUBLIC_FOR_TEXT = {"filename": "a.png", "public_url": {"expires_after": "long"}}
WAV = "data:audio/wav;base64,UklGRiQAAABXQVZFZm10IA=="


def send(sim: SimulatedXAI, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
    headers = {"authorization": f"Bearer {sim.api_key}"}
    method = "GET" if body is None else "POST"
    return httpx.request(method, sim.base_url + path, json=body, headers=headers, trust_env=False)


def chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG, their checksums checked."""
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    at = 8
    while at < len(picture):
        length, kind = struct.unpack(">I4s", picture[at : at + 8])
        content = picture[at + 8 : at + 8 + length]
        assert struct.unpack(">I", picture[at + 8 + length : at + 12 + length]) == (zlib.crc32(kind + content),)
        yield kind, content
        at += 12 + length


def boxes(content: bytes) -> dict[bytes, bytes]:
    """The boxes of an MP4, which fill it."""
    found: dict[bytes, bytes] = {}
    while content:
        size, kind = struct.unpack(">I4s", content[:8])
        assert 8 <= size <= len(content)
        found[kind] = content[8:size]
        content = content[size:]
    return found


def inside(clip: bytes, *path: bytes) -> bytes:
    for kind in path:
        clip = boxes(clip)[kind]
    return clip


@pytest.mark.parametrize("size", [(2, 2), (1024, 576), (946, 2048), (9, 70)])
def test_a_picture_is_a_png_of_its_size(size: tuple[int, int]) -> None:
    parts = dict(chunks(png(*size)))
    assert struct.unpack(">II", parts[b"IHDR"][:8]) == size
    width, height = size
    assert len(zlib.decompress(parts[b"IDAT"])) == height * (1 + -(-width // 8))
    assert list(parts)[-1] == b"IEND"


@pytest.mark.parametrize("seconds", [1, 8, 15])
def test_a_clip_is_an_mp4_whose_samples_are_its_pictures(seconds: int) -> None:
    clip = mp4(854, 480, seconds)
    assert list(boxes(clip)) == [b"ftyp", b"mdat", b"moov"]
    scale, length = struct.unpack(">II", inside(clip, b"moov", b"mvhd")[12:20])
    assert length == seconds * scale
    samples = inside(clip, b"moov", b"trak", b"mdia", b"minf", b"stbl")
    sizes = struct.unpack(f">{seconds}I", boxes(samples)[b"stsz"][12:])
    (at,) = struct.unpack(">I", boxes(samples)[b"stco"][8:])
    for number, size in enumerate(sizes):
        assert clip[at : at + size] == png(854, 480, number)
        at += size


@pytest.mark.parametrize(
    ("ratio", "size"),
    [
        ("1:1", (1024, 1024)),
        ("auto", (1024, 1024)),
        ("16:9", (1024, 576)),
        ("9:19.5", (472, 1024)),
        ("2:1", (1024, 512)),
    ],
)
def test_a_size_has_the_ratio_and_is_even(ratio: str, size: tuple[int, int]) -> None:
    assert size_of(ratio, 1024) == size


def test_results_have_the_size_that_was_asked_for_and_need_no_key(sim: SimulatedXAI) -> None:
    body = send(sim, "/images/generations", {"prompt": "x", "aspect_ratio": "3:2", "resolution": "1.5k"}).json()
    fetched = httpx.get(body["data"][0]["url"], trust_env=False)
    assert (fetched.status_code, fetched.headers["content-type"]) == (200, "image/png")
    assert struct.unpack(">II", next(chunks(fetched.content))[1][:8]) == (1536, 1024)


def test_the_url_of_a_result_works_for_an_hour(sim: SimulatedXAI) -> None:
    url = send(sim, "/images/generations", {"prompt": "x"}).json()["data"][0]["url"]
    sim.advance(3599)
    assert httpx.get(url, trust_env=False).status_code == 200
    sim.advance(2)
    assert httpx.get(url, trust_env=False).status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/images/generations", {}, 422),
        ("/images/generations", {"prompt": 5}, 422),
        ("/images/generations", {"prompt": "x", "n": "2"}, 422),
        ("/images/generations", {"prompt": "x", "n": 11}, 400),
        ("/images/generations", {"prompt": "x", "aspect_ratio": "5:1"}, 422),
        ("/images/generations", {"prompt": "x", "resolution": "8k"}, 422),
        ("/images/generations", {"prompt": "x", "response_format": "png"}, 422),
        ("/images/generations", {"prompt": "x", "response_format": "b64_json", "deferred": True}, 400),
        ("/images/generations", {"prompt": "x", "output": {"upload_urls": []}}, 400),
        ("/images/generations", {"prompt": "x", "model": "grok-4.6"}, 400),
        ("/images/generations", {"prompt": "x", "model": "nope"}, 404),
        ("/images/generations", {"prompt": "x", "storage_options": {}}, 422),
        ("/images/generations", {"prompt": "x", "storage_options": {"filename": "a;b"}}, 400),
        ("/images/generations", {"prompt": "x", "storage_options": PUBLIC_FOR_TEXT}, 422),
        ("/images/edits", {"prompt": "x", "image": {"image_url": 5}}, 422),
        ("/images/edits", {"prompt": "x", "image": {"url": None}}, 422),
        ("/images/edits", {"prompt": "x"}, 400),
        ("/images/edits", {"prompt": "x", "image": PNG}, 422),
        ("/images/edits", {"prompt": "x", "image": {}}, 400),
        ("/images/edits", {"prompt": "x", "image": {"url": PNG}, "images": [{"url": PNG}]}, 400),
        ("/images/edits", {"prompt": "x", "images": [{"url": PNG}] * 6}, 400),
        ("/images/edits", {"prompt": "x", "images": [5]}, 422),
        ("/images/edits", {"prompt": "x", "image": {"url": "cat.png"}}, 400),
        ("/images/edits", {"prompt": "x", "image": {"url": MP4}}, 400),
        ("/images/edits", {"prompt": "x", "image": {"url": "data:image/png;base64,%%"}}, 400),
        ("/images/edits", {"prompt": "x", "image": {"url": PNG, "file_id": "f"}}, 400),
        ("/images/edits", {"prompt": "x", "image": {"file_id": "f"}}, 404),
        ("/images/none", None, 404),
        ("/videos/generations", {}, 400),
        ("/videos/generations", {"prompt": "x", "duration": 16}, 400),
        ("/videos/generations", {"prompt": "x", "duration": "5"}, 422),
        ("/videos/generations", {"prompt": "x", "duration": True}, 422),
        ("/videos/generations", {"prompt": "x", "resolution": "4k"}, 422),
        ("/videos/generations", {"prompt": "x", "keyframes": [{"image": {"url": PNG}, "timestamp_s": 8}]}, 400),
        ("/videos/generations", {"prompt": "x", "keyframes": [{"timestamp_s": 1}]}, 422),
        ("/videos/generations", {"prompt": "x", "reference_audios": [{"url": WAV, "voice_id": "ara"}]}, 400),
        ("/videos/generations", {"prompt": "x", "reference_images": [{"url": WAV}]}, 400),
        ("/videos/generations", {"prompt": "x", "model": "grok-imagine-image"}, 400),
        ("/videos/generations", {"prompt": "x", "output": {}}, 422),
        ("/videos/edits", {"prompt": "x"}, 422),
        ("/videos/edits", {"prompt": "x", "video": {"url": PNG}}, 400),
        ("/videos/extensions", {"prompt": "x", "video": {"url": MP4}, "duration": 11}, 400),
        ("/videos/none", None, 404),
    ],
)
def test_what_is_wrong_has_the_status_of_the_api(
    sim: SimulatedXAI, path: str, body: dict[str, Any] | None, status: int
) -> None:
    reply = send(sim, path, body)
    assert (reply.status_code, set(reply.json())) == (status, {"code", "error"})


@pytest.mark.parametrize(
    "body",
    [
        {"image": {"url": PNG}},
        {"prompt": "x", "duration": 5, "resolution": "1080p", "aspect_ratio": "9:16"},
        {"prompt": "x", "keyframes": [{"image": {"url": PNG}, "timestamp_s": 0.5}]},
        {
            "prompt": "x",
            "reference_images": [{"image_url": PNG}, {"image_url": PNG}],
            "reference_audios": [{"url": WAV}, {"voice_id": "a"}],
        },
        {"prompt": "x", "reference_audios": [{"voice_id": "ara"}]},
        {"prompt": "x", "output": {"upload_url": "https://mine/a.mp4"}},
    ],
)
def test_a_video_can_be_made_of_all_that_the_api_takes(sim: SimulatedXAI, body: dict[str, Any]) -> None:
    sim.keep_pending(0)
    started = send(sim, "/videos/generations", body)
    job = send(sim, f"/videos/{started.json()['request_id']}")
    assert (job.status_code, job.json()["status"]) == (200, "done")
    assert job.json()["video"]["url"] == body.get("output", {}).get("upload_url", job.json()["video"]["url"])


def test_a_job_is_pending_for_the_polls_that_are_set_then_stays_at_its_end(sim: SimulatedXAI) -> None:
    sim.keep_pending(3)
    path = f"/videos/{send(sim, '/videos/generations', {'prompt': 'x'}).json()['request_id']}"
    seen = [send(sim, path) for _ in range(5)]
    assert [reply.status_code for reply in seen] == [202, 202, 202, 200, 200]
    assert [reply.json()["progress"] for reply in seen] == [0, 33, 66, 100, 100]
    assert seen[3].json() == seen[4].json()


def test_scripts_are_for_the_jobs_that_start_next(sim: SimulatedXAI) -> None:
    sim.keep_pending(0)
    sim.fail_job("invalid_argument", "No.")
    sim.expire_job()
    paths = [
        f"/images/{send(sim, '/images/generations', {'prompt': 'x', 'deferred': True}).json()['request_id']}",
        *(f"/videos/{send(sim, '/videos/generations', {'prompt': 'x'}).json()['request_id']}" for _ in range(2)),
    ]
    ends = [send(sim, path).json() for path in paths]
    assert [end["status"] for end in ends] == ["failed", "expired", "done"]
    assert ends[0]["error"] == {"code": "invalid_argument", "message": "No."}


def test_an_image_that_is_not_deferred_takes_no_script_of_a_job(sim: SimulatedXAI) -> None:
    sim.fail_job()
    assert send(sim, "/images/generations", {"prompt": "x"}).json()["data"]
    sim.keep_pending(0)
    request_id = send(sim, "/videos/generations", {"prompt": "x"}).json()["request_id"]
    assert send(sim, f"/videos/{request_id}").json()["status"] == "failed"


def test_what_is_withheld_is_what_is_made_next(sim: SimulatedXAI) -> None:
    sim.moderate(2)
    first, second = send(sim, "/images/generations", {"prompt": "x", "n": 2}).json()["data"]
    assert first == second == {"respect_moderation": False}
    assert "url" in send(sim, "/images/generations", {"prompt": "x"}).json()["data"][0]


def test_a_public_url_that_cannot_be_made_does_not_lose_the_image(sim: SimulatedXAI) -> None:
    stored = {"filename": "a.txt", "public_url": True}
    image = send(sim, "/images/generations", {"prompt": "x", "storage_options": stored}).json()["data"][0]
    assert image["file_output"]["file_id"]
    assert "public_url_error" in image["file_output"]


@pytest.mark.parametrize("script", ["moderate", "fail_job", "expire_job"])
def test_a_script_for_no_times_is_a_mistake(sim: SimulatedXAI, script: str) -> None:
    with pytest.raises(ValueError, match="times must be at least 1"):
        getattr(sim, script)(times=0)
