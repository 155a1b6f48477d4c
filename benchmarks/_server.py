"""A server that costs as little as one in Python can: `python -m benchmarks._server` prints its port.

It sends bytes that were made beforehand, from the callbacks of a protocol, so that it never keeps a client waiting. The
last message of a request tells what stream is asked for; see `wanted`. It ends when its input does.
"""

from __future__ import annotations

import asyncio  # noqa: TID251 - below anyio there is less to wait for
import json
import re
import sys
from collections.abc import Iterator
from functools import lru_cache

WANTED = re.compile(rb"events=(\d+) per=(\d+) pace=([\d.]+)")
STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
REPLY_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: r1\r\ncontent-length: %d\r\n\r\n"
ABOUT = {"id": "a3d1008e", "created": 1752854522, "model": "grok-4.6", "system_fingerprint": "fp_3a7881249c"}
PROMPT = {"text_tokens": 32, "audio_tokens": 0, "image_tokens": 0, "cached_tokens": 6}
COMPLETION = {
    "reasoning_tokens": 94,
    "audio_tokens": 0,
    "accepted_prediction_tokens": 0,
    "rejected_prediction_tokens": 0,
}
USAGE = {
    "prompt_tokens": 32,
    "completion_tokens": 9,
    "total_tokens": 135,
    "num_sources_used": 0,
    "prompt_tokens_details": PROMPT,
    "completion_tokens_details": COMPLETION,
}
MESSAGE = {"role": "assistant", "content": "101 multiplied by 3 is 303.", "refusal": None}
CHOICE = {"index": 0, "message": MESSAGE, "finish_reason": "stop"}
COMPLETE = json.dumps({**ABOUT, "object": "chat.completion", "choices": [CHOICE], "usage": USAGE}).encode()
REPLY = REPLY_HEAD % len(COMPLETE) + COMPLETE


def wanted(events: int, per: int = 1, pace: float = 0) -> str:
    """The message that asks for so many events, so many of them a write, and so many seconds between two writes."""
    return f"events={events} per={per} pace={pace:f}"


def chunk(number: int, last: int) -> bytes:
    """An event as it comes by the wire."""
    choice = {"index": 0, "delta": {"content": f" token{number}", "role": "assistant"}}
    body: dict[str, object] = {**ABOUT, "object": "chat.completion.chunk", "choices": [choice]}
    if number == last:
        body |= {"choices": [{**choice, "finish_reason": "stop"}], "usage": USAGE}
    return framed(b"data: %b\n\n" % json.dumps(body, separators=(",", ":")).encode())


def framed(content: bytes) -> bytes:
    """A chunk of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(content), content)


@lru_cache(maxsize=4)
def writes(events: int, per: int) -> list[bytes]:
    """What is written one after the other for a stream."""
    parts = [*(chunk(number, events - 1) for number in range(events)), framed(b"data: [DONE]\n\n") + framed(b"")]
    return [b"".join(parts[start : start + per]) for start in range(0, len(parts), per)]


class Canned(asyncio.Protocol):
    """One connection; it answers one request after the other, whatever it asks for."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        self._received = b""
        self._writes: Iterator[bytes] = iter(())
        self._pace = 0.0
        self._paused = False

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, rest = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if len(rest) >= int(length[1]) if length else rest.endswith(b"0\r\n\r\n"):
            self._received = b""  # no client sends a request before it has the reply to the last
            self._answer(rest)

    def _answer(self, body: bytes) -> None:
        asked = WANTED.search(body)
        if asked is None:
            self._transport.write(REPLY)
            return
        self._transport.write(STREAM_HEAD)
        self._writes, self._pace = iter(writes(int(asked[1]), int(asked[2]))), float(asked[3])
        self._write()

    def _write(self) -> None:
        if self._transport.is_closing() or not (part := next(self._writes, b"")):
            return
        self._transport.write(part)
        loop = asyncio.get_running_loop()
        if self._pace:
            loop.call_later(self._pace, self._write)
        elif not self._paused:
            loop.call_soon(self._write)  # what is written at once also arrives at once

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        if not self._pace:
            self._write()


async def serve() -> None:
    """Serve until the input ends: until the process that started this one does."""
    server = await asyncio.get_running_loop().create_server(Canned, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
