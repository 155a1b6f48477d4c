"""The body of a reply within its bounds: so many bytes at most, and no slower than so many a second."""

from __future__ import annotations

import time
import zlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from ._errors import APIConnectionError, APITimeoutError, ResponseTooLargeError
from ._meta import Meta

if TYPE_CHECKING:
    from ._config import ClientConfig

ENCODING = "content-encoding"
ERROR_BODY = 1024 * 1024  # bytes of an error's body that are read
WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


async def read_body(chunks: AsyncIterator[bytes], meta: Meta, config: ClientConfig, patience: float | None) -> bytes:
    """Read a body to its end, decompressed; that of an error as far as it comes, for the status tells more.

    Args:
        chunks: The body as it comes.
        meta: The exchange.
        config: How many bytes there may be, and how few a second; `patience` comes on top, for a server may be silent
            for that long before it answers.
        patience: The read timeout in seconds; None for no limit on time.

    Raises:
        ResponseTooLargeError: There are more bytes.
        APITimeoutError: They come more slowly.
        APIConnectionError: Its compression is broken, or none that was asked for.
    """
    failed = meta.status is None or not 200 <= meta.status < 300
    most = min(ERROR_BODY, config.max_body_bytes) if failed else config.max_body_bytes
    pieces: list[bytes] = []
    size, started = 0, time.monotonic()
    try:
        async for piece in chunks:
            pieces.append(piece)
            size += len(piece)
            if size > most:
                raise too_large(most, meta)
            if patience is not None and time.monotonic() - started > patience + size / config.min_body_rate:
                raise too_slow(config.min_body_rate, patience, meta)
        raw, encoding = b"".join(pieces), meta.header(ENCODING)
        return decompressed(raw, encoding, most, meta) if encoding else raw
    except Exception:
        if failed:
            return b"".join(pieces)[:most]
        raise


class Decompressor:
    """Decompresses a body piece by piece.

    httpx would do it too, but not within bounds, and on an error it leaves generators behind of which Trio warns.

    Raises:
        APIConnectionError: The compression is none that was asked for.
    """

    def __init__(self, encoding: str, meta: Meta) -> None:
        window_bits = WINDOW_BITS.get(encoding.strip().lower())
        if window_bits is None:
            raise APIConnectionError(f"the body is compressed by {encoding!r}, which was not asked for", meta)
        self._window_bits = window_bits
        self._meta = meta
        self._inflater: Any = None

    def feed(self, raw: bytes, max_bytes: int = 0) -> bytes:
        """What these bytes hold, up to `max_bytes` of it; 0 for all.

        Raises:
            APIConnectionError: The compression is broken.
        """
        if not raw:
            return b""
        if self._inflater is None:
            headless = self._window_bits == 15 and raw[0] & 15 != 8  # some servers leave the header of zlib out
            self._inflater = zlib.decompressobj(-15 if headless else self._window_bits)
        try:
            content: bytes = self._inflater.decompress(raw, max_bytes)
            return content
        except zlib.error as error:
            raise APIConnectionError(f"the body's compression is broken ({error})", self._meta) from error

    def end(self) -> None:
        """Take note that nothing more comes.

        Raises:
            APIConnectionError: The compression is short of its end, and so is the body.
        """
        if self._inflater is not None and not self._inflater.eof:
            raise APIConnectionError("the body's compression is broken (it ends too early)", self._meta)


def decompressed(raw: bytes, encoding: str, max_bytes: int, meta: Meta) -> bytes:
    """The content of a compressed body; no more than `max_bytes` of it are ever made.

    Raises:
        ResponseTooLargeError: There are more bytes in it.
        APIConnectionError: Its compression is broken, or none that was asked for.
    """
    decompressor = Decompressor(encoding, meta)
    content = decompressor.feed(raw, max_bytes + 1)
    if len(content) > max_bytes:
        raise too_large(max_bytes, meta)
    decompressor.end()
    return content


def too_slow(min_rate: int, patience: float, meta: Meta) -> APITimeoutError:
    """The error for a body that comes more slowly than it may."""
    return APITimeoutError(
        f"the body came more slowly than {min_rate} bytes a second (min_body_rate) "
        f"for longer than the read timeout of {patience:g} s",
        meta,
    )


def too_large(max_bytes: int, meta: Meta) -> ResponseTooLargeError:
    """The error for a body that is larger than it may be."""
    return ResponseTooLargeError(f"the reply is larger than {max_bytes} bytes (max_body_bytes)", meta, limit=max_bytes)
