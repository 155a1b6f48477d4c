"""Handlers of the video calls."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .._contract.errors import ApiError
from .._json import JsonObject
from .._stores.catalogue import CENT_IN_TICKS, VIDEO_CENTS
from .._stores.media_store import MEDIA
from .clips import mp4
from .http import body_of, open_url, require_model
from .links import hosted, unhosted
from .media_request import (
    AUDIOS,
    IMAGES,
    VIDEOS,
    check_list_of_media,
    check_media,
    stored_output,
)
from .pictures import size_of
from .state import SimulatorState

_LONG_SIDES = {"480p": 854, "720p": 1280, "1080p": 1920}


class VideoRoutes:
    """Videos."""

    def __init__(self, state: SimulatorState) -> None:
        """Serve from this state."""
        self._state = state

    async def generate(self, request: Request) -> Response:
        """Serve `POST /v1/videos/generations`."""
        body = body_of(request)
        seconds = body.get("duration") or 8
        _check_keyframes(body, seconds)
        keyframes = [keyframe["image"] for keyframe in body.get("keyframes") or ()]
        check_list_of_media(self._state, keyframes, "keyframes", IMAGES)
        check_list_of_media(self._state, body.get("reference_images"), "reference_images", IMAGES)
        check_media(self._state, body.get("image"), "image", IMAGES)
        check_list_of_media(self._state, body.get("reference_audios"), "reference_audios", AUDIOS, "voice_id")
        return self._started(request, body, seconds)

    async def edit(self, request: Request) -> Response:
        """Serve `POST /v1/videos/edits`."""
        body = body_of(request)
        check_media(self._state, body["video"], "video", VIDEOS)
        return self._started(request, body, 8)

    async def extend(self, request: Request) -> Response:
        """Serve `POST /v1/videos/extensions`."""
        body = body_of(request)
        check_media(self._state, body["video"], "video", VIDEOS)
        return self._started(request, body, body.get("duration") or 6)

    async def retrieve(self, request: Request) -> Response:
        """Serve `GET /v1/videos/{id}`: 202 while it is pending."""
        end, progress = self._state.media.videos.poll(request.path_params["request_id"])
        if end is None:
            return JSONResponse({"status": "pending", "progress": progress}, 202)
        return JSONResponse(hosted(end, request))

    def _started(self, request: Request, body: JsonObject, seconds: int) -> Response:
        model = require_model(body.get("model") or "grok-imagine-video", "video")
        media = self._state.media
        fate = media.next_fate()
        end = fate.body() if fate else {
            "status": "done",
            "progress": 100,
            "model": model.id,
            "usage": {"cost_in_usd_ticks": seconds * VIDEO_CENTS * CENT_IN_TICKS},
            "video": self._video(request, body, seconds),
        }  # fmt: skip
        return JSONResponse({"request_id": media.videos.add(unhosted(end, request))})

    def _video(self, request: Request, body: JsonObject, seconds: int) -> JsonObject:
        if self._state.media.withholds():
            return {"url": "", "duration": seconds, "respect_moderation": False}
        side = _LONG_SIDES[body.get("resolution") or "480p"]
        content = mp4(*size_of(body.get("aspect_ratio") or "16:9", side), seconds)
        video: JsonObject = {"duration": seconds, "respect_moderation": True}
        if body.get("output") is not None:  # where the real API puts it; nothing leaves the simulator
            video["url"] = body["output"]["upload_url"]
        else:
            video["url"] = open_url(request, MEDIA, self._state.media.keep(content, "mp4"))
        if body.get("storage_options") is not None:
            video["file_output"] = stored_output(self._state, request, body["storage_options"], content)
        return video


def video_routes(state: SimulatorState) -> list[Route]:
    """Return the routes of `/v1/videos`."""
    routes = VideoRoutes(state)
    return [
        Route("/v1/videos/generations", routes.generate, methods=["POST"]),
        Route("/v1/videos/edits", routes.edit, methods=["POST"]),
        Route("/v1/videos/extensions", routes.extend, methods=["POST"]),
        Route("/v1/videos/{request_id}", routes.retrieve, methods=["GET"]),
    ]


def _check_keyframes(body: JsonObject, seconds: int) -> None:
    for keyframe in body.get("keyframes") or ():
        if not keyframe["timestamp_s"] < seconds:
            raise ApiError(400, f"Invalid value for timestamp_s: it must be below {seconds}, the length of the video.")
