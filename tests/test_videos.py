"""Videos: started, polled and waited for, through everything that can happen meanwhile; the id is never lost."""

from __future__ import annotations

import json
import math
import pickle
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.rawserver import CUT, RESET, WAIT, RawServer, reply
from xai_httpx import (
    APIError,
    AsyncXAI,
    AuthenticationError,
    JobError,
    JobExpiredError,
    JobFailedError,
    JobState,
    JobTimeoutError,
    NotFoundError,
    RequestValidationError,
    ResponseValidationError,
    RetryPolicy,
)
from xai_httpx.testing import SimulatedXAI
from xai_httpx.types.videos import GeneratedVideo, VideoResponse

PNG = b"\x89PNG\r\n\x1a\n"
MP4 = b"\0\0\0\x20ftypisom"
FOX: Any = {"prompt": "A fox runs"}
FAST = RetryPolicy(first_delay=0.0, max_delay=0.0)


def client_of(server: RawServer, **options: Any) -> AsyncXAI:
    return AsyncXAI(api_key="k", base_url=server.base_url, retries=FAST, **options)


def said(http_status: int = 200, /, **body: Any) -> bytes:
    return reply(json.dumps(body).encode(), http_status)


STARTED = said(request_id="v-1")
PENDING = said(202, status="pending", progress=40)
VIDEO = {"url": "https://vidgen.x.ai/a.mp4", "duration": 8, "respect_moderation": True}
DONE = said(status="done", progress=100, model="grok-imagine-video", video=VIDEO)


async def test_a_video_is_made_and_told_of_on_the_way(client: AsyncXAI, sim: SimulatedXAI) -> None:
    sim.keep_pending(3)
    told: list[object] = []
    done = await client.videos.generate(
        **FOX, image=PNG, duration=3, interval=0, on_start=told.append, on_progress=told.append
    )
    assert sim.requests[0].body == {
        **FOX,
        "image": {"url": "data:image/png;base64,iVBORw0KGgo="},
        "duration": 3,
    }
    request_id = sim.requests[1].path.rpartition("/")[2]
    states = [state for state in told if isinstance(state, JobState)]
    assert told[0] == request_id
    assert [(state.id, state.status, state.progress) for state in states] == [
        (request_id, "pending", 0.0),
        (request_id, "pending", 33.0),
        (request_id, "pending", 66.0),
    ]
    assert (done.status, done.progress, done.moderated, done.meta.status) == ("done", 100, False, 200)
    assert done.usage is not None
    assert done.usage.cost_usd is not None
    assert done.video is not None
    assert (done.video.duration, done.url) == (3, done.video.url)


async def test_the_id_comes_before_the_first_poll_and_may_be_stored_by_an_async_function(
    client: AsyncXAI, sim: SimulatedXAI
) -> None:
    polled: list[int] = []

    async def keep(request_id: str) -> None:
        await anyio.lowlevel.checkpoint()
        polled.append(sum(request_id in request.path for request in sim.requests))

    await client.videos.generate(**FOX, interval=0, on_start=keep)
    assert polled == [0]


async def test_edits_and_extensions_are_started_and_waited_for(client: AsyncXAI, sim: SimulatedXAI) -> None:
    for start, duration in ((client.videos.edit, 8), (client.videos.extend, 6)):
        started = await start(prompt="Night", video=MP4)
        assert sim.requests[-1].body["video"]["url"].startswith("data:video/mp4;base64,")
        video = (await client.videos.wait(started.request_id, interval=0)).video
        assert video is not None
        assert video.duration == duration
    await client.videos.edit(prompt="Night", video="https://a.b/c.mp4")
    assert sim.requests[-1].body["video"] == {"url": "https://a.b/c.mp4"}


async def test_a_video_is_fetched_and_saved_without_the_key(
    client: AsyncXAI, sim: SimulatedXAI, tmp_path: Path
) -> None:
    done = await client.videos.generate(**FOX, interval=0)
    assert isinstance(done.video, GeneratedVideo)
    file = await client.videos.save(done, tmp_path / "fox.mp4")
    assert file.read_bytes() == await client.videos.content(done.video)
    assert file.read_bytes()[4:8] == b"ftyp"
    assert ["authorization" in request.headers for request in sim.requests[-2:]] == [False, False]


