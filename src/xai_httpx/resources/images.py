"""Images: `POST /v1/images/generations` and `/edits`, `GET /v1/images/{request_id}`."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from .._arguments import within
from .._call import Call, Replay, segment
from .._download import keep
from .._jobs import JobState, Look, wait
from .._media import EDIT_IMAGE, embed
from .._media_results import MOST_IMAGES, entries, inline, job_of, look_of, url_of, whole
from .._models import decode
from .._prepare import JSON
from .._raw import RawReply
from .._sources import Progress
from .._sync import SyncResource, to_sync
from ..types.images import GeneratedImage, GeneratedImageResponse, GetDeferredImageResponse
from ..types.shared import StartDeferredResponse
from ._base import Resource

if TYPE_CHECKING:
    from .._config import RequestOptions
    from ..types.images_params import EditImageParams, GenerateImageParams

_GENERATE, _GENERATE_CHECKS = "/images/generations", "images.GenerateImageRequest"
_EDIT, _EDIT_CHECKS = "/images/edits", "images.EditImageRequest"
_DEFERRED = {"deferred": True}


class Images(Resource):
    """Images from words and from other images."""

    async def generate(
        self, *, options: RequestOptions | None = None, **params: Unpack[GenerateImageParams]
    ) -> GeneratedImageResponse:
        """Make images from words.

            result = await client.images.generate(model="grok-imagine-image", prompt="A fox in the snow", n=2)
            for image in result.data:
                print(image.url, image.moderated)

        Args:
            options: Transport options of this call.
            **params: `prompt` is required; `n` is 1 to 10; see `GenerateImageParams` for all.

        Returns:
            As many images in `data` as were asked for; one that moderation withheld is `moderated`.
            `usage.cost_usd` is what they cost.

        Raises:
            RequestValidationError: A parameter is missing, misspelt or out of range; nothing was sent.
            BadRequestError: Moderation rejected the prompt or the result as a whole, or the model makes no images.
            APIError: The call failed.
        """
        asked = params.get("n")
        call = Call("POST", _GENERATE, GeneratedImageResponse, Replay.CREATE, params, checks=_GENERATE_CHECKS)
        return whole(await self._client._call(call, options), asked)

    async def edit(
        self, *, options: RequestOptions | None = None, **params: Unpack[EditImageParams]
    ) -> GeneratedImageResponse:
        """Change an image, or combine several, by words.

            result = await client.images.edit(prompt="Make it night", image=Path("fox.png"))

        Args:
            options: Transport options of this call.
            **params: `prompt` and one of `image` and `images` (up to 5, in the prompt `<IMAGE_0>`, `<IMAGE_1>`, ...)
                are required. An image is a URL, bytes, a path, or an object with `url` or `file_id`; JPEG, PNG or WebP.

        Returns:
            As `generate`.

        Raises:
            RequestValidationError: A parameter is missing, misspelt or out of range, or an image cannot be read;
                nothing was sent.
            APIError: The call failed; as for `generate`.
        """
        asked = params.get("n")
        await embed(params, EDIT_IMAGE)
        call = Call("POST", _EDIT, GeneratedImageResponse, Replay.CREATE, params, checks=_EDIT_CHECKS)
        return whole(await self._client._call(call, options), asked)

    async def defer_generate(
        self, *, options: RequestOptions | None = None, **params: Unpack[GenerateImageParams]
    ) -> StartDeferredResponse:
        """Have images made in the background; `wait` waits for them, from anywhere.

        Args:
            options: Transport options of this call.
            **params: As for `generate`; the server takes no `response_format` but `url`.

        Returns:
            The `request_id` to fetch the images with.

        Raises:
            RequestValidationError: A parameter is missing, misspelt or out of range; nothing was sent.
            APIError: The call failed; where `may_have_been_processed`, images may be made that have no id here.
        """
        call = Call(
            "POST", _GENERATE, StartDeferredResponse, Replay.CREATE, params, sets=_DEFERRED, checks=_GENERATE_CHECKS
        )
        return await self._client._call(call, options)

    async def defer_edit(
        self, *, options: RequestOptions | None = None, **params: Unpack[EditImageParams]
    ) -> StartDeferredResponse:
        """Have images edited in the background; `wait` waits for them, from anywhere.

        Args:
            options: Transport options of this call.
            **params: As for `edit`; the server takes no `response_format` but `url`.

        Returns:
            The `request_id` to fetch the images with.

        Raises:
            RequestValidationError: As for `edit`; nothing was sent.
            APIError: As for `defer_generate`.
        """
        await embed(params, EDIT_IMAGE)
        call = Call("POST", _EDIT, StartDeferredResponse, Replay.CREATE, params, sets=_DEFERRED, checks=_EDIT_CHECKS)
        return await self._client._call(call, options)

    async def retrieve(self, request_id: str, *, options: RequestOptions | None = None) -> GetDeferredImageResponse:
        """Look at a deferred request.

        Args:
            request_id: As returned by `defer_generate` or `defer_edit`.
            options: Transport options of this call.

        Returns:
            Its `status`, and `data` when that is `done`, or `error` when it is `failed`. An image that the server left
            out of `data` is not known here: see `wait`.

        Raises:
            NotFoundError: The id is wrong, or the result has expired.
        """
        return (await self._look(request_id, options))[0]

    async def wait(
        self,
        request_id: str,
        *,
        n: int = 1,
        interval: float = 1.0,
        timeout: float | None = 600.0,
        on_progress: Callable[[JobState], object] | None = None,
        options: RequestOptions | None = None,
    ) -> GeneratedImageResponse:
        """Poll a deferred request until its images are there.

        Polls that fail in passing (5xx, 429, connection loss, silence of 60 seconds) do not end the wait.

        Args:
            request_id: As returned by `defer_generate` or `defer_edit`.
            n: How many images were asked for, 1 to 10, which only the caller knows.
            interval: Seconds from the first poll to the second, 0 or more; later pauses grow to 10 seconds, or to
                `interval` if that is longer, and have jitter.
            timeout: Seconds until the last poll, 0 or more; 0 polls once, None has no limit.
            on_progress: Called with the state before each pause; awaited if it is async.
            options: Transport options of each poll. It is sent once, so of `retries` only the delays count.

        Returns:
            The images, as `generate` returns them: at least `n` in `data`.

        Raises:
            RequestValidationError: `n` is out of range, or `interval` or `timeout` is negative; nothing was sent.
            JobFailedError: No images were made; `code` and the message say why.
            JobTimeoutError: They are not there within `timeout`; they can be waited for again.
            JobExpiredError: The server does not know the request any more.
            NotFoundError: The first poll finds nothing.
            APIError: A poll was refused; `job_id` is the request id.
        """

        async def look(poll: RequestOptions) -> Look[GeneratedImageResponse]:
            job, reply = await self._look(request_id, poll)
            if job.status != "done":
                return look_of(job, None)
            images = decode(reply.content, GeneratedImageResponse, reply.meta, strict=self._strict)
            return look_of(job, whole(images, n))

        within(n, "n", 1, MOST_IMAGES)
        settings = self._client._config.settings
        return await wait(
            request_id, look, settings, options, interval=interval, timeout=timeout, on_progress=on_progress
        )

    async def content(self, image: GeneratedImage, *, options: RequestOptions | None = None) -> bytes:
        """The bytes of an image: decoded where they came as base64, else fetched from its temporary URL.

        Args:
            image: One of the `data` of a result.
            options: Transport options of the fetch, which carries neither the key nor headers of the client.

        Raises:
            RequestValidationError: There is no image, for moderation withheld it; nothing was sent.
            ResponseTooLargeError: It is larger than `max_body_bytes`; `save` has no limit.
            APIError: The fetch failed, as when the URL has expired.
        """
        here = inline(image)
        return (await self._client._fetched(url_of(image, "image"), options)).content if here is None else here

    async def save(
        self,
        image: GeneratedImage,
        to: str | PathLike[str],
        *,
        options: RequestOptions | None = None,
        on_progress: Progress | None = None,
    ) -> Path:
        """Write an image to a file, which appears under its name once it is whole.

        Args:
            image: One of the `data` of a result.
            to: The file, which is replaced if it exists; its folder has to exist.
            options: As for `content`.
            on_progress: Called with the bytes written and their total, or None, after each chunk that is fetched;
                awaited if it is async.

        Returns:
            The path of the file.

        Raises:
            RequestValidationError: There is no image, or there cannot be such a file; nothing was sent.
            APIError: The fetch failed.
            OSError: The file could not be written.
        """
        here = inline(image)
        if here is not None:
            return await keep(to, here)
        return (await self._client._fetched_to(url_of(image, "image"), to, options, on_progress)).path

    @property
    def _strict(self) -> bool:
        return self._client._config.strict

    async def _look(self, request_id: str, options: RequestOptions | None) -> tuple[GetDeferredImageResponse, RawReply]:
        path = f"/images/{segment(request_id, 'request_id')}"
        reply = await self._client._raw(Call("GET", path, RawReply, deferred=True), options, JSON)
        job = job_of(reply, GetDeferredImageResponse, strict=self._strict, request_id=request_id)
        if job.status == "done":
            job.data = entries(job.data, 1)
        return job, reply


class SyncImages(SyncResource[Images]):
    """Images from words and from other images."""

    generate = to_sync(Images.generate)
    edit = to_sync(Images.edit)
    defer_generate = to_sync(Images.defer_generate)
    defer_edit = to_sync(Images.defer_edit)
    retrieve = to_sync(Images.retrieve)
    wait = to_sync(Images.wait)
    content = to_sync(Images.content)
    save = to_sync(Images.save)
