"""Handlers of the image calls, and of the URLs of results."""

import base64

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .._contract.errors import ApiError
from .._json import JsonObject
from .._stores.catalogue import CENT_IN_TICKS, CatalogueModel
from .._stores.media_store import MEDIA
from .gate import OPEN
from .http import body_of, model_reply, open_url, require_model
from .links import hosted, unhosted
from .media_request import (
    IMAGES,
    check_list_of_media,
    check_media,
    stored_output,
)
from .pictures import LONG_SIDES, png, size_of
from .state import SimulatorState


class ImageRoutes:
    """Images."""

    def __init__(self, state: SimulatorState) -> None:
        """Serve from this state."""
        self._state = state

    async def generate(self, request: Request) -> Response:
        """Serve `POST /v1/images/generations`."""
        return self._made(request, body_of(request))

    async def edit(self, request: Request) -> Response:
        """Serve `POST /v1/images/edits`."""
        body = body_of(request)
        check_media(self._state, body.get("image"), "image", IMAGES)
        check_list_of_media(self._state, body.get("images"), "images", IMAGES)
        return self._made(request, body)

    async def retrieve(self, request: Request) -> Response:
        """Serve `GET /v1/images/{id}`: 202 while it is pending."""
        request_id = request.path_params["request_id"]
        end, _ = self._state.media.images.poll(request_id)
        state = {"status": "pending"} if end is None else hosted(end, request)
        return JSONResponse({"request_id": request_id, **state}, 202 if end is None else 200)

    async def published(self, request: Request) -> Response:
        """Serve the URL of an image or video, to anybody."""
        name = request.path_params["name"]
        content = self._state.media.find(name)
        if content is None:
            return Response(status_code=404)
        return Response(content, media_type="video/mp4" if name.endswith(".mp4") else "image/png")

    def _made(self, request: Request, body: JsonObject) -> Response:
        model = _checked(body)
        media = self._state.media
        fate = media.next_fate() if body.get("deferred") else None
        made = {} if fate else self._images(request, body, model)
        if not body.get("deferred"):
            return model_reply(made, 0)
        end = fate.body() if fate else {"status": "done", **made}
        return JSONResponse({"request_id": media.images.add(unhosted(end, request))})

    def _images(self, request: Request, body: JsonObject, model: CatalogueModel) -> JsonObject:
        count, resolution = body.get("n") or 1, body.get("resolution") or "1k"
        cents = count * model.image_cents * (2 if resolution == "2k" else 1)
        return {
            "data": [self._image(request, body, number) for number in range(count)],
            "usage": {"cost_in_usd_ticks": cents * CENT_IN_TICKS},
        }

    def _image(self, request: Request, body: JsonObject, number: int) -> JsonObject:
        if self._state.media.withholds():
            return {"respect_moderation": False}
        side = LONG_SIDES[body.get("resolution") or "1k"]
        content = png(*size_of(body.get("aspect_ratio") or "auto", side), number)
        image: JsonObject = {"mime_type": "image/png"}
        if body.get("response_format") == "b64_json":
            image["b64_json"] = base64.b64encode(content).decode()
        elif body.get("output") is not None:  # where the real API puts it; nothing leaves the simulator
            image["url"] = body["output"]["upload_urls"][number]
        else:
            image["url"] = open_url(request, MEDIA, self._state.media.keep(content, "png"))
        if body.get("storage_options") is not None:
            image["file_output"] = stored_output(self._state, request, body["storage_options"], content)
        return image


def image_routes(state: SimulatorState) -> list[Route]:
    """Return the routes of `/v1/images`, and of the URLs of images and videos."""
    routes = ImageRoutes(state)
    return [
        Route("/v1/images/generations", routes.generate, methods=["POST"]),
        Route("/v1/images/edits", routes.edit, methods=["POST"]),
        Route("/v1/images/{request_id}", routes.retrieve, methods=["GET"]),
        Route(f"{OPEN}{MEDIA}/{{name}}", routes.published, methods=["GET"]),
    ]


def _checked(body: JsonObject) -> CatalogueModel:
    """Check what both ways of making images take, beyond the description; return the model."""
    for name in ("deferred", "output"):
        if body.get(name) and body.get("response_format") == "b64_json":
            raise ApiError(400, f"{name} needs response_format url.")
    if body.get("output") is not None and len(body["output"]["upload_urls"]) != (body.get("n") or 1):
        raise ApiError(400, "output.upload_urls must have one URL for each image.")
    return require_model(body.get("model") or "grok-imagine-image", "image")
