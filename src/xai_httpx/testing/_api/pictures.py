"""Pictures: small real PNG files of any size, made without an image library."""

import struct
import zlib

LONG_SIDES = {"1k": 1024, "1.5k": 1536, "2k": 2048}  # of an image of each resolution
_BAND = 64  # pixels that a band of colour is high
_PALETTE = bytes.fromhex("1d3557a8dadc457b9df1faee2a9d8fe9c46a264653f4a261")


def size_of(aspect_ratio: str, long_side: int) -> tuple[int, int]:
    """Return width and height of an aspect ratio such as `16:9`, both even; `auto` is a square."""
    wide, high = (1.0, 1.0) if aspect_ratio == "auto" else map(float, aspect_ratio.split(":"))
    longer = max(wide, high)
    width, height = (2 * round(long_side * side / longer / 2) for side in (wide, high))
    return width, height


def png(width: int, height: int, variant: int = 0) -> bytes:
    """Make a picture of horizontal bands in two colours, which the variant chooses."""
    row_bytes = -(-width // 8)
    light, dark = b"\0" + b"\0" * row_bytes, b"\0" + b"\xff" * row_bytes  # each row begins with its filter: none
    rows = b"".join((light, dark)[row // _BAND % 2] for row in range(height))
    first = 3 * (variant % 4)
    palette = _PALETTE[first : first + 3] + _PALETTE[first + 12 : first + 15]
    header = struct.pack(">IIBBBBB", width, height, 1, 3, 0, 0, 0)  # one bit a pixel, an index into the palette
    chunks = _chunk(b"IHDR", header) + _chunk(b"PLTE", palette) + _chunk(b"IDAT", zlib.compress(rows, 9))
    return b"\x89PNG\r\n\x1a\n" + chunks + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
