"""The simulated batches: their requests, and how far each is."""

import uuid
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from .._contract.errors import ApiError
from .._json import JsonObject
from .._saving.blob import Blob, SavedBlob
from .._saving.clock import Clock, rfc3339
from .._saving.shelf import Journal, Shelf

KEPT = 30 * 86_400  # seconds that results are kept
_COUNTED = {"pending": "num_pending", "succeeded": "num_success", "failed": "num_error", "cancelled": "num_cancelled"}
State: TypeAlias = Literal["pending", "succeeded", "failed", "cancelled"]


@dataclass(slots=True)
class BatchItem:
    """A request of a batch. Times are unix seconds."""

    id: str
    kind: str
    body: JsonObject
    created_at: float
    state: State = "pending"
    finished_at: float | None = None


@dataclass(slots=True)
class StoredBatch:
    """A batch.

    Attributes:
        unread: The content of its file, until that is read.
        loading: Whether no poll has found its file unread.
        polls_left: How many polls find it pending.
        message: Why xAI cancelled it.
        items: The requests by id.
        results: The results by the ids of their requests, in the order in which they came.
    """

    id: str
    name: str
    created_at: float
    polls_left: int
    input_file_id: str | None = None
    unread: SavedBlob | None = None
    loading: bool = True
    items: Annotated[Shelf[BatchItem], Field(exclude=True)] = field(default_factory=Shelf[BatchItem])
    results: Annotated[Shelf[JsonObject], Field(exclude=True)] = field(default_factory=Shelf[JsonObject])
    cancelled_at: float | None = None
    message: str | None = None

    @property
    def pending(self) -> list[BatchItem]:
        """The requests that are not worked off."""
        return [item for item in self.items.values() if item.state == "pending"]

    def add(self, items: list[BatchItem]) -> None:
        """Take requests, all or none.

        Raises:
            ApiError: 400 for an id that is there already.
        """
        seen = set(self.items)
        for item in items:
            if item.id in seen:
                raise ApiError(400, f"Duplicate batch_request_id: {item.id}.")
            seen.add(item.id)
        self.items.update({item.id: item for item in items})

    def finish(self, item: BatchItem, result: JsonObject, now: float) -> None:
        """Keep the result of a request."""
        item.state = "failed" if "error" in result else "succeeded"
        item.finished_at = now
        self.items.changed(item.id)
        self.results[item.id] = {"batch_request_id": item.id, "batch_result": result}

    def cancel(self, now: float, message: str | None = None) -> None:
        """Drop what is pending; a second time nothing changes."""
        if self.cancelled_at is not None:
            return
        self.cancelled_at, self.message, self.unread = now, message, None
        for item in self.pending:
            item.state, item.finished_at = "cancelled", now
            self.items.changed(item.id)

    def wire(self) -> JsonObject:
        """Build the body of the batch."""
        counts: JsonObject = {"num_requests": len(self.items), **dict.fromkeys(_COUNTED.values(), 0)}
        for item in self.items.values():
            counts[_COUNTED[item.state]] += 1
        body: JsonObject = {
            "batch_id": self.id,
            "name": self.name,
            "create_time": rfc3339(self.created_at),
            "expire_time": rfc3339(self.created_at + KEPT),
            "create_api_key_id": "key_simulated",
            "cancel_time": rfc3339(self.cancelled_at),
            "cancel_by_xai_message": self.message,
            "state": counts,
        }
        return body if self.input_file_id is None else body | {"input_file_id": self.input_file_id}


class BatchStore:
    """Batches by id; used from the server's loop only.

    Attributes:
        pending_polls: How many polls find a batch pending that is added from now on.
    """

    def __init__(self, clock: Clock, journal: Journal) -> None:
        """Start empty."""
        self.pending_polls = 1
        self._clock = clock
        self._batches = journal.shelf("batches", StoredBatch, {"items": BatchItem, "results": JsonObject})

    def add(self, name: str, input_file_id: str | None = None, unread: Blob | None = None) -> StoredBatch:
        """Make a batch, without requests."""
        batch = StoredBatch(f"batch_{uuid.uuid4()}", name, self._clock.now(), self.pending_polls, input_file_id, unread)
        self._batches[batch.id] = batch
        return batch

    def all(self) -> list[StoredBatch]:
        """Return the batches, newest first."""
        return [*self._batches.values()][::-1]

    def get(self, batch_id: str) -> StoredBatch:
        """Return a batch, without its results if they have expired.

        Raises:
            ApiError: 404 if there is none of that id.
        """
        if batch_id not in self._batches:
            raise ApiError(404, f"Batch {batch_id} not found.", "not-found")
        batch = self._batches[batch_id]
        if self._clock.now() >= batch.created_at + KEPT:
            batch.results.clear()
        return batch

    def changed(self, batch: StoredBatch) -> None:
        """Note that a batch was changed, apart from its items and results, or is about to be at once."""
        self._batches.changed(batch.id)
