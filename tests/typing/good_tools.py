# pyright: reportUnnecessaryTypeIgnoreComment=true
"""Typical uses of tools, as a type checker must see them. Checked by mypy and pyright, never run."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import date
from typing import Any, assert_type

from xai_httpx import AsyncXAI, ToolRepeatedFailureError, ToolTimeoutError, ToolTurnsExceededError
from xai_httpx.chat import (
    LocalTool,
    Tool,
    ToolOutput,
    code_execution,
    collections_search,
    file_search,
    image_generation,
    live_search,
    mcp_http,
    mcp_stdio,
    remote_mcp,
    search_parameters,
    tool,
    web_search,
    x_search,
)
from xai_httpx.chat._mcp import MCPServer, MCPTool
from xai_httpx.chat._parts import Part
from xai_httpx.chat._server_tools import is_client_tool
from xai_httpx.chat._tool_list import as_tool, check_names
from xai_httpx.types.responses_params import ToolParam
from xai_httpx.types.shared_params import FunctionDefinitionParam


@tool
async def weather(city: str, days: int = 1) -> list[str]:
    return [city] * days


@tool(name="sum", description="Add.", timeout=1.5)
def add(a: int, b: int) -> int:
    return a + b


class Shop:
    @tool
    def price(self, item: str, *, currency: str = "NOK") -> float:
        return len(item) + len(currency)

    def plain(self, item: str) -> str:
        return item

    def __call__(self, item: str) -> str:
        return item


class Own:
    name = "own"
    description = ""
    parameters: dict[str, Any] = {}  # noqa: RUF012
    timeout = None

    async def run(self, arguments: str) -> str:
        return arguments


async def functions(shop: Shop) -> None:
    assert_type(await weather("Oslo", days=2), list[str])
    assert_type(add(1, b=2), int)
    assert_type(shop.price("bread", currency="EUR"), float)
    assert_type(tool(shop.plain)("bread"), str)
    assert_type(tool(shop)("bread"), str)
    assert_type(tool(functools.partial(add, b=2), name="two")(1), int)
    assert_type(await weather.run("{}"), ToolOutput)
    output: str | tuple[Part, ...] = await weather.run("{}")
    print(output)
    assert_type(weather.definition, FunctionDefinitionParam)
    assert_type(weather.timeout, float | None)
    kept: Tool[[int, int], int] = add
    function: Callable[[int, int], int] = add
    local: list[LocalTool] = [weather, add, shop.price, as_tool(shop.plain), Own(), kept, as_tool(function)]
    check_names([*local, {"type": "web_search"}])


async def servers(client: AsyncXAI) -> None:
    tools: list[ToolParam] = [
        web_search(allowed_domains=["x.ai"]),
        x_search(from_date=date(2026, 1, 1), to_date="2026-02-01"),
        code_execution(),
        file_search(["c"]),
        collections_search(("c",), max_num_results=3),
        remote_mcp("https://example.org/mcp", "shop", headers={"A": "b"}),
        image_generation(action="edit"),
    ]
    await client.responses.create(model="m", input="", tools=tools)
    assert_type(is_client_tool(code_execution()), bool)
    older = live_search([{"type": "web", "country": "NO"}])
    await client.chat.completions.create(
        model="m", messages=[], tools=[older], search_parameters=search_parameters(mode="on", sources=[{"type": "x"}])
    )


async def local_servers() -> None:
    async with mcp_stdio("server", "--verbose", env={"A": "b"}, only=["read"], timeout=3) as server:
        assert_type(server, MCPServer)
        assert_type(server.tools, list[MCPTool])
        local: list[LocalTool] = [*server.tools]
        print(local)
    async with mcp_http("http://localhost:8000/mcp", headers={"A": "b"}, prefix="files_"):
        pass


def errors(turns: ToolTurnsExceededError, repeated: ToolRepeatedFailureError, late: ToolTimeoutError) -> None:
    assert_type((turns.state, turns.turns), tuple[str, int])
    assert_type((repeated.name, repeated.arguments, repeated.times), tuple[str, str, int])
    assert_type((late.name, late.timeout), tuple[str, float])
