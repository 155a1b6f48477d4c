"""Conversations that keep their history: messages, tools that run themselves, answers as objects.

    from xai_httpx.chat import image, system, tool, user

Every name loads when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._chat import Chat as Chat
    from ._delta import Delta as Delta
    from ._entries import Answer as Answer
    from ._entries import Compaction as Compaction
    from ._entries import Message as Message
    from ._entries import ToolCall as ToolCall
    from ._entries import ToolResult as ToolResult
    from ._live_search import live_search as live_search
    from ._live_search import search_parameters as search_parameters
    from ._local_tool import LocalTool as LocalTool
    from ._local_tool import ToolOutput as ToolOutput
    from ._mcp_connect import mcp_http as mcp_http
    from ._mcp_connect import mcp_stdio as mcp_stdio
    from ._messages import assistant as assistant
    from ._messages import developer as developer
    from ._messages import file as file
    from ._messages import image as image
    from ._messages import system as system
    from ._messages import tool_result as tool_result
    from ._messages import user as user
    from ._parts import File as File
    from ._parts import Image as Image
    from ._parts import Text as Text
    from ._reply import Citation as Citation
    from ._reply import GeneratedImage as GeneratedImage
    from ._reply import Reply as Reply
    from ._reply import ServerToolCall as ServerToolCall
    from ._run import Run as Run
    from ._run_events import RunEvent as RunEvent
    from ._run_events import ToolFinished as ToolFinished
    from ._run_events import ToolStarted as ToolStarted
    from ._run_events import TurnFinished as TurnFinished
    from ._run_events import TurnStarted as TurnStarted
    from ._run_settings import RunSettings as RunSettings
    from ._run_stream import RunStream as RunStream
    from ._server_tools import code_execution as code_execution
    from ._server_tools import collections_search as collections_search
    from ._server_tools import file_search as file_search
    from ._server_tools import image_generation as image_generation
    from ._server_tools import remote_mcp as remote_mcp
    from ._server_tools import web_search as web_search
    from ._server_tools import x_search as x_search
    from ._settings import ChatParams as ChatParams
    from ._settings import ChatSettings as ChatSettings
    from ._settings import answering as answering
    from ._stream import ChatStream as ChatStream
    from ._stream import ParsedStream as ParsedStream
    from ._sync import SyncChat as SyncChat
    from ._sync import SyncChatStream as SyncChatStream
    from ._sync import SyncParsedStream as SyncParsedStream
    from ._sync_run import SyncRunStream as SyncRunStream
    from ._tool import Tool as Tool
    from ._tool import tool as tool

_HOMES = {
    "_chat": ["Chat"],
    "_delta": ["Delta"],
    "_entries": ["Answer", "Compaction", "Message", "ToolCall", "ToolResult"],
    "_live_search": ["live_search", "search_parameters"],
    "_local_tool": ["LocalTool", "ToolOutput"],
    "_mcp_connect": ["mcp_http", "mcp_stdio"],
    "_messages": ["assistant", "developer", "file", "image", "system", "tool_result", "user"],
    "_parts": ["File", "Image", "Text"],
    "_reply": ["Citation", "GeneratedImage", "Reply", "ServerToolCall"],
    "_run": ["Run"],
    "_run_events": ["RunEvent", "ToolFinished", "ToolStarted", "TurnFinished", "TurnStarted"],
    "_run_settings": ["RunSettings"],
    "_run_stream": ["RunStream"],
    "_server_tools": [
        "code_execution",
        "collections_search",
        "file_search",
        "image_generation",
        "remote_mcp",
        "web_search",
        "x_search",
    ],
    "_settings": ["ChatParams", "ChatSettings", "answering"],
    "_stream": ["ChatStream", "ParsedStream"],
    "_sync": ["SyncChat", "SyncChatStream", "SyncParsedStream"],
    "_sync_run": ["SyncRunStream"],
    "_tool": ["Tool", "tool"],
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

if not TYPE_CHECKING:  # to a type checker it would mean that any name exists

    def __getattr__(name: str) -> object:
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(_HOME_OF)
