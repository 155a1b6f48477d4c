"""Fixtures of all tests: the three event loops, the simulator, and a raw socket server for faults."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.clients import LIBRARY
from tests.rawserver import RawServer
from tests.wire import Wire
from xai_httpx import AsyncXAI
from xai_httpx.testing import SimulatedXAI

if TYPE_CHECKING:
    import trustme

SHARED = Path(__file__).parents[2] / "shared"
LOOPS = {
    "asyncio": ("asyncio", {"use_uvloop": False}),
    "uvloop": ("asyncio", {"use_uvloop": True}),
    "trio": ("trio", {}),
}


@pytest.fixture(params=LOOPS.values(), ids=LOOPS.keys())
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, object]]:
    """Every async test runs on asyncio, on uvloop and on Trio."""
    return request.param


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the environment of whoever runs the tests out of them."""
    ours = ("XAI_API_KEY", "XAI_BASE_URL", "XAI_MANAGEMENT_KEY", "XAI_MANAGEMENT_BASE_URL")
    ci = ("CI", "BUILD_NUMBER")  # with these, pytest prints each failure twice: we run it from tests, and count
    for name in (*ours, *ci, "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(params=[None, httpx2, "aiohttp"], ids=["httpx", "httpx2", "aiohttp"])
def http_library(request: pytest.FixtureRequest) -> Iterator[None]:
    """Run a test over the connections of httpx that a client makes, an injected client of httpx2, and aiohttp."""
    yield from _over(request.param)


@pytest.fixture(params=[None, "aiohttp"], ids=["httpx", "aiohttp"])
def own_connections(request: pytest.FixtureRequest) -> Iterator[None]:
    """Run a test over both kinds of connections that a client makes: over aiohttp on asyncio's own loop alone."""
    yield from _over(request.param)


def _over(library: Any) -> Iterator[None]:
    LIBRARY.extend([library] if library else [])
    yield
    LIBRARY.clear()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what makes no sense: aiohttp on Trio, and tests without a loop over any but the first library."""
    senseless = {item for item in items if _senseless(item)}
    config.hook.pytest_deselected(items=[item for item in items if item in senseless])
    items[:] = [item for item in items if item not in senseless]


def _senseless(item: pytest.Item) -> bool:
    params = getattr(getattr(item, "callspec", None), "params", {})
    fixture = next((name for name in ("http_library", "own_connections") if params.get(name)), None)
    if fixture is None:
        return False
    loop, options = params.get("anyio_backend", (None, {}))
    if loop is None or params[fixture] != "aiohttp":
        return loop is None
    return loop == "trio" or (fixture == "own_connections" and options["use_uvloop"])


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """An authority that nobody knows."""
    import trustme  # takes long to load, and few tests encrypt

    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    """The file by which a client knows it."""
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return str(file)


@pytest.fixture
def of_authority(authority: trustme.CA) -> ssl.SSLContext:
    """What a server on localhost encrypts with, by a certificate of that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.fixture
def sim() -> Iterator[SimulatedXAI]:
    """A running simulator."""
    with SimulatedXAI() as running:
        yield running


@pytest.fixture
async def client(sim: SimulatedXAI) -> AsyncIterator[AsyncXAI]:
    """A client of the simulator."""
    async with sim.client() as made:
        yield made


@pytest.fixture
def server() -> Iterator[RawServer]:
    """A socket server whose every byte the test decides."""
    with RawServer() as running:
        yield running


@pytest.fixture
def wire() -> Wire:
    """A stand-in for the API that answers with samples."""
    return Wire()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the recorded contract; tests that need it are skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"the shared contract is not here ({SHARED})")
    return SHARED
