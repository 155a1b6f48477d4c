"""Tools for testing code that uses xai_httpx, above all a simulator of the API."""

from ._simulator import SimulatedXAI
from ._state import SimulatedRequest

__all__ = ["SimulatedRequest", "SimulatedXAI"]
