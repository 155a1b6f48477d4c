"""The guard of the plugin for pytest: what it stops, what it lets through, and what becomes of a stopped test."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest

from tests.plugging import run, run_all
from xai_httpx.testing import RealRequestError
from xai_httpx.testing._guard import is_real

pytest_plugins = "pytester"

ASK = """
import anyio, httpx, httpx2, pytest
from xai_httpx import XAI, AsyncXAI
from xai_httpx.testing import RealRequestError

OURS = {"api_key": "xai-k"}

def ask(**options):
    with XAI(**OURS | options) as client:
        return client.models.list().items

async def ask_async(http_client=None, **options):
    async with AsyncXAI(**OURS | options, http_client=http_client) as client:
        return (await client.models.list()).items
"""

STOPPED = {
    "ours": "def test():\n    ask()",
    "ours, async": "def test():\n    anyio.run(ask_async)",
    "ours, on Trio": "def test():\n    anyio.run(ask_async, backend='trio')",
    "ours, over aiohttp": "def test():\n    ask(transport='aiohttp')",
    "ours, over aiohttp, to another host": "def test():\n    ask(transport='aiohttp', base_url='https://example.com/v1')",
    "aiohttp": """
def test():
    async def get():
        import aiohttp
        async with aiohttp.ClientSession() as http:
            await http.get("https://api.x.ai/v1/models?key=secret")
    anyio.run(get)
""",
    "ours, to another host": "def test():\n    ask(base_url='https://example.com/v1')",
    "ours, by a proxy of this machine": "def test():\n    ask(proxy='http://127.0.0.1:9')",
    "ours, over a client of httpx": """
def test():
    async def injected():
        async with httpx.AsyncClient() as http:
            await ask_async(http)
    anyio.run(injected)
""",
    "ours, over a client of httpx2": """
def test():
    async def injected():
        async with httpx2.AsyncClient() as http:
            await ask_async(http)
    anyio.run(injected)
""",
    "httpx": "def test():\n    httpx.get('https://api.x.ai/v1/models?key=secret')",
    "httpx, async": """
def test():
    async def get():
        async with httpx.AsyncClient() as http:
            await http.get("https://management-api.x.ai./")
    anyio.run(get)
""",
    "httpx2": "def test():\n    httpx2.get('https://API.X.AI/v1/models')",
    "a fixture": """
@pytest.fixture
def asked():
    ask()

def test(asked):
    pass
""",
}


def test_requests_to_real_servers_fail_their_tests_at_once(pytester: pytest.Pytester) -> None:
    result = run_all(pytester, {f"test_{number}": ASK + source for number, source in enumerate(STOPPED.values())})
    result.assert_outcomes(failed=len(STOPPED) - 1, errors=1)
    told = [line for line in result.outlines if line.startswith("E  ")]
    assert len(told) == len(STOPPED)
    for line in told:
        assert re.search(r"RealRequestError: GET https://\S+ was stopped, for tests run\. .*--xai-live\.$", line)
    assert "secret" not in "".join(told)


def test_a_request_is_stopped_that_is_the_first_to_import_its_library(pytester: pytest.Pytester) -> None:
    source = """
import sys

def test():
    assert "httpcore" not in sys.modules
    import httpx
    httpx.get("https://api.x.ai/v1/models")
"""
    result = run(pytester, source, "-p", "no:pytest_httpx", "-p", "no:respx")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *RealRequestError: GET https://api.x.ai/v1/models was stopped*"])


def test_it_is_asked_once_only(pytester: pytest.Pytester) -> None:
    source = """
def test():
    try:
        ask(retries=5)
    except Exception:
        pass
"""
    result = run(pytester, ASK + source)
    assert result.stdout.str().count("\nGET https://api.x.ai/v1/models\n") == 1


SWALLOWED = {
    "test": "def test():\n    ask_quietly()",
    "test that then skips": "def test():\n    ask_quietly()\n    pytest.skip('no network')",
    "fixture": """
@pytest.fixture
def asked():
    ask_quietly()

def test(asked):
    pass
""",
    "end of a fixture": """
@pytest.fixture
def asked():
    yield
    ask_quietly()

def test(asked):
    pass
""",
}
QUIETLY = """
def ask_quietly():
    try:
        ask()
    except Exception:
        return []
"""


def test_code_that_swallows_the_error_fails_its_test_all_the_same(pytester: pytest.Pytester) -> None:
    after = "\n\ndef test_next():\n    pass\n"
    sources = {f"test_{number}": ASK + QUIETLY + source + after for number, source in enumerate(SWALLOWED.values())}
    result = run_all(pytester, sources)
    result.assert_outcomes(failed=2, errors=2, passed=len(SWALLOWED) + 1)  # the test before the end of its fixture
    told = result.stdout.str()
    stopped = "The code went on after requests to real servers were stopped:\nGET https://api.x.ai/v1/models\n"
    assert told.count(stopped) == len(SWALLOWED)


def test_a_test_that_fails_because_of_what_was_swallowed_tells_of_it(pytester: pytest.Pytester) -> None:
    result = run(pytester, ASK + QUIETLY + "\n\ndef test():\n    assert ask_quietly() == ['grok']\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E *AssertionError: *", "*requests to real servers that were stopped*", "GET https://api.x.ai/v1/models"]
    )


LIVE = """
import httpx, pytest

