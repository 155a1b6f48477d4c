"""Let the model use the tools of an MCP server that runs on this machine.

Run it with `python examples/mcp_tools.py`; it needs `pip install 'xai-httpx[mcp]'`.
"""

import sys
from pathlib import Path

import anyio
from _client import open_simulator

from xai_httpx import AsyncXAI
from xai_httpx.chat import mcp_stdio

SERVER = Path(__file__).with_name("_mcp_server.py")


async def main() -> None:
    """Start the server, see its tools, and have the model use them."""
    async with (
        open_simulator() as sim,
        sim.client() if sim else AsyncXAI() as client,
        mcp_stdio(sys.executable, str(SERVER), timeout=30) as library,
    ):
        for tool in library.tools:
            print(f"Tool:   {tool.name}, {tool.description}")
        if sim:  # what a model would ask for
            sim.reply_tool_calls([("find_books", {"topic": "fjords"}), ("lend_book", {"title": "Deep Water"})])
        chat = client.chat.create(model="grok-4.6")
        reply = await chat.run("Find books on fjords, and lend me one.", tools=library.tools)
        print(f"Answer: {reply.text}")


if __name__ == "__main__":
    anyio.run(main)
