"""Replies as they come over the wire, into what a cassette holds of them, and back."""

import codecs
import zlib
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import TypeAlias

from .bodies import BinaryBody, Chunk, JsonBody, StreamBody, TextBody
from .interaction import End, RecordedReply
from .recording import json_body, plain_body
from .redaction import Redactor, lines

Headers: TypeAlias = Sequence[tuple[str, str]]
Chunks: TypeAlias = Sequence[tuple[float, bytes]]
"""What came of a body, and when: seconds after what was before."""

_LEFT_OUT = frozenset({
    "set-cookie", "date", "server", "alt-svc", "nel", "report-to", "strict-transport-security", "cf-ray",
    "cf-cache-status", "connection", "keep-alive", "content-length", "proxy-authenticate", "te", "trailer",
    "transfer-encoding", "upgrade",
})  # fmt: skip
_STREAMS = ("text/event-stream", "application/x-ndjson")


def recorded_reply(
    redactor: Redactor, status: int, headers: Headers, waited: float, chunks: Chunks, end: End
) -> RecordedReply:
    """What is kept of a reply.

    Args:
        waited: Seconds until its head came.
    """
    named = {name.lower(): value for name, value in headers}
    content_type = named.get("content-type", "").lower()
    encoding = named.get("content-encoding", "identity").lower()
    if encoding in ("gzip", "deflate"):  # was not asked for, and comes all the same
        chunks = [(sum(after for after, _ in chunks), _decompressed(b"".join(data for _, data in chunks)))]
    if encoding in ("gzip", "deflate", "identity"):
        headers = [(name, value) for name, value in headers if name.lower() != "content-encoding"]
    body = _body(redactor, content_type, chunks)
    return RecordedReply(
        status=status,
        headers=_headers(redactor, headers),
        after=round(waited + (0 if isinstance(body, StreamBody) else sum(after for after, _ in chunks)), 3),
        body=body,
        end=end,
    )


def timed_chunks(reply: RecordedReply, pace: float) -> Iterable[tuple[float, bytes]]:
    """The body of a reply as it is replayed: seconds to wait, and what comes then."""
    if isinstance(reply.body, StreamBody):
        return [(chunk.after * pace, chunk.text.encode()) for chunk in reply.body.content]
    return [(0.0, reply.body.raw())]


def _headers(redactor: Redactor, headers: Headers) -> dict[str, str]:
    """What is kept of the headers of a reply: not those that a client must not see twice, or that tell of the way."""
    told: dict[str, str] = {}
    for name, value in ((name.lower(), value) for name, value in headers):
        if name not in _LEFT_OUT:
            told[name] = ", ".join([*([told[name]] if name in told else []), redactor.field(name, value)])
    return told


def _body(redactor: Redactor, content_type: str, chunks: Chunks) -> JsonBody | TextBody | BinaryBody | StreamBody:
    """What is kept of the body of a reply, given what came of it, and when: seconds after what was before."""
    content = b"".join(chunk for _, chunk in chunks)
    if content_type.startswith(_STREAMS):
        try:
            return StreamBody(content=_stream(redactor, chunks))
        except UnicodeDecodeError:
            pass
    return json_body(redactor, content_type, content) or plain_body(redactor, content)


def _decompressed(data: bytes) -> bytes:
    """As far as it came and can be."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(data)
    except zlib.error:
        return data


def _stream(redactor: Redactor, chunks: Chunks) -> list[Chunk]:
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
