"""Tools for testing code that uses xai_httpx, above all a simulator of the API."""

from ._fault import Fault
from ._scripting import SimulatedReply
from ._simulator import SimulatedXAI
from ._state import RejectedRequest, SimulatedRequest
from ._state_error import StateError

__all__ = ["Fault", "RejectedRequest", "SimulatedReply", "SimulatedRequest", "SimulatedXAI", "StateError"]
