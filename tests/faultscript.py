"""What the fault server sends: from a fault's description and a whole reply to bytes, pauses and endings. No I/O.

A fault is the value of the request header `x-fault`: a name, a number for it, and options:

    cut_after=3                  three pieces of the body (events of a stream), then the connection is closed
    reset_in_body=3              three tenths of the file that a request brings are read, then the connection is reset
    status=503;times=1           the first attempt is refused, the next one is served
    split=7                      the bytes are split anywhere; 7 seeds where
    ;events=40;pace=0.2          no fault: a chat stream of 40 more events, one every 0.2 s
"""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

CUT = "cut"  # close the connection
RESET = "reset"  # close it with a TCP reset
STALL = "stall"  # say nothing more until the client hangs up
PING = "ping"  # send comments until the client hangs up
Step = bytes | str | float  # to be sent; one of the endings above; seconds to pause

UNAVAILABLE = b'{"code": "The service is currently unavailable", "error": "come back later"}'
NO_CREDITS = b'{"code": "resource-exhausted", "error": "Your team has used all its credits."}'
CONTENT = b'{"id":"cmpl-otter-3","object":"chat.completion.chunk","created":1,"model":"grok-4.6","choices":[{"index":0,"delta":{"content":"otter "}}]}'  # noqa: E501
TOO_LARGE = b'{"code": "too-large", "error": "File size exceeds the maximum."}'
FILES = "/v1/files"
FILE_SIZE = 600_000  # bytes: more than two chunks that are sent, or written to the disk, at once
SAMPLES = {  # by path and whether a stream was asked for: the file, and the id in it that becomes the request's own
    ("/v1/models", False): ("models.json", b'"grok-4.6"'),
    ("/v1/chat/completions", False): ("chat-completion.json", b'"cmpl-otter-1"'),
    ("/v1/chat/completions", True): ("chat.chunks.txt", b'"cmpl-otter-3"'),
    ("/v1/responses", False): ("response.json", b'"r1"'),
    ("/v1/responses", True): ("response.chunks.txt", b'"r2"'),
}


@dataclass(frozen=True)
class Fault:
    """One thing to do to a reply; `times` is for how many attempts of a call."""

    name: str = ""
    value: float = 0
    times: float = float("inf")
    events: int = 0
    pace: float = 0

    @classmethod
    def parse(cls, text: str) -> Fault:
        """The fault that a header describes."""
        named, *rest = text.split(";")
        name, _, value = named.partition("=")
        options = {key: float(number) for key, _, number in (each.partition("=") for each in rest)}
        return cls(
            name=name,
            value=float(value or 0),
            times=options.get("times", float("inf")),
            events=int(options.get("events", 0)),
            pace=options.get("pace", 0),
        )

    @property
    def refuses(self) -> bool:
        """Whether the reply says that the request was not begun: redirects, most of 4xx, and 503."""
        refused = 300 <= self.value < 500 and self.value not in (408, 409)
        return self.name == "quota" or (self.name == "status" and (refused or self.value == 503))


@dataclass(frozen=True)
class Reply:
    """A reply before it is framed.

    Attributes:
        whole: Whether nothing of it is missing or broken.
        refuses: Whether it is an error in place of the answer that says that the service is unavailable.
    """

    pieces: list[bytes]
    status: int = 200
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    whole: bool = True
    refuses: bool = False

    def framed(self) -> tuple[bytes, list[bytes], bytes]:
        """Head, body pieces and end; streams are chunked, the rest has its length in the head."""
        chunked = self.content_type == "text/event-stream"
        length = str(sum(map(len, self.pieces)))
        framing = {"transfer-encoding": "chunked"} if chunked else {"content-length": length}
        lines = {"content-type": self.content_type, **framing, **self.headers}
        head = f"HTTP/1.1 {self.status} X\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        pieces = [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in self.pieces] if chunked else self.pieces
        return head.encode() + b"\r\n", pieces, b"0\r\n\r\n" if chunked else b""


class Script(NamedTuple):
    """What is sent, and whether all of the reply is in it."""

    steps: list[Step]
    complete: bool


def file_of(request_id: str) -> bytes:
    """The content of the file that a request brings or asks for: every request has one of its own."""
    return random.Random(request_id).randbytes(FILE_SIZE)


def reply_to(path: str, body: bytes, request_id: str, fault: Fault) -> Reply:
    """The reply that a request is due, with the request's own id in it; data faults are in it already."""
    if path == FILES:
        file = {"id": request_id, "object": "file", "bytes": FILE_SIZE, "created_at": 1, "filename": "of-its-own.bin"}
        file |= {"expires_at": None, "purpose": "assistants"}
        return _damaged(Reply(_quarters(json.dumps(file).encode())), fault, bytes)
    if path.startswith(FILES):
        content = _quarters(file_of(request_id))
        return _damaged(Reply(content, content_type="application/octet-stream"), fault, bytes)
    stream = bool(body) and bool(json.loads(body).get("stream"))
    name, known_as = SAMPLES[path, stream]
    payload = _sample(name)
    lines = payload.splitlines() if stream else [payload]
    if stream and fault.events:
        lines[3:3] = [CONTENT] * fault.events
    lines = [line.replace(known_as, json.dumps(request_id).encode()) for line in lines]
    if not stream:
        return _damaged(Reply(_quarters(lines[0])), fault, bytes)
    lines += [b"[DONE]"] if path == "/v1/chat/completions" else []
    return _damaged(Reply([_event(line) for line in lines], content_type="text/event-stream"), fault, _event)


