"""The fixture `xai_cassette`, and the option that goes with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import nullcontext
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

import pytest

from ._guard import allow_real_requests

if TYPE_CHECKING:
    from . import Cassette

_UNSAFE = re.compile(r"[^A-Za-z0-9._\[\]-]+")
_LONGEST = 100  # characters of the name of a file
_MODES: dict[str, Literal["auto", "record", "replay"]] = {"none": "replay", "auto": "auto", "all": "record"}


def add_options(parser: pytest.Parser) -> None:
    """Add `--xai-record`."""
    parser.getgroup("xai-httpx").addoption(
        "--xai-record",
        choices=tuple(_MODES),
        default="none",
        help="what xai_cassette records: none (default), a request that is not in it fails; auto, what is not in it; "
        "all, everything anew",
    )


@pytest.fixture
def xai_cassette(request: pytest.FixtureRequest) -> Iterator[Cassette]:
    """A cassette of the test's own, at `cassettes/<module>/<test>.json` beside the file of the test."""
    from . import Cassette

    mode = _MODES[str(request.config.getoption("--xai-record"))]
    folder = request.path.parent / "cassettes" / request.path.stem
    path = folder / file_name(request.node.nodeid.partition("::")[2])
    with Cassette(path, mode=mode) as cassette, nullcontext() if mode == "replay" else allow_real_requests():
        yield cassette


def file_name(test: str) -> str:
    """A name for the file of a test that every file system takes; another for another test.

    Args:
        test: What pytest calls it, with its class and parameters.
    """
    plain = test.replace("::", ".")
    safe = _UNSAFE.sub("-", plain).strip("-.")
    if safe != plain or len(safe) > _LONGEST:
        safe = f"{safe[:_LONGEST]}-{sha256(test.encode()).hexdigest()[:8]}"
    return f"{safe}.json"
