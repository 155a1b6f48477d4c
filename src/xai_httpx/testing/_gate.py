"""The first thing that a request meets: it is recorded, given an id, perhaps made to fail, and authenticated."""

import uuid
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ._errors import error_body
from ._json import parse
from ._state import SimulatedRequest, SimulatorState

OPEN = "/public/"  # what is below it is served to everybody
MANAGEMENT = "/v1/collections"  # on a host of its own in reality


class Gate:
    """ASGI middleware around the routes."""

    def __init__(self, app: ASGIApp, state: SimulatorState) -> None:
        """Stand before `app`."""
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        raw = await _read_body(receive)
        if raw is None:
            return
        headers = Headers(scope=scope)
        self._state.requests.append(_recorded(scope, headers, raw))
        refusal = None if scope["path"].startswith(OPEN) else _refusal(headers, self._key_for(scope["path"]))
        app = self._canned() or refusal or self._app
        await app(scope, _replaying(raw, receive), _identifying(send))

    def _key_for(self, path: str) -> str:
        return self._state.management_key if path.startswith(MANAGEMENT) else self._state.api_key

    def _canned(self) -> Response | None:
        canned = self._state.next_canned()
        if canned is None:
            return None
        return Response(canned.body, canned.status, canned.headers)


def _refusal(headers: Headers, api_key: str) -> Response | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        message = (
            "No credentials presented, or not of the form `Authorization: Bearer <key>`. "
            "[WKE=unauthenticated:no-credentials]"
        )
        return JSONResponse(error_body(401, message=message), 401)
    if token.strip() != api_key:
        message = "Incorrect API key provided: xa***. You can obtain an API key from https://console.x.ai."
        return JSONResponse(error_body(400, message=message), 400)
    return None


async def _read_body(receive: Receive) -> bytes | None:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _recorded(scope: Scope, headers: Headers, raw: bytes) -> SimulatedRequest:
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return SimulatedRequest(scope["method"], scope["path"], dict(query), dict(headers), _parsed(raw), raw)


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
