"""Runs of pytest of their own, with the plugin as a user has it."""

from __future__ import annotations

import subprocess
import sys

import pytest

INI = "[pytest]\nasyncio_default_fixture_loop_scope = function\n"  # pytest-asyncio warns without it
WITHOUT = [
    argument for name in ("cacheprovider", "hypothesispytest", "schemathesis") for argument in ("-p", f"no:{name}")
]


def run(pytester: pytest.Pytester, source: str, *arguments: str, ini: str = "") -> pytest.RunResult:
    """Run a test file; warnings are errors, and so is what is left to the garbage collector."""
    return run_all(pytester, {"test_it": source}, *arguments, ini=ini)


def run_all(pytester: pytest.Pytester, sources: dict[str, str], *arguments: str, ini: str = "") -> pytest.RunResult:
    """Run several test files, by their names, at once: starting pytest is what takes its time."""
    pytester.makepyfile(**sources)
    pytester.makeini(INI + ini)
    return pytester.runpytest_subprocess("-W", "error", *WITHOUT, *arguments)


def loaded_by(statement: str) -> set[str]:
    """The modules that a statement loads in an interpreter that has loaded pytest."""
    script = f"import sys, pytest; before = set(sys.modules)\n{statement}\nprint(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())
