"""Many streams at once: counted, never timed. `benchmarks/capacity.py` holds a thousand."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx
import pytest

from xai_httpx import AsyncXAI
from xai_httpx.testing import Fault, SimulatedXAI
from xai_httpx.testing._load.open_files import SPARE, open_files_allowed
from xai_httpx.testing._load.server import simulator_process

STREAMS = 300
MESSAGES: list[Any] = [{"role": "user", "content": "hi"}]
FILES = 2 * STREAMS + SPARE  # client and server are one process here


@pytest.fixture(autouse=True)
def files() -> None:
    if (allowed := open_files_allowed(FILES)) < FILES:
        pytest.skip(f"needs {FILES} open files, and a process may have {allowed} (ulimit -n)")


@pytest.fixture
def crowd(sim: SimulatedXAI) -> AsyncXAI:
    """A client that may have so many streams at once."""
    return sim.client(retries=0, max_concurrency=STREAMS)


async def test_all_streams_are_held_open_at_once(sim: SimulatedXAI, crowd: AsyncXAI) -> None:
    sim.fault(Fault.stall_after(2), times=STREAMS)
    held, all_held = 0, anyio.Event()

    async def hold() -> None:
        nonlocal held
        async with crowd.chat.completions.stream(model="grok-4.6", messages=MESSAGES) as stream:
            for _ in range(2):
                await anext(stream)
            held += 1
            if held == STREAMS:
                all_held.set()
            await all_held.wait()

    async with crowd, anyio.create_task_group() as tasks:
        for _ in range(STREAMS):
            tasks.start_soon(hold)
        await all_held.wait()
        assert crowd.concurrency.in_use == STREAMS
    async with sim.client() as client:  # which serves others as ever
        assert (await client.account.me()).user_id


async def test_each_of_them_brings_all_of_its_own_events(sim: SimulatedXAI, crowd: AsyncXAI) -> None:
    answers: dict[int, str] = {}
    begun, all_begun = 0, anyio.Event()

    async def read(number: int) -> None:
        nonlocal begun
        messages: list[Any] = [{"role": "user", "content": f"number {number}"}]
        async with crowd.chat.completions.stream(model="grok-4.6", messages=messages) as stream:
            await anext(stream)
            begun += 1
            if begun == STREAMS:
                all_begun.set()
            await all_begun.wait()
            answers[number] = (await stream.final()).text

    async with crowd, anyio.create_task_group() as tasks:
        for number in range(STREAMS):
            tasks.start_soon(read, number)
    assert answers == {number: f"You said: number {number}" for number in range(STREAMS)}


@pytest.mark.skipif(sys.platform != "linux", reason="limits of another process can be set on Linux alone")
def test_without_open_files_left_it_says_so_once_and_goes_on(capfd: pytest.CaptureFixture[str]) -> None:
    import resource

    told = ""
    with simulator_process() as simulator, ExitStack() as stack:
        resource.prlimit(simulator.pid, resource.RLIMIT_NOFILE, (30, 30))  # type: ignore[attr-defined,unused-ignore]
        address = urlsplit(simulator.base_url)
        assert address.hostname is not None
        assert address.port is not None
        for _ in range(40):
            stack.enter_context(socket.create_connection((address.hostname, address.port)))
        while not told:
            time.sleep(0.01)
            told += capfd.readouterr().err
        stack.close()
        assert httpx.get(f"{simulator.base_url}/models", timeout=30).status_code == 401
        told += capfd.readouterr().err
    assert "(ulimit -n)" in told
    assert told.count("\n") == 1, told


def test_the_measurement_itself_runs() -> None:
    options = ["--streams", "20", "--words", "20", "--pace", "0.1", "--backend", "trio"]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "benchmarks.capacity", *options],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "open at once                                    20" in done.stdout, done.stdout + done.stderr
    assert "brought every event                             20" in done.stdout
    assert done.stderr == ""
