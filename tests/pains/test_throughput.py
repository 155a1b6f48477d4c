"""P33 throughput: what a delta costs does not grow with the text so far. Counted, not timed; latency is a benchmark."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Self

import httpx
import pytest

from tests.pains.work import Work
from tests.rawserver import events
from tests.streaming import META, RESPONSE, chat, chat_reader, chunk, respond, response_reader
from xai_httpx import AsyncXAI

TEXT = "ten chars "
CHUNK = events(chunk(TEXT))
DELTA = events(
    json.dumps(
        {"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "content_index": 0, "delta": TEXT}
    )
)
ADDED = {"type": "message", "id": "m", "role": "assistant", "status": "in_progress", "content": []}
OPENING = events(RESPONSE[0], json.dumps({"type": "response.output_item.added", "output_index": 0, "item": ADDED}))
BUDGET = 80  # calls of functions, in Python and in C, that a delta may cost from its bytes to the caller
READERS = pytest.mark.parametrize(
    ("reader", "opening", "piece"),
    [(chat_reader, CHUNK, CHUNK), (response_reader, OPENING, DELTA)],
    ids=["chat", "resp"],
)


def read(reader: Callable[[], Any], opening: bytes, piece: bytes, count: int) -> tuple[Any, Work]:
    made = reader()
    list(made.feed(opening, META))
    with Work() as work:
        for _ in range(count):
            list(made.feed(piece, META))
    return made, work


@READERS
def test_p33_a_delta_costs_the_same_however_long_the_text_is(
    reader: Callable[[], Any], opening: bytes, piece: bytes
) -> None:
    read(reader, opening, piece, 10)  # what is built once is built
    (_, short), (_, long) = (read(reader, opening, piece, count) for count in (5_000, 10_000))
    assert long.calls <= 2 * short.calls
    assert long.touched <= 2 * short.touched
    assert long.calls <= BUDGET * 10_000


@READERS
def test_p33_the_text_is_joined_once_when_it_is_asked_for(
    reader: Callable[[], Any], opening: bytes, piece: bytes
) -> None:
    joins = []
    for count in (10, 10_000):
        made, reading = read(reader, opening, piece, count)
        with Work() as asking:
            result = made.accumulator.result()
        text = result.text if reader is chat_reader else result.output_text
        assert text == TEXT * (count + (reader is chat_reader))
        assert reading.joins <= count  # of the bytes of each event, none of the text
        joins.append(asking.joins)
    assert joins[0] == joins[1] > 0


class Deltas(httpx.AsyncByteStream):
    """A body that brings the opening, then so many pieces one by one, then the end."""

    def __init__(self, count: int, opening: bytes, piece: bytes, end: bytes) -> None:
        self.pieces = iter([opening, *[piece] * count, end])

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        for piece in self.pieces:
            return piece
        raise StopAsyncIteration


async def streamed(call: Callable[[AsyncXAI], Any], count: int, *body: bytes) -> tuple[Any, Work]:
    headers = {"content-type": "text/event-stream"}
    answer = httpx.MockTransport(lambda request: httpx.Response(200, headers=headers, stream=Deltas(count, *body)))
    async with httpx.AsyncClient(transport=answer) as http, AsyncXAI(api_key="k", http_client=http) as client:
        with Work() as work:
            return await call(client), work


@pytest.mark.parametrize(
    ("call", "body"),
    [(chat, (CHUNK, CHUNK, events(done=True))), (respond, (OPENING, DELTA, events(RESPONSE[-1])))],
    ids=["chat", "responses"],
)
async def test_p33_a_whole_stream_costs_the_same_a_delta(
    call: Callable[[AsyncXAI], Any], body: tuple[bytes, ...]
) -> None:
    await streamed(call, 10, *body)
    (_, short), (whole, long) = [await streamed(call, count, *body) for count in (5_000, 10_000)]
    assert long.calls <= 2 * short.calls
    assert long.touched <= 2 * short.touched
    assert long.calls <= BUDGET * 10_000
    assert call is respond or whole.text == TEXT * 10_001
