"""What some tests need beside the oldest versions of our dependencies."""

from __future__ import annotations

import pydantic
import pytest

MCP = pytest.mark.skipif(
    tuple(map(int, pydantic.VERSION.split(".")[:2])) < (2, 12), reason="mcp needs pydantic 2.12, and we need less"
)