async def test_what_is_not_there_is_refused_with_the_reason(client: AsyncXAI, sim: SimulatedXAI) -> None:
    started: Any = await client.videos.start(**FOX)
    pending = await client.videos.retrieve(started.request_id)
    sim.moderate()
    moderated = await client.videos.generate(**FOX, interval=0)
    sent = len(sim.requests)
    assert (moderated.status, moderated.moderated, moderated.url) == ("done", True, None)
    for given, why in (
        (pending, "the job is pending"),
        (moderated, "moderation withheld it"),
        (started, "it is a StartDeferredResponse"),
        (GeneratedVideo(), "the server sent none"),
        (VideoResponse(status="done"), "the server sent none"),
        (VideoResponse.model_validate({"status": "done", "respect_moderation": False}), "moderation withheld it"),
    ):
        with pytest.raises(RequestValidationError, match=f"^video has no URL: {why}$"):
            await client.videos.content(given)
    assert len(sim.requests) == sent


@pytest.mark.parametrize("pending", [PENDING, reply(b"", 202, None), reply(b"wait", 202, "text/plain"), said(202)])
async def test_a_202_is_pending_with_or_without_json(server: RawServer, pending: bytes) -> None:
    for answer in (pending, pending, DONE):
        server.answer(answer)
    async with client_of(server) as client:
        job = await client.videos.retrieve("v-1")
        assert (job.status, job.video, job.meta.status) == ("pending", None, 202)
        assert job.progress == (40 if pending is PENDING else None)
        assert (await client.videos.wait("v-1", interval=0)).url == VIDEO["url"]


async def test_a_reply_of_the_older_form_without_a_status_is_done(server: RawServer) -> None:
    server.answer(said(video={"url": "https://a.b/c.mp4", "duration": 6}, model="m"))
    async with client_of(server) as client:
        assert (await client.videos.wait("v-1", interval=0)).status == "done"


@pytest.mark.parametrize("status", ["queued", "processing", "rendering"])
async def test_a_status_that_is_not_known_means_that_it_goes_on(server: RawServer, status: str) -> None:
    for answer in (said(200, status=status), said(202, status=status), DONE):
        server.answer(answer)
    heard: list[str] = []
    async with client_of(server) as client:
        await client.videos.wait("v-1", interval=0, on_progress=lambda state: heard.append(state.status))
    assert heard == [status, status]


@pytest.mark.parametrize(
    ("body", "words", "code"),
    [
        ({"error": {"code": "invalid_argument", "message": "No."}}, "invalid_argument: No.", "invalid_argument"),
        ({"error": {"code": "new_word", "message": "No."}}, "new_word: No.", "new_word"),
        ({}, "the server gives no reason", None),
        ({"error": None}, "the server gives no reason", None),
    ],
)
async def test_a_video_that_failed_raises_with_its_reason(
    server: RawServer, body: dict[str, Any], words: str, code: str | None
) -> None:
    for answer in (PENDING, said(status="failed", **body)):
        server.answer(answer)
    async with client_of(server) as client:
        with pytest.raises(JobFailedError, match=f"^job v-1 failed: {words}$") as caught:
            await client.videos.wait("v-1", interval=0)
    error = pickle.loads(pickle.dumps(caught.value))
    assert (error.id, error.code, error.reply.status) == ("v-1", code, "failed")
    assert error.last.status == "failed"
    assert len(server.requests) == 2


@pytest.mark.parametrize("error", ["No.", {"message": "No."}, {"code": 7, "message": "No.", "more": []}])
@pytest.mark.filterwarnings("ignore::xai_httpx.UnexpectedResponseWarning")
async def test_a_failure_of_another_shape_is_a_failure_all_the_same(server: RawServer, error: object) -> None:
    server.always = (said(error=error, status="failed"),)
    async with client_of(server) as client:
        with pytest.raises(JobFailedError, match=r"failed: No\.$"):
            await client.videos.wait("v-1", interval=0)
    assert len(server.requests) == 1


