"""Requests and replies as they go over the wire, into what a cassette holds of them."""

import codecs
import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import accumulate
from urllib.parse import parse_qsl

from ._cassette_bodies import BinaryBody, Chunk, DigestBody, FormBody, JsonBody, Part, StreamBody, TextBody
from ._interaction import RecordedRequest
from ._json import parse
from ._redaction import Redactor, lines

Headers = Sequence[tuple[str, str]]

KEPT = 4096  # bytes of a binary request; of a longer one the digest is kept
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
_LEFT_OUT = frozenset({
    "set-cookie", "date", "server", "alt-svc", "nel", "report-to", "strict-transport-security", "cf-ray",
    "cf-cache-status", "connection", "keep-alive", "content-length", "proxy-authenticate", "te", "trailer",
    "transfer-encoding", "upgrade",
})  # fmt: skip


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


def recorded_headers(redactor: Redactor, headers: Headers) -> dict[str, str]:
    """What is kept of the headers of a reply: not those that a client must not see twice, or that tell of the way."""
    told: dict[str, str] = {}
    for name, value in ((name.lower(), value) for name, value in headers):
        if name not in _LEFT_OUT:
            told[name] = ", ".join([*([told[name]] if name in told else []), redactor.field(name, value)])
    return told


def recorded_reply_body(
    redactor: Redactor, content_type: str, chunks: Sequence[tuple[float, bytes]]
) -> JsonBody | TextBody | BinaryBody | StreamBody:
    """What is kept of the body of a reply, given what came of it, and when: seconds after what was before."""
    content = b"".join(chunk for _, chunk in chunks)
    if content_type.startswith(("text/event-stream", "application/x-ndjson")):
        try:
            return StreamBody(content=_stream(redactor, chunks))
        except UnicodeDecodeError:
            pass
    return _json_body(redactor, content_type, content) or _plain_body(redactor, content)


def _parameter(redactor: Redactor, name: str, value: str) -> str:
    return redactor.field(name if name != "key" else "api_key", value)


def _request_body(
    redactor: Redactor, content_type: str, content: bytes
) -> JsonBody | TextBody | BinaryBody | DigestBody | FormBody:
    if content_type.startswith("multipart/") and (boundary := _BOUNDARY.search(content_type)) is not None:
        return FormBody(content=list(_parts(redactor, boundary[1].encode(), content)))
    return _json_body(redactor, content_type, content) or _short(_plain_body(redactor, content))


def _json_body(redactor: Redactor, content_type: str, content: bytes) -> JsonBody | None:
    if "json" not in content_type:
        return None
    try:
        return JsonBody(content=redactor.json(parse(content)))
    except ValueError:
        return None


def _plain_body(redactor: Redactor, content: bytes) -> TextBody | BinaryBody:
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
        yield Part(headers=headers, body=_short(_plain_body(redactor, body)))


def _stream(redactor: Redactor, chunks: Sequence[tuple[float, bytes]]) -> list[Chunk]:
    """The chunks of a stream, redacted line by line: where one ended within a line that changed, it gets all of it."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    texts = [decoder.decode(data) for _, data in chunks]
    texts.append(decoder.decode(b"", final=True))
    ends = list(accumulate(map(len, texts)))[:-1]
    told, moved = _moved(redactor, "".join(texts), ends)
    cut: list[Chunk] = []
    start, waited = 0, 0.0
    for (after, _), end in zip(chunks, moved, strict=True):
        waited += after
        if end > start:
            cut.append(Chunk(after=round(waited, 3), text=told[start:end]))
            start, waited = end, 0.0
    return cut


def _moved(redactor: Redactor, text: str, ends: Sequence[int]) -> tuple[str, list[int]]:
    """A text, redacted, and where ends within it are then."""
    told: list[str] = []
    moved: list[int] = []
    before = after = 0
    for line in lines(text):
        new = redactor.line(line)
        while len(moved) < len(ends) and (end := ends[len(moved)] - before) <= len(line):
            moved.append(after + (end if new == line or end == 0 else len(new)))
        before, after = before + len(line), after + len(new)
        told.append(new)
    return "".join(told), moved + [after] * (len(ends) - len(moved))
