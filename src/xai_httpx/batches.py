"""Requests for a batch, made of the parameters that the direct call takes.

    from xai_httpx.batches import chat_request

    requests = [chat_request(f"q-{number}", model="grok-4.6", messages=[...]) for number in range(100)]

They are checked when they are added or uploaded. The id is unique in its batch, and the result has it too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

if TYPE_CHECKING:
    from .types.batches_params import BatchRequestParam
    from .types.chat_params import ChatCompletionParams
    from .types.images_params import EditImageParams, GenerateImageParams
    from .types.responses_params import ResponseParams
    from .types.videos_params import EditVideoParams, ExtendVideoParams, GenerateVideoParams


def chat_request(id: str, /, **params: Unpack[ChatCompletionParams]) -> BatchRequestParam:
    """A chat completion; its result has it in `completion`."""
    return {"batch_request_id": id, "batch_request": {"chat_get_completion": params}}


def response_request(id: str, /, **params: Unpack[ResponseParams]) -> BatchRequestParam:
    """A response; its result has it in `completion`, in the form of a chat completion."""
    return {"batch_request_id": id, "batch_request": {"responses": params}}


def image_request(id: str, /, **params: Unpack[GenerateImageParams]) -> BatchRequestParam:
    """Images to generate; the result has them in `images`."""
    return {"batch_request_id": id, "batch_request": {"image_generation": params}}


def image_edit_request(id: str, /, **params: Unpack[EditImageParams]) -> BatchRequestParam:
    """Images to edit; the result has them in `images`."""
    return {"batch_request_id": id, "batch_request": {"image_edit": params}}


def video_request(id: str, /, **params: Unpack[GenerateVideoParams]) -> BatchRequestParam:
    """A video to generate; the result has it in `video`."""
    return {"batch_request_id": id, "batch_request": {"video_generation": params}}


def video_edit_request(id: str, /, **params: Unpack[EditVideoParams]) -> BatchRequestParam:
    """A video to edit; the result has it in `video`."""
    return {"batch_request_id": id, "batch_request": {"video_generation": params}}


def video_extension_request(id: str, /, **params: Unpack[ExtendVideoParams]) -> BatchRequestParam:
    """A video to continue; the result has it in `video`."""
    return {"batch_request_id": id, "batch_request": {"video_extension": params}}
