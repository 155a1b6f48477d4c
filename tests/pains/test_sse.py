"""P6, the edge cases of server-sent events: any line ends, any split, any size up to the limit, and no more."""

from __future__ import annotations

import itertools
import json
import traceback
import tracemalloc

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pains.work import Counted, Work
from tests.rawserver import RawServer, Trickle, events, head, split
from tests.streaming import CHUNK, META, RESPONSE, chat, chat_reader, chunk, made, respond
from xai_httpx import AsyncXAI, StreamProtocolError
from xai_httpx._sse import ServerEvent, SSEDecoder

LINE_ENDS = ["\n", "\r\n", "\r"]
MIB = 1 << 20
SPECIAL = st.sampled_from(["\u0085", "\u2028", "\u2029", "\n", '"', "\\", "\x00", "\x0b", "\ufeff", " ", ":", "data: "])
DATA = (
    st.lists(
        SPECIAL | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=9), max_size=6
    )
    .map("".join)
    .filter(lambda text: bool(text.encode().strip()))
)
NAME = st.none() | st.sampled_from(["ping", "response.created", "\u2028"])
NOISE = st.lists(st.sampled_from([": ping", ":", "retry: 3000", "id: 7", "id", "nonsense", "datas: x"]), max_size=2)
NO_EVENT = st.sampled_from(
    [[], [""], ["data:"], ["data: "], ["data", "data:"], ["event: ping"], [": ping"], ["retry: 1"]]
)
PIECE = st.tuples(DATA, NAME, NOISE, NO_EVENT)


def decode(*chunks: bytes, limit: int = MIB) -> list[ServerEvent]:
    decoder = SSEDecoder(limit)
    return [event for chunk in chunks for event in decoder.feed(chunk)] + decoder.end()


def encoded(lines: list[str], ends: list[str]) -> bytes:
    """The lines, each with the next of the line ends; CR and LF of two lines would be the CRLF of one."""
    text = ""
    for line, end in zip(lines, itertools.cycle(ends)):
        text += line + ("\r\n" if text.endswith("\r") and not line and end == "\n" else end)
    return text.encode()


@settings(max_examples=400, deadline=None)
@given(pieces=st.lists(PIECE, max_size=5), bom=st.booleans(), complete=st.booleans(), data=st.data())
def test_p06_any_events_decode_to_the_same_list_in_any_encoding_split_anywhere(
    pieces: list[tuple[str, str | None, list[str], list[str]]], bom: bool, complete: bool, data: st.DataObject
) -> None:
    lines: list[str] = []
    for text, name, noise, no_event in pieces:
        lines += [*no_event, ""] if no_event else []
        named = [f"event: {name}"] if name else []
        own = [f"data:{'' if part and part[0] != ' ' else ' '}{part}" for part in text.split("\n")]
        lines += [*named, *noise, *own, *noise, ""] if data.draw(st.booleans()) else [*noise, *own, *named, ""]
    lines = lines if complete else lines[:-1]  # then the last event lacks its blank line
    ends = data.draw(st.lists(st.sampled_from(LINE_ENDS), min_size=1, max_size=7))
    payload = (b"\xef\xbb\xbf" if bom else b"") + encoded(lines, ends)
    cuts = data.draw(st.lists(st.integers(0, len(payload)), max_size=8))
    expected = [ServerEvent(text.encode(), name) for text, name, *_ in pieces]
    assert decode(*split(payload, *cuts)) == expected
    assert decode(*[payload[place : place + 1] for place in range(len(payload))]) == expected


NASTY = ["event: x", ": hi", 'data: {"a":', "id: 1", "retry: 5", 'data: "\u2028\u0085\u2029\U0001f9a6"}', ""]
NASTY += ["data:", "", ":", "", "event: ping", "", "data: [DONE]", "", ""]


@pytest.mark.parametrize("ends", [*[[end] for end in LINE_ENDS], LINE_ENDS, LINE_ENDS[::-1]], ids=repr)
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"], ids=["", "BOM"])
def test_p06_a_nasty_stream_decodes_alike_at_every_split(ends: list[str], bom: bytes) -> None:
    payload = bom + encoded(NASTY, ends)
    expected = [ServerEvent('{"a":\n"\u2028\u0085\u2029\U0001f9a6"}'.encode(), "x"), ServerEvent(b"[DONE]")]
    for cuts in itertools.combinations_with_replacement(range(len(payload) + 1), 2):
        assert decode(*split(payload, *cuts)) == expected, cuts
    assert decode(*split(payload, *range(len(payload)))) == expected


def test_p06_only_cr_and_lf_end_a_line() -> None:
    text = "a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg\x1dh\x1ei"
    assert decode(f"data: {text}\n\n".encode()) == [ServerEvent(text.encode())]