async def test_what_expired_and_what_is_forgotten_raise_the_same(server: RawServer) -> None:
    for answer in (said(status="expired"), PENDING, said(404, code="x", error="gone")):
        server.answer(answer)
    async with client_of(server) as client:
        for _ in range(2):
            with pytest.raises(JobExpiredError) as caught:
                await client.videos.wait("v-1", interval=0)
            assert caught.value.id == "v-1"


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ([said(status="failed", error={"code": "internal_error", "message": "No."})], JobFailedError),
        ([said(status="expired")], JobExpiredError),
        ([PENDING], JobTimeoutError),
        ([reply(b"", 202, None)], JobTimeoutError),
        ([said(503, code="x", error="no")], JobTimeoutError),
        ([CUT], JobTimeoutError),
        ([RESET], JobTimeoutError),
    ],
)
async def test_the_id_is_on_every_error_of_the_wait(
    server: RawServer, answers: list[bytes], kind: type[JobError]
) -> None:
    for answer in (STARTED, *answers):
        server.answer(answer)
    async with client_of(server) as client:
        with pytest.raises(kind) as caught:
            await client.videos.generate(**FOX, timeout=0)
    assert caught.value.id == "v-1"
    assert "v-1" in str(caught.value)


@pytest.mark.parametrize("body", [{}, {"request_id": None}, {"request_id": 5, "id": "v-1"}, {"request_id": ""}])
@pytest.mark.filterwarnings("ignore::xai_httpx.UnexpectedResponseWarning")
async def test_a_start_whose_reply_has_no_id_says_so_and_keeps_the_reply(
    server: RawServer, body: dict[str, Any]
) -> None:
    server.answer(said(**body))
    async with client_of(server) as client:
        with pytest.raises(ResponseValidationError, match="the job was started, but the reply has no request_id") as e:
            await client.videos.generate(**FOX)
    assert (json.loads(e.value.body), e.value.may_have_been_processed) == (body, True)
    assert e.value.meta is not None


async def test_polls_carry_the_options_of_the_start_but_not_its_body(server: RawServer) -> None:
    for answer in (STARTED, DONE):
        server.answer(answer)
    async with client_of(server) as client:
        await client.videos.generate(**FOX, options={"extra_body": {"new": 1}, "headers": {"x-mine": "1"}})
    start, poll = server.requests
    assert (json.loads(start.body), poll.body) == ({**FOX, "new": 1}, b"")
    assert start.headers["x-mine"] == poll.headers["x-mine"] == "1"


@pytest.mark.filterwarnings("ignore::xai_httpx.UnexpectedResponseWarning")
async def test_a_poll_that_tells_no_status_leaves_it_unknown(server: RawServer) -> None:
    server.answer(said(progress=3))
    async with client_of(server) as client:
        with pytest.raises(JobTimeoutError, match="status unknown, polls 1"):
            await client.videos.wait("v-1", timeout=0)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
async def test_the_id_is_on_a_refusal_of_a_poll(server: RawServer, status: int) -> None:
    for answer in (STARTED, said(status, code="x", error="no")):
        server.answer(answer)
    async with client_of(server) as client:
        with pytest.raises(APIError) as caught:
            await client.videos.generate(**FOX)
    assert caught.value.job_id == "v-1"
    assert caught.value.__notes__ == ["while waiting for job v-1"]


async def test_the_id_is_on_an_error_in_the_body_of_a_poll(server: RawServer) -> None:
    for answer in (STARTED, said(200, code="x", error="Incorrect API key provided", status=400)):
        server.answer(answer)
    async with client_of(server) as client:
        with pytest.raises(AuthenticationError) as caught:
            await client.videos.generate(**FOX)
    assert caught.value.job_id == "v-1"


