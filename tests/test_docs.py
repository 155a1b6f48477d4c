"""Every Python block of the documentation runs as it stands, and prints what is shown below it."""

import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.needs import MCP
from xai_httpx import set_log_level
from xai_httpx.testing import SimulatedXAI

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python\n(?P<code>.*?)^```\n(?:\n```text\n(?P<output>.*?)^```\n)?", re.MULTILINE | re.DOTALL)
PYTEST_ASYNCIO = ("-o", "asyncio_default_fixture_loop_scope=function")  # it warns without it
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def blocks() -> list[object]:
    """Each block with its page and line, and the output that follows it if one does."""
    found: list[object] = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in BLOCK.finditer(text):
            line = text.count("\n", 0, match.start()) + 2
            marks = [MCP] if "mcp_stdio" in match["code"] else []
            found.append(
                pytest.param(page, line, match["code"], match["output"], id=f"{page.name}:{line}", marks=marks)
            )
    return found


@pytest.fixture
def in_the_environment(sim: SimulatedXAI, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A plain `AsyncXAI()` is a client of the simulator; files go to a folder of their own."""
    monkeypatch.setenv("XAI_API_KEY", sim.api_key)
    monkeypatch.setenv("XAI_BASE_URL", sim.base_url)
    monkeypatch.setenv("XAI_MANAGEMENT_KEY", sim.management_key)
    monkeypatch.setenv("XAI_MANAGEMENT_BASE_URL", sim.base_url)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    set_log_level(logging.NOTSET)  # which a block shows how to set


@pytest.mark.parametrize(("page", "line", "code", "output"), blocks())
def test_block(
    in_the_environment: Path, capsys: pytest.CaptureFixture[str], page: Path, line: int, code: str, output: str | None
) -> None:
    if "def test_" in code:
        run_as_tests(in_the_environment, code)
        return
    exec(compile("\n" * (line - 1) + code, page, "exec"), {"__name__": "__main__"})
    if output is not None:
        assert capsys.readouterr().out == output


def run_as_tests(folder: Path, code: str) -> None:
    """A block of tests is run by pytest in a process of its own; those that record may ask the simulator."""
    (folder / "test_block.py").write_text(code, encoding="utf-8")
    records = "xai_cassette" in code
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-W",
            "error",
            "-q",
            *PYTEST_ASYNCIO,
            *["--xai-record=auto"] * records,
            "test_block.py",
        ],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if records or not name.startswith("XAI_")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_files_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_ci_runs_the_command_that_the_readme_gives() -> None:
    install = "python3 -m venv .venv && .venv/bin/pip install nox"
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert f"{install} && .venv/bin/nox -s demo" in readme
    assert f"{install} && .venv/bin/nox -s tests" in readme
    assert f"{install} && .venv/bin/nox -s tests" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
