"""What replies about images and videos mean: states of jobs, images that did not come, where a result is."""

from __future__ import annotations

import json
from typing import Any, TypeVar, cast

from ._encode import encode
from ._errors import RequestValidationError
from ._jobs import Look
from ._models import decode
from ._raw import RawReply
from .types.images import GeneratedImage, GeneratedImageResponse, GetDeferredImageResponse
from .types.videos import GeneratedVideo, VideoResponse

T = TypeVar("T")
R = TypeVar("R", GetDeferredImageResponse, VideoResponse)
MOST_IMAGES = 10


def whole(reply: GeneratedImageResponse, asked: object) -> GeneratedImageResponse:
    """A reply with an entry for each image that was asked for: of those that the server left out, an empty one."""
    data: object = reply.data
    if isinstance(data, list):  # of a reply that does not fit, it may be anything
        wanted = min(asked, MOST_IMAGES) if isinstance(asked, int) else 1  # n may be clamped to what the server makes
        entries = [*reply.data, *[None] * (wanted - len(reply.data))]
        reply.data = [GeneratedImage() if image is None else image for image in entries]
    return reply


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
    if pending or (body.get("status") is None and (body.get("video") or body.get("data"))):
        state = {"status": "pending" if pending else "done"}
        said = {name: value for name, value in body.items() if value is not None}
        return decode(encode({**absent, **state, **said}), returns, reply.meta, strict=strict)
    return decode(reply.content, returns, reply.meta, strict=strict)


def look_of(job: GetDeferredImageResponse | VideoResponse, result: T | None) -> Look[T]:
    """What the poller has to know of a job, whose wait returns `result` once it is done."""
    error: Any = job.error
    code, message = getattr(error, "code", None), getattr(error, "message", None)
    reason = message if isinstance(message, str) else error if isinstance(error, str) else None
    progress = getattr(job, "progress", None)
    return Look(
        status=str(job.status),
        meta=job.meta,
        result=result,
        progress=float(progress) if isinstance(progress, int | float) else None,
        reason=reason,
        code=code if isinstance(code, str) else None,
        reply=job,
    )


def url_of(result: GeneratedImage | GeneratedVideo | VideoResponse) -> str:
    """Where a result can be fetched.

    Raises:
        RequestValidationError: It has no URL; the message says why.
    """
    given: object = result
    what = "image" if isinstance(given, GeneratedImage) else "video"
    if isinstance(given, VideoResponse) and isinstance(given.video, GeneratedVideo):
        given = given.video
    if not isinstance(given, GeneratedImage | GeneratedVideo):
        why = f"the job is {given.status}" if isinstance(given, VideoResponse) else f"it is a {type(given).__name__}"
    elif given.url:
        return given.url
    elif given.file_output is not None:
        why = f"it is stored as the file {given.file_output.file_id}, which client.files.content fetches"
    else:
        why = "moderation withheld it" if given.moderated else "the server sent none"
    raise RequestValidationError(f"{what} has no URL: {why}", what, f"{what} with a URL", result)


def _json_object(content: bytes) -> dict[str, Any]:
    try:
        body: Any = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", body) if isinstance(body, dict) else {}
