"""A server of tools for `mcp_tools.py`; it speaks MCP by standard input and output."""

from mcp.server import MCPServer

server = MCPServer("library", log_level="WARNING")
BOOKS = {"fjords": ["Walking in Norway", "Deep Water"], "deserts": ["Sand"]}


@server.tool()
def find_books(topic: str) -> list[str]:
    """Find the books on a topic."""
    return BOOKS.get(topic, [])


@server.tool()
def lend_book(title: str) -> str:
    """Lend a book."""
    return f"{title} is yours until Friday."


if __name__ == "__main__":
    server.run()
