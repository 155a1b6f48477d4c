"""Handlers of the skills."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .._form import form_parts
from .paging import page_after
from .state import SimulatorState


class SkillRoutes:
    """The skills of the account."""

    def __init__(self, state: SimulatorState) -> None:
        """Serve from this state."""
        self._skills = state.skills

    async def upload(self, request: Request) -> Response:
        """Serve `POST /v1/skills`."""
        parts = form_parts(request.headers.get("content-type", ""), await request.body())
        return JSONResponse(self._skills.add([part for part in parts if part.name == "files"]).body)

    async def list(self, request: Request) -> Response:
        """Serve `GET /v1/skills`."""
        page = page_after(self._skills.bodies(), request.query_params, "desc")
        # The description has strings where an empty page has no item to name.
        return JSONResponse({**page, "first_id": page["first_id"] or "", "last_id": page["last_id"] or ""})

    async def get(self, request: Request) -> Response:
        """Serve `GET /v1/skills/{id}`."""
        return JSONResponse(self._skills.get(request.path_params["skill_id"]).body)

    async def delete(self, request: Request) -> Response:
        """Serve `DELETE /v1/skills/{id}`."""
        return JSONResponse(self._skills.delete(request.path_params["skill_id"]))

    async def content(self, request: Request) -> Response:
        """Serve `GET /v1/skills/{id}/content`."""
        return Response(self._skills.get(request.path_params["skill_id"]).archive, media_type="application/zip")


def skill_routes(state: SimulatorState) -> list[Route]:
    """Return the routes of `/v1/skills`."""
    routes, one = SkillRoutes(state), "/v1/skills/{skill_id}"
    return [
        Route("/v1/skills", routes.upload, methods=["POST"]),
        Route("/v1/skills", routes.list, methods=["GET"]),
        Route(one, routes.get, methods=["GET"]),
        Route(one, routes.delete, methods=["DELETE"]),
        Route(f"{one}/content", routes.content, methods=["GET"]),
    ]
