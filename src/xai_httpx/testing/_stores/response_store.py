"""What later requests look up: stored responses."""

from dataclasses import dataclass

from .._contract.errors import ApiError
from .._json import JsonObject
from .._saving.clock import Clock
from .._saving.shelf import Journal

KEPT = 30 * 86_400  # seconds that a response is kept


@dataclass(frozen=True, slots=True)
class Context:
    """The conversation before this request, as `previous_response_id` brings it in."""

    user_texts: tuple[str, ...] = ()
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A response, what went into it, and the conversation that a next request continues; made at a unix time."""

    body: JsonObject
    input_items: list[JsonObject]
    context: Context
    created_at: float


class ResponseStore:
    """Responses by id, for 30 days; used from the server's loop only."""

    def __init__(self, clock: Clock, journal: Journal) -> None:
        """Start empty."""
        self._clock = clock
        self._responses = journal.shelf("responses", StoredResponse)

    def add(self, stored: StoredResponse) -> None:
        """Keep a response under its id."""
        self._forget_old()
        self._responses[stored.body["id"]] = stored

    def get(self, response_id: str) -> StoredResponse:
        """Return a stored response.

        Raises:
            ApiError: 404 if there is none of that id, or not any more.
        """
        self._forget_old()
        if response_id not in self._responses:
            raise ApiError(404, f"Response with id={response_id} not found.")
        return self._responses[response_id]

    def delete(self, response_id: str) -> JsonObject:
        """Forget a response and return the body that says so.

        Raises:
            ApiError: 404 if there is none of that id, or not any more.
        """
        self.get(response_id)
        del self._responses[response_id]
        return {"id": response_id, "object": "response", "deleted": True}

    def _forget_old(self) -> None:
        now = self._clock.now()
        self._responses.drop_while(lambda stored: now >= stored.created_at + KEPT)


def previous_context(responses: ResponseStore, body: JsonObject) -> Context:
    """Return the conversation that the body of a request goes on with, an empty one if it begins one.

    Raises:
        ApiError: 400 if there is no response of the id that it names.
    """
    previous = body.get("previous_response_id")
    if previous is None:
        return Context()
    try:
        return responses.get(previous).context
    except ApiError as error:
        code = "previous_response_not_found"
        raise ApiError(400, error.message, code, parameter="previous_response_id") from None
