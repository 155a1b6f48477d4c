"""Server-sent events: bytes in, events out, no I/O.

Line ends may be LF, CRLF or CR, and the bytes may be split anywhere. Only these three end a line: U+2028, U+2029 and
U+0085 are part of the data, which is why `str.splitlines` has no place here. Time is linear in the bytes fed, also when
one event comes in many pieces.
"""

from __future__ import annotations

from typing import NamedTuple

from ._errors import StreamProtocolError

BOM = b"\xef\xbb\xbf"


class ServerEvent(NamedTuple):
    """An event: its data, and its name where an `event:` line gave one."""

    data: bytes
    name: str | None = None


class SSEDecoder:
    """Decodes one stream.

    Args:
        limit: Largest event in bytes. After a larger one `fault` is set and nothing more is decoded.
    """

    __slots__ = ("_after_cr", "_begun", "_limit", "_parts", "_size", "fault")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[bytes] = []  # of the event that is not complete yet, joined once when it is
        self._size = 0
        self._after_cr = False
        self._begun = False
        self.fault: StreamProtocolError | None = None

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """The events that `chunk` completes; comments and events without data are none."""
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
            self._after_cr = False
        if b"\r" in chunk:
            self._after_cr = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        elif chunk:
            self._after_cr = False
        straddles = chunk.startswith(b"\n") and bool(self._parts) and self._parts[-1].endswith(b"\n")
        if not straddles and b"\n\n" not in chunk and not (not self._parts and chunk.startswith(b"\n")):
            self._keep(chunk)
            return []
        *blocks, rest = (b"".join(self._parts) + chunk).split(b"\n\n")
        self._parts, self._size = [], 0
        self._keep(rest)
        return self._decoded(blocks)

    def end(self) -> list[ServerEvent]:
        """The event that the end of the stream leaves without its blank line, if any."""
        block = b"".join(self._parts)
        self._parts, self._size = [], 0
        return self._decoded([block])

    def _keep(self, part: bytes) -> None:
        if part:
            self._parts.append(part)
            self._size += len(part)
            self._limited(self._size)

    def _limited(self, size: int) -> None:
        if size > self._limit:
            self.fault = StreamProtocolError(f"an event of the stream is larger than {self._limit} bytes")

    def _decoded(self, blocks: list[bytes]) -> list[ServerEvent]:
        """The events of complete blocks, up to one that is too large."""
        found: list[ServerEvent] = []
        for block in blocks:
            self._limited(len(block))
            if len(block) > self._limit:
                break
            event = self._decode(block)
            if event is not None:
                found.append(event)
        return found

    def _decode(self, block: bytes) -> ServerEvent | None:
        if not self._begun:
            self._begun = bool(block)
            block = block.removeprefix(BOM)
        if block.startswith(b"data: ") and b"\n" not in block:
            return _event(block[6:], None)
        return _decode_lines(block)


def _decode_lines(block: bytes) -> ServerEvent | None:
    data: list[bytes] = []
    name: str | None = None
    for line in block.split(b"\n"):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value)
        elif field == b"event":
            name = value.decode("utf-8", "replace")
    return _event(b"\n".join(data), name)


def _event(data: bytes, name: str | None) -> ServerEvent | None:
    """The event, unless its data is blank: servers send that to keep the connection alive."""
    return None if not data or data.isspace() else ServerEvent(data, name)
