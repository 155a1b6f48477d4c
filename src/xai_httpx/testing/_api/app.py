"""The ASGI application: the routes, and the error bodies of what no handler answers."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from .._contract.error_replies import error_reply
from .._contract.errors import ApiError, error_body
from .batch_routes import batch_routes
from .collection_routes import collection_routes
from .document_search import search_routes
from .file_routes import file_routes
from .gate import Gate
from .image_routes import image_routes
from .legacy_routes import legacy_routes
from .lookup_routes import LookupRoutes, catalogue_routes
from .model_routes import ModelRoutes
from .skill_routes import skill_routes
from .state import SimulatorState
from .video_routes import video_routes


def build_app(state: SimulatorState) -> ASGIApp:
    """Build the application that serves from a state."""
    models, lookups = ModelRoutes(state), LookupRoutes(state)
    app = Starlette(
        routes=[
            Route("/v1/chat/completions", models.create_completion, methods=["POST"]),
            Route("/v1/chat/deferred-completion/{request_id}", lookups.get_deferred_completion, methods=["GET"]),
            Route("/v1/responses", models.create_response, methods=["POST"]),
            Route("/v1/responses/compact", models.compact_response, methods=["POST"]),
            Route("/v1/responses/{response_id}", lookups.get_response, methods=["GET"]),
            Route("/v1/responses/{response_id}", lookups.delete_response, methods=["DELETE"]),
            Route("/v1/responses/{response_id}/input_items", lookups.list_input_items, methods=["GET"]),
            Route("/v1/embeddings", models.create_embeddings, methods=["POST"]),
            Route("/v1/tokenize-text", models.tokenize, methods=["POST"]),
            Route("/v1/api-key", lookups.get_api_key, methods=["GET"]),
            Route("/v1/me", lookups.get_me, methods=["GET"]),
            *catalogue_routes(),
            *image_routes(state),  # before those of files, whose public URLs may have any name
            *video_routes(state),
            *file_routes(state),
            *batch_routes(state),
            *legacy_routes(state),
            *collection_routes(state),
            *search_routes(state),
            *skill_routes(state),
        ],
        exception_handlers={ApiError: _on_api_failure, HTTPException: _on_http_exception},
    )
    # xAI does not redirect to paths without a trailing slash, so a wrong path has to show as one.
    app.router.redirect_slashes = False
    return Gate(app, state)


async def _on_api_failure(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return error_reply(error, request.url.path)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    what = "does not serve" if error.status_code == 404 else "does not allow"
    message = f"The simulator {what} {request.method} {request.url.path}."
    return JSONResponse(error_body(error.status_code, message=message), error.status_code, error.headers)
