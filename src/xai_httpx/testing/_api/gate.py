"""The first thing that a request meets: it is recorded, checked, given an id, and perhaps made to fail."""

import uuid
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .._contract.checking import check_body, check_query
from .._contract.description import Operation, operation_at
from .._contract.error_replies import error_reply
from .._contract.errors import ApiError
from .._faults.disturbance import Disturbance
from .._json import parse
from .state import RejectedRequest, SimulatedRequest, SimulatorState

OPEN = "/public/"  # what is below it is served to everybody
MANAGEMENT = "/v1/collections"  # on a host of its own in reality
BODY = "xai.body"  # where a scope has the JSON body of its request


class Gate:
    """ASGI middleware around the routes."""

    def __init__(self, app: ASGIApp, state: SimulatorState) -> None:
        """Stand before `app`."""
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        raw = await _read_body(receive, self._state.limits.body)
        if raw is None:
            return
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        request = _recorded(scope, query, raw)
        self._state.requests.append(request)
        canned, faults = self._state.rules.apply(f"{request.method} {request.path}")
        send = _identifying(send)
        if faults:
            send = Disturbance(faults, scope, receive, send).send
        if canned is not None:
            await Response(canned.body, canned.status, canned.headers)(scope, receive, send)
            return
        scope[BODY] = request.body
        refusal = self._refusal(request, query)
        app = self._app if refusal is None else error_reply(refusal, request.path)
        await app(scope, _replaying(raw, receive), self._noting(request, self._saving(send)))

    def _refusal(self, request: SimulatedRequest, query: list[tuple[str, str]]) -> ApiError | None:
        """What is wrong with a request that can be told without serving it."""
        try:
            if not request.path.startswith(OPEN):
                self._authenticate(request)
            if len(request.raw) > self._state.limits.body:
                raise ApiError(413, f"The request body exceeds the maximum of {self._state.limits.body} bytes.")
            operation = operation_at(request.method, request.path)
            if operation is not None:
                check_query(operation, query)
                _check_content(operation, request)
        except ApiError as error:
            return error
        return None

    def _authenticate(self, request: SimulatedRequest) -> None:
        key = self._state.management_key if request.path.startswith(MANAGEMENT) else self._state.api_key
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise ApiError(
                401,
                "No credentials presented, or not of the form `Authorization: Bearer <key>`. "
                "[WKE=unauthenticated:no-credentials]",
            )
        if token.strip() != key:
            raise ApiError(
                400, "Incorrect API key provided: xa***. You can obtain an API key from https://console.x.ai."
            )

    def _saving(self, send: Send) -> Send:
        """Have changes saved before a reply tells of them."""
        save = self._state.journal.save
        if save is None:
            return send

        async def save_and_send(message: Message) -> None:
            save()
            await send(message)

        return save_and_send

    def _noting(self, request: SimulatedRequest, send: Send) -> Send:
        """Have refusals kept."""
        status = 0

        async def send_and_note(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            if 400 <= status < 500 and "body" in message:
                told = message["body"].decode("utf-8", "replace")
                self._state.rejected.append(RejectedRequest(request, status, told))
            await send(message)

        return send_and_note


def _check_content(operation: Operation, request: SimulatedRequest) -> None:
    if operation.body_schema is None:
        return
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise ApiError(415, "Expected request with `Content-Type: application/json`.")
    try:
        body = parse(request.raw) if request.body is None else request.body
    except ValueError as error:
        raise ApiError(400, f"Failed to parse the request body as JSON: {error}", plain=True) from None
    check_body(operation.name, body)


async def _read_body(receive: Receive, limit: int) -> bytes | None:
    """The body of a request, as far as just beyond the limit; None if the client left.

    The rest is read, and dropped: a refusal that comes while the client still writes may not reach it.
    """
    parts: list[bytes] = []
    room = limit + 1
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b"")[:room])
        room -= len(parts[-1])
        if not message.get("more_body"):
            return b"".join(parts)


def _recorded(scope: Scope, query: list[tuple[str, str]], raw: bytes) -> SimulatedRequest:
    headers = dict(Headers(scope=scope))
    return SimulatedRequest(scope["method"], scope["path"], dict(query), headers, _parsed(raw), raw)


def _parsed(raw: bytes) -> object:
    try:
        return parse(raw)
    except ValueError:
        return None


def _replaying(raw: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()  # what is left to come is the disconnect
        given = True
        return {"type": "http.request", "body": raw, "more_body": False}

    return replay


def _identifying(send: Send) -> Send:
    async def send_with_id(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"x-request-id", str(uuid.uuid4()).encode())]
        await send(message)

    return send_with_id
