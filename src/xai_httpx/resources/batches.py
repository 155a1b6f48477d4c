"""Batches: `/v1/batches`."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, Unpack, cast

from anyio.to_thread import run_sync

from .._arguments import within
from .._batch_adding import Adding
from .._batch_bases import standing
from .._batch_files import check_lines, write_lines
from .._batch_reading import BatchRequests, Reader
from .._batch_requests import Rules
from .._call import Call, Replay, segment
from .._errors import RequestValidationError, ResponseValidationError
from .._jobs import JobState, Look, wait
from .._pages import Page, by_token
from .._sync import SyncResource, to_sync, to_sync_page
from .._sync_reading import to_sync_reading
from ..types.batches import (
    Batch,
    BatchList,
    BatchRequestMetadata,
    BatchRequestMetadataList,
    BatchResult,
    BatchResultList,
)
from ._base import Resource

if TYPE_CHECKING:
    from .._config import RequestOptions
    from .._sources import Progress
    from ..types.batches_params import CreateBatchParams
    from ..types.files import File

_MOST = 1000  # entries of a page at most, by xAI's reference


class Batches(Resource):
    """Many requests that are worked off in the background, usually within 24 hours, outside the rate limits."""

    async def create(
        self,
        *,
        requests: BatchRequests | None = None,
        options: RequestOptions | None = None,
        **params: Unpack[CreateBatchParams],
    ) -> Batch:
        """Make a batch.

            batch = await client.batches.create(name="nightly", requests=[chat_request("q-1", model=..., messages=...)])

        Args:
            requests: Requests to add to it, as for `add`.
            options: Transport options of each call.
            **params: `name`, and `input_file_id` for a batch of the requests in a file, see `upload`; none can be added
                to those.

        Returns:
            The batch as it was made, before requests were added or its file was read.

        Raises:
            RequestValidationError: A parameter or a request is wrong; nothing was sent. Of requests that are not in a
                sequence this is known of those of the first call; a later one that is wrong raises `BatchAddError`.
            BatchAddError: The batch was made, but not all requests were added.
            APIError: The call failed; see `xai_httpx` for the classes.
        """
        call = Call("POST", "/batches", Batch, Replay.CREATE, params, checks="batches.CreateBatchRequest")
        if requests is None:
            return await self._client._call(call, options)
        if params.get("input_file_id") is not None:
            raise RequestValidationError("requests and input_file_id cannot be combined", "requests")
        reader = Reader(requests, self._rules)
        del requests  # no locals of this frame, for tracebacks may be logged with them
        async with reader:
            adding = Adding(self._client, reader, options)
            if not await adding.prepare():
                raise RequestValidationError("requests must be at least one", "requests", "at least one")
            batch = await self._client._call(call, options)
            if not batch.batch_id or not isinstance(cast("object", batch.batch_id), str):
                raise ResponseValidationError("a batch was made, but the reply has no batch_id: see list()", batch.meta)
            await adding.into(batch.batch_id, made=True)
        return batch

    async def add(self, batch_id: str, *, requests: BatchRequests, options: RequestOptions | None = None) -> list[str]:
        """Add requests to a batch, in calls of up to 1,000 requests or 5 MB.

        Args:
            batch_id: A batch that was made without a file and is not cancelled.
            requests: An iterable or async iterable of requests, which `xai_httpx.batches` makes; it is read as they are
                sent. One request has 25 MB at most. One without a `batch_request_id` is given one.
            options: Transport options of each call.

        Returns:
            The `batch_request_id`s, in order.

        Raises:
            RequestValidationError: A request is wrong, or has the id of another; nothing was sent. As for `create`.
            BatchAddError: It stopped half-way: `accepted` says what was added, `uncertain` what may have been.
            APIError: The first call failed, and nothing was added.
        """
        reader = Reader(requests, self._rules)
        del requests  # as in create
        async with reader:
            adding = Adding(self._client, reader, options)
            await adding.prepare()
            return await adding.into(batch_id)

    async def upload(
        self,
        *,
        requests: BatchRequests | os.PathLike[str],
        filename: str = "requests.jsonl",
        options: RequestOptions | None = None,
        on_progress: Progress | None = None,
    ) -> File:
        """Upload requests as a JSONL file; `create(input_file_id=file.id)` makes a batch of it.

        Args:
            requests: As for `add`, or the path of a JSONL file that has them. At most 50,000 in 200 MB.
            filename: Name of the file at xAI.
            options: Transport options of the upload.
            on_progress: Called with the bytes sent and their total, after each chunk; awaited if it is async.

        Returns:
            The file. A line that the server would refuse cancels the whole batch, so each is checked here.

        Raises:
            RequestValidationError: A request is wrong, or has the id of another, or there are too many; nothing was
                sent. A line of a file is named by its number.
            APIError: The upload failed.
        """
        if isinstance(requests, os.PathLike):
            await check_lines(requests, self._rules)
            return await self._uploaded(requests, filename, options, on_progress)
        reader = Reader(requests, self._rules)
        del requests  # as in create
        with await run_sync(TemporaryFile) as file:
            async with reader:
                await write_lines(reader, file)
            return await self._uploaded(file, filename, options, on_progress)

    def list(
        self,
        *,
        limit: int | None = None,
        pagination_token: str | None = None,
        options: RequestOptions | None = None,
    ) -> Page[Batch]:
        """List the batches of the team.

        Args:
            limit: Batches of a page at most; the server's default is 100.
            pagination_token: Of the page before the first that is wanted.
            options: Transport options of each call.
        """
        call = Call("GET", "/batches", BatchList, query=_query(limit, pagination_token, None))
        return Page(self._client, call, options, lambda page: page.batches, by_token)

    async def retrieve(self, batch_id: str, *, options: RequestOptions | None = None) -> Batch:
        """Fetch a batch: its counts are in `state`, and `finished` says whether it has ended.

        Raises:
            NotFoundError: There is no such batch.
        """
        return await self._client._call(Call("GET", _path(batch_id), Batch), options)

    async def cancel(self, batch_id: str, *, options: RequestOptions | None = None) -> Batch:
        """Drop the requests of a batch that are pending; what is done stays, and nothing can be added any more.

        Raises:
            NotFoundError: There is no such batch.
        """
        # Sent again it does no more than once, so it is as a read.
        return await self._client._call(Call("POST", f"{_path(batch_id)}:cancel", Batch), options)

    def list_requests(
        self,
        batch_id: str,
        *,
        limit: int | None = None,
        pagination_token: str | None = None,
        options: RequestOptions | None = None,
    ) -> Page[BatchRequestMetadata]:
        """List the requests of a batch, without their bodies, and the state of each.

        Args:
            batch_id: The batch.
            limit: Requests of a page at most, 1 to 1000; the server's default is 100.
            pagination_token: Of the page before the first that is wanted.
            options: Transport options of each call.
        """
        query = _query(limit, pagination_token, _MOST)
        call = Call("GET", f"{_path(batch_id)}/requests", BatchRequestMetadataList, query=query)
        return Page(self._client, call, options, lambda page: page.batch_request_metadata, by_token)

    def results(
        self,
        batch_id: str,
        *,
        limit: int | None = None,
        pagination_token: str | None = None,
        options: RequestOptions | None = None,
    ) -> Page[BatchResult]:
        """List the results that are there, in no order: tell them apart by `batch_request_id`.

        They can be read before the batch has ended, and until it expires, about 30 days after it was made. The URLs of
        images and videos in them work for an hour.

        Args:
            batch_id: The batch.
            limit: Results of a page at most, 1 to 1000; the server's default is 100.
            pagination_token: Of the page before the first that is wanted.
            options: Transport options of each call.
        """
        query = _query(limit, pagination_token, _MOST)
        call = Call("GET", f"{_path(batch_id)}/results", BatchResultList, query=query)
        return Page(self._client, call, options, lambda page: page.results, by_token)

    async def results_by_id(
        self, batch_id: str, *, limit: int = _MOST, options: RequestOptions | None = None
    ) -> dict[str, BatchResult]:
        """All results that are there by `batch_request_id`, in memory; a row without one is in `results` alone.

        Args:
            batch_id: The batch.
            limit: Results of a page at most, 1 to 1000; fewer where they are large, such as images in base64, for a
                reply is refused that is larger than the client's `max_body_bytes`.
            options: Transport options of each call.
        """
        listed = self.results(batch_id, limit=limit, options=options)
        return {
            row.batch_request_id: row async for row in listed if isinstance(cast("object", row.batch_request_id), str)
        }

    async def wait(
        self,
        batch_id: str,
        *,
        interval: float = 5.0,
        timeout: float | None = 86_400.0,
        on_progress: Callable[[JobState], object] | None = None,
        options: RequestOptions | None = None,
    ) -> Batch:
        """Poll a batch until nothing of it is pending. That its requests succeeded is for their results to say.

        Args:
            batch_id: The batch.
            interval: Seconds from the first poll to the second, 0 or more; later pauses grow to 10 seconds, or to
                `interval` if that is longer, and have jitter.
            timeout: Seconds until the last poll, 0 or more; 0 polls once, None has no limit.
            on_progress: Called with the state before each pause, with `progress` in percent; awaited if it is async.
            options: Transport options of each poll. It is sent once, so of `retries` only the delays count.

        Returns:
            The batch, all worked off or cancelled by its owner. One whose file is not read yet is waited for.

        Raises:
            RequestValidationError: `interval` or `timeout` is negative; nothing was sent.
            JobTimeoutError: It has not ended within `timeout`; it goes on, and can be waited for again.
            JobFailedError: xAI cancelled it, with the reason, such as a line of its file. Results may be there.
            JobExpiredError: It has expired, or is not known any more.
            NotFoundError: There is no such batch.
            APIError: A poll was refused; `job_id` is the batch's id.
        """

        async def look(poll: RequestOptions) -> Look[Batch]:
            batch = await self.retrieve(batch_id, options=poll)
            return Look(
                standing(batch, datetime.now(UTC)),
                batch.meta,
                batch,
                batch.progress,
                batch.cancel_by_xai_message,
                reply=batch,
            )

        settings = self._client._config.settings
        return await wait(
            batch_id, look, settings, options, interval=interval, timeout=timeout, on_progress=on_progress
        )

    @property
    def _rules(self) -> Rules:
        config = self._client._config
        return Rules(config.validate, config.out_of_range == "clamp")

    async def _uploaded(
        self, content: Any, filename: str, options: RequestOptions | None, on_progress: Progress | None
    ) -> File:
        return await self._client.files.create(
            file=(filename, content), purpose="batch", options=options, on_progress=on_progress
        )


def _path(batch_id: str) -> str:
    return f"/batches/{segment(batch_id, 'batch_id')}"


def _query(limit: int | None, pagination_token: str | None, most: int | None) -> dict[str, int | str | None]:
    if limit is not None:
        within(limit, "limit", 1, most)
    return {"limit": limit, "pagination_token": pagination_token}


class SyncBatches(SyncResource[Batches]):
    """Many requests that are worked off in the background, usually within 24 hours, outside the rate limits."""

    create = to_sync_reading(Batches.create)
    add = to_sync_reading(Batches.add)
    upload = to_sync_reading(Batches.upload)
    list = to_sync_page(Batches.list)
    retrieve = to_sync(Batches.retrieve)
    cancel = to_sync(Batches.cancel)
    list_requests = to_sync_page(Batches.list_requests)
    results = to_sync_page(Batches.results)
    results_by_id = to_sync(Batches.results_by_id)
    wait = to_sync(Batches.wait)
