"""Fixtures of the tests of uploads and downloads."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pains.bodies import CONTENT


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "content.bin"
    made.write_bytes(CONTENT)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "downloads"
    made.mkdir()
    return made
