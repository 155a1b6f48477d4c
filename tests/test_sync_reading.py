"""The sync client reads what it is given in the thread of its caller."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.batching import chat, chats, ids, line
from tests.shown import shown
from xai_httpx import XAI, BatchAddError, RequestValidationError
from xai_httpx._sync_reading import AHEAD
from xai_httpx.testing import SimulatedXAI

CANARY = "canary prompt"


@pytest.fixture
def xai(sim: SimulatedXAI) -> Iterator[XAI]:
    with sim.sync_client() as made:
        yield made


def test_a_cursor_that_is_bound_to_its_thread_can_be_read(xai: XAI) -> None:
    database = sqlite3.connect(":memory:")
    with database:
        database.execute("create table questions (number)")
        database.executemany("insert into questions values (?)", [(0,), (1,)])
    batch = xai.batches.create(name="n", requests=(chat(*row) for row in database.execute("select * from questions")))
    requests = (chat(2 + row[0]) for row in database.execute("select * from questions"))
    assert xai.batches.add(batch.batch_id, requests=requests) == ["q-2", "q-3"]
    file = xai.batches.upload(requests=(chat(*row) for row in database.execute("select * from questions")))
    assert xai.files.content(file.id).text.count("\n") == 2
    database.close()


def test_a_generator_may_call_the_client_itself(xai: XAI) -> None:
    def read() -> Iterator[Any]:
        for _ in range(2):
            yield chat(xai.files.create(file=("a.txt", b"text")).id)

    batch = xai.batches.create(name="n", requests=read())
    assert xai.batches.wait(batch.batch_id, interval=0).state.num_success == 2


def test_what_is_no_generator_is_taken_as_before(xai: XAI, tmp_path: Any) -> None:
    batch_id = xai.batches.create(name="n", requests=chats(2)).batch_id
    assert xai.batches.add(batch_id, requests={"a": chat(2)}.values()) == ["q-2"]
    (tmp_path / "a.jsonl").write_bytes(line())
    assert xai.batches.upload(requests=tmp_path / "a.jsonl").purpose == "batch"
    wrong: Any
    for wrong in ({"batch_request": {}}, 5, "text", None):
        with pytest.raises(RequestValidationError, match="requests must be an iterable"):
            xai.batches.add(batch_id, requests=wrong)


def test_what_the_generator_raises_is_told_with_what_was_added(xai: XAI) -> None:
    def read() -> Iterator[Any]:
        yield from chats(1_000)
        raise OSError("the disk is gone")

    with pytest.raises(BatchAddError, match="stopped after 1000: OSError") as caught:
        xai.batches.create(name="n", requests=read())
    assert caught.value.accepted == ids(0, 1_000)
    assert isinstance(caught.value.__cause__, OSError)


def test_what_is_not_read_to_its_end_is_not_read_on(xai: XAI) -> None:
    seen: list[int] = []

    def read() -> Iterator[Any]:
        for number in range(1_000):
            seen.append(number)
            yield chat(number, temperature=7 if number == 3 else 1)

    with pytest.raises(RequestValidationError, match=r"requests\[3\]"):
        xai.batches.create(name="n", requests=read())
    assert len(seen) == AHEAD


def test_an_interrupt_in_the_generator_ends_the_call_alone(sim: SimulatedXAI, xai: XAI) -> None:
    def read() -> Iterator[Any]:
        yield from chats(1_000)
        raise KeyboardInterrupt

    batch_id = xai.batches.create(name="n").batch_id
    with pytest.raises(KeyboardInterrupt):
        xai.batches.add(batch_id, requests=read())
    assert xai.batches.retrieve(batch_id).state.num_requests == 1_000
    assert sum(thread.name == "xai-httpx" for thread in threading.enumerate()) == 1


def test_no_prompt_is_shown_by_an_error(sim: SimulatedXAI, xai: XAI) -> None:
    requests = {"a": chat(0, messages=[{"role": "user", "content": CANARY}], temperature=7)}
    with pytest.raises(RequestValidationError) as caught:
        xai.batches.create(name="n", requests=requests.values())
    del requests
    assert CANARY not in shown(caught.value)
