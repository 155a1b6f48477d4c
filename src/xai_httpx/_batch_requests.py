"""A request of a batch: checked as a direct call is, and its forms on the wire and in a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn
from uuid import uuid4

from ._checking import check
from ._encode import encode
from ._errors import RequestValidationError
from ._faults import WHOLE
from ._media import EDIT_IMAGE, GENERATE_VIDEO, OF_VIDEO, Kind, embed

LARGEST = 25_000_000  # bytes of one request, by xAI's guide on batches
_MANAGED = ("stream", "deferred")  # ways to get an answer that a batch has no use for


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What a request of a batch may be.

    Attributes:
        kind: Its name in a batch.
        checks: The generated model that its body is checked against.
        url: Where it is sent otherwise.
        media: Where its body may hold media.
    """

    kind: str
    checks: str
    url: str
    media: Mapping[str, Kind] = field(default_factory=dict[str, Kind])


VIDEO_EDIT = Endpoint("video_generation", "videos.EditVideoRequest", "/v1/videos/edits", OF_VIDEO)
_ALL = (
    Endpoint("chat_get_completion", "chat.ChatCompletionRequest", "/v1/chat/completions"),
    Endpoint("responses", "responses.ResponseRequest", "/v1/responses"),
    Endpoint("image_generation", "images.GenerateImageRequest", "/v1/images/generations"),
    Endpoint("image_edit", "images.EditImageRequest", "/v1/images/edits", EDIT_IMAGE),
    Endpoint("video_generation", "videos.GenerateVideoRequest", "/v1/videos/generations", GENERATE_VIDEO),
    Endpoint("video_extension", "videos.ExtendVideoRequest", "/v1/videos/extensions", OF_VIDEO),
)
KINDS = {endpoint.kind: endpoint for endpoint in _ALL}
URLS = {endpoint.url: endpoint for endpoint in (*_ALL, VIDEO_EDIT)} | {"/v1/videos": KINDS["video_generation"]}


@dataclass(frozen=True, slots=True)
class Rules:
    """How a client checks parameters: whether at all, and whether it moves numbers that are out of range."""

    validate: bool
    clamp: bool


class Entry:
    """A request that may be sent; its repr shows nothing of it, for tracebacks may be logged.

    Attributes:
        id: Its `batch_request_id`.
        size: Bytes of its body.
    """

    __slots__ = ("_content", "_endpoint", "id")

    def __init__(self, id: str, endpoint: Endpoint, content: bytes) -> None:
        self.id = id
        self._endpoint = endpoint
        self._content = content  # not the caller's objects: one that makes each request of the last changes them

    @property
    def size(self) -> int:
        return len(self._content)

    def wire(self) -> dict[str, Any]:
        """As it is added to a batch."""
        body = json.loads(self._content)
        if self._endpoint.kind == "responses":
            body["stream"] = False  # xAI's TypeScript SDK says so of each
        return {"batch_request_id": self.id, "batch_request": {self._endpoint.kind: body}}

    def line(self) -> bytes:
        """As a line of a file."""
        body = json.loads(self._content)
        return encode({"custom_id": self.id, "method": "POST", "url": self._endpoint.url, "body": body}) + b"\n"


async def entry_of(request: object, place: str, rules: Rules) -> Entry:
    """The request that a caller gives; media in it are read.

    Args:
        request: A `BatchRequestParam`.
        place: Where it is, such as `requests[3]`.
        rules: How to check it.

    Raises:
        RequestValidationError: It is none; the parameter is named from `place` on.
    """
    parts = _object(request, place)
    if unknown := [name for name in parts if name not in ("batch_request_id", "batch_request")]:
        _refuse(f"{place}.{unknown[0]}", "absent: a request has batch_request_id and batch_request", parts[unknown[0]])
    id = parts.get("batch_request_id")
    if id is None:
        id = str(uuid4())  # the server would make one too, but not tell it
    entry_id = _id(id, f"{place}.batch_request_id")
    inside = f"{place}.batch_request"
    kinds = _object(parts.get("batch_request"), inside)
    kind = next(iter(kinds), "")
    if len(kinds) != 1 or kind not in KINDS:
        _refuse(inside, f"an object with exactly one of {', '.join(KINDS)}", list(kinds))
    body = _object(kinds[kind], f"{inside}.{kind}")
    endpoint = VIDEO_EDIT if kind == VIDEO_EDIT.kind and "video" in body else KINDS[kind]
    if endpoint.media:
        body = dict(body)
        try:
            await embed(body, endpoint.media)
        except RequestValidationError as error:
            raise _placed(error, f"{inside}.{kind}") from error.__cause__
    return _checked(entry_id, endpoint, body, f"{inside}.{kind}", rules)


def entry_of_line(line: bytes, place: str, rules: Rules) -> Entry:
    """The request in a line of a file.

    Args:
        line: The line.
        place: Which it is, such as `line 3`.
        rules: How to check it.

    Raises:
        RequestValidationError: It is none.
    """
    try:
        parsed: object = json.loads(line.decode())
    except (ValueError, RecursionError) as error:
        _refuse(place, f"a JSON object in UTF-8 ({error})", line[:100])
    parts = _object(parsed, place)
    url, method = parts.get("url"), parts.get("method")
    if method != "POST":
        _refuse(f"{place}: method", "POST", method)
    if not isinstance(url, str) or url not in URLS:
        _refuse(f"{place}: url", f"one of {', '.join(URLS)}", url)
    entry_id = _id(parts.get("custom_id"), f"{place}: custom_id")
    return _checked(entry_id, URLS[url], _object(parts.get("body"), f"{place}: body"), f"{place}: body", rules)


def _checked(id: str, endpoint: Endpoint, body: Mapping[str, Any], place: str, rules: Rules) -> Entry:
    for name in _MANAGED:
        if body.get(name):
            _refuse(f"{place}.{name}", "absent: a batch neither streams nor defers", body[name])
    try:
        content = encode(body)
        if rules.validate:
            params = {name: value for name, value in body.items() if name not in _MANAGED}
            if changed := check(endpoint.checks, params, content, clamp=rules.clamp):
                content = encode({**body, **changed})
    except RequestValidationError as error:
        raise _placed(error, place) from None
    if len(content) > LARGEST:
        _refuse(place, f"at most {LARGEST} bytes as JSON", f"{len(content)} bytes")
    return Entry(id, endpoint, content)


def _object(value: object, place: str) -> Mapping[str, Any]:
    given: Any = value
    entries: Mapping[Any, Any] = given if isinstance(value, Mapping) else {None: value}
    if not all(isinstance(name, str) for name in entries):
        _refuse(place, "an object", given)
    return entries


def _id(value: object, place: str) -> str:
    if not isinstance(value, str) or not value:
        _refuse(place, "an id of at least one character", value)
    return value


def _placed(error: RequestValidationError, place: str) -> RequestValidationError:
    """The error of a body, said of the request that it is in."""
    inner = "" if error.parameter == WHOLE else f".{error.parameter}"
    told = str(error).removeprefix(error.parameter).partition(" (options=")[0]  # which do not reach into a batch
    return RequestValidationError(f"{place}{inner}{told}", f"{place}{inner}", error.expected, error.value)


def _refuse(place: str, expected: str, value: object) -> NoReturn:
    raise RequestValidationError(f"{place} must be {expected}, got {value!r:.100}", place, expected, value)