def _quarters(content: bytes) -> list[bytes]:
    quarter = len(content) // 4 + 1
    return [content[start : start + quarter] for start in range(0, len(content), quarter)]


@cache
def _sample(name: str) -> bytes:
    return (Path(__file__).parent / "samples" / name).read_bytes()


def _event(data: bytes) -> bytes:
    return b"data: %s\n\n" % data


def _damaged(reply: Reply, fault: Fault, framed: Callable[[bytes], bytes]) -> Reply:
    """The reply after a fault that is in its data, not in how it is sent."""
    pieces, count = reply.pieces, int(fault.value)
    before = pieces[:count] if framed is _event else []
    whole = count >= len(pieces) and framed is _event  # the fault comes after the terminal event
    match fault.name:
        case "status":
            headers = {"retry-after-ms": "10", "location": "http://127.0.0.1:9/elsewhere"}
            return Reply([UNAVAILABLE], status=count, headers=headers, whole=False)
        case "quota":
            return Reply([NO_CREDITS], status=429, whole=False)
        case "html":
            return Reply([b"<html>Welcome to the wireless network</html>"], content_type="text/html", whole=False)
        case "error_event":
            return replace(reply, pieces=[*before, framed(UNAVAILABLE)], whole=whole, refuses=not before)
        case "broken_json":
            return replace(reply, pieces=[*before, framed(b'{"id": [1, 2')], whole=whole)
        case "oversize":
            return replace(reply, pieces=[*before, framed(b'{"id": "%s"}' % (b"x" * 200_000))], whole=whole)
        case "end_after":
            return replace(reply, pieces=pieces[:count], whole=count >= len(pieces))
        case "short_gzip":  # the reply itself has its end, as one that a proxy compresses as it comes
            zipped = zlib.compress(b"".join(pieces), wbits=31)
            zipped = zipped[: len(zipped) // 2]
            return replace(reply, pieces=[zipped], headers={"content-encoding": "gzip"}, whole=False)
        case "bad_gzip":
            return replace(reply, headers={"content-encoding": "gzip"}, whole=False)
        case "line_ends" if framed is _event:
            odd = [b": ping\r\nretry: 10\r\nid: 1\r\n" + piece.replace(b"\n", b"\r\n") for piece in pieces]
            return replace(reply, pieces=[b"\xef\xbb\xbf", *odd])
        case _:
            return reply


def script(fault: Fault, reply: Reply) -> Script:
    """How a reply is sent."""
    head, body, end = reply.framed()
    whole = [head, *body, end]
    steps = _steps(fault, whole, [head, *body[: int(fault.value)]])
    sent = b"".join(step for step in steps if isinstance(step, bytes))
    if fault.pace:
        steps = [each for step in steps for each in ((fault.pace, step) if isinstance(step, bytes) else (step,))]
    return Script(steps, reply.whole and b"".join(body) in sent)


def _steps(fault: Fault, whole: list[bytes], before: list[bytes]) -> list[Step]:
    head = whole[0]
    match fault.name:
        case "cut_before_reply" | "reset_before_reply" | "stall_before_reply" | "cut_in_head" | "stall_in_head":
            ending, _, place = fault.name.partition("_")
            return [head[:25], ending] if place == "in_head" else [ending]
        case "cut_after" | "reset_after" | "stall_after" | "ping_after":
            return [*before, fault.name.partition("_")[0]]
        case "garbage":
            return [b"\x16\x03\x01 this is not HTTP\r\n\r\n", CUT]
        case "garbage_after":
            return [*before, b"zz\r\nthis is not a chunk\r\n", CUT]
        case "large_head":
            return [head[:-2], *[b"x-filler: %s\r\n" % (b"x" * 1000)] * 200, b"\r\n", *whole[1:]]
        case "slow_start":
            return [fault.value, *whole]
        case "early_hints":
            return [b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>\r\n\r\n", *whole]
        case "no_end":
            return [*whole[:-1], STALL]
        case "close_after_reply":
            return [*whole, CUT]
        case "split":
            return list(_split(b"".join(whole), random.Random(fault.value)))
        case "trickle":
            sent = b"".join(whole)
            size = len(sent) // int(fault.value) + 1
            return [each for at in range(0, len(sent), size) for each in (0.005, sent[at : at + size])]
        case _:
            return list(whole)


def _split(data: bytes, choice: random.Random) -> list[bytes]:
    """The same bytes in pieces of any length, many of them of one byte."""
    pieces: list[bytes] = []
    at = 0
    while at < len(data):
        size = choice.choice((1, 1, 2, 7, 30, 100, len(data) // 200))
        pieces.append(data[at : at + size])
        at += size
    return pieces
