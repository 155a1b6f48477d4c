"""Server-sent events: bytes in, events out, no I/O.

Line ends may be LF, CRLF or CR, and the bytes may be split anywhere. Only these three end a line: U+2028, U+2029 and
U+0085 are part of the data, which is why `str.splitlines` has no place here. Time is linear in the bytes fed, also when
one event comes in many pieces.
"""

from __future__ import annotations

from typing import NamedTuple

from ._errors import StreamProtocolError

BOM = b"\xef\xbb\xbf"
DATA = b"data: "


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
        """The events that `chunk` completes; comments and events without data are none.

        Mostly a chunk is one event of one line, which takes no more than to see that it is.
        """
        if self._begun and not self._parts and chunk[:6] == DATA:
            end = chunk.find(b"\n")
            if end == len(chunk) - 2 and chunk[end:] == b"\n\n" and end <= self._limit and b"\r" not in chunk:
                return [ServerEvent(data)] if (data := chunk[6:end]) and not data.isspace() else []
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
            if self._size > self._limit:
                self._refuse()

    def _refuse(self) -> None:
        self.fault = StreamProtocolError(f"an event of the stream is larger than {self._limit} bytes")

    def _decoded(self, blocks: list[bytes]) -> list[ServerEvent]:
        """The events of complete blocks, up to one that is too large."""
        found: list[ServerEvent] = []
        for block in blocks:
            if len(block) > self._limit:
                self._refuse()
                break
            if not self._begun:
                self._begun = bool(block)
                block = block.removeprefix(BOM)
            data, name = (block[6:], None) if block[:6] == DATA and b"\n" not in block else _fields(block)
            if data and not data.isspace():  # servers send blank data to keep the connection alive
                found.append(ServerEvent(data, name))
        return found


def _fields(block: bytes) -> tuple[bytes, str | None]:
    """Data and name of an event of any shape."""
    data: list[bytes] = []
    name: str | None = None
    for line in block.split(b"\n"):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value)
        elif field == b"event":
            name = value.decode("utf-8", "replace")
    return b"\n".join(data), name
