"""Videos: `POST /v1/videos/generations`, `/edits` and `/extensions`, `GET /v1/videos/{request_id}`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from .._call import Call, Replay, segment
from .._jobs import JobState, Look, check_times, naming, wait
from .._listeners import told
from .._media import GENERATE_VIDEO, OF_VIDEO, embed
from .._media_results import id_of, job_of, look_of, url_of
from .._prepare import JSON
from .._raw import RawReply
from .._sources import Progress
from .._sync import SyncResource, to_sync
from ..types.shared import StartDeferredResponse
from ..types.videos import GeneratedVideo, VideoResponse
from ._base import Resource

if TYPE_CHECKING:
    from .._config import RequestOptions
    from ..types.videos_params import EditVideoParams, ExtendVideoParams, GenerateVideoParams

_STARTS = {
    "generations": ("videos.GenerateVideoRequest", GENERATE_VIDEO),
    "edits": ("videos.EditVideoRequest", OF_VIDEO),
    "extensions": ("videos.ExtendVideoRequest", OF_VIDEO),
}


class Videos(Resource):
    """Videos from words, images and other videos. Each is a job: it is started, and waited for."""

    async def start(
        self, *, options: RequestOptions | None = None, **params: Unpack[GenerateVideoParams]
    ) -> StartDeferredResponse:
        """Start making a video; `wait` waits for it, from anywhere. Nothing stops it, and it is billed when done.

        Args:
            options: Transport options of this call.
            **params: `prompt`, or `image` for the first frame, is required; `duration` is 1 to 15 seconds. An image is
                a URL, bytes, a path, or an object with `url` or `file_id`; JPEG, PNG or WebP. An audio clip is the
                same, or an object with `voice_id`. See `GenerateVideoParams` for all.

        Returns:
            The `request_id` to fetch the video with.

        Raises:
            RequestValidationError: A parameter is missing, misspelt or out of range, or a file cannot be read; nothing
                was sent.
            APIError: The call failed; where `may_have_been_processed`, a video may be made that has no id here.
        """
        return await self._start("generations", params, options)

    async def edit(
        self, *, options: RequestOptions | None = None, **params: Unpack[EditVideoParams]
    ) -> StartDeferredResponse:
        """Start changing a video by words.

            started = await client.videos.edit(prompt="Make it night", video=Path("fox.mp4"))
            done = await client.videos.wait(started.request_id)

        Args:
            options: Transport options of this call.
            **params: `prompt` and `video` are required. A video is a URL, bytes, a path, or an object with `url` or
                `file_id`; MP4. Upload a large one with `client.files` and give its id.

        Returns:
            As `start`.

        Raises:
            RequestValidationError: As for `start`.
            APIError: As for `start`.
        """
        return await self._start("edits", params, options)

    async def extend(
        self, *, options: RequestOptions | None = None, **params: Unpack[ExtendVideoParams]
    ) -> StartDeferredResponse:
        """Start continuing a video at its end; `wait` waits for it, as after `edit`.

        Args:
            options: Transport options of this call.
            **params: `prompt` and `video` (2 to 15 seconds long; given as for `edit`) are required; `duration` is the
                seconds of new footage, 2 to 10.

        Returns:
            As `start`.

        Raises:
            RequestValidationError: As for `start`.
            APIError: As for `start`.
        """
        return await self._start("extensions", params, options)

    async def retrieve(self, request_id: str, *, options: RequestOptions | None = None) -> VideoResponse:
        """Look at a job.

        Args:
            request_id: As returned by `start`, `edit` or `extend`.
            options: Transport options of this call.

        Returns:
            Its `status` (`pending`, `done`, `failed`, `expired`, or a word newer than this version), `progress` in
            percent where the server tells it, and `video` or `error`.

        Raises:
            NotFoundError: There is no such job, or not any more.
        """
        path = f"/videos/{segment(request_id, 'request_id')}"
        reply = await self._client._raw(Call("GET", path, RawReply, deferred=True), options, JSON)
        return job_of(reply, VideoResponse, strict=self._client._config.strict)

    async def wait(
        self,
        request_id: str,
        *,
        interval: float = 5.0,
        timeout: float | None = 600.0,
        on_progress: Callable[[JobState], object] | None = None,
        options: RequestOptions | None = None,
    ) -> VideoResponse:
        """Poll a job until its video is there.

        Polls that fail in passing (5xx, 429, connection loss, silence of 60 seconds) do not end the wait.

        Args:
            request_id: As returned by `start`, `edit` or `extend`.
            interval: Seconds from the first poll to the second, 0 or more; later pauses grow to 10 seconds, or to
                `interval` if that is longer, and have jitter.
            timeout: Seconds until the last poll, 0 or more; 0 polls once, None has no limit.
            on_progress: Called with the state, `progress` in percent, before each pause; awaited if it is async.
            options: Transport options of each poll. It is sent once, so of `retries` only the delays count.

        Returns:
            The job with its `video`; `url` is where it can be fetched for a while, unless it is `moderated`.

        Raises:
            RequestValidationError: `interval` or `timeout` is negative; nothing was sent.
            JobFailedError: No video was made; `code` and the message say why, `reply` is the job.
            JobTimeoutError: It is not there within `timeout`; it can be waited for again.
            JobExpiredError: The server says so, or does not know the job any more.
            NotFoundError: The first poll finds nothing.
            APIError: A poll was refused; `job_id` is the request id.
        """

        async def look(poll: RequestOptions) -> Look[VideoResponse]:
            job = await self.retrieve(request_id, options=poll)
            return look_of(job, job)

        settings = self._client._config.settings
        return await wait(
            request_id, look, settings, options, interval=interval, timeout=timeout, on_progress=on_progress
        )

    async def generate(
        self,
        *,
        interval: float = 5.0,
        timeout: float | None = 600.0,
        on_start: Callable[[str], object] | None = None,
        on_progress: Callable[[JobState], object] | None = None,
        options: RequestOptions | None = None,
        **params: Unpack[GenerateVideoParams],
    ) -> VideoResponse:
        """Start making a video and wait for it.

        The job goes on whatever becomes of the wait, and is billed: its id goes to `on_start` and is on every error.

        Args:
            interval: As for `wait`.
            timeout: As for `wait`, from when the job was started.
            on_start: Called with the request id before the first poll; awaited if it is async.
            on_progress: As for `wait`.
            options: Transport options of the call that starts it, and but for `extra_body` of each poll.
            **params: As for `start`.

        Returns:
            As `wait`.

        Raises:
            RequestValidationError: As for `start` and `wait`; nothing was sent.
            JobError: As for `wait`; `id` is the request id, to wait again with.
            APIError: The start failed, or a poll was refused; of a poll, `job_id` is the request id.
            ResponseValidationError: The start worked, but its reply has no request id; `body` is the reply.
        """
        check_times(interval, timeout)
        started = await self._start("generations", params, options)
        request_id = id_of(started)
        polls: RequestOptions = {**(options or {})}
        polls.pop("extra_body", None)  # it is of the start; a GET that has a body is refused by gateways
        with naming(request_id):
            if on_start is not None:
                await told(on_start, request_id)
            return await self.wait(
                request_id, interval=interval, timeout=timeout, on_progress=on_progress, options=polls
            )

    async def content(self, video: VideoResponse | GeneratedVideo, *, options: RequestOptions | None = None) -> bytes:
        """The bytes of a video, fetched from its temporary URL.

        Args:
            video: A job that is done, or the `video` in it.
            options: Transport options of the fetch, which carries neither the key nor headers of the client.

        Raises:
            RequestValidationError: It has no URL, for it is not done or moderation withheld it; nothing was sent.
            ResponseTooLargeError: It is larger than `max_body_bytes`; `save` has no limit.
            APIError: The fetch failed, as when the URL has expired.
        """
        return (await self._client._fetched(url_of(video, "video"), options)).content

    async def save(
        self,
        video: VideoResponse | GeneratedVideo,
        to: str | PathLike[str],
        *,
        options: RequestOptions | None = None,
        on_progress: Progress | None = None,
    ) -> Path:
        """Write a video to a file, which appears under its name once it is whole.

        Args:
            video: A job that is done, or the `video` in it.
            to: The file, which is replaced if it exists; its folder has to exist.
            options: As for `content`.
            on_progress: Called with the bytes written and their total, or None, after each chunk; awaited if it is
                async.

        Returns:
            The path of the file.

        Raises:
            RequestValidationError: As for `content`, or there cannot be such a file; nothing was sent.
            APIError: The fetch failed.
            OSError: The file could not be written.
        """
        return (await self._client._fetched_to(url_of(video, "video"), to, options, on_progress)).path

    async def _start(
        self, what: str, params: Mapping[str, Any], options: RequestOptions | None
    ) -> StartDeferredResponse:
        checks, places = _STARTS[what]
        await embed(params, places)
        call = Call("POST", f"/videos/{what}", StartDeferredResponse, Replay.CREATE, params, checks=checks)
        return await self._client._call(call, options)


class SyncVideos(SyncResource[Videos]):
    """Videos from words, images and other videos. Each is a job: it is started, and waited for."""

    start = to_sync(Videos.start)
    edit = to_sync(Videos.edit)
    extend = to_sync(Videos.extend)
    retrieve = to_sync(Videos.retrieve)
    wait = to_sync(Videos.wait)
    generate = to_sync(Videos.generate)
    content = to_sync(Videos.content)
    save = to_sync(Videos.save)
