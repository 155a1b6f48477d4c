"""Directories that a simulator cannot keep its state in, and states that it cannot read: refused, and left alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from xai_httpx.testing import SimulatedXAI, StateError
from xai_httpx.testing._saving.disk import FILE, VERSION


def test_a_second_simulator_is_refused_until_the_first_one_stops(tmp_path: Path) -> None:
    second = SimulatedXAI(persist=tmp_path)
    with SimulatedXAI(persist=tmp_path):
        with pytest.raises(StateError, match="another simulator runs with it") as caught:
            second.start()
        assert str(tmp_path) in str(caught.value)
        assert caught.value.directory == tmp_path
    with second:
        pass


def test_a_port_in_use_leaves_the_directory_free(tmp_path: Path) -> None:
    with SimulatedXAI() as other:
        port = httpx.URL(other.base_url).port
        with pytest.raises(OSError, match="in use"):
            SimulatedXAI(port=port or 0, persist=tmp_path).start()
    with SimulatedXAI(persist=tmp_path):
        pass


def change(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:9000])


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "another version": (lambda path: change(path, "pragma user_version = 99"), f"99.*reads version {VERSION}.*delete"),
    "a database of something else": (lambda path: change(path, "pragma application_id = 3"), "something else"),
    "no database": (lambda path: path.write_bytes(b"hello" * 999), "broken .*delete .*state.sqlite3"),
    "a part of one": (cut, "broken .*delete"),
    "no table": (lambda path: change(path, "alter table entries rename to others"), "broken .*no such table"),
    "an entry that is no JSON": (lambda path: change(path, "update entries set value = '{'"), "broken .*entry"),
    "an entry of another form": (lambda path: change(path, "update entries set value = '{}'"), "broken .*entry"),
    "an entry of no kind": (lambda path: change(path, "update entries set kind = 'x'"), "broken .*entry"),
    "no bytes": (lambda path: change(path, "delete from blobs"), "broken .*missing"),
}


@pytest.mark.parametrize("harm", BROKEN)
def test_a_state_that_cannot_be_read_is_refused_and_left_as_it_is(harm: str, tmp_path: Path) -> None:
    with SimulatedXAI(persist=tmp_path) as sim, sim.sync_client() as client:
        client.files.create(file=("a.txt", b"a" * 100_000))
    do, says = BROKEN[harm]
    do(tmp_path / FILE)
    before = (tmp_path / FILE).read_bytes()
    for _ in range(2):  # the lock is free again
        with pytest.raises(StateError, match=says) as caught:
            SimulatedXAI(persist=tmp_path).start()
        assert str(tmp_path) in str(caught.value)
    assert (tmp_path / FILE).read_bytes() == before


@pytest.mark.parametrize("directory", ["taken", "taken/below", "blocked"])
def test_a_directory_that_cannot_be_used_says_so(directory: str, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    (tmp_path / "blocked" / FILE).mkdir(parents=True)
    sim = SimulatedXAI(persist=tmp_path / directory)
    with pytest.raises(StateError, match=f"{tmp_path / directory} cannot be used: .*cannot be"):
        sim.start()


@pytest.mark.parametrize(("bad", "kind"), [(3, TypeError), (b"x", TypeError), ("", ValueError)])
def test_what_is_no_directory_is_refused_at_once(bad: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="persist"):
        SimulatedXAI(persist=bad)
