"""The plugin for pytest, in runs of pytest of its own: its fixtures under every kind of test function."""

from __future__ import annotations

import pytest

from tests.plugging import loaded_by, run, run_all

pytest_plugins = "pytester"

CALL = """
async def ask(client):
    completion = await client.chat.completions.create(
        model="grok-4.6", messages=[{"role": "user", "content": "Hello"}]
    )
    assert completion.text == "You said: Hello"

async def say(client):
    await ask(client)
    stream = client.chat.completions.stream(model="grok-4.6", messages=[{"role": "user", "content": "Hello"}])
    await stream.__aenter__()  # and leaves it open
"""

KINDS = {
    "asyncio.run": """
import asyncio

def test(xai_client):
    asyncio.run(say(xai_client))
    asyncio.run(say(xai_client))
""",
    "trio.run": """
import trio

def test(xai_client):
    trio.run(say, xai_client)
""",
    "anyio.run": """
import anyio, pytest

@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test(xai_client, backend):
    anyio.run(say, xai_client, backend=backend)
""",
    "anyio": """
import pytest

@pytest.mark.anyio
async def test(xai_client, xai_simulator):
    await say(xai_client)
    assert len(xai_simulator.requests) >= 1
""",
    "anyio, in a loop for all tests": """
import gc, pytest

@pytest.fixture(scope="module", params=["asyncio", "trio"])
def anyio_backend(request):
    return request.param

@pytest.fixture(scope="module", autouse=True)
async def around(anyio_backend):
    yield

@pytest.mark.anyio
@pytest.mark.parametrize("number", range(3))
async def test(xai_client, number):
    gc.collect()
    await (say if number == 2 else ask)(xai_client)
""",
    "pytest-asyncio": """
import pytest

@pytest.mark.asyncio
async def test(xai_client):
    await say(xai_client)
""",
    "pytest-asyncio, in a loop for all tests": """
import pytest

kept = []

@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("number", range(3))
async def test(xai_client, number):
    assert sum(client.concurrency.in_use for client in kept) == 0
    kept.append(xai_client)
    await say(xai_client)
    assert xai_client.concurrency.in_use == 1
""",
    "pytest-trio": """
import pytest

@pytest.mark.trio
async def test(xai_client):
    await say(xai_client)
""",
    "sync": """
def test(xai_sync_client, xai_simulator):
    xai_simulator.reply("Paris.")
    completion = xai_sync_client.chat.completions.create(
        model="grok-4.6", messages=[{"role": "user", "content": "Hello"}]
    )
    assert completion.text == "Paris."
""",
    "unused": """
def test(xai_client, xai_sync_client):
    pass
""",
}


def test_the_clients_work_in_every_kind_of_test_function_and_leave_nothing_open(pytester: pytest.Pytester) -> None:
    last = "\n\ndef test_last():\n    import gc\n    gc.collect()\n"
    sources = {f"test_{number}": CALL + source + last for number, source in enumerate(KINDS.values())}
    outcomes = run_all(pytester, sources).parseoutcomes()
    assert set(outcomes) == {"passed"}
    assert outcomes["passed"] >= 2 * len(KINDS)


def test_each_test_has_a_simulator_of_its_own(pytester: pytest.Pytester) -> None:
    run(
        pytester,
        """
import pytest

@pytest.mark.parametrize("number", range(2))
def test(xai_sync_client, xai_simulator, number):
    assert xai_simulator.requests == []
    xai_sync_client.models.list()
""",
    ).assert_outcomes(passed=2)


def test_the_clients_are_closed_after_the_test(pytester: pytest.Pytester) -> None:
    run(
        pytester,
        """
import asyncio, pytest
from xai_httpx import ConfigurationError

kept = []

def test_first(xai_client, xai_sync_client):
    kept.extend([xai_client, xai_sync_client])

def test_second():
    with pytest.raises(ConfigurationError, match="closed"):
        asyncio.run(kept[0].models.retrieve("grok-4.6"))
    with pytest.raises(ConfigurationError, match="closed"):
        kept[1].models.retrieve("grok-4.6")
""",
    ).assert_outcomes(passed=2)


def test_a_fixture_of_the_user_takes_the_place_of_the_simulator(pytester: pytest.Pytester) -> None:
    run(
        pytester,
        """
import pytest
from xai_httpx.testing import SimulatedXAI

@pytest.fixture
def xai_simulator():
    with SimulatedXAI(api_key="mine") as running:
        running.reply("Mine.")
        yield running

def test(xai_sync_client):
    assert xai_sync_client.responses.create(model="grok-4.6", input="Hello").output_text == "Mine."
""",
    ).assert_outcomes(passed=1)


def test_importing_the_plugin_loads_next_to_nothing() -> None:
    modules = loaded_by("import xai_httpx.testing.plugin")
    assert {name for name in modules if not name.startswith("xai_httpx")} == set()
    assert len(modules) <= 6


def test_a_run_without_a_request_loads_no_http_library(pytester: pytest.Pytester) -> None:
    run(
        pytester,
        """
import sys

def test():
    loaded = {name.partition(".")[0] for name in sys.modules}
    assert not loaded & {"httpx", "httpcore", "pydantic", "starlette", "uvicorn", "jsonschema_rs"}
""",
        *("-p", "no:pytest_httpx", "-p", "no:respx"),
    ).assert_outcomes(passed=1)
