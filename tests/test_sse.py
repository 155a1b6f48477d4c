"""The decoder of server-sent events: any line ends, any split, linear time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xai_httpx import StreamProtocolError
from xai_httpx._sse import ServerEvent, SSEDecoder

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\x00"), min_size=1, max_size=20)
EVENT = st.tuples(st.lists(TEXT, min_size=1, max_size=3), st.none() | st.sampled_from(["ping", "response.created"]))


def decode(*chunks: bytes, limit: int = 1 << 20) -> list[ServerEvent]:
    decoder = SSEDecoder(limit)
    return [event for chunk in chunks for event in decoder.feed(chunk)] + decoder.end()


@settings(max_examples=300, deadline=None)
@given(
    events=st.lists(EVENT, max_size=5),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    bom=st.booleans(),
    noise=st.sampled_from(["", ": ping", "retry: 3000", "id: 7", "nonsense"]),
    data=st.data(),
)
def test_any_events_decode_to_the_same_list_split_anywhere(
    events: list[tuple[list[str], str | None]], line_end: str, bom: bool, noise: str, data: st.DataObject
) -> None:
    lines: list[str] = []
    for parts, name in events:
        lines += [noise] if noise else []
        lines += [f"event: {name}"] if name else []
        lines += [f"data: {part}" for part in parts] + [""]
        lines += [noise, ""] if noise else []
    encoded = (b"\xef\xbb\xbf" if bom else b"") + (line_end.join(lines) + line_end).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(encoded)), max_size=8)))
    chunks = [encoded[start:end] for start, end in zip([0, *cuts], [*cuts, len(encoded)], strict=True)]
    assert decode(*chunks) == [ServerEvent("\n".join(parts).encode(), name) for parts, name in events]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_every_single_split_of_a_stream_decodes_alike(line_end: bytes) -> None:
    encoded = line_end.join([b": hi", b"event: x", b"data: a", b"data: b", b"", b"data: c", b"", b""])
    expected = [ServerEvent(b"a\nb", "x"), ServerEvent(b"c")]
    for cut in range(len(encoded) + 1):
        assert decode(encoded[:cut], encoded[cut:]) == expected, cut
    assert decode(*[bytes([byte]) for byte in encoded]) == expected


def test_unicode_line_separators_are_part_of_the_data() -> None:
    text = "a\u2028b\u2029c\u0085d\x0be\x0cf"
    assert decode(f"data: {text}\n\n".encode()) == [ServerEvent(text.encode())]


def test_events_without_data_are_none() -> None:
    assert decode(b"event: x\n\n: only a comment\n\ndata:\n\nevent: ping\n\n") == []


def test_the_space_after_the_colon_is_optional_and_single() -> None:
    assert decode(b"data:x\n\ndata:  y\n\n") == [ServerEvent(b"x"), ServerEvent(b" y")]


def test_an_event_that_the_stream_ends_in_is_not_lost() -> None:
    assert decode(b"data: [DONE]\n") == [ServerEvent(b"[DONE]")]


@pytest.mark.parametrize("chunk_size", [100, 10_000])
def test_an_event_over_the_limit_is_refused(chunk_size: int) -> None:
    encoded = b"data: " + b"x" * 5000 + b"\n\n"
    decoder = SSEDecoder(1000)
    assert decoder.feed(b"data: first\n\ndata: se") == [ServerEvent(b"first")]
    for start in range(0, len(encoded), chunk_size):
        assert decoder.feed(encoded[start : start + chunk_size]) == []
    assert isinstance(decoder.fault, StreamProtocolError)
    assert "larger than 1000 bytes" in str(decoder.fault)


def test_the_events_before_one_that_is_too_large_are_kept() -> None:
    decoder = SSEDecoder(100)
    assert decoder.feed(b"data: a\n\ndata: " + b"x" * 200) == [ServerEvent(b"a")]
    assert decoder.fault is not None


def test_a_large_event_in_small_chunks_is_joined_once() -> None:
    decoder = SSEDecoder(32 << 20)
    piece = b"x" * 1024
    decoder.feed(b"data: ")
    for _ in range(16 * 1024):
        assert decoder.feed(piece) == []
    assert len(decoder._parts) == 16 * 1024 + 1  # nothing was joined, so nothing was copied, on the way
    (event,) = decoder.feed(b"\n\n")
    assert len(event.data) == 16 << 20
