"""Factories of batches, their requests and their results."""

from typing import Any

from ...types.batches import Batch, BatchRequestMetadata, BatchResult
from ...types.chat import ChatCompletion
from ...types.images import GeneratedImageResponse
from ...types.videos import VideoResponse
from .._json import JsonObject
from .._saving.clock import rfc3339
from .._stores.batch_store import BatchItem, State, StoredBatch
from .chat import make_completion
from .making import CREATED, made


def make_batch(
    name: str = "made", *, pending: int = 0, succeeded: int = 1, failed: int = 0, cancelled: int = 0, **fields: Any
) -> Batch:
    """Make a batch.

    Args:
        name: Its name.
        pending: How many of its requests are not worked off; it has ended if that is none.
        succeeded: How many have an answer.
        failed: How many have an error.
        cancelled: How many were cancelled.
        **fields: Any other field of `Batch`.

    Raises:
        TypeError: `Batch` has no such field.
        ValueError: A count is negative, or a field cannot have such a value.
    """
    counts: dict[State, int] = {"pending": pending, "succeeded": succeeded, "failed": failed, "cancelled": cancelled}
    for state, count in counts.items():
        if count < 0:
            raise ValueError(f"{state} must be 0 or more, not {count}.")
    states: list[State] = [state for state, count in counts.items() for _ in range(count)]
    items = [
        BatchItem(f"request-{number}", "chat_get_completion", {}, CREATED, each) for number, each in enumerate(states)
    ]
    batch = StoredBatch("batch_made", name, CREATED, 0)
    batch.items.update({item.id: item for item in items})
    return made(Batch, batch.wire(), fields)


def make_batch_request(
    batch_request_id: str = "request-0", *, state: str = "succeeded", **fields: Any
) -> BatchRequestMetadata:
    """Make the state of a request of a batch.

    Args:
        batch_request_id: Its id, which is yours.
        state: "pending", "succeeded", "failed" or "cancelled".
        **fields: Any other field of `BatchRequestMetadata`.

    Raises:
        TypeError: `BatchRequestMetadata` has no such field.
        ValueError: A field cannot have such a value.
    """
    body: JsonObject = {
        "batch_request_id": batch_request_id,
        "endpoint": "/v1/chat/completions",
        "model": "grok-4.6",
        "state": state,
        "create_time": rfc3339(CREATED),
        "finish_time": rfc3339(None if state == "pending" else CREATED),
    }
    return made(BatchRequestMetadata, body, fields)


def make_batch_result(
    reply: ChatCompletion | GeneratedImageResponse | VideoResponse | None = None,
    *,
    error: str | None = None,
    batch_request_id: str = "request-0",
) -> BatchResult:
    """Make the result of a request of a batch.

    Args:
        reply: What it was answered with. Default: `make_completion()`.
        error: What went wrong; there is no reply then.
        batch_request_id: The id of the request.

    Raises:
        ValueError: There is a reply and an error.
    """
    if reply is not None and error is not None:
        raise ValueError("A result has a reply or an error, not both.")
    outcome: JsonObject = {"response": _named(reply or make_completion())} if error is None else {"error": error}
    return made(BatchResult, {"batch_request_id": batch_request_id, "batch_result": outcome}, {})


def _named(reply: ChatCompletion | GeneratedImageResponse | VideoResponse) -> JsonObject:
    match reply:
        case ChatCompletion():
            return {"chat_get_completion": reply}
        case GeneratedImageResponse():
            return {"image_generation": reply}
        case VideoResponse():
            return {"video_generation": reply}
