"""An MCP server for tests: `python -m tests.chat.mcpserver` speaks by standard input, `HTTPServer` on a port."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from pathlib import Path
from typing import Annotated

import uvicorn
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import (
    AudioContent,
    BlobResourceContents,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
    TextResourceContents,
)
from pydantic import Field

shop = MCPServer("shop", log_level="CRITICAL")


@shop.tool()
def add(a: Annotated[int, Field(description="One.")], b: int = 1) -> int:
    """Add two numbers."""
    return a + b


@shop.tool(name="dotted.name")
def dotted() -> None:
    """Give nothing."""


@shop.tool()
def blocks() -> list[ContentBlock]:
    return [
        TextContent(text="words"),
        ImageContent(data="aW1n", mime_type="image/png"),
        AudioContent(data="", mime_type="audio/wav"),
        ResourceLink(name="price list", uri="file:///prices.csv"),
        EmbeddedResource(resource=TextResourceContents(uri="file:///a.txt", text="held")),
        EmbeddedResource(resource=BlobResourceContents(uri="file:///a.pdf", blob="cGRm", mime_type="application/pdf")),
        EmbeddedResource(resource=BlobResourceContents(uri="file:///a.gif", blob="Z2lm", mime_type="image/gif")),
    ]


@shop.tool()
def fail() -> str:
    raise ToolError("no bread today")


@shop.tool()
def where(variable: str) -> list[str | None]:
    return [str(Path.cwd()), os.environ.get(variable)]


@shop.tool()
async def header(name: str, context: Context) -> str | None:
    return (context.headers or {}).get(name)


@shop.tool()
def die() -> None:
    os._exit(1)


class HTTPServer:
    """Serves on a free port, in a thread of its own, until it is stopped."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/mcp"
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()
        self._ready.wait()

    async def _serve(self) -> None:
        config = uvicorn.Config(shop.streamable_http_app(), log_config=None, timeout_graceful_shutdown=0)
        self._server = _Server(config, self._ready)
        await self._server.serve(sockets=[self._socket])

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready.set()


if __name__ == "__main__":
    shop.run()
