"""Between Starlette and the handlers: JSON bodies in, JSON and event streams out."""

import asyncio
import time
from collections.abc import Iterator
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from .._contract.errors import ApiError
from .._json import JsonObject, event_line
from .._stores.catalogue import CatalogueModel, Family, find_model
from .gate import BODY, OPEN

_REQUEST_LIMIT = 7_200
_TOKEN_LIMIT = 4_000_000


def body_of(request: Request) -> JsonObject:
    """Return the JSON body of a request, which the description allows: the gate has checked it."""
    body: JsonObject = request.scope[BODY]
    return body


def host_of(request: Request) -> str:
    """Return scheme, host and port that a request was sent to."""
    return f"{request.base_url}".rstrip("/")


def open_url(request: Request, *names: str) -> str:
    """Return the URL of what is served to everybody; here it is on the same host, the real ones are on their own."""
    return host_of(request) + OPEN + "/".join(quote(name, safe="") for name in names)


def require_model(name: str, family: Family) -> CatalogueModel:
    """Find the model of a request.

    Raises:
        ApiError: 404 for an unknown name, 400 for a model of another family.
    """
    model = find_model(name)
    if model is None:
        raise ApiError(404, f"The model {name} does not exist or your team does not have access to it.")
    if model.family != family:
        raise ApiError(400, f"The model {model.id} is not a {family} model.")
    return model


def model_reply(body: JsonObject, tokens: int) -> Response:
    """Answer a successful model call that took so many tokens of the limit."""
    return JSONResponse(body, headers=_rate_limits(tokens))


def event_stream(events: Iterator[JsonObject], tokens: int, seconds: float = 0.0) -> Response:
    """Answer a successful model call with server-sent events, ended by `[DONE]`.

    Args:
        events: The events.
        tokens: How many tokens they took, of the limit.
        seconds: How long the model is at each of them.
    """
    headers = _rate_limits(tokens) | {"cache-control": "no-cache"}
    return StreamingResponse(_EventLines(events, seconds), headers=headers, media_type="text/event-stream")


class _EventLines:
    # A class, not an async generator: those left suspended by a disconnect would need closing on the loop.
    def __init__(self, events: Iterator[JsonObject], seconds: float) -> None:
        self._lines = _lines(events)
        self._seconds = seconds
        self._due = time.monotonic()

    def __aiter__(self) -> "_EventLines":
        return self

    async def __anext__(self) -> str:
        self._due += self._seconds
        # At least once around the loop: it lets other clients run, and a disconnect stop this one.
        await asyncio.sleep(max(self._due - time.monotonic(), 0) if self._seconds else 0)
        for line in self._lines:
            return line
        raise StopAsyncIteration


def _lines(events: Iterator[JsonObject]) -> Iterator[str]:
    for event in events:
        yield event_line(event)
    yield "data: [DONE]\n\n"


def _rate_limits(tokens: int) -> dict[str, str]:
    # Every call counts as the first of its window: the simulator never limits on its own.
    return {
        "x-ratelimit-limit-requests": str(_REQUEST_LIMIT),
        "x-ratelimit-remaining-requests": str(_REQUEST_LIMIT - 1),
        "x-ratelimit-limit-tokens": str(_TOKEN_LIMIT),
        "x-ratelimit-remaining-tokens": str(max(_TOKEN_LIMIT - tokens, 0)),
    }
