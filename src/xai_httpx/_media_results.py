"""What replies about images and videos mean: states of jobs, images that did not come, where a result is."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from ._encode import encode
from ._errors import RequestValidationError, ResponseValidationError
from ._jobs import Look
from ._media import is_list
from ._models import decode, from_lax_json
from ._raw import RawReply
from .types.images import GeneratedImage, GeneratedImageResponse, GetDeferredImageResponse
from .types.shared import StartDeferredResponse
from .types.videos import GeneratedVideo, VideoResponse

T = TypeVar("T")
R = TypeVar("R", GetDeferredImageResponse, VideoResponse)
MOST_IMAGES = 10


def whole(reply: GeneratedImageResponse, asked: object) -> GeneratedImageResponse:
    """A reply with an entry for each image that was asked for: of those that the server left out, an empty one."""
    wanted = max(1, min(asked, MOST_IMAGES)) if isinstance(asked, int) else 1  # n may be clamped to its range
    reply.data = entries(reply.data, wanted)
    return reply


def entries(data: Any, least: int) -> Any:
    """As many images, or more; no list at all is what some servers send for an empty one."""
    images: object = [] if data is None else data
    if not is_list(images):  # of a reply that does not fit, it may be anything
        return images
    return [GeneratedImage() if image is None else image for image in [*images, *[None] * (least - len(images))]]


def id_of(started: StartDeferredResponse) -> str:
    """The id of a job that was started.

    Raises:
        ResponseValidationError: The reply has none, so the job cannot be found, though it may be billed.
    """
    request_id: object = started.request_id  # of a reply that does not fit, it may be anything
    if isinstance(request_id, str) and request_id:
        return request_id
    body = encode(started)
    raise ResponseValidationError("the job was started, but the reply has no request_id", started.meta, body=body)


def job_of(reply: RawReply, returns: type[R], *, strict: bool, **absent: str) -> R:
    """The state of a job by the reply to a poll.

    A 202 comes with or without JSON, and is pending whatever it leaves out. A 200 that has a result and says no status
    is done, as other clients of the API have seen it.

    Raises:
        ResponseValidationError: A reply that is no 202 is no JSON object, or `strict` and it does not fit.
        APIStatusError: It is an error.
    """
    pending = reply.meta.status == 202
    body = _json_object(reply.content)
    ended = body.get("status") is None and any(body.get(name) is not None for name in ("video", "data"))
    if pending or ended:
        state = {"status": "pending" if pending else "done"}
        said = {name: value for name, value in body.items() if value is not None}
        return decode(encode({**absent, **state, **said}), returns, reply.meta, strict=strict)
    return decode(reply.content, returns, reply.meta, strict=strict)


def look_of(job: GetDeferredImageResponse | VideoResponse, result: T | None) -> Look[T]:
    """What the poller has to know of a job, whose wait returns `result` once it is done."""
    error: Any = job.error
    status = getattr(job, "status", None)
    code, message = getattr(error, "code", None), getattr(error, "message", None)
    reason = message if isinstance(message, str) else error if isinstance(error, str) else None
    progress = getattr(job, "progress", None)
    return Look(
        status="unknown" if status is None else str(status),
        meta=job.meta,
        result=result,
        progress=float(progress) if isinstance(progress, int | float) else None,
        reason=reason,
        code=code if isinstance(code, str) else None,
        reply=job,
    )


def inline(image: GeneratedImage) -> bytes | None:
    """An image that came as base64, decoded; None for another, and for what is no image: `url_of` tells of both."""
    return image.content if isinstance(cast("object", image), GeneratedImage) else None


def url_of(result: GeneratedImage | GeneratedVideo | VideoResponse, what: str) -> str:
    """Where a result can be fetched.

    Args:
        result: What a caller gives as one.
        what: The parameter that it is given for: `image` or `video`.

    Raises:
        RequestValidationError: It has no URL; the message says why.
    """
    given: object = result
    part = given.video if isinstance(given, VideoResponse) else given
    media = part if isinstance(part, GeneratedImage | GeneratedVideo) else None
    if media is not None and media.url:
        return media.url
    file_id = getattr(media and media.file_output, "file_id", None)
    if file_id is not None:
        why = f"it is stored as the file {file_id}, which client.files.content fetches"
    elif isinstance(given, VideoResponse) and given.status != "done":
        why = f"the job is {given.status}"
    elif isinstance(given, GeneratedImage | GeneratedVideo | VideoResponse):
        why = "moderation withheld it" if given.moderated else "the server sent none"
    else:
        why = f"it is a {type(given).__name__}"
    raise RequestValidationError(f"{what} has no URL: {why}", what, f"{what} with a URL", result)


def _json_object(content: bytes) -> dict[str, Any]:
    try:
        body = from_lax_json(content)
    except ValueError:
        return {}
    return cast("dict[str, Any]", body) if isinstance(body, dict) else {}
