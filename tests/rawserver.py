"""A TCP server for tests: it reads HTTP requests and answers with the very bytes that the test gives.

    server.answer(reply(b'{"a": 1}'))                      # the next request gets these bytes
    server.answer(head(EVENTS), b"data: 1\\n\\n", CUT)       # pieces sent one by one, then the connection is cut

A piece may be a callable, run in the server's thread before the next piece is sent, or a `Trickle`.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Self

CUT = "cut"  # close without the end of the body
RESET = "reset"  # close with a TCP reset
WAIT = "wait"  # say nothing until the client hangs up
JSON = "application/json"
EVENTS = "text/event-stream"


@dataclass(frozen=True)
class Trickle:
    """The same bytes, again and again, until the client hangs up.

    Attributes:
        piece: The bytes.
        every: Seconds from one to the next.
        times: How often at most.
    """

    piece: bytes
    every: float = 0.01
    times: int = 2000


TRICKLE = Trickle(b" ")

Piece = bytes | str | Trickle | Callable[[], object]


@dataclass(frozen=True)
class Received:
    """A request as it arrived.

    Attributes:
        connection: The number of the connection that it came by; the first that was accepted is 1.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int = 0


def reply(body: bytes, status: int = 200, content_type: str | None = JSON, **headers: str) -> bytes:
    """A whole reply; header names are given with underscores."""
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body)}"]
    lines += [f"content-type: {content_type}"] if content_type else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def head(content_type: str = EVENTS, status: int = 200, **headers: str) -> bytes:
    """The head of a reply whose body ends with the connection."""
    lines = [f"HTTP/1.1 {status} X", f"content-type: {content_type}", "connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def split(payload: bytes, *offsets: int) -> list[bytes]:
    """The payload in pieces that end at these offsets."""
    places = [0, *sorted(offsets), len(payload)]
    return [payload[start:end] for start, end in pairwise(places)]


def chunked(body: bytes, *, end: bool = True, **headers: str) -> list[Piece]:
    """A stream in chunked encoding, in one chunk, with or without the chunk that says that it is over."""
    top = head(**headers).replace(b"connection: close", b"transfer-encoding: chunked")
    return [top, b"%x\r\n%s\r\n" % (len(body), body) if body else b"", b"0\r\n\r\n" if end else CUT]


def events(*data: str, done: bool = False) -> bytes:
    """Server-sent events with these data lines."""
    lines = [*data, "[DONE]"] if done else list(data)
    return "".join(f"data: {line}\n\n" for line in lines).encode()


class RawServer:
    """Serves each request from the queue of answers, then with `always`; `requests` holds what came."""

    def __init__(self, tls: ssl.SSLContext | None = None, listener: socket.socket | None = None) -> None:
        self.requests: list[Received] = []
        self._tls = tls
        self.always: tuple[Piece, ...] = (CUT,)
        self.connections = 0
        self.closed_by_client = threading.Event()
        self._answers: deque[tuple[Piece, ...]] = deque()
        self._listener = listener or socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def base_url(self) -> str:
        return f"https://localhost:{self.port}/v1" if self._tls else f"http://127.0.0.1:{self.port}/v1"

    def answer(self, *pieces: Piece) -> None:
        """Queue the answer to one request."""
        self._answers.append(pieces)

    def wait_until_idle(self, but: int = 0) -> None:
        """Wait until no more than `but` connections are open, at most 5 s."""
        until = time.monotonic() + 5
        while len(self._open) > but and time.monotonic() < until:
            time.sleep(0.001)
        assert len(self._open) <= but, f"{len(self._open)} connections are still open"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.add(connection)
                self.connections += 1
                self._start(self._serve, connection, self.connections)

    def _serve(self, accepted: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError), self._encrypted(accepted) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection.makefile("rb") as stream, contextlib.suppress(ConnectionError):
                while (request := _read(stream)) is not None:
                    self.requests.append(replace(request, connection=number))
                    if not self._send(connection, self._answers.popleft() if self._answers else self.always):
                        break
            self.closed_by_client.set()
        self._open.discard(accepted)

    def _encrypted(self, connection: socket.socket) -> socket.socket:
        return self._tls.wrap_socket(connection, server_side=True) if self._tls else connection

    def _send(self, connection: socket.socket, pieces: tuple[Piece, ...]) -> bool:
        """Send an answer; False when the connection is not to be used again."""
        for piece in pieces:
            if piece == RESET:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
            if piece == CUT:
                connection.shutdown(socket.SHUT_RDWR)
                return False
            if piece == WAIT:
                connection.settimeout(20)
                connection.recv(1)
                return False
            if isinstance(piece, Trickle):
                for _ in range(piece.times):
                    connection.sendall(piece.piece)
                    time.sleep(piece.every)
            elif callable(piece):
                piece()
            else:
                connection.sendall(piece if isinstance(piece, bytes) else piece.encode())
        return b"connection: close" not in next((piece for piece in pieces if isinstance(piece, bytes)), b"")


def _read(stream: object) -> Received | None:
    line = stream.readline()  # type: ignore[attr-defined]
    if not line:
        return None
    method, path, _ = line.decode().split(" ", 2)
    headers: dict[str, str] = {}
    while line := stream.readline().decode().strip():  # type: ignore[attr-defined]
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    if headers.get("transfer-encoding") == "chunked":
        return Received(method, path, headers, b"".join(_chunks(stream)))
    body = stream.read(int(headers.get("content-length", 0)))  # type: ignore[attr-defined]
    return Received(method, path, headers, body)


def _chunks(stream: object) -> Iterator[bytes]:
    while size := int(stream.readline() or b"0", 16):  # type: ignore[attr-defined]
        yield stream.read(size)  # type: ignore[attr-defined]
        stream.readline()  # type: ignore[attr-defined]
    stream.readline()  # type: ignore[attr-defined]
