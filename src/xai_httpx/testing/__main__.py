"""The simulator, a recorder and cassettes as a server: `python -m xai_httpx.testing --help`."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .._errors import XAIError
from ._command_line import Options, options
from ._pointers import pointers

ANY_KEY = "any-key"  # which a cassette does not look at


@contextmanager
def _simulator(given: Options) -> Iterator[str]:
    from ._simulator import SimulatedXAI

    named = ("api_key", "management_key", "tokens_per_second", "persist")
    chosen: dict[str, Any] = {name: getattr(given, name) for name in named if getattr(given, name) is not None}
    with SimulatedXAI(port=given.port, **chosen) as sim:
        yield f"Simulated xAI API at {sim.base_url}\n{pointers(sim.base_url, sim.api_key, sim.management_key)}"


@contextmanager
def _cassette(given: Options) -> Iterator[str]:
    from ._forwarding import XAI, Forwarding
    from ._server import LoopbackServer
    from ._simulator import require_extra
    from ._tape import Tape
    from ._transport import open_forwarding

    require_extra()
    assert given.cassette is not None
    tape = Tape(given.cassette, "record" if given.record else "replay", "strict")
    server = LoopbackServer(Forwarding(given.record or XAI, open_forwarding(tape)), given.port)
    try:
        url = f"http://127.0.0.1:{server.port}/v1"
        if given.record:
            yield f"Recording {given.record} into {given.cassette} at {url}\n{pointers(url, None, None)}"
        else:
            yield f"Replaying {given.cassette} at {url}\n{pointers(url, ANY_KEY, ANY_KEY)}"
    finally:
        server.close()


def main() -> int:
    """Serve until Ctrl-C or SIGTERM.

    Returns:
        The exit code.
    """
    given = options()
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    try:
        with _cassette(given) if given.cassette else _simulator(given) as told:
            print(f"{told}\nOn this machine only. Ctrl-C ends it.", flush=True)
            while not stop.wait(0.5):  # on Windows a wait without an end is not interrupted
                pass
    except (OSError, ImportError, XAIError) as error:
        print(f"error: {getattr(error, 'strerror', None) or error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
