"""What all examples share: a client of xAI, or of the embedded simulator where there is no key."""

import os
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

from xai_httpx import XAI, AsyncXAI
from xai_httpx.testing import SimulatedXAI


@asynccontextmanager
async def open_simulator() -> AsyncGenerator[SimulatedXAI | None]:
    """Run the simulator and say so; with `XAI_API_KEY` set there is none."""
    if os.environ.get("XAI_API_KEY"):
        yield None
        return
    async with _simulator() as sim:
        yield sim


@asynccontextmanager
async def open_client() -> AsyncGenerator[AsyncXAI]:
    """Open a client of xAI if `XAI_API_KEY` is set, else of the simulator."""
    async with open_simulator() as sim, sim.client() if sim else AsyncXAI() as client:
        yield client


@contextmanager
def open_sync_client() -> Generator[XAI]:
    """Open a sync client of xAI if `XAI_API_KEY` is set, else of the simulator."""
    if os.environ.get("XAI_API_KEY"):
        with XAI() as client:
            yield client
        return
    with _simulator() as sim, sim.sync_client() as client:
        yield client


def _simulator() -> SimulatedXAI:
    try:
        sim = SimulatedXAI()
    except ImportError as error:
        raise SystemExit(f"XAI_API_KEY is not set, and there is no simulator to talk to instead. {error}") from None
    print("XAI_API_KEY is not set: talking to the embedded simulator, which echoes what it is told.")
    return sim
