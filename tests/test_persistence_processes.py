"""A simulator in a process of its own that is killed: what it answered is there, and its directory is free."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from xai_httpx.testing import SimulatedXAI, StateError

SERVER = """
import sys
from xai_httpx.testing import SimulatedXAI
with SimulatedXAI(persist=sys.argv[1], api_key="k") as sim:
    print(sim.base_url, flush=True)
    sys.stdin.read()
"""


@contextmanager
def serving(directory: Path) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """A simulator in another process, which is killed at the end at the latest."""
    command = [sys.executable, "-c", SERVER, str(directory)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url, headers = process.stdout.readline().strip(), {"authorization": "Bearer k"}
            with httpx.Client(base_url=url, headers=headers, trust_env=False) as http:
                yield process, http
        finally:
            process.kill()


def respond(http: httpx.Client, **body: object) -> httpx.Response:
    return http.post("/responses", json={"model": "grok-4.6", "input": "hi", **body})


def missing(directory: Path, answered: list[str]) -> list[str]:
    """Which responses a next simulator does not have."""
    with SimulatedXAI(persist=directory, api_key="k") as sim:
        with httpx.Client(base_url=sim.base_url, headers={"authorization": "Bearer k"}, trust_env=False) as http:
            return [one for one in answered if http.get(f"/responses/{one}").status_code != 200]


def test_what_was_answered_outlives_the_process_that_answered_it(tmp_path: Path) -> None:
    answered = list[str]()
    for _ in range(2):
        with serving(tmp_path) as (process, http):
            answered.append(respond(http).json()["id"])
            file = http.post("/files", files={"file": ("a.bin", bytes(300_000))}).json()["id"]
            http.delete(f"/responses/{respond(http).json()['id']}")
            process.kill()
            process.wait()
        with serving(tmp_path) as (_, http):
            assert http.get(f"/files/{file}/content").content == bytes(300_000)
            assert http.get(f"/responses/{answered[0]}").status_code == 200
    assert missing(tmp_path, answered) == []


def test_a_stream_that_was_read_to_its_end_is_stored(tmp_path: Path) -> None:
    with serving(tmp_path) as (_, http):
        events = respond(http, stream=True).text
        response = events.split('"id":"', 1)[1].split('"', 1)[0]
        assert "[DONE]" in events
    assert missing(tmp_path, [response]) == []


def test_a_kill_in_the_middle_of_requests_loses_none_that_was_answered(tmp_path: Path) -> None:
    answered = list[str]()

    def ask_until_it_is_gone(http: httpx.Client) -> None:
        with suppress(httpx.TransportError):
            while True:
                answered.append(respond(http).json()["id"])

    with serving(tmp_path) as (process, http), ThreadPoolExecutor(4) as threads:
        asking = [threads.submit(ask_until_it_is_gone, http) for _ in range(4)]
        while len(answered) < 50:
            respond(http)
        process.kill()
        for one in asking:
            one.result()
    assert len(set(answered)) == len(answered) >= 50
    assert missing(tmp_path, answered) == []


def test_a_directory_belongs_to_one_process_until_that_is_gone(tmp_path: Path) -> None:
    sim = SimulatedXAI(persist=tmp_path)
    with serving(tmp_path) as (process, _):
        with pytest.raises(StateError, match=f"{tmp_path} cannot be used: another simulator runs with it"):
            sim.start()
        process.kill()
        process.wait()
        with sim:
            pass


def test_a_simulator_without_a_directory_loads_no_database() -> None:
    script = "import sys, xai_httpx.testing as t; t.SimulatedXAI(); print('sqlite3' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
