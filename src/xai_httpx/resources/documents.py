"""Search in collections: `POST /v1/documents/search`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from .._call import Call, Replay
from .._sync import SyncResource, to_sync
from ..types.documents import SearchResponse
from ._base import Resource

if TYPE_CHECKING:
    from .._config import RequestOptions
    from ..types.documents_params import SearchParams


def search_call(params: SearchParams) -> Call[SearchResponse]:
    """A search; it may be billed, so it is sent again only where it was certainly not accepted."""
    return Call(
        "POST", "/documents/search", SearchResponse, Replay.CREATE, body=params, checks="documents.SearchRequest"
    )


class Documents(Resource):
    """Search in the documents of collections."""

    async def search(self, *, options: RequestOptions | None = None, **params: Unpack[SearchParams]) -> SearchResponse:
        """Find the passages of documents that a query is about; the normal key is enough.

        Args:
            options: Transport options of this call.
            **params: `query` and `source` are required; `source` is `{"collection_ids": [...]}`. See `SearchParams`
                for all.

        Returns:
            The passages in `matches`, the best first, each with its file, its score and the fields of its document.

        Raises:
            RequestValidationError: A parameter is missing, misspelt or out of range; nothing was sent.
            NotFoundError: There is no such collection.
            APIError: The call failed.
        """
        return await self._client._call(search_call(params), options)


class SyncDocuments(SyncResource[Documents]):
    """Search in the documents of collections."""

    search = to_sync(Documents.search)
