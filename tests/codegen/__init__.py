"""Tests of the code generation; some run it in a copy of the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def copy_tree(target: Path) -> Path:
    """Copy what the generator reads and writes, so that a test may change it."""
    ignore = shutil.ignore_patterns("__pycache__")
    for name in ("openapi", "codegen", "src/xai_httpx"):
        shutil.copytree(ROOT / name, target / name, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", target)
    return target


def run_codegen(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the generator of a copied tree."""
    search = os.pathsep.join([str(tree), str(tree / "src")])
    return subprocess.run(
        [sys.executable, "-m", "codegen", *arguments],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": search},
        capture_output=True,
        text=True,
        check=False,
    )
