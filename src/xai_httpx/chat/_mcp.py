"""The connection to an MCP server, and its tools, which run here like functions."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

import anyio
from anyio.abc import TaskGroup
from pydantic import ValidationError
from pydantic_core import from_json

from .._errors import RequestValidationError
from .._tool_errors import ToolArgumentsError, ToolError
from ._failure_words import leaves
from ._local_tool import LONGEST_NAME, ToolOutput
from ._mcp_results import mcp_output
from ._tool_list import check_names

if TYPE_CHECKING:
    import mcp.types
    from mcp import Client
    from mcp.client import Transport

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")


class MCPServer:
    """An MCP server that this program connects to: `async with mcp_stdio(...) as server`, or `mcp_http`.

    Attributes:
        tools: Its tools, as they were when the connection was made.
    """

    def __init__(
        self,
        connect: Callable[[AsyncExitStack], Awaitable[Transport]],
        shown: str,
        *,
        only: Collection[str] | None,
        prefix: str,
        timeout: float | None,
    ) -> None:
        self.tools: list[MCPTool] = []
        self._connect = connect
        self._shown = shown
        self._only = only
        self._prefix = prefix
        self._timeout = timeout
        self._client: Client | None = None
        self._listed: list[mcp.types.Tool] = []
        self._fault = ""

    async def __aenter__(self) -> Self:
        """Connect, and ask for the tools.

        Raises:
            ToolError: The server cannot be reached, or speaks something else.
            RequestValidationError: It has no tool of a name in `only`, or two tools would have the same name.
        """
        ready, self._closing = anyio.Event(), anyio.Event()
        self._tasks: TaskGroup = anyio.create_task_group()
        await self._tasks.__aenter__()
        try:
            self._tasks.start_soon(self._hold, ready)
            await ready.wait()
            if self._client is None:
                raise ToolError(f"there is no connection to the MCP server {self._shown}: {self._fault}")
            self.tools = self._chosen()
        except BaseException as error:
            await self.__aexit__(type(error), error, error.__traceback__)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        self._closing.set()
        try:
            return await self._tasks.__aexit__(kind, error, trace)
        except BaseExceptionGroup as group:
            if group.exceptions == (error,):  # the caller knows nothing of the task group around its block
                return False
            raise

    async def call(self, name: str, arguments: dict[str, Any]) -> mcp.types.CallToolResult:
        """Call a tool by the name that the server has for it.

        Raises:
            ToolError: The server is gone, or cannot do it.
        """
        from mcp import MCPError
        from mcp.types import CONNECTION_CLOSED

        if self._client is None:
            raise ToolError(f"the MCP server {self._shown} is gone")
        try:
            return await self._client.call_tool(name, arguments)
        except MCPError as error:
            gone = error.code == CONNECTION_CLOSED
            told = f"the MCP server {self._shown} is gone" if gone else f"{name} failed: {error.message}"
            raise ToolError(told) from error
        except (RuntimeError, ValidationError) as error:  # an answer that is not what the server or MCP promises
            raise ToolError(f"{name} failed: the MCP server {self._shown} gave a wrong answer: {error}") from error

    async def _hold(self, ready: anyio.Event) -> None:
        """Keep the connection in a task of its own: when it breaks, that cancels no work of the caller's."""
        from mcp import Client

        try:
            async with AsyncExitStack() as stack:
                client = await stack.enter_async_context(Client(await self._connect(stack)))
                self._listed = await _tools_of(client)
                self._client = client
                ready.set()
                await self._closing.wait()
        except Exception as error:  # whatever a transport raises: who calls a tool is told that the server is gone
            self._fault = ", ".join(map(repr, leaves(error)))
        finally:
            self._client = None
            ready.set()

    def _chosen(self) -> list[MCPTool]:
        offered = [tool.name for tool in self._listed]
        missing = sorted(set(offered if self._only is None else self._only) - set(offered))
        if missing:
            expected = f"among {', '.join(offered)}"
            message = f"only must be {expected}, got {', '.join(missing)}"
            raise RequestValidationError(message, "only", expected, self._only)
        tools = [self._tool(tool) for tool in self._listed if self._only is None or tool.name in self._only]
        check_names(tools)
        return tools

    def _tool(self, tool: mcp.types.Tool) -> MCPTool:
        name = _NOT_IN_NAMES.sub("_", self._prefix + tool.name)[:LONGEST_NAME]  # MCP has dots, and 128 characters
        return MCPTool(name, tool.description or tool.title or "", tool.input_schema, self._timeout, tool.name, self)


@dataclass(frozen=True, eq=False)
class MCPTool:
    """A tool of an MCP server.

    Attributes:
        name: What the model calls it by.
        description: What it does, for the model.
        parameters: The JSON schema of its arguments.
        timeout: How long one call may take, in seconds; None for as long as it likes.
        name_there: What the server calls it.
        server: The server.
    """

    name: str
    description: str
    parameters: dict[str, Any]
    timeout: float | None
    name_there: str
    server: MCPServer

    async def run(self, arguments: str) -> ToolOutput:
        """Call it; the server checks the arguments.

        Args:
            arguments: A JSON object, as the model wrote it.

        Raises:
            ToolArgumentsError: They are no JSON object.
            ToolError: The tool failed, with its words, or the server is gone.
        """
        try:
            given: object = from_json(arguments if arguments.strip() else "{}")
        except ValueError as error:
            raise ToolArgumentsError(f"{self.name} was not called: its arguments are not JSON ({error})") from None
        if not isinstance(given, dict):
            raise ToolArgumentsError(f"{self.name} was not called: its arguments are not a JSON object")
        return mcp_output(self.name, await self.server.call(self.name_there, cast("dict[str, Any]", given)))


async def _tools_of(client: Client) -> list[mcp.types.Tool]:
    tools: list[mcp.types.Tool] = []
    cursor: str | None = None
    while True:
        page = await client.list_tools(cursor=cursor)
        tools += page.tools
        cursor = page.next_cursor
        if not cursor:
            return tools
