"""Handlers of the batches, which get on with their work whenever they are polled."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .._contract.errors import ApiError
from .._contract.refusals import undeserializable
from .._json import JsonObject
from .._saving.clock import rfc3339
from .._stores.batch_store import BatchItem, StoredBatch
from .batch_file import read_batch_file
from .batch_work import ENDPOINTS, BatchWorker
from .http import body_of
from .links import hosted, unhosted
from .paging import page_of
from .state import SimulatorState

T = TypeVar("T")
_MOST = 1_000  # entries of a page


class BatchRoutes:
    """The Batch API."""

    def __init__(self, state: SimulatorState) -> None:
        """Serve from this state."""
        self._state = state
        self._worker = BatchWorker(state)

    async def create(self, request: Request) -> Response:
        """Serve `POST /v1/batches`."""
        body = body_of(request)
        file_id = body.get("input_file_id")
        blob = None if file_id is None else self._state.files.get(file_id).blob
        return JSONResponse(self._state.batches.add(body["name"], file_id, blob).wire())

    async def list(self, request: Request) -> Response:
        """Serve `GET /v1/batches`."""
        return _page(request, "batches", self._state.batches.all(), StoredBatch.wire)

    async def get(self, request: Request) -> Response:
        """Serve `GET /v1/batches/{id}`: a poll, at which the batch goes on."""
        batch = self._batch(request)
        await self._work(batch, request)
        return JSONResponse(batch.wire())

    async def cancel(self, request: Request) -> Response:
        """Serve `POST /v1/batches/{id}:cancel`."""
        batch = self._batch(request)
        self._state.batches.changed(batch)
        batch.cancel(self._now())
        return JSONResponse(batch.wire())

    async def add_requests(self, request: Request) -> Response:
        """Serve `POST /v1/batches/{id}/requests`: all are taken, or none."""
        batch = self._batch(request)
        body = body_of(request)
        if batch.input_file_id is not None:
            raise ApiError(400, f"Batch {batch.id} is sealed: its requests come from a file.")
        if batch.cancelled_at is not None:
            raise ApiError(400, f"Batch {batch.id} is cancelled.")
        batch.add([self._item(entry) for entry in body["batch_requests"]])
        return JSONResponse({})

    async def list_requests(self, request: Request) -> Response:
        """Serve `GET /v1/batches/{id}/requests`."""
        return _page(request, "batch_request_metadata", [*self._batch(request).items.values()], _metadata)

    async def list_results(self, request: Request) -> Response:
        """Serve `GET /v1/batches/{id}/results`."""
        return _page(
            request, "results", [*self._batch(request).results.values()], lambda result: hosted(result, request)
        )

    def _batch(self, request: Request) -> StoredBatch:
        return self._state.batches.get(request.path_params["batch_id"])

    def _now(self) -> float:
        return self._state.clock.now()

    def _item(self, entry: JsonObject) -> BatchItem:
        asked: JsonObject = entry["batch_request"]
        if len(asked) != 1:  # that one of them is known, the gate has checked
            raise undeserializable(f"batch_request: expected exactly one of {', '.join(ENDPOINTS)}")
        ((kind, body),) = asked.items()
        return BatchItem(entry.get("batch_request_id") or str(uuid.uuid4()), kind, body, self._now())

    async def _work(self, batch: StoredBatch, poll: Request) -> None:
        """Get on by an even share of what is left; the last of the polls finishes it."""
        self._state.batches.changed(batch)
        waits = batch.polls_left > 0
        batch.polls_left -= waits
        if batch.unread is not None:
            if waits and batch.loading:
                batch.loading = False
                return  # until its file is read a batch shows no requests
            self._read_file(batch, batch.unread.content)
        pending = batch.pending
        # From the last to the first: results come in no order that a client may rely on.
        for item in reversed(pending[: len(pending) // (batch.polls_left + 2) if waits else None]):
            result = await self._worker.result(item.kind, item.body, poll)
            batch.finish(item, unhosted(result, poll), self._now())

    def _read_file(self, batch: StoredBatch, content: bytes) -> None:
        batch.unread = None
        try:
            batch.add(read_batch_file(content, self._now()))
        except ApiError as error:
            batch.cancel(self._now(), error.message)


def batch_routes(state: SimulatorState) -> list[Route]:
    """Return the routes of the Batch API."""
    routes, path = BatchRoutes(state), "/v1/batches/{batch_id}"
    return [
        Route("/v1/batches", routes.create, methods=["POST"]),
        Route("/v1/batches", routes.list, methods=["GET"]),
        Route(path + ":cancel", routes.cancel, methods=["POST"]),
        Route(path, routes.get, methods=["GET"]),
        Route(path + "/requests", routes.add_requests, methods=["POST"]),
        Route(path + "/requests", routes.list_requests, methods=["GET"]),
        Route(path + "/results", routes.list_results, methods=["GET"]),
    ]


def _metadata(item: BatchItem) -> JsonObject:
    return {
        "batch_request_id": item.id,
        "endpoint": ENDPOINTS[item.kind],
        "model": item.body.get("model"),
        "state": item.state,
        "create_time": rfc3339(item.created_at),
        "finish_time": rfc3339(item.finished_at),
    }


def _page(request: Request, name: str, entries: Sequence[T], wire: Callable[[T], Any]) -> Response:
    page, token = page_of(entries, request.query_params, most=_MOST)
    return JSONResponse({name: [wire(entry) for entry in page], "pagination_token": token})
