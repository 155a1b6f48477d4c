# pyright: reportUnnecessaryTypeIgnoreComment=true
"""Mistakes with tools that a type checker must report; see `bad.py`. Never run."""

from __future__ import annotations

from xai_httpx.chat import (
    LocalTool,
    collections_search,
    image_generation,
    mcp_http,
    mcp_stdio,
    remote_mcp,
    search_parameters,
    tool,
    web_search,
    x_search,
)
from xai_httpx.chat._tool_list import as_tool


@tool
async def weather(city: str) -> str:
    return city


class Shop:
    @tool
    def price(self, item: str) -> float:
        return len(item)


class NoTool:
    name = "no"


async def functions(shop: Shop) -> None:
    await weather(5)  # type: ignore[arg-type]
    await weather("Oslo", 5)  # type: ignore[call-arg]
    shop.price(5)  # type: ignore[arg-type]
    shop.price("bread", "butter")  # type: ignore[call-arg]
    await weather.run({"city": "Oslo"})  # type: ignore[arg-type]
    weather.parameters = {}  # type: ignore[misc]
    as_tool("weather")  # type: ignore[arg-type]
    local: LocalTool = NoTool()  # type: ignore[assignment]
    print(local)


def options() -> None:
    tool(name=5)  # type: ignore[call-overload]
    tool(strict=True)  # type: ignore[call-overload]
    tool("weather")  # type: ignore[call-overload]


def servers() -> None:
    web_search(["x.ai"])  # type: ignore[call-arg]
    web_search(allowed_domains=5)  # type: ignore[arg-type]
    x_search(from_date=2026)  # type: ignore[arg-type]
    collections_search()  # type: ignore[call-arg]
    remote_mcp("https://example.org/mcp")  # type: ignore[call-arg]
    image_generation(action="draw")  # type: ignore[arg-type]
    search_parameters(mode="x")  # type: ignore[arg-type]
    mcp_stdio()  # type: ignore[call-arg]
    mcp_http("http://localhost", prefix=None)  # type: ignore[arg-type]
