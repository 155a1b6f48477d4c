"""Large files up and down, and by how much the memory of the process grows meanwhile.

    python -m benchmarks.transfers --mebibytes 512 --backend trio

The server is a process of its own, so that the memory that is measured is the client's. The status is 1 when something
did not arrive whole, or memory grew by 32 MiB.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

from benchmarks._measures import BACKENDS
from benchmarks._memory import memory, peak_memory
from xai_httpx import AsyncXAI

PROJECT = Path(__file__).parents[1]
MIB = 1024 * 1024
GROWTH = 32  # MiB
HEADS = 1024  # bytes: a form has less of them around its file


async def transfer(base_url: str, source: Path, target: Path, size: int) -> bool:
    """Upload a file from its path and from an open file, download as much, and print each; whether all went well."""
    async with AsyncXAI(api_key="not-a-key", base_url=base_url) as client:

        async def upload_path() -> int:
            return (await client.files.create(file=source)).bytes

        async def upload_file() -> int:
            async with await anyio.open_file(source, "rb") as opened:
                return (await client.files.create(file=opened)).bytes

        async def download() -> int:
            return (await client.files.download(f"{size}", target)).size

        await client.files.create(file=bytes(MIB))  # what is loaded once is no growth
        await client.files.download(f"{MIB}", target)
        before = memory()
        steps: dict[str, Callable[[], Awaitable[int]]] = {
            "files.create from a path": upload_path,
            "files.create from an open file": upload_file,
            "files.download": download,
        }
        whole = [await _measured(name, step, size, before) for name, step in steps.items()]
    return all(whole) and peak_memory() - before < GROWTH


async def _measured(name: str, step: Callable[[], Awaitable[int]], size: int, before: float) -> bool:
    started, busy = time.monotonic(), time.process_time()
    moved = await step()
    seconds, worked = time.monotonic() - started, time.process_time() - busy
    rate, growth = size / MIB / seconds, peak_memory() - before
    print(f"{name:32}{seconds:8.2f} s{rate:9.0f} MiB/s{worked:8.2f} s of processor{growth:8.1f} MiB at most")
    return size <= moved <= size + HEADS


@contextmanager
def _server() -> Generator[str]:
    """A server in a process of its own, which ends when its input does; its base URL."""
    command = [sys.executable, "-m", "tests.pains.bulk"]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.communicate()


def main() -> int:
    """Run the transfers that the command line describes."""
    parser = argparse.ArgumentParser(description="Large files up and down.")
    parser.add_argument("--mebibytes", type=int, default=512)
    parser.add_argument("--backend", choices=tuple(BACKENDS), default="asyncio")
    given = parser.parse_args()
    name, options = BACKENDS[given.backend]
    print(f"{given.mebibytes} MiB on {given.backend}; the memory is what was added to that of the beginning\n")
    with _server() as base_url, TemporaryDirectory() as folder:
        source, target, size = Path(folder, "source"), Path(folder, "target"), given.mebibytes * MIB
        source.touch()
        os.truncate(source, size)
        well = anyio.run(transfer, base_url, source, target, size, backend=name, backend_options=options)
        well = well and target.stat().st_size == size
    print("\nall arrived whole, and memory is flat" if well else "\nsomething is missing, or memory grew")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
