"""Simulators that keep their state, and a check that what is on their disk is what they have in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from xai_httpx.testing import SimulatedXAI
from xai_httpx.testing._saving.persistence import Persistence


@contextmanager
def running(directory: Path) -> Iterator[tuple[SimulatedXAI, httpx.Client]]:
    """A simulator whose work is done at the first poll, and a client that checks the disk after each reply."""
    with SimulatedXAI(api_key="k", management_key="k", persist=directory) as sim:
        sim.keep_pending(0)
        sim.keep_indexing(0)
        hooks: dict[str, list[Any]] = {"response": [lambda _: check_disk(sim)]}
        headers = {"authorization": "Bearer k"}
        with httpx.Client(base_url=sim.base_url, headers=headers, event_hooks=hooks, trust_env=False) as http:
            yield sim, http


def database(sim: SimulatedXAI) -> Any:
    """The connection of a simulator to its database, which is locked for all others."""
    disk = persistence(sim)._disk
    assert disk is not None
    return disk._database


def persistence(sim: SimulatedXAI) -> Persistence:
    assert sim._persistence is not None
    return sim._persistence


def check_disk(sim: SimulatedXAI) -> None:
    """Nothing was changed in memory that was not written."""
    adapters, in_memory, blobs = persistence(sim)._adapters, [], dict[str, Any]()
    for kind, shelf in sim._state.journal.shelves.items():
        for key, item in shelf.items():
            in_memory.append((kind, "", key, adapters[kind].dump_python(item, context=blobs)))
            for part in shelf._parts:
                inner = f"{kind}.{part}"
                entries = getattr(item, part).items()
                in_memory += [(inner, key, k, adapters[inner].dump_python(e, context=blobs)) for k, e in entries]
    rows = database(sim).execute("select kind, owner, key, value from entries").fetchall()
    on_disk = {tuple(place): json.loads(value) for *place, value in rows}
    assert on_disk == {tuple(place): json.loads(json.dumps(value)) for *place, value in in_memory}
    written = dict(database(sim).execute("select name, content from blobs").fetchall())
    assert {name: blob.content for name, blob in blobs.items()}.items() <= written.items()
