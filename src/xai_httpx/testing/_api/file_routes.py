"""Handlers of the Files API, and of the public URLs that it gives out."""

from collections.abc import Iterable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .._contract.errors import ApiError
from .._form import Part, form_parts
from .._json import JsonObject
from .._stores.file_store import StoredFile
from .file_list import page_of_files
from .gate import OPEN
from .http import body_of, open_url
from .state import SimulatorState

_LIFE = "expires_after"


class FileRoutes:
    """The Files API."""

    def __init__(self, state: SimulatorState) -> None:
        """Serve from this state."""
        self._files = state.files

    async def upload(self, request: Request) -> Response:
        """Serve `POST /v1/files`."""
        parts = form_parts(request.headers.get("content-type", ""), await request.body())
        file, fields = _uploaded(parts)
        if not file.filename:
            raise ApiError(400, "The file part must have a filename.")
        stored = self._files.add(
            file.filename,
            file.content,
            content_type=file.content_type,
            life=_life(fields),
            purpose=fields.get("purpose", ""),
        )
        return JSONResponse(_body(stored, request))

    async def list(self, request: Request) -> Response:
        """Serve `GET /v1/files`."""
        page, token = page_of_files(self._files.all(), request.query_params)
        return JSONResponse({"data": [_body(stored, request) for stored in page], "pagination_token": token})

    async def get(self, request: Request) -> Response:
        """Serve `GET /v1/files/{id}`."""
        return JSONResponse(_body(self._files.get(request.path_params["file_id"]), request))

    async def delete(self, request: Request) -> Response:
        """Serve `DELETE /v1/files/{id}`."""
        return JSONResponse(self._files.delete(request.path_params["file_id"]))

    async def content(self, request: Request) -> Response:
        """Serve `GET /v1/files/{id}/content`."""
        stored = self._files.get(request.path_params["file_id"])
        content = stored.text().encode() if request.query_params.get("format") == "text" else stored.content
        return Response(content, media_type="application/octet-stream")

    async def publish(self, request: Request) -> Response:
        """Serve `POST /v1/files/{id}/public-url`."""
        body = body_of(request)
        stored = self._files.get(request.path_params["file_id"])
        public = self._files.publish(stored.id, body.get(_LIFE))
        expires_at = stored.expires_at if public.expires_at is None else public.expires_at
        end = {} if expires_at is None else {"expires_at": expires_at}
        return JSONResponse({"public_url": open_url(request, public.token, stored.filename), **end})

    async def revoke(self, request: Request) -> Response:
        """Serve `POST /v1/files/{id}/public-url/revoke`."""
        file_id = request.path_params["file_id"]
        stored, revoked = self._files.find(file_id), self._files.revoke(file_id)
        url = (
            {}
            if stored is None or revoked is None
            else {"public_url": open_url(request, revoked.token, stored.filename)}
        )
        return JSONResponse({"id": file_id, "revoked": revoked is not None, **url})

    async def published(self, request: Request) -> Response:
        """Serve a public URL, to anybody; the real ones are on a host of their own."""
        stored = self._files.published(request.path_params["token"])
        if stored is None:
            return Response(status_code=404)
        return Response(stored.content, media_type=stored.content_type)


def file_routes(state: SimulatorState) -> list[Route]:
    """Return the routes of `/v1/files` and of public URLs."""
    routes, one = FileRoutes(state), "/v1/files/{file_id}"
    return [
        Route("/v1/files", routes.upload, methods=["POST"]),
        Route("/v1/files", routes.list, methods=["GET"]),
        Route(one, routes.get, methods=["GET"]),
        Route(one, routes.delete, methods=["DELETE"]),
        Route(f"{one}/content", routes.content, methods=["GET"]),
        Route(f"{one}/public-url", routes.publish, methods=["POST"]),
        Route(f"{one}/public-url/revoke", routes.revoke, methods=["POST"]),
        Route(OPEN + "{token}/{filename}", routes.published, methods=["GET"]),
    ]


def _uploaded(parts: Iterable[Part]) -> tuple[Part, Mapping[str, str]]:
    """The file of a form, and the fields before it: xAI stores the file as it comes, and looks back at nothing."""
    fields: dict[str, str] = {}
    file: Part | None = None
    for part in parts:
        if file is None and part.name == "file":
            file = part
        elif file is None:
            fields[part.name] = part.text
        elif part.name.startswith(_LIFE):
            raise ApiError(400, f"{part.name} must come before the file part.")
    if file is None:
        raise ApiError(400, "The form has no file part.")
    return file, fields


def _life(fields: Mapping[str, str]) -> int | None:
    """How long the file is kept, in either of the two forms; check of the range is the store's."""
    anchor, seconds = fields.get(f"{_LIFE}[anchor]"), fields.get(f"{_LIFE}[seconds]")
    written = fields.get(_LIFE, seconds)
    if (anchor is None) != (seconds is None) or anchor not in (None, "created_at"):
        raise ApiError(400, f"{_LIFE} needs {_LIFE}[anchor]=created_at and {_LIFE}[seconds].")
    if written is None:
        return None
    if not (written.isascii() and written.isdigit()):
        raise ApiError(400, f"{_LIFE} must be an integer, in seconds.")
    return int(written[:9])


def _body(stored: StoredFile, request: Request) -> JsonObject:
    body: JsonObject = {
        "id": stored.id,
        "object": "file",
        "bytes": stored.size,
        "created_at": stored.created_at,
        "expires_at": stored.expires_at,
        "filename": stored.filename,
        "purpose": stored.purpose,
    }
    if stored.public is not None:
        body["public_url"] = open_url(request, stored.public.token, stored.filename)
        if stored.public.expires_at is not None:
            body["public_url_expires_at"] = stored.public.expires_at
    return body
