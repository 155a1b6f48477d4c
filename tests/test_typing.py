"""What a type checker says of `tests/typing`: nothing, for good.py is right and bad.py says which errors it expects."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CASES = ROOT / "tests" / "typing"


@pytest.mark.parametrize(
    ("checker", "options"),
    [("mypy", ["--config-file=pyproject.toml"]), ("pyright", ["--pythonpath", sys.executable])],
    ids=["mypy", "pyright"],
)
def test_types_are_as_promised(checker: str, options: list[str]) -> None:
    if find_spec(checker) is None:
        pytest.skip(f"{checker} is not installed: it is in the dependency group `types`")
    checked = subprocess.run(
        [sys.executable, "-m", checker, *options, *map(str, sorted(CASES.glob("*.py")))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_mistake_says_which_error_it_is() -> None:
    text = (CASES / "bad.py").read_text()
    ignored = [line for line in text.splitlines() if line.endswith("]") and "# type: ignore[" in line]

    assert len(ignored) > 50
    assert text.startswith("# pyright: reportUnnecessaryTypeIgnoreComment=true\n")
