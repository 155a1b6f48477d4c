"""Makes many calls and measures them: `python -m xai_httpx.testing.load --calls 1000 --at-once 100`.

Without `--base-url` they go to a simulator that is started for them. The exit status is 0 if all calls succeeded, 1 if
one failed or none ended, 2 for a bad option, and 130 after Ctrl-C, which prints the report of what was done until then.
"""

import argparse
import json
import math
import os
import sys
from collections.abc import Generator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import fields
from importlib.util import find_spec
from typing import Any, NoReturn
from urllib.parse import urlsplit

import anyio

from .._client import AsyncXAI
from .._errors import ConfigurationError, RequestValidationError
from ._guard import is_real
from ._load.open_files import files_lacking
from ._load.plan import DEFAULT_CALLS, ENDPOINTS, PATHS, LoadPlan
from ._load.progress import show_progress
from ._load.report import LoadReport, Tally
from ._load.run import drive
from ._load.server import simulator_process
from ._simulator import require_extra

_BACKENDS: dict[str, tuple[str, dict[str, Any]]] = {
    "asyncio": ("asyncio", {}),
    "trio": ("trio", {}),
    "uvloop": ("asyncio", {"use_uvloop": True}),
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n")  # one line, without the usage


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the load that a command line describes.

    Args:
        arguments: The command line; None for that of the process.

    Returns:
        The exit status.
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    plan = _plan(parser, given)
    _check_target(parser, given)
    if (lacking := files_lacking(plan.at_once)) is not None:
        parser.error(f"--at-once {plan.at_once} {lacking}")
    tally = Tally()
    try:
        interrupted = _run(given, plan, tally)
    except (ConfigurationError, RequestValidationError, ImportError) as error:
        parser.error(str(error))
    report = tally.report()
    _print(json.dumps(report.as_dict(), indent=2) if given.json else str(report))
    return 130 if interrupted else _status(report)


def _print(text: str) -> None:
    try:
        print(text, flush=True)
    except BrokenPipeError:  # whoever read it has read enough; Python must not try again when it exits
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(given: argparse.Namespace, plan: LoadPlan, tally: Tally) -> bool:
    """Run the load; tell whether Ctrl-C ended it."""
    interrupted = False
    backend, options = _BACKENDS[given.backend]
    try:
        with _target(given) as (base_url, api_key):
            settings = {
                "base_url": base_url,
                "api_key": api_key,
                "timeout": given.timeout,
                "first_event_timeout": given.timeout,
                "stream_idle_timeout": given.timeout,
                "retries": given.retries,
                "retry_budget": None,
                "transport": given.transport,
                "max_concurrency": math.ceil(plan.at_once / given.clients),
            }
            anyio.run(_drive, settings, given.clients, plan, tally, backend=backend, backend_options=options)
    except* KeyboardInterrupt:  # Trio puts it into a group
        interrupted = True
    return interrupted


async def _drive(settings: dict[str, Any], count: int, plan: LoadPlan, tally: Tally) -> None:
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(AsyncXAI(**settings)) for _ in range(count)]
        calls = f"{plan.total:,}" if plan.duration is None else f"for {plan.duration:g} s"
        target = f"{clients[0].config.base_url}{PATHS[plan.endpoint]}"
        print(f"calls: {calls}, {plan.at_once:,} at once, to {target}", file=sys.stderr)
        mistake = None  # raised outside the task group, which would wrap it
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(show_progress, plan, tally)
            try:
                await drive(clients, plan, tally)
            except (ConfigurationError, RequestValidationError) as error:
                mistake = error
            finally:
                tasks.cancel_scope.cancel()
        if mistake is not None:
            raise mistake


@contextmanager
def _target(given: argparse.Namespace) -> Generator[tuple[str, str | None]]:
    """The base URL and the key."""
    if given.base_url is not None:
        yield given.base_url, os.environ.get("XAI_API_KEY")
        return
    require_extra()
    speed = [] if given.tokens_per_second is None else ["--tokens-per-second", str(given.tokens_per_second)]
    with simulator_process(*speed, "--fail-rate", str(given.fail_rate or 0)) as simulator:
        yield simulator.base_url, simulator.api_key


