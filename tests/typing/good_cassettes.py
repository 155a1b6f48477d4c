# pyright: reportUnnecessaryTypeIgnoreComment=true
"""Typical uses of cassettes, as a type checker must see them. Checked by mypy and pyright, never run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import assert_type

import httpx

from xai_httpx import XAI, AsyncXAI, XAIError
from xai_httpx.testing import Cassette, CassetteError, CassetteMissError


async def clients() -> None:
    with Cassette("a.json") as cassette:
        assert_type(cassette, Cassette)
        assert_type(cassette.path, Path)
        assert_type(cassette.client(base_url="https://host/v1", retries=0), AsyncXAI)
        assert_type(cassette.sync_client(api_key="k"), XAI)
        assert_type(cassette.http_client(), httpx.AsyncClient)
        async with cassette.client() as client:
            await client.models.retrieve("grok-4.6")
    async with Cassette(Path("a.json"), mode="record", match="lenient", pace=1, redact=["a", re.compile("b")]) as other:
        assert_type(other, Cassette)


def errors(error: CassetteMissError) -> None:
    assert_type(error.path, Path)
    whole: CassetteError = error
    whole_package: XAIError = whole
    raise whole_package
