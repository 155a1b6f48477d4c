"""From error replies to error classes: pure functions, used for statuses and for errors inside streams alike."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlsplit

from . import _errors as errors
from ._meta import Meta

SHOWN = 500  # characters of an unexpected body in a message; the error keeps all of it
BY_STATUS: dict[int, type[errors.APIStatusError]] = {
    400: errors.BadRequestError,
    401: errors.AuthenticationError,
    403: errors.PermissionDeniedError,
    404: errors.NotFoundError,
    409: errors.ConflictError,
    413: errors.RequestTooLargeError,
    422: errors.UnprocessableEntityError,
    429: errors.RateLimitError,
    503: errors.ServiceUnavailableError,
    529: errors.OverloadedError,
}
STATUS_OF_CODE = {  # both vocabularies of the server; an error inside a stream has no status of its own
    "client specified an invalid argument": 400,
    "invalid-argument": 400,
    "invalid_request_error": 400,
    "previous_response_not_found": 400,
    "context_length_exceeded": 400,
    "websocket_connection_limit_reached": 400,
    "the request does not have valid authentication credentials": 401,
    "the caller does not have permission to execute the specified operation": 403,
    "permission-denied": 403,
    "not-found": 404,
    "some requested entity was not found": 404,
    "some resource has been exhausted": 429,
    "the service is currently unavailable": 503,
}
STATUS_OF_WORDS = {"overloaded": 529, "temporarily unavailable": 503}  # where there is neither status nor known code
_QUOTA = re.compile(r"\bcredits?\b|spending.limit", re.IGNORECASE)
_ERROR_SIZE = 65_536
_ERROR_BODIES = (b'{"code"', b'{"error"', b"{\n", b"{ ")
_WRONG_KEY = re.compile(r"incorrect api key", re.IGNORECASE)


def status_error(meta: Meta, content: bytes) -> errors.APIStatusError:
    """The error for a reply whose status is not 2xx."""
    text = content.decode("utf-8", "replace")
    try:
        body: Any = json.loads(text)
    except (ValueError, RecursionError):
        body = text
    error = error_of(meta.status or 0, body, meta)
    if 300 <= error.status_code < 400:
        error.message += f"; redirects are not followed (this one leads to {_origin(meta.header('location'))})"
    return error


def _origin(location: str | None) -> str:
    """The host that a redirect leads to, without the rest of its URL, which may be signed."""
    try:
        return urlsplit(location or "").hostname or "the same host"
    except ValueError:
        return "no URL"


def fault_of(meta: Meta, content: bytes, *, opaque: bool = False) -> errors.APIStatusError | None:
    """The error that a reply is: by its status, or by a body that says so though the status is 2xx.

    Args:
        meta: The exchange.
        content: The body.
        opaque: Whether it is a file's, which says nothing.
    """
    if meta.status is None or not 200 <= meta.status < 300:
        return status_error(meta, content)
    if opaque:
        return None
    if len(content) > _ERROR_SIZE or not content.startswith(_ERROR_BODIES):  # most replies are large, and no errors
        return None
    try:
        body: Any = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return error_of(status_in_body(body), body, meta) if error_in_body(body) else None


def error_of(status: int, body: Any, meta: Meta) -> errors.APIStatusError:
    """The error for a decoded error body, of either shape, and its status.

    Args:
        status: The HTTP status, or the one that an error in a 2xx reply stands for.
        body: The body, decoded.
        meta: The exchange.
    """
    detail = _object(body)
    nested = detail.get("error")
    fields = _object(nested) or detail
    message = fields.get("message") or (nested if isinstance(nested, str) else None) or _shown(body, status)
    code = fields.get("code") if fields.get("code") is not None else detail.get("code")
    return _class(status, f"{code} {message}")(
        str(message),
        meta,
        status_code=status,
        code=_text(code),
        type=_text(_object(nested).get("type")),
        param=_text(fields.get("param")),
        body=body,
        retry_after=retry_after(meta),
        may_have_been_processed=_may_be_processed(status),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _may_be_processed(status: int) -> bool:
    """Whether the server may have worked on a request that it answers so; 4xx and 503 refuse it before that."""
    return status in (408, 409) or status < 400 or (status >= 500 and status != 503)


def error_in_body(body: Any) -> bool:
    """Whether a 200 body is an error all the same: `{"code", "error"}` or `{"error": {...}}`."""
    detail = _object(body)
    named = detail.get("error") if isinstance(detail.get("error"), str) else _object(detail.get("error"))
    if detail.get("status") in ("failed", "expired"):  # a job, which says why
        return False
    return bool(named) and not {"choices", "output", "id"} & detail.keys()


def status_in_body(body: dict[str, Any]) -> int:
    """The status that an error body stands for where HTTP said 200: its own, that of its code or words, else 500."""
    fields = _object(body.get("error")) or body
    for value in (body.get("status"), fields.get("status"), fields.get("code")):
        if re.fullmatch(r"[45]\d\d", str(value)):
            return int(str(value))
    for value in (fields.get("code"), body.get("code"), fields.get("type")):
        if str(value).lower() in STATUS_OF_CODE:
            return STATUS_OF_CODE[str(value).lower()]
    text = str(body).lower()
    return next((status for words, status in STATUS_OF_WORDS.items() if words in text), 500)


def retry_after(meta: Meta) -> float | None:
    """Seconds that the reply asks to wait: `retry-after-ms`, or `retry-after` as seconds or as an HTTP date."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = meta.header(name)
        if value is None:
            continue
        try:
            return max(0.0, float(value) * unit)
        except ValueError:
            pass
        try:
            return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
        except (ValueError, TypeError):
            continue
    return None


def unexpected(meta: Meta, content: bytes, problem: str) -> errors.ResponseValidationError:
    """The error for a 2xx reply that cannot be what the call returns."""
    text = content[: SHOWN * 4].decode("utf-8", "replace")[:SHOWN]
    facts = f"HTTP {meta.status}, content type {meta.header('content-type')!r}, request id {meta.request_id}"
    shown = f": {text}" if text else "; the body is empty"
    return errors.ResponseValidationError(f"{problem} ({facts}){shown}", meta, body=content)


def _object(value: Any) -> dict[str, Any]:
    """The value if it is a JSON object, else an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _class(status: int, words: str) -> type[errors.APIStatusError]:
    if status == 400 and _WRONG_KEY.search(words):
        return errors.AuthenticationError
    if status in (403, 429) and _QUOTA.search(words):
        return errors.QuotaExceededError
    return BY_STATUS.get(status, errors.InternalServerError if status >= 500 else errors.APIStatusError)


def _shown(body: Any, status: int) -> str:
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    if text.strip() in ("", "null", "{}"):
        return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "error without a body"
    return text[:SHOWN]
