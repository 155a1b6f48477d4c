"""Handlers of the collections of the management API."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .._json import JsonObject
from .._stores.collection_store import StoredCollection, StoredDocument
from .collection_bodies import apply_update, collection_body, document_body, read_new
from .collection_list import page_of_collections, page_of_documents
from .http import body_of
from .state import SimulatorState


class CollectionRoutes:
    """Collections and their documents."""

    def __init__(self, state: SimulatorState) -> None:
        """Serve from this state."""
        self._collections = state.collections
        self._files = state.files

    async def create(self, request: Request) -> Response:
        """Serve `POST /v1/collections`."""
        return JSONResponse(collection_body(self._collections.create(*read_new(body_of(request)))))

    async def list(self, request: Request) -> Response:
        """Serve `GET /v1/collections`."""
        page, token = page_of_collections(self._collections.all(), request.query_params)
        return JSONResponse({"collections": [collection_body(each) for each in page], **_token(token)})

    async def get(self, request: Request) -> Response:
        """Serve `GET /v1/collections/{id}`."""
        return JSONResponse(collection_body(self._collection(request)))

    async def update(self, request: Request) -> Response:
        """Serve `PUT /v1/collections/{id}`."""
        collection = self._collection(request)
        apply_update(collection, body_of(request))
        self._collections.changed(collection)
        return JSONResponse(collection_body(collection))

    async def delete(self, request: Request) -> Response:
        """Serve `DELETE /v1/collections/{id}`."""
        self._collections.delete(request.path_params["collection_id"])
        return JSONResponse({})

    async def list_documents(self, request: Request) -> Response:
        """Serve `GET /v1/collections/{id}/documents`."""
        collection = self._collection(request)
        for document in collection.documents.values():
            self._collections.look(collection, document)
        page, token = page_of_documents(list(collection.documents.values()), request.query_params)
        return JSONResponse({"documents": [document_body(each) for each in page], **_token(token)})

    async def batch_get(self, request: Request) -> Response:
        """Serve `GET /v1/collections/{id}/documents:batchGet`."""
        collection, file_ids = self._collection(request), request.query_params.getlist("file_ids")
        documents = [self._looked_at(collection, file_id) for file_id in file_ids]
        return JSONResponse({"documents": [document_body(each) for each in documents]})

    async def add_document(self, request: Request) -> Response:
        """Serve `POST /v1/collections/{id}/documents/{file_id}`."""
        collection, file = self._collection(request), self._files.get(request.path_params["file_id"])
        self._collections.attach(collection, file, body_of(request).get("fields") or {})
        return JSONResponse({})

    async def get_document(self, request: Request) -> Response:
        """Serve `GET /v1/collections/{id}/documents/{file_id}`."""
        return JSONResponse(document_body(self._looked_at(self._collection(request), request.path_params["file_id"])))

    async def reindex_document(self, request: Request) -> Response:
        """Serve `PATCH /v1/collections/{id}/documents/{file_id}`."""
        self._collections.index(self._collection(request), request.path_params["file_id"])
        return JSONResponse({})

    async def remove_document(self, request: Request) -> Response:
        """Serve `DELETE /v1/collections/{id}/documents/{file_id}`."""
        collection = self._collection(request)
        del collection.documents[collection.document(request.path_params["file_id"]).file.id]
        return JSONResponse({})

    def _collection(self, request: Request) -> StoredCollection:
        return self._collections.get(request.path_params["collection_id"])

    def _looked_at(self, collection: StoredCollection, file_id: str) -> StoredDocument:
        document = collection.document(file_id)
        self._collections.look(collection, document)
        return document


def collection_routes(state: SimulatorState) -> list[Route]:
    """Return the routes of `/v1/collections`."""
    routes, every, one = CollectionRoutes(state), "/v1/collections", "/v1/collections/{collection_id}"
    document = one + "/documents/{file_id}"
    return [
        Route(every, routes.create, methods=["POST"]),
        Route(every, routes.list, methods=["GET"]),
        Route(one, routes.get, methods=["GET"]),
        Route(one, routes.update, methods=["PUT"]),
        Route(one, routes.delete, methods=["DELETE"]),
        Route(one + "/documents", routes.list_documents, methods=["GET"]),
        Route(one + "/documents:batchGet", routes.batch_get, methods=["GET"]),
        Route(document, routes.add_document, methods=["POST"]),
        Route(document, routes.get_document, methods=["GET"]),
        Route(document, routes.reindex_document, methods=["PATCH"]),
        Route(document, routes.remove_document, methods=["DELETE"]),
    ]


def _token(token: str | None) -> JsonObject:
    return {} if token is None else {"pagination_token": token}
