"""Works off the requests of a batch: the handlers that answer direct calls answer these."""

import json
import uuid
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from .._contract.checking import check_body
from .._contract.errors import ApiError
from .._json import JsonObject, as_object
from .._stores.catalogue import Family
from .._stores.response_store import previous_context
from . import chat_wire
from .chat_request import read_chat_call
from .chat_wire import ChatTurn
from .gate import BODY
from .http import require_model
from .image_routes import ImageRoutes
from .model_routes import ModelRoutes
from .responses_request import check_responses_body, read_input, read_prompt
from .state import SimulatorState
from .video_routes import VideoRoutes

ENDPOINTS = {
    "chat_get_completion": "xai_api.Chat/GetCompletion",
    "responses": "xai_api.Chat/GetCompletion",
    "image_generation": "xai_api.Image/GenerateImage",
    "image_edit": "xai_api.Image/GenerateImage",
    "video_generation": "xai_api.Video/GenerateVideo",
    "video_extension": "xai_api.Video/ExtendVideo",
}

_OPERATIONS = {
    "chat_get_completion": "POST /v1/chat/completions",
    "responses": "POST /v1/responses",
    "image_generation": "POST /v1/images/generations",
    "image_edit": "POST /v1/images/edits",
    "video_generation": "POST /v1/videos/generations",
    "video_extension": "POST /v1/videos/extensions",
}


def check_request(kind: str, body: JsonObject) -> None:
    """Check the body of a request as far as that can be done without answering it.

    Raises:
        ApiError: What is wrong with it.
    """
    for name in ("stream", "deferred"):
        if body.get(name):
            raise ApiError(400, f"{name} is not supported for batch processing.")
    check_body(_operation(kind, body), body)
    match kind:
        case "chat_get_completion":
            require_model(read_chat_call(body).model, "language")
        case "responses":
            check_responses_body(body)
            require_model(body["model"], "language")
        case _:
            family: Family = "image" if kind.startswith("image") else "video"
            require_model(body.get("model") or f"grok-imagine-{family}", family)


def _operation(kind: str, body: JsonObject) -> str:
    return "POST /v1/videos/edits" if kind == "video_generation" and "video" in body else _OPERATIONS[kind]


class BatchWorker:
    """Answers requests by the handlers of their endpoints."""

    def __init__(self, state: SimulatorState) -> None:
        """Serve from this state."""
        self._state = state
        self._models, self._images, self._videos = ModelRoutes(state), ImageRoutes(state), VideoRoutes(state)

    async def result(self, kind: str, body: JsonObject, poll: Request) -> JsonObject:
        """Answer a request.

        Args:
            kind: Which endpoint serves it.
            body: Its body.
            poll: The request that makes the batch get on.

        Returns:
            Its `batch_result`, which is an error where the endpoint would refuse.
        """
        try:
            check_request(kind, body)
            name, reply = await self._reply(kind, body, poll)
        except ApiError as error:
            return {"error": error.message}
        return {"response": {name: reply}}

    async def _reply(self, kind: str, body: JsonObject, poll: Request) -> tuple[str, JsonObject]:
        match kind:
            case "chat_get_completion":
                return kind, await _handled(self._models.create_completion, body, poll)
            case "responses":
                return "chat_get_completion", self._response(body)
            case "image_generation":
                return kind, await _handled(self._images.generate, body, poll)
            case "image_edit":
                return "image_generation", await _handled(self._images.edit, body, poll)
            case "video_extension":
                return "video_generation", await self._video(self._videos.extend, body, poll)
            case _:
                handler = self._videos.edit if "video" in body else self._videos.generate
                return "video_generation", await self._video(handler, body, poll)

    async def _video(
        self, handler: Callable[[Request], Awaitable[Response]], body: JsonObject, poll: Request
    ) -> JsonObject:
        """The end of a video job, which a batch does not leave pending."""
        started = await _handled(handler, body, poll)
        end: JsonObject | None = None
        while end is None:
            end, _ = self._state.media.videos.poll(started["request_id"])
        if end["status"] != "done":
            told = as_object(end.get("error")) or {}
            raise ApiError(400, told.get("message", f"The video has {end['status']}."))
        return end

    def _response(self, body: JsonObject) -> JsonObject:
        """The answer to a response, which comes back in the shape of a chat completion."""
        model = require_model(body["model"], "language")
        prompt = read_prompt(body, read_input(body["input"]), previous_context(self._state.responses, body))
        said = self._state.answers(prompt, 1, model, body)
        return chat_wire.completion(
            ChatTurn(str(uuid.uuid4()), int(self._state.clock.now()), model, said, prompt.tokens)
        )


async def _handled(handler: Callable[[Request], Awaitable[Response]], body: JsonObject, poll: Request) -> JsonObject:
    """What a handler answers to a body."""
    response = await handler(Request({**poll.scope, BODY: body}))
    reply: JsonObject = json.loads(bytes(response.body))
    return reply
