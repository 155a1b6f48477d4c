"""The fixture `xai_cassette`, in test runs of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from xai_httpx.testing import SimulatedXAI
from xai_httpx.testing._pytest_cassette import file_name

TESTS = """
import pytest

@pytest.mark.parametrize("text", ["plain", "a/b: c?"])
def test_sync(xai_cassette, text):
    with xai_cassette.sync_client() as client:
        assert client.responses.create(model="grok-4.6", input=text).output_text == f"You said: {text}"

class TestAsync:
    @pytest.mark.anyio
    async def test_async(self, xai_cassette):
        async with xai_cassette.client() as client:
            assert (await client.responses.create(model="grok-4.6", input="x")).output_text == "You said: x"
"""


def run(folder: Path, *options: str, sim: SimulatedXAI | None = None) -> subprocess.CompletedProcess[str]:
    settings = {"XAI_API_KEY": sim.api_key, "XAI_BASE_URL": sim.base_url} if sim else {}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:asyncio", "-p", "no:cacheprovider", *options],
        cwd=folder,
        env={**os.environ, **settings, "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_test_records_once_and_replays_from_then_on(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "test_it.py").write_text(TESTS)

    missed = run(tmp_path)
    assert missed.returncode == 1, missed.stdout
    assert "CassetteMissError" in missed.stdout
    assert "pytest --xai-record=auto" in missed.stdout
    assert not (tmp_path / "deep" / "cassettes").exists()

    with SimulatedXAI() as sim:
        recorded = run(tmp_path, "--xai-record=auto", sim=sim)
        assert recorded.returncode == 0, recorded.stdout
        asked = len(sim.requests)
        assert run(tmp_path, "--xai-record=auto", sim=sim).returncode == 0
        assert len(sim.requests) == asked
        assert run(tmp_path, "--xai-record=all", sim=sim).returncode == 0
        assert len(sim.requests) == 2 * asked

    replayed = run(tmp_path)
    assert replayed.returncode == 0, replayed.stdout
    names = sorted(path.name for path in (tmp_path / "deep" / "cassettes" / "test_it").iterdir())
    assert names == [
        "TestAsync.test_async[asyncio].json",
        "TestAsync.test_async[trio].json",
        file_name("test_sync[a/b: c?]"),
        "test_sync[plain].json",
    ]


def test_the_guard_stops_no_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    monkeypatch.setenv("XAI_API_KEY", "key")
    monkeypatch.setenv("XAI_BASE_URL", "https://no-such-host.invalid/v1")
    tried = run(tmp_path, "--xai-record=all", "-k", "plain")
    assert "APIConnectionError" in tried.stdout
    assert "RealRequestError" not in tried.stdout


@pytest.mark.parametrize(
    ("test", "file"),
    [
        ("test_plain", "test_plain.json"),
        ("TestClass::test_plain", "TestClass.test_plain.json"),
        ("test_it[a-1.5]", "test_it[a-1.5].json"),
        ("test_it[../../etc/passwd]", "test_it[..-..-etc-passwd]-HASH.json"),
        ("test_it[é]", "test_it[-]-HASH.json"),
        ("test_" + "x" * 300, "test_" + "x" * 95 + "-HASH.json"),
    ],
)
def test_names_of_files_are_safe(test: str, file: str) -> None:
    assert re.sub(r"-[0-9a-f]{8}\.json$", "-HASH.json", file_name(test)) == file


def test_other_tests_have_other_files() -> None:
    tests = [
        "test_a[x]",
        "test_a[X]",
        "test_a[x/]",
        "test_a[x:]",
        "test_a-x",
        "test_a" + "x" * 200,
        "test_a" + "x" * 201,
    ]
    assert len({file_name(test) for test in tests}) == len(tests)
