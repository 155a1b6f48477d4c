"""The simulator, a recorder and cassettes as a server: `python -m xai_httpx.testing --help`."""

import signal
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from .._errors import XAIError
from ._command_line import Options, options
from ._pointers import pointers

ANY_KEY = "any-key"  # which a cassette does not look at


@contextmanager
def _simulator(given: Options) -> Generator[str]:
    from ._simulator import SimulatedXAI

    named = ("api_key", "management_key", "tokens_per_second", "persist")
    chosen: dict[str, Any] = {name: getattr(given, name) for name in named if getattr(given, name) is not None}
    with SimulatedXAI(port=given.port, **chosen) as sim:
        yield f"Simulated xAI API at {sim.base_url}\n{pointers(sim.base_url, sim.api_key, sim.management_key)}"


@contextmanager
def _cassette(given: Options) -> Generator[str]:
    from ._api.server import LoopbackServer
    from ._cassettes.file import write_cassette
    from ._cassettes.forwarding import XAI, Forwarding
    from ._cassettes.tape import Tape
    from ._cassettes.transport import Upstream
    from ._simulator import require_extra

    require_extra()
    assert given.cassette is not None
    if given.record:
        write_cassette(given.cassette, [])  # what cannot be written shows now, and not when a reply was paid for
    tape = Tape(given.cassette, "record" if given.record else "replay", "strict", again=True)
    server = LoopbackServer(Forwarding(given.record or XAI, Upstream(tape).send), given.port)
    try:
        url = f"http://127.0.0.1:{server.port}/v1"
        if given.record:
            yield f"Recording {given.record} into {given.cassette} at {url}\n{pointers(url, None, None)}"
        else:
            yield f"Replaying {given.cassette} at {url}\n{pointers(url, ANY_KEY, ANY_KEY)}"
    finally:
        server.close()


def main() -> int:
    """Serve until Ctrl-C or SIGTERM, which exit with 0.

    Returns:
        The exit code, when it cannot be served.
    """
    given = options()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _leave)
    try:
        with _cassette(given) if given.cassette else _simulator(given) as told:
            print(f"{told}\nOn this machine only. Ctrl-C ends it.", flush=True)
            while True:
                time.sleep(3600)
    except (OSError, ImportError, XAIError) as error:
        print(f"error: {getattr(error, 'strerror', None) or error}", file=sys.stderr)
        return 2


def _leave(_number: int, _frame: FrameType | None) -> None:
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)  # what follows is short, and a second signal would break it off
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
