"""The documents of a collection: `/v1/collections/{collection_id}/documents` on the management host."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Unpack

from .._call import Call, Replay, segment
from .._collections import DOCUMENT_SORTS, DocumentSort, Order, id_list, listing, look_at
from .._errors import APIError
from .._jobs import JobState, Look, check_times, wait
from .._pages import Page, by_token
from .._sync import SyncResource, to_sync, to_sync_page
from ..types.collections import Document, DocumentList, EmptyReply
from ._base import Resource

if TYPE_CHECKING:
    from .._config import RequestOptions
    from .._multipart import FileInput
    from ..types.collections_params import AddDocumentParams


class CollectionDocuments(Resource):
    """Files in a collection, indexed for search. A document has the id of its file."""

    async def add(
        self,
        collection_id: str,
        file_id: str,
        *,
        options: RequestOptions | None = None,
        **params: Unpack[AddDocumentParams],
    ) -> EmptyReply:
        """Attach a file, which is then indexed: see `wait`.

        The management key needs the permission AddFileToCollection (xAI's guide on collections).

        Args:
            collection_id: The collection.
            file_id: The file, as `client.files` knows it.
            options: Transport options of this call.
            **params: `fields`, a map of strings, with those that the collection requires.

        Raises:
            RequestValidationError: A parameter is misspelt or of the wrong type; nothing was sent.
            NotFoundError: There is no such collection, or no such file.
            APIError: The call failed; where `may_have_been_processed`, the file may be attached (see `retrieve`).
        """
        return await self._client._call(_adding(collection_id, file_id, params), options)

    def list(
        self,
        collection_id: str,
        *,
        limit: int | None = None,
        order: Order | None = None,
        sort_by: DocumentSort | None = None,
        filter: str | None = None,
        pagination_token: str | None = None,
        team_id: str | None = None,
        options: RequestOptions | None = None,
    ) -> Page[Document]:
        """List the documents of a collection.

        Args:
            collection_id: The collection.
            limit: Documents a page, 1 to 100. The server's default is 100.
            order: `asc` or `desc`, which is the server's default.
            sort_by: `name`, which is the server's default, `size` or `age`.
            filter: Condition over `name`, `content_type`, `size_bytes`, `created_at`, `status` and `fields.KEY`, such
                as `status:DOCUMENT_STATUS_FAILED`; `:!` negates.
            pagination_token: Token of the page to go on after, with the other arguments as they were.
            team_id: The team; by default that of the key.
            options: Transport options of each page's call.

        Returns:
            A list: await it for the first page, iterate it for all documents.

        Raises:
            RequestValidationError: An argument is out of its range; nothing was sent.
            NotFoundError: There is no such collection.
        """
        query = listing(
            DOCUMENT_SORTS,
            limit=limit,
            order=order,
            sort_by=sort_by,
            filter=filter,
            pagination_token=pagination_token,
            team_id=team_id,
        )
        call = Call("GET", _path(collection_id), DocumentList, query=query, management=True)
        return Page(self._client, call, options, lambda page: page.documents, _after)

    async def retrieve(
        self, collection_id: str, file_id: str, *, team_id: str | None = None, options: RequestOptions | None = None
    ) -> Document:
        """Fetch a document: its file, its fields, and how far it is indexed.

        Raises:
            NotFoundError: There is no such collection, or the file is not in it.
        """
        path, query = _path(collection_id, file_id), {"team_id": team_id}
        return await self._client._call(Call("GET", path, Document, query=query, management=True), options)

    async def batch_get(
        self,
        collection_id: str,
        file_ids: Sequence[str],
        *,
        team_id: str | None = None,
        options: RequestOptions | None = None,
    ) -> DocumentList:
        """Fetch several documents at once; their ids go into the URL, which has room for some hundreds.

        Raises:
            RequestValidationError: There are no ids, or too many for a URL; nothing was sent.
            NotFoundError: There is no such collection, or one of the files is not in it.
        """
        query = {"team_id": team_id, "file_ids": id_list(file_ids, "file_ids")}
        call = Call("GET", f"{_path(collection_id)}:batchGet", DocumentList, query=query, management=True)
        return await self._client._call(call, options)

    async def reindex(
        self, collection_id: str, file_id: str, *, team_id: str | None = None, options: RequestOptions | None = None
    ) -> EmptyReply:
        """Index a document anew, as after a change of the collection's chunks; see `wait`.

        It is retried as a read, for indexing it twice leaves the same index.

        Raises:
            NotFoundError: There is no such collection, or the file is not in it.
        """
        path, query = _path(collection_id, file_id), {"team_id": team_id}
        return await self._client._call(Call("PATCH", path, EmptyReply, query=query, management=True), options)

    async def delete(
        self, collection_id: str, file_id: str, *, team_id: str | None = None, options: RequestOptions | None = None
    ) -> EmptyReply:
        """Take a document out of a collection; its file stays (`client.files.delete`).

        Raises:
            NotFoundError: There is no such collection, or the file is not in it.
        """
        path, query = _path(collection_id, file_id), {"team_id": team_id}
        call = Call("DELETE", path, EmptyReply, query=query, when_empty={}, management=True)
        return await self._client._call(call, options)

    async def wait(
        self,
        collection_id: str,
        file_id: str,
        *,
        interval: float = 10.0,
        timeout: float | None = 120.0,
        on_progress: Callable[[JobState], object] | None = None,
        team_id: str | None = None,
        options: RequestOptions | None = None,
    ) -> Document:
        """Poll a document until it is indexed; searches find it then.

        Polls that fail in passing (5xx, 429, connection loss, silence of 60 seconds) do not end the wait.

        Args:
            collection_id: The collection.
            file_id: The file.
            interval: Seconds from one poll to the next, 0 or more; shorter ones grow to 10 seconds. All have jitter.
            timeout: Seconds until the last poll, 0 or more; 0 polls once, None has no limit.
            on_progress: Called with the state before each pause; awaited if it is async.
            team_id: The team; by default that of the key.
            options: Transport options of each poll. It is sent once, so of `retries` only the delays count.

        Returns:
            The document.

        Raises:
            RequestValidationError: `interval` or `timeout` is negative; nothing was sent.
            JobFailedError: It could not be indexed; the message has the server's reason.
            JobTimeoutError: It is not indexed within `timeout`; it can be waited for again.
            JobExpiredError: It was taken out of the collection.
            NotFoundError: The first poll finds no such document.
            APIError: A poll was refused; `job_id` is the id of the file.
        """

        async def look(poll: RequestOptions) -> Look[Document]:
            return look_at(await self.retrieve(collection_id, file_id, team_id=team_id, options=poll))

        return await wait(
            file_id,
            look,
            self._client._config.settings,
            options,
            interval=interval,
            timeout=timeout,
            on_progress=on_progress,
        )

    async def upload(
        self,
        collection_id: str,
        *,
        file: FileInput,
        fields: Mapping[str, str] | None = None,
        interval: float = 10.0,
        timeout: float | None = 120.0,
        on_progress: Callable[[JobState], object] | None = None,
        team_id: str | None = None,
        options: RequestOptions | None = None,
    ) -> Document:
        """Upload a file, attach it and wait until it is indexed: `client.files.create`, `add` and `wait` in one.

        Both keys are needed. When it fails after the upload, the file stays, and its id is on the error: a `JobError`
        has it in `id`, an `APIError` in `job_id`, and every error in a note, interrupts and cancellations too.

        Args:
            collection_id: The collection.
            file: As for `client.files.create`: a path, bytes, `(name, content)`, a binary file or an async iterator.
            fields: Values of the collection's fields, by key, with those that it requires.
            interval: As for `wait`, as are `timeout` and `on_progress`: the upload itself is not counted or told of.
            team_id: The team; by default that of the key.
            options: Transport options of each of the calls.

        Returns:
            The document, indexed; `file_id` is the id of the file.

        Raises:
            ConfigurationError: The client lacks one of the keys; nothing was sent.
            RequestValidationError: An argument is out of its range, or the file cannot be read; nothing was sent.
            JobError: As for `wait`, with which it can be waited for again.
            APIError: A call failed; without a `job_id` it was the upload.
        """
        check_times(interval, timeout)
        params: AddDocumentParams = {} if fields is None else {"fields": fields}
        if team_id is not None:
            params["team_id"] = team_id
        # What could not be attached is refused now, before the file is sent.
        self._client._prepared(_adding(collection_id, "a-file", params.copy()), options)
        try:
            uploaded = await self._client.files.create(file=file, options=options)
        finally:
            del file  # no local of this frame, for tracebacks may be logged with them
        with _kept(uploaded.id, collection_id):
            await self.add(collection_id, uploaded.id, options=options, **params)
            return await self.wait(
                collection_id,
                uploaded.id,
                interval=interval,
                timeout=timeout,
                on_progress=on_progress,
                team_id=team_id,
                options=options,
            )


def _after(page: DocumentList) -> dict[str, Any] | None:
    return by_token(page) if page.documents else None  # a page with nothing in it is the last, token or not


def _path(collection_id: str, file_id: str | None = None) -> str:
    path = f"/collections/{segment(collection_id, 'collection_id')}/documents"
    return path if file_id is None else f"{path}/{segment(file_id, 'file_id')}"


def _adding(collection_id: str, file_id: str, params: AddDocumentParams) -> Call[EmptyReply]:
    return Call(
        "POST",
        _path(collection_id, file_id),
        EmptyReply,
        Replay.CREATE,
        body=params,
        checks="collections.AddDocumentRequest",
        management=True,
    )


@contextmanager
def _kept(file_id: str, collection_id: str) -> Generator[None]:
    """Put the id of an uploaded file, and what is left, on whatever ends it: the file would be lost to the caller."""
    try:
        yield
    except BaseException as error:  # an interrupt too
        if isinstance(error, APIError):
            error.job_id = file_id
        left = f"whether it is attached, collections.documents.retrieve({collection_id!r}, {file_id!r}) tells"
        error.add_note(f"the file is uploaded as {file_id} and stays; {left}")
        raise


class SyncCollectionDocuments(SyncResource[CollectionDocuments]):
    """Files in a collection, indexed for search. A document has the id of its file."""

    add = to_sync(CollectionDocuments.add)
    list = to_sync_page(CollectionDocuments.list)
    retrieve = to_sync(CollectionDocuments.retrieve)
    batch_get = to_sync(CollectionDocuments.batch_get)
    reindex = to_sync(CollectionDocuments.reindex)
    delete = to_sync(CollectionDocuments.delete)
    wait = to_sync(CollectionDocuments.wait)
    upload = to_sync(CollectionDocuments.upload)