@pytest.mark.parametrize("listener", ["on_start", "on_progress"])
async def test_the_id_is_noted_on_an_error_of_the_callers_own(server: RawServer, listener: str) -> None:
    def fail(_: object) -> None:
        raise OSError("disk full")

    for answer in (STARTED, PENDING):
        server.answer(answer)
    async with client_of(server) as client:
        with pytest.raises(OSError, match="disk full") as caught:
            await client.videos.generate(**FOX, **{listener: fail})
    assert caught.value.__notes__ == ["while waiting for job v-1"]


async def test_the_id_is_noted_on_a_cancellation(server: RawServer) -> None:
    server.answer(STARTED)
    server.always = (WAIT,)
    noted: list[str] = []

    async def run() -> None:
        try:
            await client.videos.generate(**FOX, on_start=lambda _: polling.set())
        except anyio.get_cancelled_exc_class() as error:
            noted.extend(error.__notes__)
            raise

    polling = anyio.Event()
    async with client_of(server) as client, anyio.create_task_group() as tasks:
        tasks.start_soon(run)
        await polling.wait()
        tasks.cancel_scope.cancel()
    assert noted == ["while waiting for job v-1"]


async def test_a_wait_that_timed_out_can_be_taken_up_again(client: AsyncXAI, sim: SimulatedXAI) -> None:
    sim.keep_pending(2)
    with pytest.raises(JobTimeoutError) as caught:
        await client.videos.generate(**FOX, timeout=0)
    assert caught.value.last is not None
    assert (caught.value.last.status, caught.value.last.progress) == ("pending", 0.0)
    assert (await client.videos.wait(caught.value.id, interval=0)).url


@pytest.mark.parametrize("times", [{"interval": -1}, {"timeout": math.nan}, {"interval": "1"}])
async def test_times_that_make_no_sense_are_refused_before_the_job_is_started(
    server: RawServer, times: dict[str, Any]
) -> None:
    async with client_of(server) as client:
        with pytest.raises(RequestValidationError, match="must be seconds"):
            await client.videos.generate(**FOX, **times)
    assert server.requests == []


async def test_starting_is_billed_so_it_is_not_sent_again(server: RawServer) -> None:
    server.always = (said(500, code="x", error="no"),)
    async with client_of(server) as client:
        for call in (client.videos.start, client.videos.generate):
            with pytest.raises(APIError) as caught:
                await call(**FOX)
            assert (caught.value.may_have_been_processed, caught.value.job_id) == (True, None)
    assert len(server.requests) == 2


async def test_polls_that_fail_in_passing_do_not_lose_the_job(server: RawServer) -> None:
    for answer in (PENDING, said(503, code="x", error="no"), CUT, reply(b"", 202, None), DONE):
        server.answer(answer)
    async with client_of(server) as client:
        assert (await client.videos.wait("v-1", interval=0)).url == VIDEO["url"]


async def test_an_id_that_would_change_the_path_is_refused_before_sending(server: RawServer) -> None:
    async with client_of(server) as client:
        for call in (client.videos.retrieve, client.videos.wait):
            with pytest.raises(RequestValidationError, match="request_id"):
                await call("..")
    assert server.requests == []


async def test_an_id_that_was_never_known_is_not_found(client: AsyncXAI) -> None:
    with pytest.raises(NotFoundError) as caught:
        await client.videos.wait("none")
    assert caught.value.job_id == "none"


def test_the_sync_form(sim: SimulatedXAI, tmp_path: Path) -> None:
    with sim.sync_client() as xai:
        done = xai.videos.generate(**FOX, interval=0)
        assert isinstance(done, VideoResponse)
        assert xai.videos.save(done, tmp_path / "a.mp4").read_bytes() == xai.videos.content(done)
        for started in (
            xai.videos.start(**FOX),
            *(each(prompt="x", video=MP4) for each in (xai.videos.edit, xai.videos.extend)),
        ):
            assert xai.videos.retrieve(started.request_id).status == "pending"
            assert xai.videos.wait(started.request_id, interval=0).url