@pytest.mark.parametrize("nothing", [b"data:", b"data: ", b"data", b"data:  ", b"data:\ndata:", b": ping", b"event: p"])
def test_p06_a_keep_alive_is_no_event(nothing: bytes) -> None:
    assert decode(nothing + b"\n\n") == []
    assert decode(nothing) == []
    reader = chat_reader(strict=True)
    first, second = reader.feed(nothing + b"\n\n" + events(chunk("a")) + nothing + b"\n\n" + events(chunk("b")), META)
    assert (first.text + second.text, reader.failure) == ("ab", None)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
async def test_p06_a_stream_of_separators_comes_out_whole(server: RawServer, line_end: bytes) -> None:
    text = 'one\u2028two\u2029three\u0085 "\U0001f9a6"\n'
    body = CHUNK % json.dumps([{"index": 0, "delta": {"content": text}}], ensure_ascii=False)
    payload = b"\xef\xbb\xbf: hello\n\nretry: 1000\n\ndata:\n\n" + events(body, body, done=True)
    payload = payload.replace(b"\n", line_end)
    server.answer(head(), *split(payload, *range(0, len(payload), 7)))
    async with made(server) as client:
        assert (await chat(client)).text == text * 2


def work_of_an_event(size: int) -> Work:
    piece = Counted(b"x" * (16 * 1024))
    decoder = SSEDecoder(32 * MIB)
    decoder.feed(b'data: "')
    with Work() as work:
        for _ in range(size // len(piece)):
            assert decoder.feed(piece) == []
        (event,) = decoder.feed(Counted(b'"\n\n'))
    assert len(event.data) == size + 2
    return work


def test_p06_an_event_of_16_mib_takes_linear_work() -> None:
    small, large = work_of_an_event(4 * MIB), work_of_an_event(16 * MIB)
    assert large.calls <= 4 * small.calls
    assert large.touched <= 4.01 * small.touched <= 100 * 4 * MIB
    assert large.joins == small.joins  # an event is joined once, when it is complete


async def test_p06_an_event_of_16_mib_passes(server: RawServer) -> None:
    item = {
        "id": "rs",
        "type": "reasoning",
        "summary": [],
        "encrypted_content": "x" * (16 * MIB),
        "status": "completed",
    }
    completed = json.loads(RESPONSE[-1])
    completed["response"]["output"] = [item]
    server.answer(head(), events(RESPONSE[0], json.dumps(completed)))
    async with made(server) as client:
        assert (await respond(client)).output[0].encrypted_content == item["encrypted_content"]


@pytest.mark.parametrize(
    "flood", [b"x" * 65536, b"x" * 65535 + b"\n", b": x\n" * 16384], ids=["one line", "many lines", "comments"]
)
async def test_p06_an_endless_event_is_refused_by_its_limit(server: RawServer, flood: bytes) -> None:
    server.answer(
        head(x_request_id="r-6"), events(chunk("a")), b"data: ", Trickle(flood, every=0, times=16384)
    )  # 1 GiB
    async with made(server, max_event_bytes=MIB) as client:
        tracemalloc.start()
        with pytest.raises(StreamProtocolError, match=f"larger than {MIB} bytes") as caught:
            await chat(client)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert await anyio.to_thread.run_sync(server.closed_by_client.wait, 5)
    assert peak < 8 * MIB
    assert (caught.value.partial.text, caught.value.request_id) == ("a", "r-6")


async def test_p06_the_limit_is_that_of_an_event_not_of_a_stream(server: RawServer) -> None:
    server.answer(head(), *[events(chunk("b" * 500))] * 20, events(done=True))
    async with made(server, max_event_bytes=1000) as client:
        assert (await chat(client)).text == "b" * 10_000


def test_p06_the_limit_leaves_room_for_encrypted_reasoning() -> None:
    assert AsyncXAI(api_key="k")._config.max_event_bytes == 32 * MIB


@pytest.mark.parametrize("chunk_size", [100, 10_000])
def test_p06_after_an_event_over_the_limit_nothing_is_decoded(chunk_size: int) -> None:
    payload = b"data: " + b"x" * 5000 + b"\n\n"
    decoder = SSEDecoder(1000)
    assert decoder.feed(b"data: first\n\ndata: se") == [ServerEvent(b"first")]
    for start in range(0, len(payload), chunk_size):
        assert decoder.feed(payload[start : start + chunk_size]) == []
    assert isinstance(decoder.fault, StreamProtocolError)
    assert "larger than 1000 bytes" in str(decoder.fault)


@pytest.mark.parametrize("broken", ['{"prompt": "SECRET', "SECRET", '{"prompt": SECRET}', "[" * 100_000 + "SECRET"])
@pytest.mark.parametrize("name", ["secret-kind", None])
async def test_p06_broken_json_names_the_event_without_its_content(
    server: RawServer, broken: str, name: str | None
) -> None:
    named = f"event: {name}\n".encode() if name else b""
    server.answer(head(), events(chunk("a")), named, events(broken))
    async with made(server) as client:
        with pytest.raises(
            StreamProtocolError, match="'secret-kind' of the stream is not JSON" if name else "not JSON"
        ) as caught:
            await chat(client)
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert "SECRET" not in told
    assert caught.value.partial.text == "a"
