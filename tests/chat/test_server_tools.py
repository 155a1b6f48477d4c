"""Tools that xAI runs: what their constructors give, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import pytest

from xai_httpx import AsyncXAI, RequestValidationError
from xai_httpx.chat._live_search import live_search, search_parameters
from xai_httpx.chat._server_tools import (
    code_execution,
    collections_search,
    file_search,
    image_generation,
    is_client_tool,
    remote_mcp,
    tool_name,
    web_search,
    x_search,
)

MADE: list[tuple[Mapping[str, Any], dict[str, Any]]] = [
    (web_search(), {"type": "web_search"}),
    (
        web_search(allowed_domains=("x.ai", "example.org"), enable_image_search=True),
        {"type": "web_search", "allowed_domains": ("x.ai", "example.org"), "enable_image_search": True},
    ),
    (
        x_search(excluded_x_handles=["a"], from_date=date(2026, 1, 2), to_date="2026-02-03"),
        {"type": "x_search", "excluded_x_handles": ["a"], "from_date": "2026-01-02", "to_date": "2026-02-03"},
    ),
    (x_search(to_date=datetime(2026, 1, 2, 3)), {"type": "x_search", "to_date": "2026-01-02"}),
    (code_execution(), {"type": "code_interpreter"}),
    (
        file_search(["c-1"], max_num_results=3),
        {"type": "file_search", "vector_store_ids": ["c-1"], "max_num_results": 3},
    ),
    (collections_search(["c-1"]), {"type": "file_search", "vector_store_ids": ["c-1"]}),
    (
        remote_mcp("https://example.org/mcp", "shop", allowed_tools=["buy"], headers={"X-Key": "k"}),
        {
            "type": "mcp",
            "server_url": "https://example.org/mcp",
            "server_label": "shop",
            "allowed_tools": ["buy"],
            "headers": {"X-Key": "k"},
        },
    ),
    (image_generation(action="edit"), {"type": "image_generation", "action": "edit"}),
]


@pytest.mark.parametrize(("made", "expected"), MADE, ids=lambda value: value["type"])
def test_a_constructor_gives_what_goes_into_tools(made: Mapping[str, Any], expected: dict[str, Any]) -> None:
    assert made == expected
    assert not is_client_tool(made)
    assert tool_name(made) == made["type"]


async def test_the_api_takes_them_all(client: AsyncXAI) -> None:
    response = await client.responses.create(model="grok-4.6", input="hi", tools=[made for made, _ in MADE])  # type: ignore[misc]
    assert response.status == "completed"


def test_the_older_form_of_search() -> None:
    assert live_search([{"type": "rss", "links": ["https://example.org/feed"]}]) == {
        "type": "live_search",
        "sources": [{"type": "rss", "links": ["https://example.org/feed"]}],
    }
    assert search_parameters(mode="on", from_date=date(2026, 1, 2), max_search_results=30) == {
        "mode": "on",
        "from_date": "2026-01-02",
        "max_search_results": 30,
    }
    assert search_parameters() == {}


REFUSED: dict[str, tuple[Callable[..., Any], dict[str, Any], str, str]] = {
    "both lists of domains": (
        web_search,
        {"allowed_domains": ["a.b"], "excluded_domains": ["c.d"]},
        "allowed_domains",
        "allowed_domains and excluded_domains cannot be combined",
    ),
    "six domains": (
        web_search,
        {"allowed_domains": ["a.b"] * 6},
        "allowed_domains",
        "allowed_domains must have at most 5 entries, got 6",
    ),
    "one domain": (web_search, {"excluded_domains": "a.b"}, "excluded_domains", "excluded_domains must be a list"),
    "a URL": (
        web_search,
        {"excluded_domains": ["https://a.b"]},
        "excluded_domains",
        "excluded_domains must be domains without protocol and path, .* got 'https://a.b'",
    ),
    "eleven handles": (
        x_search,
        {"allowed_x_handles": ["a"] * 11},
        "allowed_x_handles",
        "allowed_x_handles must have at most 10 entries, got 11",
    ),
    "both lists of handles": (
        x_search,
        {"allowed_x_handles": ["a"], "excluded_x_handles": ["b"]},
        "allowed_x_handles",
        "allowed_x_handles and excluded_x_handles cannot be combined",
    ),
    "no date": (
        x_search,
        {"from_date": "2026-13-01"},
        "from_date",
        "from_date must be a date or YYYY-MM-DD, got '2026",
    ),
    "a week": (x_search, {"from_date": "2026-W01-1"}, "from_date", "from_date must be a date or YYYY-MM-DD"),
    "a number": (x_search, {"to_date": 5}, "to_date", "to_date must be a date or YYYY-MM-DD, got 5"),
    "the wrong way round": (
        x_search,
        {"from_date": "2026-02-01", "to_date": date(2026, 1, 1)},
        "from_date",
        "from_date must not be after to_date, got 2026-02-01 and 2026-01-01",
    ),
    "eleven collections": (
        collections_search,
        {"collection_ids": ["c"] * 11},
        "vector_store_ids",
        "vector_store_ids must have at most 10 entries, got 11",
    ),
    "no results": (
        file_search,
        {"vector_store_ids": ["c"], "max_num_results": 0},
        "max_num_results",
        "max_num_results must be at least 1, got 0",
    ),
    "an action": (
        image_generation,
        {"action": "draw"},
        "action",
        "action must be one of auto, generate, edit, got 'draw'",
    ),
    "a label": (
        remote_mcp,
        {"server_url": "u", "server_label": 5},
        "server_label",
        "server_label must be a string, got 5",
    ),
    "results": (
        search_parameters,
        {"max_search_results": 31},
        "max_search_results",
        "max_search_results must be at least 1 and at most 30, got 31",
    ),
    "a source": (
        live_search,
        {"sources": [{"type": "rss", "links": []}]},
        "sources[0].links",
        r"sources\[0\].links must",
    ),
}


@pytest.mark.parametrize(("make", "settings", "parameter", "told"), REFUSED.values(), ids=REFUSED)
def test_what_the_api_would_refuse_is_refused_at_once(
    make: Callable[..., Any], settings: dict[str, Any], parameter: str, told: str
) -> None:
    with pytest.raises(RequestValidationError, match=f"^{told}") as caught:
        make(**settings)
    assert caught.value.parameter == parameter


@pytest.mark.parametrize(
    ("given", "name", "runs_here"),
    [
        ({"type": "function", "name": "f", "parameters": {}}, "f", True),
        ({"type": "function", "function": {"name": "f", "parameters": {}}}, "f", True),
        ({"type": "shell", "environment": {}}, "shell", True),
        ({"type": "mcp", "server_label": "l", "server_url": "u"}, "mcp", False),
        ({"type": "of_tomorrow", "name": "n"}, "of_tomorrow", False),
        ({"type": "function"}, "function", True),
    ],
)
def test_whose_tool_it_is_and_what_it_is_called_by(given: dict[str, Any], name: str, runs_here: bool) -> None:
    assert (tool_name(given), is_client_tool(given)) == (name, runs_here)
