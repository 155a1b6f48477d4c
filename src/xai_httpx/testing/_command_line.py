"""What can be said on the command line of `python -m xai_httpx.testing`."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from .._config import resolve_base_url
from .._errors import ConfigurationError

XAI = "https://api.x.ai"
PORT = 8100
_OF_THE_SIMULATOR = ("persist", "api_key", "management_key", "tokens_per_second")


@dataclass(frozen=True)
class Options:
    """What the command line says.

    Attributes:
        record: Scheme and host to record; None for none.
        cassette: The cassette to write, or without `record`, to serve.
    """

    port: int
    record: str | None
    cassette: Path | None
    persist: Path | None
    api_key: str | None
    management_key: str | None
    tokens_per_second: float | None


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"error: {message}\n")


def options(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line.

    Raises:
        SystemExit: It cannot be read, which is told on stderr (2), or help was asked for (0).
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.replay and (given.cassette or given.record):
        parser.error("--replay FILE serves a cassette: it goes without --record and --cassette")
    cassette: Path | None = given.replay or given.cassette
    if given.record and not cassette:
        parser.error("--record needs --cassette FILE, the file to write")
    if cassette and not given.record and not cassette.is_file():
        parser.error(f"there is no cassette {cassette}; to write it: --record --cassette {cassette}")
    for name in _OF_THE_SIMULATOR:
        if cassette and getattr(given, name) is not None:
            parser.error(f"--{name.replace('_', '-')} is for the simulator: it goes without --record and cassettes")
    record = _host(parser, given.record) if given.record else None
    return Options(
        port=given.port,
        record=record,
        cassette=cassette,
        persist=given.persist,
        api_key=given.api_key,
        management_key=given.management_key,
        tokens_per_second=given.tokens_per_second,
    )


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m xai_httpx.testing",
        description="Serve a simulated xAI API to programs of any language, on this machine only (127.0.0.1).",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--port", type=_port, default=PORT, metavar="N", help="port to listen on, 0 for a free one (default: 8100)")
    simulator = parser.add_argument_group("the simulator").add_argument
    simulator("--persist", type=Path, metavar="DIR", help="keep its state in this folder")
    simulator("--api-key", type=_key, metavar="KEY", help="the key that it takes (default: xai-simulated-key)")
    simulator("--management-key", type=_key, metavar="KEY", help="that of the management API")
    simulator("--tokens-per-second", type=_speed, metavar="N", help="how fast models answer (default: at once)")
    cassettes = parser.add_argument_group("cassettes, instead of the simulator").add_argument
    cassettes("--record", nargs="?", const=XAI, metavar="URL", help=f"pass all on to a server (default: {XAI})")
    cassettes("--cassette", type=Path, metavar="FILE", help="with --record, the file to write; without, to serve")
    cassettes("--replay", type=Path, metavar="FILE", help="serve a cassette")
    return parser


def _host(parser: argparse.ArgumentParser, url: str) -> str:
    """Scheme and host of a base URL; clients give the rest."""
    try:
        url = resolve_base_url(url).removesuffix("/v1")
    except ConfigurationError as error:
        parser.error(f"--record: {str(error).removeprefix('base_url ')}")
    if urlsplit(url).path:
        parser.error(f"--record must be scheme and host, with or without /v1, got {url!r}")
    return url


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to 65535, got {text!r}")
    return int(text)


def _key(text: str) -> str:
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise argparse.ArgumentTypeError(f"must be of ASCII characters without spaces, got {text!r}")
    return text


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number above 0, got {text!r}")
    return speed
