"""What later requests look up: stored responses, and deferred completions."""

import uuid
from dataclasses import dataclass

from ._errors import ApiError
from ._json import JsonObject
from ._responses_request import Context


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A response, what went into it, and the conversation that a next request continues."""

    body: JsonObject
    input_items: list[JsonObject]
    context: Context


class ResponseStore:
    """Responses by id; used from the server's loop only."""

    def __init__(self) -> None:
        """Start empty."""
        self._responses: dict[str, StoredResponse] = {}

    def add(self, stored: StoredResponse) -> None:
        """Keep a response under its id."""
        self._responses[stored.body["id"]] = stored

    def get(self, response_id: str) -> StoredResponse:
        """Return a stored response.

        Raises:
            ApiError: 404 if there is none of that id.
        """
        if response_id not in self._responses:
            raise ApiError(404, f"Response with id={response_id} not found.")
        return self._responses[response_id]

    def delete(self, response_id: str) -> JsonObject:
        """Forget a response and return the body that says so.

        Raises:
            ApiError: 404 if there is none of that id.
        """
        self.get(response_id)
        del self._responses[response_id]
        return {"id": response_id, "object": "response", "deleted": True}


class DeferredStore:
    """Deferred completions by request id: pending for some polls, then there for one, then forgotten.

    Attributes:
        pending_polls: How many polls find a completion pending that is added from now on.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.pending_polls = 1
        self._completions: dict[str, tuple[JsonObject, int]] = {}

    def add(self, completion: JsonObject) -> str:
        """Keep a completion and return its request id."""
        request_id = str(uuid.uuid4())
        self._completions[request_id] = (completion, self.pending_polls)
        return request_id

    def take(self, request_id: str) -> JsonObject | None:
        """Return a completion and forget it; None while it is pending.

        Raises:
            ApiError: 404 if there is none of that id, or it was taken.
        """
        if request_id not in self._completions:
            raise ApiError(404, f"Deferred completion with request_id={request_id} not found.")
        completion, pending_polls = self._completions.pop(request_id)
        if pending_polls == 0:
            return completion
        self._completions[request_id] = (completion, pending_polls - 1)
        return None


def page_of_items(items: list[JsonObject], *, limit: int, descending: bool, after: str | None) -> JsonObject:
    """Cut one page out of input items.

    Args:
        items: The items in the order in which they were sent.
        limit: The size of the page.
        descending: Whether the newest item comes first.
        after: The id of the item before the page.

    Returns:
        The body of the page.

    Raises:
        ApiError: 400 if no item has the id `after`.
    """
    ordered = items[::-1] if descending else items
    start = 0
    if after is not None:
        ids = [item["id"] for item in ordered]
        if after not in ids:
            raise ApiError(400, f"Invalid value for after: no input item has the id {after}.")
        start = ids.index(after) + 1
    page = ordered[start : start + limit]
    return {
        "data": page,
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
        "has_more": start + limit < len(ordered),
        "object": "list",
    }
