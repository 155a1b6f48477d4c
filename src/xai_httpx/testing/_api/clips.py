"""Clips: small real MP4 files with one track, whose frames are the pictures of `_pictures`, made without a codec."""

import struct

from .pictures import png

_SCALE = 1000  # units of time in a second
_UNITY = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_PNG = 0x6D  # the object type of PNG frames, as the MP4 registration authority has it


def mp4(width: int, height: int, seconds: int) -> bytes:
    """Make a clip of one frame a second."""
    frames = [png(width, height, second) for second in range(seconds)]
    kind = _box(b"ftyp", b"isom" + struct.pack(">I", 512) + b"isomiso2mp41")
    start = len(kind) + 8  # the frames lie first, so their place does not depend on what describes them
    return kind + _box(b"mdat", *frames) + _movie(width, height, [len(frame) for frame in frames], start)


def _movie(width: int, height: int, sizes: list[int], start: int) -> bytes:
    length = len(sizes) * _SCALE
    movie = _full(b"mvhd", struct.pack(">4I", 0, 0, _SCALE, length), struct.pack(">IH10x", 0x10000, 0x100), _UNITY,
                  bytes(24), struct.pack(">I", 2))  # fmt: skip
    track = _full(b"tkhd", struct.pack(">5I", 0, 0, 1, 0, length), bytes(16), _UNITY,
                  struct.pack(">II", width << 16, height << 16), flags=3)  # fmt: skip
    return _box(b"moov", movie, _box(b"trak", track, _media(width, height, sizes, start, length)))


def _media(width: int, height: int, sizes: list[int], start: int, length: int) -> bytes:
    header = _full(b"mdhd", struct.pack(">4IHH", 0, 0, _SCALE, length, 0x55C4, 0))  # of no language
    handler = _full(b"hdlr", struct.pack(">I4s12x", 0, b"vide"), b"video\0")
    place = _box(b"dinf", _full(b"dref", struct.pack(">I", 1), _full(b"url ", flags=1)))  # in this file
    looks = _full(b"vmhd", bytes(8), flags=1)
    return _box(b"mdia", header, handler, _box(b"minf", looks, place, _samples(width, height, sizes, start)))


def _samples(width: int, height: int, sizes: list[int], start: int) -> bytes:
    count = len(sizes)
    visual = struct.pack(">6xH16xHHII4xH32xHh", 1, width, height, 0x480000, 0x480000, 1, 24, -1)
    entry = _box(b"mp4v", visual, _full(b"esds", _elementary_stream()))
    return _box(
        b"stbl",
        _full(b"stsd", struct.pack(">I", 1), entry),
        _full(b"stts", struct.pack(">3I", 1, count, _SCALE)),
        _full(b"stsc", struct.pack(">4I", 1, 1, count, 1)),
        _full(b"stsz", struct.pack(f">{2 + count}I", 0, count, *sizes)),
        _full(b"stco", struct.pack(">2I", 1, start)),
    )


def _elementary_stream() -> bytes:
    decoder = struct.pack(">BB3xII", _PNG, 0x11, 0, 0)  # 0x11: a visual stream
    return _descriptor(3, struct.pack(">HB", 1, 0), _descriptor(4, decoder), _descriptor(6, b"\x02"))


def _descriptor(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return bytes((tag, len(content))) + content


def _box(kind: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I", 8 + len(content)) + kind + content


def _full(kind: bytes, *parts: bytes, flags: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", flags), *parts)
