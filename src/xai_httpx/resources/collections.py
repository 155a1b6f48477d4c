"""Collections: `/v1/collections` on the management host, which asks for the management key."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack

from .._call import Call, Replay, segment
from .._collections import (
    COLLECTION_SORTS,
    CollectionSort,
    Order,
    id_list,
    listing,
    search_params,
)
from .._pages import Page, by_token
from .._sync import SyncResource, to_sync, to_sync_page
from ..types.collections import Collection, CollectionList, EmptyReply
from ..types.documents import SearchResponse
from ._base import Resource
from .collection_documents import CollectionDocuments, SyncCollectionDocuments
from .documents import search_call

if TYPE_CHECKING:
    from .._config import RequestOptions
    from ..types.collections_params import CreateCollectionParams, UpdateCollectionParams
    from ..types.documents_params import GroupByParam, RetrievalModeParam


class Collections(Resource):
    """Sets of documents that can be searched; all but `search` need the management key."""

    async def create(
        self, *, options: RequestOptions | None = None, **params: Unpack[CreateCollectionParams]
    ) -> Collection:
        """Create a collection.

        Args:
            options: Transport options of this call.
            **params: `collection_name` is required. `chunk_configuration` has exactly one strategy.

        Returns:
            The collection, with its `collection_id`.

        Raises:
            ConfigurationError: The client has no management key.
            RequestValidationError: A parameter is missing, misspelt or out of range; nothing was sent.
            APIError: The call failed; where `may_have_been_processed`, the collection may be there (see `list`).
        """
        call = Call(
            "POST",
            "/collections",
            Collection,
            Replay.CREATE,
            body=params,
            checks="collections.CreateCollectionRequest",
            management=True,
        )
        return await self._client._call(call, options)

    def list(
        self,
        *,
        limit: int | None = None,
        order: Order | None = None,
        sort_by: CollectionSort | None = None,
        filter: str | None = None,
        pagination_token: str | None = None,
        team_id: str | None = None,
        options: RequestOptions | None = None,
    ) -> Page[Collection]:
        """List the collections of the team.

        Args:
            limit: Collections a page, 1 to 100. The server's default is 100.
            order: `asc` or `desc`, which is the server's default.
            sort_by: `name`, which is the server's default, or `age`.
            filter: Condition over `collection_id`, `collection_name` (in part), `created_at` and `documents_count`,
                joined with AND, such as `documents_count:>10`.
            pagination_token: Token of the page to go on after, with the other arguments as they were.
            team_id: The team; by default that of the key.
            options: Transport options of each page's call.

        Returns:
            A list: await it for the first page, iterate it for all collections.

        Raises:
            RequestValidationError: An argument is out of its range; nothing was sent.
        """
        query = listing(
            COLLECTION_SORTS,
            limit=limit,
            order=order,
            sort_by=sort_by,
            filter=filter,
            pagination_token=pagination_token,
            team_id=team_id,
        )
        call = Call("GET", "/collections", CollectionList, query=query, management=True)
        return Page(self._client, call, options, lambda page: page.collections, _after)

    async def retrieve(
        self, collection_id: str, *, team_id: str | None = None, options: RequestOptions | None = None
    ) -> Collection:
        """Fetch a collection.

        Raises:
            NotFoundError: There is none of that id.
        """
        call = Call("GET", _path(collection_id), Collection, query={"team_id": team_id}, management=True)
        return await self._client._call(call, options)

    async def update(
        self, collection_id: str, *, options: RequestOptions | None = None, **params: Unpack[UpdateCollectionParams]
    ) -> Collection:
        """Change what is given and leave the rest; it has the same effect when repeated, so it is retried as a read.

        Args:
            collection_id: The collection.
            options: Transport options of this call.
            **params: What to change. `FIELD_DEFINITION_ADD` of a key that is there replaces its definition; of a new
                one that is required, the server refuses it. `FIELD_DEFINITION_DELETE` removes the value from every
                document.

        Returns:
            The collection as it is now.

        Raises:
            RequestValidationError: A parameter is misspelt or out of range; nothing was sent.
            NotFoundError: There is none of that id.
        """
        call = Call(
            "PUT",
            _path(collection_id),
            Collection,
            body=params,
            checks="collections.UpdateCollectionRequest",
            management=True,
        )
        return await self._client._call(call, options)

    async def delete(
        self, collection_id: str, *, team_id: str | None = None, options: RequestOptions | None = None
    ) -> EmptyReply:
        """Delete a collection with its index; the files of its documents stay.

        Raises:
            NotFoundError: There is none of that id.
        """
        path, query = _path(collection_id), {"team_id": team_id}
        call = Call("DELETE", path, EmptyReply, query=query, when_empty={}, management=True)
        return await self._client._call(call, options)

    async def search(
        self,
        collection_ids: str | Sequence[str],
        query: str,
        *,
        limit: int | None = None,
        filter: str | None = None,
        instructions: str | None = None,
        retrieval_mode: RetrievalModeParam | None = None,
        group_by: GroupByParam | None = None,
        options: RequestOptions | None = None,
    ) -> SearchResponse:
        """Find the passages that a query is about, in one collection or several; the normal key is enough.

        Args:
            collection_ids: The collection, or several.
            query: What to search for.
            limit: Passages at most, 1 or more. The server's default is 10.
            filter: Condition over the fields of the documents, such as `year:2020..2024 AND language = "en"`.
            instructions: What counts as relevant, in plain words.
            retrieval_mode: `{"type": "hybrid"}`, which is the server's default, `semantic` or `keyword`.
            group_by: Which fields to group the passages by, and how many of each group to keep.
            options: Transport options of this call.

        Returns:
            The passages in `matches`, the best first. `client.documents.search` is the same call in the API's words.

        Raises:
            RequestValidationError: An argument is out of its range; nothing was sent.
            NotFoundError: There is no such collection.
        """
        try:
            ids = id_list(collection_ids, "collection_ids")
            given = {
                "query": query,
                "limit": limit,
                "filter": filter,
                "instructions": instructions,
                "retrieval_mode": retrieval_mode,
                "group_by": group_by,
            }
            call = search_call(search_params(ids, given))
            del given
        finally:
            del query, filter, instructions, retrieval_mode  # as in the calls of parameters: tracebacks may be logged
        return await self._client._call(call, options)

    @cached_property
    def documents(self) -> CollectionDocuments:
        """The documents of a collection."""
        return CollectionDocuments(self._client)


def _after(page: CollectionList) -> dict[str, Any] | None:
    return by_token(page) if page.collections else None  # a page with nothing in it is the last, token or not


def _path(collection_id: str) -> str:
    return f"/collections/{segment(collection_id, 'collection_id')}"


class SyncCollections(SyncResource[Collections]):
    """Sets of documents that can be searched; all but `search` need the management key."""

    create = to_sync(Collections.create)
    list = to_sync_page(Collections.list)
    retrieve = to_sync(Collections.retrieve)
    update = to_sync(Collections.update)
    delete = to_sync(Collections.delete)
    search = to_sync(Collections.search)

    @cached_property
    def documents(self) -> SyncCollectionDocuments:
        """The documents of a collection."""
        return SyncCollectionDocuments(self._resource.documents, self._runner)
