"""Where an MCP server is: a process that is started, or a URL (extra `mcp`)."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ._local_tool import check_timeout
from ._mcp import MCPServer

if TYPE_CHECKING:
    from mcp.client import Transport


def mcp_stdio(
    command: str,
    *args: str,
    env: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    only: Collection[str] | None = None,
    prefix: str = "",
    timeout: float | None = None,
) -> MCPServer:
    """An MCP server that is started as a process and spoken to by its standard input and output.

    Args:
        command: The program.
        args: Its arguments.
        env: Environment variables besides `PATH`, `HOME` and the like; it gets no others of this process.
        cwd: Its working directory; by default that of this process.
        only: Names of the tools to take, as the server has them; by default all.
        prefix: What their names begin with for the model, to tell apart the tools of several servers.
        timeout: How long one call may take, in seconds; by default as long as it likes.

    Raises:
        ImportError: The package `mcp` is missing.
        RequestValidationError: An argument cannot be used.
    """
    _require_extra()
    from mcp import StdioServerParameters, stdio_client

    given = StdioServerParameters(
        command=command, args=list(args), env=dict(env or {}), cwd=None if cwd is None else os.fspath(cwd)
    )

    async def connect(stack: AsyncExitStack) -> Transport:
        return stdio_client(given, errlog=sys.__stderr__ or sys.stderr)  # notebooks have a `sys.stderr` that is no file

    return MCPServer(connect, command, only=only, prefix=prefix, timeout=check_timeout(timeout))


def mcp_http(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    only: Collection[str] | None = None,
    prefix: str = "",
    timeout: float | None = None,
) -> MCPServer:
    """An MCP server that this program connects to over HTTP; xAI does not need to reach it.

    Args:
        url: Where it is, such as `http://localhost:8000/mcp`.
        headers: Headers of all requests to it, such as `Authorization`.
        only: Names of the tools to take, as the server has them; by default all.
        prefix: What their names begin with for the model, to tell apart the tools of several servers.
        timeout: How long one call may take, in seconds; by default as long as it likes.

    Raises:
        ImportError: The package `mcp` is missing.
        RequestValidationError: An argument cannot be used.
    """
    _require_extra()
    import httpx2  # which mcp is made with
    from mcp.client.streamable_http import streamable_http_client

    async def connect(stack: AsyncExitStack) -> Transport:
        patience = httpx2.Timeout(30, read=None)  # a call takes as long as `timeout` lets it
        client = await stack.enter_async_context(httpx2.AsyncClient(headers=headers, timeout=patience))
        return streamable_http_client(url, http_client=client)

    parts = urlsplit(url)
    shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"  # errors go to the model: no secrets
    return MCPServer(connect, shown, only=only, prefix=prefix, timeout=check_timeout(timeout))


def _require_extra() -> None:
    try:
        from mcp import Client
    except ImportError as error:  # missing, or an older one
        raise ImportError("MCP servers need mcp 2: pip install 'xai-httpx[mcp]'", name="mcp") from error
    del Client
