"""The plugin for pytest: fixtures, the marker `xai_live`, and the guard.

Every run of pytest where xai_httpx is installed imports this, so what is not needed by every run is imported later.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from ._guard import Guard, allow_real_requests
from ._pytest_cassette import add_options
from ._pytest_cassette import xai_cassette as xai_cassette

if TYPE_CHECKING:
    from .. import XAI, AsyncXAI
    from . import SimulatedXAI

_LIVE = "xai_live"
_NOT_LIVE = "it calls the real API; pytest --xai-live runs it"


@pytest.fixture
def xai_simulator() -> Iterator[SimulatedXAI]:
    """A running simulator of the test's own."""
    from . import SimulatedXAI

    with SimulatedXAI() as running:
        yield running


@pytest.fixture
def xai_client(xai_simulator: SimulatedXAI) -> Iterator[AsyncXAI]:
    """An async client of `xai_simulator`, for the event loop of the test, whichever that is."""
    from ._loops import close

    client = xai_simulator.client()
    yield client
    close(client)


@pytest.fixture
def xai_sync_client(xai_simulator: SimulatedXAI) -> Iterator[XAI]:
    """A sync client of `xai_simulator`."""
    with xai_simulator.sync_client() as client:
        yield client


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the command line and of the ini file."""
    group = parser.getgroup("xai-httpx")
    group.addoption("--xai-live", action="store_true", help="run the tests marked xai_live, which call the real API")
    add_options(parser)
    parser.addini("xai_guard", "fail tests that send requests to real servers of xAI", type="bool", default=True)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and put the guard up."""
    config.addinivalue_line("markers", f"{_LIVE}: {_NOT_LIVE}")
    if config.getini("xai_guard"):
        guard = Guard()
        guard.install()
        config.add_cleanup(guard.remove)
        config.pluginmanager.register(_Watch(guard), "xai-guard")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip tests of the real API unless they were asked for."""
    if not config.getoption("xai_live"):
        for item in items:
            if item.get_closest_marker(_LIVE):
                item.add_marker(pytest.mark.skip(reason=_NOT_LIVE))


class _Watch:
    """Fails a test whose code got over the error of the guard as if nothing had happened."""

    def __init__(self, guard: Guard) -> None:
        self._stopped = guard.stopped

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        with allow_real_requests() if item.get_closest_marker(_LIVE) else nullcontext():
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        return (yield from self._watched(item, "setup"))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        return (yield from self._watched(item, "call"))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        return (yield from self._watched(item, "teardown"))

    def _watched(self, item: pytest.Item, phase: str) -> Generator[None, object, object]:
        failed = True
        try:
            result = yield
            failed = False
            return result
        except pytest.skip.Exception:
            failed = False
            raise
        finally:
            told = "\n".join(self._stopped)
            self._stopped.clear()
            if told and failed:
                item.add_report_section(phase, "requests to real servers that were stopped", told)
            elif told:
                pytest.fail(f"The code went on after requests to real servers were stopped:\n{told}", pytrace=False)
