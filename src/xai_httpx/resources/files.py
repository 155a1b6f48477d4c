"""The Files API: `/v1/files`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from .._arguments import one_of, seconds, within
from .._call import Call, Replay, segment
from .._multipart import form
from .._pages import Page, by_token
from .._prepare import form_fields
from .._raw import RawReply
from .._sync import SyncResource, to_sync, to_sync_page
from .._upload_many import upload_many
from ..types.files import DeletedFile, File, FileList, PublicUrl, RevokedPublicUrl
from ._base import Resource

if TYPE_CHECKING:
    from .._config import RequestOptions
    from .._download import Download
    from .._multipart import FileInput
    from .._sources import Progress
    from .._upload_many import UploadResult, UploadResults

LARGEST_PAGE = 100
_Fields: TypeAlias = list[tuple[str, str]]  # in the class, `list` is its method


class Files(Resource):
    """Files kept at xAI: for attachments, batches and collections."""

    async def create(
        self,
        *,
        file: FileInput,
        purpose: str | None = None,
        expires_after: int | timedelta | None = None,
        on_progress: Progress | None = None,
        options: RequestOptions | None = None,
    ) -> File:
        """Upload a file, which is read while it is sent.

        Args:
            file: A path, bytes, a binary file or an async iterator of bytes, or a pair of a name and one of these.
                xAI takes up to 50 MB (its guide on files).
            purpose: Any text; xAI keeps it and makes nothing of it.
            expires_after: How long the file is kept: a `timedelta`, or seconds; from 3600 (an hour) to 2592000 (30
                days). Default: until it is deleted.
            on_progress: Called with the bytes of the file sent and their total, or None, after each chunk;
                awaited if it is async.
            options: Transport options of this call.

        Returns:
            The file; its `id` is what other calls take.

        Raises:
            RequestValidationError: The file cannot be read, is empty, or has a name that xAI refuses; or
                `expires_after` is out of its range. Nothing was sent.
            RequestTooLargeError: The file is larger than xAI takes.
            RequestBodyError: The file changed while it was sent.
            APIError: The call failed; see `xai_httpx` for the classes.
            Exception: What reading the file raised.
        """
        try:
            upload = await form(self._fields(purpose, expires_after), [("file", file)], on_progress)
        finally:
            del file  # no local of this frame, for tracebacks may be logged with them
        return await self._client._call(Call("POST", "/files", File, Replay.CREATE, upload=upload), options)

    async def upload_many(
        self,
        files: Iterable[FileInput],
        *,
        concurrency: int = 8,
        purpose: str | None = None,
        expires_after: int | timedelta | None = None,
        on_result: Callable[[UploadResult], object] | None = None,
        on_progress: Callable[[int, int, int | None], object] | None = None,
        options: RequestOptions | None = None,
    ) -> UploadResults:
        """Upload many files, several at once; one that fails stops none of the others.

        Args:
            files: What `create` takes, any number of it.
            concurrency: How many are sent at once, 1 or more; `max_concurrency` of the client applies as well.
            purpose: As for `create`, of every file.
            expires_after: As for `create`, of every file.
            on_result: Called with each result as soon as it is there; awaited if it is async. When the call is
                cancelled, these are what is known of it; a file that was under way then may be at xAI all the same.
            on_progress: Called with the place of a file in `files`, the bytes of it sent and their total, or None;
                awaited if it is async.
            options: Transport options of each call.

        Returns:
            A result for each file, in the order of `files`: the `file`, or the `error` that `create` raised.

        Raises:
            RequestValidationError: `files` is a single file, or an argument of all is out of its range.
            Exception: What `on_result` raised; uploads that were under way are cancelled.
        """
        self._fields(purpose, expires_after)
        create = partial(self.create, purpose=purpose, expires_after=expires_after, options=options)
        return await upload_many(create, files, concurrency, on_result, on_progress)

    def _fields(self, purpose: str | None, expires_after: int | timedelta | None) -> _Fields:
        given = {"purpose": purpose, "expires_after": seconds(expires_after)}
        return form_fields("files.FileUploadRequest", given, self._client._config, file="")

    def list(
        self,
        *,
        limit: int = LARGEST_PAGE,
        order: Literal["asc", "desc"] | None = None,
        sort_by: Literal["created_at", "filename", "size"] = "created_at",
        filter: str | None = None,
        pagination_token: str | None = None,
        options: RequestOptions | None = None,
    ) -> Page[File]:
        """List the files that have not expired.

        Args:
            limit: Files a page, 1 to 100.
            order: From the smallest or oldest on (`asc`), or the other way round; the server's default is `desc`.
            sort_by: What they are sorted by. It is always sent: without it the order is not promised (xAI's own SDK).
            filter: Condition in the form of AIP-160, such as `size_bytes > 1000 AND content_type = "pdf"`; over `name`,
                `file_id`, `size_bytes`, `content_type`, `created_at`, `expires_at`, `public_url` and others.
            pagination_token: Where to begin: the token of a page before, with the same `order` and `sort_by`.
            options: Transport options of each page's call.

        Returns:
            A list: await it for the first page, iterate it for all files.

        Raises:
            RequestValidationError: An argument is not what it may be.
            BadRequestError: The filter is wrong.
        """
        within(limit, "limit", 1, LARGEST_PAGE)  # asked for more, a server that gives 100 would seem to be at its end
        one_of(order, "order", "asc", "desc")
        one_of(sort_by, "sort_by", "created_at", "filename", "size")
        query = {"limit": limit, "order": order, "sort_by": sort_by, "filter": filter}
        call = Call("GET", "/files", FileList, query={**query, "pagination_token": pagination_token})
        return Page(self._client, call, options, lambda page: page.data, partial(_after, limit))

    async def retrieve(self, file_id: str, *, options: RequestOptions | None = None) -> File:
        """Fetch what xAI knows of a file.

        Raises:
            NotFoundError: There is no such file, or not any more.
        """
        return await self._client._call(Call("GET", _path(file_id), File), options)

    async def delete(self, file_id: str, *, options: RequestOptions | None = None) -> DeletedFile:
        """Delete a file.

        Raises:
            NotFoundError: There is no such file, or not any more.
        """
        deleted = {"id": file_id, "object": "file", "deleted": True}
        return await self._client._call(Call("DELETE", _path(file_id), DeletedFile, when_empty=deleted), options)

    async def content(
        self,
        file_id: str,
        *,
        format: Literal["original", "text"] | None = None,
        options: RequestOptions | None = None,
    ) -> RawReply:
        """Fetch the content of a file into memory.

        Args:
            file_id: The file.
            format: The bytes as they were uploaded (the default), or the text in them, where xAI can extract it.
            options: Transport options of this call.

        Returns:
            The bytes, and as `text` what they say.

        Raises:
            NotFoundError: There is no such file, or not any more.
            ResponseTooLargeError: It is larger than `max_body_bytes`; `download` has no limit.
        """
        return await self._client._raw(_content(file_id, format), options)

    async def download(
        self,
        file_id: str,
        to: str | PathLike[str],
        *,
        format: Literal["original", "text"] | None = None,
        on_progress: Progress | None = None,
        options: RequestOptions | None = None,
    ) -> Download:
        """Write the content of a file to a file here, which appears under its name once it is whole.

        Args:
            file_id: The file.
            to: The file here, which is replaced if it exists; its folder has to exist.
            format: As for `content`.
            on_progress: Called with the bytes written and their total, or None, after each chunk;
                awaited if it is async.
            options: Transport options of this call. The deadline covers the content; one that breaks off is retried.

        Raises:
            RequestValidationError: There cannot be a file `to`.
            NotFoundError: There is no such file at xAI, or not any more.
            OSError: The file could not be written.
        """
        return await self._client._saved(_content(file_id, format), to, options, on_progress)

    async def create_public_url(
        self, file_id: str, *, expires_after: int | timedelta | None = None, options: RequestOptions | None = None
    ) -> PublicUrl:
        """Give a file a URL that anyone can read it with; one that has one keeps it.

        Args:
            file_id: The file: PNG, JPEG, MP4 or PDF, of up to 50 MiB (xAI's guide on public URLs).
            expires_after: How long the URL works: a `timedelta`, or seconds; from 3600 to 2592000, and no longer than
                the file is kept. Default: as long as the file. For a URL that there is, the new end.
            options: Transport options of this call.

        Raises:
            BadRequestError: The file is of another type, too large or empty, or is kept for a shorter time.
            NotFoundError: There is no such file, or not any more.
            RateLimitError: The team has 1,000 public URLs, which is the most.
        """
        body: dict[str, Any] = {} if expires_after is None else {"expires_after": seconds(expires_after)}
        path, checks = f"{_path(file_id)}/public-url", "files.CreatePublicUrlRequest"
        # A file has one URL, and costs nothing: asking twice is asking once.
        return await self._client._call(Call("POST", path, PublicUrl, Replay.READ, body=body, checks=checks), options)

    async def revoke_public_url(self, file_id: str, *, options: RequestOptions | None = None) -> RevokedPublicUrl:
        """End the public URL of a file; caches may serve it a little longer.

        Returns:
            Whether there was one: `revoked` is False for a file without, and for one that is deleted.
        """
        path = f"{_path(file_id)}/public-url/revoke"
        return await self._client._call(Call("POST", path, RevokedPublicUrl, Replay.READ), options)


def _path(file_id: str) -> str:
    return f"/files/{segment(file_id, 'file_id')}"


def _content(file_id: str, format: str | None) -> Call[RawReply]:
    one_of(format, "format", "original", "text")
    return Call("GET", f"{_path(file_id)}/content", RawReply, query={"format": format})


def _after(limit: int, page: FileList) -> dict[str, Any] | None:
    """The token is on the last page as well: what tells the end is that it has fewer files than were asked for."""
    files: Any = page.data  # of a reply that did not fit, anything
    full = isinstance(files, list) and len(cast("Any", files)) >= limit
    return by_token(page) if full else None


class SyncFiles(SyncResource[Files]):
    """Files kept at xAI: for attachments, batches and collections."""

    create = to_sync(Files.create)
    upload_many = to_sync(Files.upload_many)
    list = to_sync_page(Files.list)
    retrieve = to_sync(Files.retrieve)
    delete = to_sync(Files.delete)
    content = to_sync(Files.content)
    download = to_sync(Files.download)
    create_public_url = to_sync(Files.create_public_url)
    revoke_public_url = to_sync(Files.revoke_public_url)
