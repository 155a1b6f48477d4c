"""The error tree: classes by status and code, messages, pickling, and no httpx exception left out."""

from __future__ import annotations

import copy
import inspect
import pickle
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

import xai_httpx
from xai_httpx import _errors
from xai_httpx._errors import APIError, APIStatusError, XAIError
from xai_httpx._meta import Meta
from xai_httpx._replies import error_in_body, error_of, retry_after, status_error, status_in_body
from xai_httpx._translate import ERRORS

SENTENCE = b'{"code": "Some sentence", "error": "It says no."}'
NESTED = b'{"error": {"message": "It says no.", "type": "invalid_request_error", "code": 17, "param": "model"}}'


def meta(status: int = 400, **headers: str) -> Meta:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Meta(status, tuple(raw), "client-id", 2, 1.5)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "BadRequestError"),
        (401, "AuthenticationError"),
        (403, "PermissionDeniedError"),
        (404, "NotFoundError"),
        (405, "APIStatusError"),
        (409, "ConflictError"),
        (413, "RequestTooLargeError"),
        (422, "UnprocessableEntityError"),
        (429, "RateLimitError"),
        (500, "InternalServerError"),
        (502, "InternalServerError"),
        (503, "ServiceUnavailableError"),
        (529, "OverloadedError"),
        (307, "APIStatusError"),
    ],
)
@pytest.mark.parametrize("body", [SENTENCE, NESTED], ids=["sentence", "nested"])
def test_both_bodies_of_a_status_make_the_same_class(status: int, kind: str, body: bytes) -> None:
    error = status_error(meta(status, x_request_id="r-1"), body)
    assert type(error).__name__ == kind
    assert error.message.startswith("It says no.")
    assert (error.status_code, error.request_id, error.attempts, error.elapsed) == (status, "r-1", 2, 1.5)
    assert "It says no." in str(error)
    assert "r-1" in str(error)


def test_the_fields_of_both_bodies_are_read() -> None:
    sentence, nested = status_error(meta(), SENTENCE), status_error(meta(), NESTED)
    assert (sentence.code, sentence.type, sentence.param) == ("Some sentence", None, None)
    assert (nested.code, nested.type, nested.param) == ("17", "invalid_request_error", "model")
    assert nested.body["error"]["code"] == 17


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (400, "Incorrect API key provided: xa***", "AuthenticationError"),
        (429, "Your team has run out of credits", "QuotaExceededError"),
        (403, "You have reached your monthly spending limit", "QuotaExceededError"),
        (403, "The caller does not have permission", "PermissionDeniedError"),
        (429, "Too many requests; wrong credentials are another matter", "RateLimitError"),
    ],
)
def test_a_class_that_only_the_text_tells(status: int, text: str, kind: str) -> None:
    assert type(error_of(status, {"code": "x", "error": text}, meta())).__name__ == kind


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "Bad Gateway"),
        (b"<html>gateway</html>", "<html>gateway</html>"),
        (b"y" * 900, "y" * 500),
        (b'{"detail": 1}', '{"detail": 1}'),
        (b'{"error": "only text"}', "only text"),
        (b"[1]", "[1]"),
    ],
)
def test_other_bodies_keep_their_text(content: bytes, message: str) -> None:
    error = status_error(meta(502), content)
    assert error.message == message
    assert error.body == (content.decode() if content[:1] not in b"{[" or not content else error.body)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"code": "The service is currently unavailable", "error": "x"}, 503),
        ({"code": "invalid-argument", "error": "x"}, 400),
        ({"type": "error", "code": 529, "message": "x"}, 529),
        ({"type": "error", "status": 400, "error": {"code": "previous_response_not_found"}}, 400),
        ({"error": {"code": "server_error", "message": "x"}}, 500),
        ({"error": {"message": "The model is overloaded"}}, 529),
    ],
)
def test_the_status_of_an_error_inside_a_200(body: dict[str, object], status: int) -> None:
    assert status_in_body(body) == status


def test_a_reply_with_an_error_member_is_no_error_body() -> None:
    assert error_in_body({"code": "c", "error": "text"})
    assert not error_in_body({"id": "r", "error": {"code": "c"}, "output": []})
    assert not error_in_body({"error": None})
    assert not error_in_body([1])


def test_retry_after_in_all_three_forms() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert retry_after(meta(retry_after="3")) == 3
    assert retry_after(meta(retry_after_ms="1500", retry_after="9")) == 1.5
    assert 90 < (retry_after(meta(retry_after=later)) or 0) <= 100
    assert retry_after(meta(retry_after="Fri, 01 Jan 2016 00:00:00 GMT")) == 0
    assert retry_after(meta(retry_after="soon")) is None
    assert retry_after(meta()) is None


def every_error() -> list[type[XAIError]]:
    return [kind for _, kind in inspect.getmembers(_errors, inspect.isclass) if issubclass(kind, XAIError)]


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_errors_pickle_and_copy_with_all_their_fields(kind: type[XAIError]) -> None:
    if issubclass(kind, APIStatusError):
        error: XAIError = kind("no", meta(429), status_code=429, code="c", body={"a": 1}, retry_after=2.0)
    elif issubclass(kind, APIError):
        error = kind("no", meta(200))
        error.partial = "half"
    else:
        error = kind("no")
    for twin in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert type(twin) is kind
        assert vars(twin) == vars(error)
        assert str(twin) == str(error)


def test_every_error_is_public_and_in_the_drawn_tree() -> None:
    for kind in every_error():
        assert getattr(xai_httpx, kind.__name__) is kind
        assert kind.__name__ in (_errors.__doc__ or "")


def test_every_httpx_exception_is_translated() -> None:
    kinds = [kind for _, kind in inspect.getmembers(httpx, inspect.isclass) if issubclass(kind, Exception)]
    left_out = {httpx.HTTPStatusError, httpx.CookieConflict, httpx.TooManyRedirects}  # never raised: see _transport
    unmapped = [
        kind for kind in kinds if kind not in left_out and not any(base.__name__ in ERRORS for base in kind.__mro__)
    ]
    assert unmapped == []


@pytest.mark.parametrize(
    ("status", "may"),
    [
        *((status, False) for status in (400, 401, 404, 422, 429, 503)),
        *((status, True) for status in (302, 408, 409, 500, 502, 504, 529)),
    ],
)
def test_an_error_says_whether_the_request_may_have_been_processed(status: int, may: bool) -> None:
    assert status_error(meta(status), SENTENCE).may_have_been_processed is may
