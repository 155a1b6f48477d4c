"""Tools for testing code that uses xai_httpx, above all a simulator of the API."""

from typing import TYPE_CHECKING

from ._fault import Fault
from ._scripting import SimulatedReply
from ._simulator import SimulatedXAI
from ._state import RejectedRequest, SimulatedRequest

if TYPE_CHECKING:
    from ._cassette import Cassette as Cassette
    from ._cassette_errors import CassetteError as CassetteError
    from ._cassette_errors import CassetteMissError as CassetteMissError

__all__ = [
    "Cassette",
    "CassetteError",
    "CassetteMissError",
    "Fault",
    "RejectedRequest",
    "SimulatedReply",
    "SimulatedRequest",
    "SimulatedXAI",
]

_LAZY = {"Cassette": "_cassette", "CassetteError": "_cassette_errors", "CassetteMissError": "_cassette_errors"}


def __getattr__(name: str) -> object:
    """Import the modules of the cassettes when they are asked for."""
    from importlib import import_module

    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_LAZY[name]}", __name__), name)