@pytest.mark.xai_live
def test_live(xai_live_url):
    with pytest.raises(httpx.ConnectError):  # it got as far as the socket, which leads nowhere
        httpx.get(xai_live_url)

@pytest.mark.xai_live
def test_ours():
    from xai_httpx import XAI, APIConnectionError
    with XAI(api_key="xai-k", base_url="https://nowhere.invalid/v1", retries=0) as client:
        with pytest.raises(APIConnectionError):
            client.models.list()

def test_other(xai_live_url):
    httpx.get(xai_live_url)
"""
NOWHERE = """
import socket, pytest

@pytest.fixture
def xai_live_url(monkeypatch):
    def no_name(*arguments, **options):
        raise socket.gaierror("no such name, for this is a test")
    monkeypatch.setattr(socket, "getaddrinfo", no_name)
    return "https://api.x.ai/v1/models"
"""


def test_tests_of_the_real_api_are_skipped_unless_asked_for(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(NOWHERE)
    result = run(pytester, LIVE, "-rs", "--strict-markers")
    result.assert_outcomes(skipped=2, failed=1)
    result.stdout.fnmatch_lines(["SKIPPED *it calls the real API; pytest --xai-live runs it"])


def test_tests_of_the_real_api_may_call_it_and_others_still_may_not(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(NOWHERE)
    result = run(pytester, LIVE, "--xai-live")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["E *RealRequestError: *"])


def test_the_ini_file_can_do_without_the_guard(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(NOWHERE)
    source = LIVE.replace("@pytest.mark.xai_live", "").replace("def test_other", "def not_a_test")
    run(pytester, source, ini="xai_guard = false\n").assert_outcomes(passed=2)


def test_a_block_can_be_exempt(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(NOWHERE)
    source = """
import httpx, pytest
from xai_httpx.testing import RealRequestError, allow_real_requests

def test(xai_live_url):
    with allow_real_requests(), allow_real_requests():
        pass
    with allow_real_requests(), pytest.raises(httpx.ConnectError):
        httpx.get(xai_live_url)
    httpx.get(xai_live_url)
"""
    result = run(pytester, source)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([">       httpx.get(xai_live_url)", "E *RealRequestError: *"])


UNSTOPPED = {
    "respx": """
import respx

@respx.mock
def test():
    route = respx.get("https://api.x.ai/v1/models").respond(json={"object": "list", "data": []})
    assert ask() == anyio.run(ask_async) == []
    assert httpx.get("https://api.x.ai/v1/models").is_success
    assert route.call_count == 3
""",
    "the fixture of respx": """
def test(respx_mock):
    respx_mock.get("https://example.com/v1/models").respond(json={"object": "list", "data": []})
    assert ask(base_url="https://example.com/v1") == []
""",
    "pytest-httpx": """
def test(httpx_mock):
    httpx_mock.add_response(url="https://api.x.ai/v1/models", json={"object": "list", "data": []})
    assert ask() == []
""",
    "a transport of the user": """
def test():
    reply = httpx.Response(200, json={"object": "list", "data": []})
    http = httpx.AsyncClient(transport=httpx.MockTransport(lambda request: reply))
    assert anyio.run(ask_async, http) == []
""",
    "the simulator": "def test(xai_sync_client):\n    assert xai_sync_client.models.list().items",
    "other hosts by others": """
def test():
    with pytest.raises(httpx.ConnectError):
        httpx.get("http://127.0.0.1:9/")
    with pytest.raises(httpx.ConnectError):
        httpx.get("https://notx.ai.invalid/")
""",
}


def test_what_reaches_no_real_server_of_xai_goes_on(pytester: pytest.Pytester) -> None:
    sources = {f"test_{number}": ASK + source for number, source in enumerate(UNSTOPPED.values())}
    run_all(pytester, sources).assert_outcomes(passed=len(UNSTOPPED))


def test_what_respx_passes_through_is_stopped(pytester: pytest.Pytester) -> None:
    source = """
import respx

@respx.mock
def test():
    respx.get("https://api.x.ai/v1/models").pass_through()
    ask()
"""
    result = run(pytester, ASK + source)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *RealRequestError: *"])


def test_workers_of_xdist_are_guarded(pytester: pytest.Pytester) -> None:
    source = "\ndef test():\n    ask()\n\ndef test_quiet():\n    ask_quietly()\n"
    result = run(pytester, ASK + QUIETLY + source, "-n", "1")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["E *RealRequestError: *"])


def test_the_error_survives_the_way_between_processes() -> None:
    error = RealRequestError("GET https://api.x.ai/v1/models")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_the_documentation_shows_what_the_error_says() -> None:
    page = (Path(__file__).parents[1] / "docs" / "pytest.md").read_text(encoding="utf-8")
    assert str(RealRequestError("POST https://api.x.ai/v1/responses")) in " ".join(page.split())


@pytest.mark.parametrize(
    ("host", "ours", "real"),
    [
        ("api.x.ai", False, True),
        ("x.ai", False, True),
        ("imgen.x.ai", True, True),
        ("notx.ai", False, False),
        ("x.ai.example.com", False, False),
        ("example.com", True, True),
        ("10.0.0.1", True, True),
        ("localhost", True, False),
        ("sim.localhost", True, False),
        ("127.0.0.2", True, False),
        ("::1", True, False),
    ],
)
def test_hosts_are_told_apart(host: str, ours: bool, real: bool) -> None:
    assert is_real(host, ours=ours) is real
