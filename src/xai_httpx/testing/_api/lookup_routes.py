"""Handlers of the calls that only look something up: stored responses, deferred completions, models, the account."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .._contract.errors import ApiError
from .._stores.catalogue import CATALOGUE, Family, family_body, family_models, find_model, general_body
from .account import api_key_body, me_body
from .paging import page_after
from .state import SimulatorState


class LookupRoutes:
    """Stored responses, deferred completions and the account."""

    def __init__(self, state: SimulatorState) -> None:
        """Serve from this state."""
        self._state = state

    async def get_response(self, request: Request) -> Response:
        """Serve `GET /v1/responses/{id}`."""
        return JSONResponse(self._state.responses.get(request.path_params["response_id"]).body)

    async def delete_response(self, request: Request) -> Response:
        """Serve `DELETE /v1/responses/{id}`."""
        return JSONResponse(self._state.responses.delete(request.path_params["response_id"]))

    async def list_input_items(self, request: Request) -> Response:
        """Serve `GET /v1/responses/{id}/input_items`."""
        stored = self._state.responses.get(request.path_params["response_id"])
        return JSONResponse(page_after(stored.input_items, request.query_params, "asc", default=20))

    async def get_deferred_completion(self, request: Request) -> Response:
        """Serve `GET /v1/chat/deferred-completion/{id}`: 202 without a body, 200 once, then 404."""
        completion, _ = self._state.deferred.poll(request.path_params["request_id"])
        return Response(status_code=202) if completion is None else JSONResponse(completion)

    async def get_api_key(self, _request: Request) -> Response:
        """Serve `GET /v1/api-key`."""
        return JSONResponse(api_key_body(self._state.api_key))

    async def get_me(self, _request: Request) -> Response:
        """Serve `GET /v1/me`."""
        return JSONResponse(me_body(self._state.api_key))


def catalogue_routes() -> list[Route]:
    """Return the routes of `/v1/models` and of the four families."""
    routes = _family_routes("/v1/models", None)
    routes += _family_routes("/v1/language-models", "language")
    routes += _family_routes("/v1/embedding-models", "embedding")
    routes += _family_routes("/v1/image-generation-models", "image")
    return routes + _family_routes("/v1/video-generation-models", "video")


def _family_routes(path: str, family: Family | None) -> list[Route]:
    async def list_models(_request: Request) -> Response:
        if family is None:
            return JSONResponse({"data": [general_body(model) for model in CATALOGUE], "object": "list"})
        return JSONResponse({"models": [family_body(model) for model in family_models(family)]})

    async def get_model(request: Request) -> Response:
        name = request.path_params["model_id"]
        model = find_model(name, family)
        if model is None:
            raise ApiError(404, f"The model {name} does not exist or your team does not have access to it.")
        return JSONResponse(general_body(model) if family is None else family_body(model))

    return [
        Route(path, list_models, methods=["GET"]),
        Route(path + "/{model_id}", get_model, methods=["GET"]),
    ]
