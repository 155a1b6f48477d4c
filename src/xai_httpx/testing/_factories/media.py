"""Factories of images, videos, and the jobs that make them."""

import base64
from typing import Any

from ...types.images import GeneratedImage, GeneratedImageResponse, GetDeferredImageResponse
from ...types.shared import StartDeferredResponse
from ...types.videos import VideoResponse
from .._json import JsonObject
from .._stores.catalogue import CENT_IN_TICKS, VIDEO_CENTS
from .making import COUNT_AT_LEAST_1, made, model_named

_FAILURE = {"code": "internal_error", "message": "The job failed (made)."}


def make_image(
    url: str = "https://imgen.x.ai/made.png", *, content: bytes | None = None, moderated: bool = False, **fields: Any
) -> GeneratedImage:
    """Make an image.

    Args:
        url: Where it is.
        content: Its bytes; if there are any, they come with it as base64, and it has no URL.
        moderated: Whether moderation withheld it; it has neither URL nor bytes then.
        **fields: Any other field of `GeneratedImage`.

    Raises:
        TypeError: `GeneratedImage` has no such field.
        ValueError: A field cannot have such a value.
    """
    if moderated:
        body: JsonObject = {"respect_moderation": False}
    else:
        where = {"url": url} if content is None else {"b64_json": base64.b64encode(content).decode()}
        body = {"mime_type": "image/png", **where}
    return made(GeneratedImage, body, fields)


def make_images(n: int = 1, *, model: str = "grok-imagine-image", **fields: Any) -> GeneratedImageResponse:
    """Make the reply to a request for images, with its price.

    Args:
        n: How many images there are.
        model: The model; one that the simulator does not have costs as much as grok-imagine-image.
        **fields: Any other field of `GeneratedImageResponse`; `data` takes images of `make_image`.

    Raises:
        TypeError: `GeneratedImageResponse` has no such field.
        ValueError: `n` is below 1, or a field cannot have such a value.
    """
    if n < 1:
        raise ValueError(COUNT_AT_LEAST_1.format("n", n))
    data = [make_image(f"https://imgen.x.ai/made-{number}.png") for number in range(n)]
    cost = n * model_named(model, "image").image_cents * CENT_IN_TICKS
    return made(GeneratedImageResponse, {"data": data, "usage": {"cost_in_usd_ticks": cost}}, fields)


def make_image_job(status: str = "done", *, n: int = 1, **fields: Any) -> GetDeferredImageResponse:
    """Make the state of a deferred request for images.

    Args:
        status: "pending", "done" or "failed".
        n: How many images there are, once it is done.
        **fields: Any other field of `GetDeferredImageResponse`.

    Raises:
        TypeError: `GetDeferredImageResponse` has no such field.
        ValueError: `n` is below 1, or a field cannot have such a value.
    """
    body: JsonObject = {"request_id": "image-made", "status": status}
    if status == "done":
        images = make_images(n)
        body |= {"data": images.data, "usage": images.usage}
    elif status == "failed":
        body["error"] = _FAILURE
    return made(GetDeferredImageResponse, body, fields)


def make_video(
    status: str = "done",
    *,
    url: str = "https://vidgen.x.ai/made.mp4",
    duration: int = 8,
    moderated: bool = False,
    **fields: Any,
) -> VideoResponse:
    """Make the state of a video job, with its price.

    Args:
        status: "pending", "done", "failed" or "expired".
        url: Where the video is, once it is done.
        duration: Its length in seconds.
        moderated: Whether moderation withheld it.
        **fields: Any other field of `VideoResponse`.

    Raises:
        TypeError: `VideoResponse` has no such field.
        ValueError: A field cannot have such a value.
    """
    body: JsonObject = {"status": status}
    if status == "pending":
        body["progress"] = 0
    elif status == "failed":
        body["error"] = _FAILURE
    elif status == "done":
        video = {"url": "" if moderated else url, "duration": duration, "respect_moderation": not moderated}
        cost = duration * VIDEO_CENTS * CENT_IN_TICKS
        body |= {"progress": 100, "model": "grok-imagine-video", "usage": {"cost_in_usd_ticks": cost}, "video": video}
    return made(VideoResponse, body, fields)


def make_started_job(request_id: str = "job-made") -> StartDeferredResponse:
    """Make what a video or a deferred request for images is answered with at first.

    Args:
        request_id: The id by which it is fetched.
    """
    return made(StartDeferredResponse, {"request_id": request_id}, {})
