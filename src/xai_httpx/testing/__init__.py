"""Tools for testing code that uses xai_httpx, above all a simulator of the API."""

from importlib import import_module
from typing import TYPE_CHECKING

from ._fault import Fault
from ._scripting import SimulatedReply
from ._simulator import SimulatedXAI
from ._state import RejectedRequest, SimulatedRequest

if TYPE_CHECKING:
    from ._load_report import LoadReport
    from ._load_run import run_load

__all__ = [
    "Fault",
    "LoadReport",
    "RejectedRequest",
    "SimulatedReply",
    "SimulatedRequest",
    "SimulatedXAI",
    "run_load",
]
_LATER = {"LoadReport": "_load_report", "run_load": "_load_run"}  # they load the generated models


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_LATER[name]}", __name__), name)
