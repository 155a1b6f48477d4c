"""The decoder of server-sent events; its edge cases are among the pains, in `pains/test_sse.py`."""

from __future__ import annotations

from xai_httpx._sse import ServerEvent, SSEDecoder


def decode(*chunks: bytes, limit: int = 1 << 20) -> list[ServerEvent]:
    decoder = SSEDecoder(limit)
    return [event for chunk in chunks for event in decoder.feed(chunk)] + decoder.end()


def test_the_space_after_the_colon_is_optional_and_single() -> None:
    assert decode(b"data:x\n\ndata:  y\n\n") == [ServerEvent(b"x"), ServerEvent(b" y")]


def test_an_event_that_the_stream_ends_in_is_not_lost() -> None:
    assert decode(b"data: [DONE]\n") == [ServerEvent(b"[DONE]")]


def test_the_events_before_one_that_is_too_large_are_kept() -> None:
    decoder = SSEDecoder(100)
    assert decoder.feed(b"data: a\n\ndata: " + b"x" * 200) == [ServerEvent(b"a")]
    assert decoder.fault is not None
