# pyright: reportUnnecessaryTypeIgnoreComment=true
"""Mistakes with cassettes that a type checker must report; see `bad.py`. Never run."""

from __future__ import annotations

from xai_httpx.testing import Cassette


def cassettes() -> None:
    Cassette()  # type: ignore[call-arg]
    Cassette("a.json", "record")  # type: ignore[call-arg]
    Cassette("a.json", mode="once")  # type: ignore[arg-type]
    Cassette("a.json", match="exact")  # type: ignore[arg-type]
    Cassette("a.json", pace="fast")  # type: ignore[arg-type]
    Cassette("a.json", redact=[b"a"])  # type: ignore[list-item]
    with Cassette("a.json") as cassette:
        cassette.client(api_kee="k")  # type: ignore[call-arg]
        cassette.sync_client(retries="many")  # type: ignore[arg-type]
        cassette.http_client("https://host")  # type: ignore[call-arg]
        cassette.path = "b.json"  # type: ignore[assignment, misc]
