"""Requests as they go over the wire, into what a cassette holds of them."""

import re
from collections.abc import Iterable
from hashlib import sha256
from urllib.parse import parse_qsl

from .._json import parse
from .bodies import BinaryBody, DigestBody, FormBody, JsonBody, Part, TextBody
from .interaction import RecordedRequest
from .pseudonyms import REDACTED
from .redaction import Redactor
from .redaction_rules import is_secret_parameter

KEPT = 4096  # bytes of a binary request; of a longer one the digest is kept
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)


def recorded_request(
    redactor: Redactor, method: str, path: str, query: str, content_type: str, content: bytes
) -> RecordedRequest:
    """What is kept of a request; its headers are not.

    Args:
        path: Decoded.
        query: Encoded, as it is in the URL.
    """
    return RecordedRequest(
        method=method,
        path="/".join(redactor.field("id", segment) for segment in redactor.text(path).split("/")),
        query=[(name, _parameter(redactor, name, value)) for name, value in parse_qsl(query, keep_blank_values=True)],
        body=_request_body(redactor, content_type, content),
    )


def _parameter(redactor: Redactor, name: str, value: str) -> str:
    return REDACTED if is_secret_parameter(name) else redactor.field(name, value)


def _request_body(
    redactor: Redactor, content_type: str, content: bytes
) -> JsonBody | TextBody | BinaryBody | DigestBody | FormBody:
    if content_type.startswith("multipart/") and (boundary := _BOUNDARY.search(content_type)) is not None:
        return FormBody(content=list(_parts(redactor, boundary[1].encode(), content)))
    return json_body(redactor, content_type, content) or _short(plain_body(redactor, content))


def json_body(redactor: Redactor, content_type: str, content: bytes) -> JsonBody | None:
    """What is kept of a body that is JSON; None of any other."""
    if "json" not in content_type:
        return None
    try:
        return JsonBody(content=redactor.json(parse(content)))
    except ValueError:
        return None


def plain_body(redactor: Redactor, content: bytes) -> TextBody | BinaryBody:
    """What is kept of a body that is text or anything."""
    content = redactor.data(content)
    try:
        return TextBody(content=content.decode())
    except UnicodeDecodeError:
        return BinaryBody.of(content)


def _short(body: TextBody | BinaryBody) -> TextBody | BinaryBody | DigestBody:
    data = body.raw()
    if isinstance(body, TextBody) or len(data) <= KEPT:
        return body
    return DigestBody(content=sha256(data).hexdigest(), bytes=len(data))


def _parts(redactor: Redactor, boundary: bytes, content: bytes) -> Iterable[Part]:
    for part in (b"\r\n" + content).split(b"\r\n--" + boundary)[1:-1]:
        head, _, body = part.partition(b"\r\n\r\n")
        named = (line.partition(":") for line in head.decode("utf-8", "replace").splitlines() if line)
        headers = {name.strip().lower(): redactor.text(value.strip()) for name, _, value in named}
        yield Part(headers=headers, body=_short(plain_body(redactor, body)))
