"""Tools for testing code that uses xai_httpx: a simulator of the API, factories of its replies, a plugin for pytest.

Every name loads when it is first used, for pytest imports this package in every run.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._fault import Fault as Fault
    from ._guard import RealRequestError as RealRequestError
    from ._guard import allow_real_requests as allow_real_requests
    from ._scripting import SimulatedReply as SimulatedReply
    from ._simulator import SimulatedXAI as SimulatedXAI
    from ._state import RejectedRequest as RejectedRequest
    from ._state import SimulatedRequest as SimulatedRequest

_HOMES = {
    "_fault": ["Fault"],
    "_guard": ["RealRequestError", "allow_real_requests"],
    "_scripting": ["SimulatedReply"],
    "_simulator": ["SimulatedXAI"],
    "_state": ["RejectedRequest", "SimulatedRequest"],
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

if not TYPE_CHECKING:  # to a type checker it would mean that any name exists

    def __getattr__(name: str) -> object:
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(_HOME_OF)
