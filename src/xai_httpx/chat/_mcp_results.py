"""From the result of a tool on an MCP server to what the model is told; no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._tool_errors import ToolError
from ._local_tool import ToolOutput
from ._parts import File, Image, Part, Text
from ._tool_output import tool_output

if TYPE_CHECKING:
    from mcp.types import BlobResourceContents, CallToolResult, ContentBlock


def mcp_output(name: str, result: CallToolResult) -> ToolOutput:
    """The output of a tool.

    Args:
        name: The tool.
        result: What the server answered. Its structured content counts only where it has no other, for servers send
            the same as text.

    Raises:
        ToolError: The server says that the tool failed; the message is its text.
    """
    parts = tuple(_part(block) for block in result.content)
    texts = [part.text for part in parts if isinstance(part, Text)]
    if result.is_error:
        raise ToolError("\n".join(texts) or f"{name} failed without saying why")
    if not parts:
        return tool_output(name, result.structured_content)
    return "\n".join(texts) if len(texts) == len(parts) else parts


def _part(block: ContentBlock) -> Part:
    from mcp.types import TextResourceContents

    match block.type:
        case "text":
            return Text(block.text)
        case "image":
            return _image(block.mime_type, block.data)
        case "audio":
            return Text(f"[audio that cannot be shown: {block.mime_type}]")
        case "resource_link":
            return Text(f"{block.title or block.name}: {block.uri}")
        case "resource":
            held = block.resource
            return Text(held.text) if isinstance(held, TextResourceContents) else _blob(held)


def _blob(held: BlobResourceContents) -> Part:
    media_type = held.mime_type or "application/octet-stream"
    if media_type.startswith("image/"):
        return _image(media_type, held.blob)
    name = str(held.uri).rstrip("/").rpartition("/")[2] or "file"
    return File(content=held.blob, name=name, media_type=media_type)


def _image(media_type: str, content: str) -> Image:
    return Image(f"data:{media_type};base64,{content}")
