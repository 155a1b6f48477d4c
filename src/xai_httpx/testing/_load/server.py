"""A simulator in a process of its own: in one process, client and server would wait for each other's turn."""

import argparse
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import NamedTuple

from .._simulator import SimulatedXAI

_FORGET = 1.0  # seconds after which the requests are forgotten, so that long runs do not fill the memory


class SimulatorProcess(NamedTuple):
    """Where a simulator runs that is a process of its own."""

    base_url: str
    api_key: str
    pid: int


@contextmanager
def simulator_process(*arguments: str) -> Generator[SimulatorProcess]:
    """Run a simulator beside this process.

    Args:
        arguments: Options of `main`.

    Yields:
        Where it is.

    Raises:
        RuntimeError: It did not start; it has told why on stderr.
    """
    command = [sys.executable, "-m", __name__, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            base_url, _, api_key = process.stdout.readline().strip().partition(" ")
            if not base_url:
                raise RuntimeError("The simulator did not start.")
            yield SimulatorProcess(base_url, api_key, process.pid)
        finally:
            process.stdin.close()
            process.wait()


def main() -> None:
    """Serve until stdin ends, which it does with the process at its other end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tokens-per-second", type=float)
    parser.add_argument("--fail-rate", type=float, default=0.0)
    given = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C comes to both processes, and is for the other one
    with SimulatedXAI(tokens_per_second=given.tokens_per_second) as sim:
        if given.fail_rate:
            sim.fail(503, chance=given.fail_rate)
        ended = threading.Event()
        threading.Thread(target=_wait_for_end, args=(ended,), daemon=True).start()
        print(sim.base_url, sim.api_key, flush=True)
        while not ended.wait(_FORGET):
            sim.requests.clear()
            sim.rejected.clear()


def _wait_for_end(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


if __name__ == "__main__":
    main()