def _plan(parser: _Parser, given: argparse.Namespace) -> LoadPlan:
    try:
        return LoadPlan(**{field.name: getattr(given, field.name) for field in fields(LoadPlan)})
    except ValueError as error:
        name, _, rest = str(error).partition(" ")
        parser.error(f"--{name.replace('_', '-')} {rest}")


def _check_target(parser: _Parser, given: argparse.Namespace) -> None:
    for name in ("timeout", "tokens_per_second"):
        number = getattr(given, name)
        if number is not None and not number > 0:
            parser.error(f"--{name.replace('_', '-')} must be above 0, not {number:g}.")
    if (given.transport, given.backend) == ("aiohttp", "trio"):
        parser.error("--transport aiohttp runs on asyncio and uvloop; leave it or --backend trio out.")
    if not 1 <= given.clients <= given.at_once:
        parser.error(f"--clients must be from 1 to --at-once, {given.at_once}, not {given.clients}.")
    if given.retries < 0:
        parser.error(f"--retries must be 0 or more, not {given.retries}.")
    if given.fail_rate is not None and not 0 <= given.fail_rate <= 1:
        parser.error(f"--fail-rate must be from 0 to 1, not {given.fail_rate:g}.")
    library = "trio" if given.backend == "trio" else "uvloop"
    if given.backend != "asyncio" and find_spec(library) is None:
        parser.error(f"--backend {given.backend} needs {library}: pip install {library}")
    if sys.stderr.isatty() and find_spec("tqdm") is None:
        parser.error("the bar needs tqdm: pip install 'xai-httpx[simulator]'")
    if given.base_url is None:
        return
    if given.tokens_per_second is not None or given.fail_rate is not None:
        parser.error("--tokens-per-second and --fail-rate are for the simulator, not for --base-url.")
    if is_real(urlsplit(str(given.base_url)).hostname or "", ours=False) and not given.yes:
        parser.error(f"--base-url {given.base_url} is the real API, where calls cost money: add --yes if they may.")


def _status(report: LoadReport) -> int:
    return 1 if report.failed or not report.calls else 0


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a whole number, not {text!r}.") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a number, not {text!r}.") from None


def _parser() -> _Parser:
    parser = _Parser(prog="python -m xai_httpx.testing.load", description="Make many calls and measure them.")
    add, whole, number = parser.add_argument, _whole_number, _number
    add("--calls", type=whole, help=f"how many calls (default: {DEFAULT_CALLS}, if there is no --duration)")
    add("--duration", type=number, metavar="SECONDS", help="begin calls for so long, instead of --calls")
    add("--at-once", type=whole, default=10, metavar="N", help="how many run at once at most (default: 10)")
    add("--rate", type=number, metavar="N", help="calls that are due in a second (default: the next when one ends)")
    add("--endpoint", choices=ENDPOINTS, default="chat", help="what is called (default: chat)")
    add("--stream", action="store_true", help="stream the answers, and measure their tokens")
    add("--model", help="the model (default: grok-4.6, or grok-embedding-small)")
    add("--prompt", default="Say hello.", help="what each call says (default: Say hello.)")
    add("--max-tokens", type=whole, metavar="N", help="the longest answer (default: what the model gives)")
    add("--timeout", type=number, default=60.0, metavar="SECONDS", help="of each attempt, and between events (60)")
    add("--retries", type=whole, default=0, metavar="N", help="of a call that failed (default: 0)")
    add("--clients", type=whole, default=1, metavar="N", help="deal the calls out to so many clients (default: 1)")
    add("--transport", choices=("httpx", "aiohttp"), default="httpx", help="whose connections (default: httpx)")
    add("--backend", choices=tuple(_BACKENDS), default="asyncio", help="the event loop (default: asyncio)")
    add("--base-url", metavar="URL", help="call this API, with the key in XAI_API_KEY, instead of a simulator")
    add("--yes", action="store_true", help="yes, call the real API and pay for it")
    add("--tokens-per-second", type=number, metavar="N", help="how fast the simulator answers (default: at once)")
    add("--fail-rate", type=number, metavar="N", help="how likely the simulator fails a call, from 0 to 1 (default: 0)")
    add("--json", action="store_true", help="print the report as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
