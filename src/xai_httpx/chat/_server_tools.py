"""Tools that xAI runs, as constructors: what goes into `tools`, checked when it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from .._arguments import one_of
from .._errors import RequestValidationError
from ._tool_settings import checked, days

if TYPE_CHECKING:
    from ..types import responses_params

_RUN_BY_THE_CALLER = ("function", "shell")


def web_search(
    *,
    allowed_domains: Sequence[str] | None = None,
    excluded_domains: Sequence[str] | None = None,
    enable_image_understanding: bool | None = None,
    enable_image_search: bool | None = None,
) -> responses_params.WebSearchToolParam:
    """Search the web and open pages.

    Args:
        allowed_domains: Only these, at most 5; such as `example.org`. Not together with `excluded_domains`.
        excluded_domains: All but these, at most 5.
        enable_image_understanding: Whether the model may look at the images of pages.
        enable_image_search: Whether it may search for images.

    Raises:
        RequestValidationError: A setting cannot be sent.
    """
    domains = {"allowed_domains": allowed_domains, "excluded_domains": excluded_domains}
    if allowed_domains is not None and excluded_domains is not None:
        message = "allowed_domains and excluded_domains cannot be combined"
        raise RequestValidationError(message, "allowed_domains", "set without excluded_domains")
    images = {"enable_image_understanding": enable_image_understanding, "enable_image_search": enable_image_search}
    made: responses_params.WebSearchToolParam = checked("responses.WebSearchTool", "web_search", **domains, **images)
    for name, given in domains.items():
        for domain in given or ():
            if "/" in domain or ":" in domain:
                expected = "domains without protocol and path, such as example.org"
                raise RequestValidationError(f"{name} must be {expected}, got {domain!r:.100}", name, expected, domain)
    return made


def x_search(
    *,
    allowed_x_handles: Sequence[str] | None = None,
    excluded_x_handles: Sequence[str] | None = None,
    from_date: date | str | None = None,
    to_date: date | str | None = None,
    enable_image_understanding: bool | None = None,
    enable_video_understanding: bool | None = None,
) -> responses_params.XSearchToolParam:
    """Search posts, users and threads on X.

    Args:
        allowed_x_handles: Only posts of these users, at most 10. Not together with `excluded_x_handles`.
        excluded_x_handles: No posts of these users, at most 10.
        from_date: The earliest day, a date or `YYYY-MM-DD`.
        to_date: The latest day.
        enable_image_understanding: Whether the model may look at the images of posts.
        enable_video_understanding: Whether it may look at their videos.

    Raises:
        RequestValidationError: A setting cannot be sent.
    """
    made: responses_params.XSearchToolParam = checked(
        "responses.XSearchTool",
        "x_search",
        allowed_x_handles=allowed_x_handles,
        excluded_x_handles=excluded_x_handles,
        **days(from_date, to_date),
        enable_image_understanding=enable_image_understanding,
        enable_video_understanding=enable_video_understanding,
    )
    return made


def code_execution() -> responses_params.CodeInterpreterToolParam:
    """Write and run Python code."""
    return {"type": "code_interpreter"}


def file_search(
    vector_store_ids: Sequence[str], *, max_num_results: int | None = None
) -> responses_params.FileSearchToolParam:
    """Search the documents of collections.

    Args:
        vector_store_ids: Ids of the collections, at most 10.
        max_num_results: How many hits a search gives at most, at least 1.

    Raises:
        RequestValidationError: A setting cannot be sent.
    """
    settings = {"vector_store_ids": vector_store_ids, "max_num_results": max_num_results}
    made: responses_params.FileSearchToolParam = checked("responses.FileSearchTool", "file_search", **settings)
    return made


def collections_search(
    collection_ids: Sequence[str], *, max_num_results: int | None = None
) -> responses_params.FileSearchToolParam:
    """Search the documents of collections: `file_search` by another name.

    Args:
        collection_ids: Ids of the collections, at most 10.
        max_num_results: How many hits a search gives at most, at least 1.

    Raises:
        RequestValidationError: A setting cannot be sent; it goes by the name that the API has for it.
    """
    return file_search(collection_ids, max_num_results=max_num_results)


def remote_mcp(
    server_url: str,
    server_label: str,
    *,
    server_description: str | None = None,
    allowed_tools: Sequence[str] | None = None,
    authorization: str | None = None,
    headers: Mapping[str, str] | None = None,
    defer_loading: bool | None = None,
) -> responses_params.McpToolParam:
    """Call the tools of an MCP server that xAI connects to; for one that this program connects to, see `mcp_http`.

    Args:
        server_url: Its public URL.
        server_label: Its name in the calls.
        server_description: What it is for, for the model.
        allowed_tools: Only these of its tools.
        authorization: The value of the `Authorization` header to it.
        headers: Other headers to it.
        defer_loading: Whether its tools stay out of the prompt until the model searches for them.

    Raises:
        RequestValidationError: A setting cannot be sent.
    """
    made: responses_params.McpToolParam = checked(
        "responses.McpTool",
        "mcp",
        server_url=server_url,
        server_label=server_label,
        server_description=server_description,
        allowed_tools=allowed_tools,
        authorization=authorization,
        headers=headers,
        defer_loading=defer_loading,
    )
    return made


def image_generation(
    *, action: Literal["auto", "generate", "edit"] | None = None
) -> responses_params.ImageGenerationToolParam:
    """Generate and edit images.

    Args:
        action: Whether it may do both (`auto`, the server's default), or which of the two.

    Raises:
        RequestValidationError: There is no such action.
    """
    one_of(action, "action", "auto", "generate", "edit")
    made: responses_params.ImageGenerationToolParam = checked(
        "responses.ImageGenerationTool", "image_generation", action=action
    )
    return made


def is_client_tool(tool: Mapping[str, Any]) -> bool:
    """Whether the caller runs what the model calls by this tool: xAI runs all others."""
    return tool.get("type") in _RUN_BY_THE_CALLER


def tool_name(tool: Mapping[str, Any]) -> str:
    """What the model calls a function by, in either wire form; of other tools the type."""
    named: Mapping[str, Any] = tool["function"] if isinstance(tool.get("function"), Mapping) else tool
    return str(named["name"] if tool.get("type") == "function" and "name" in named else tool.get("type"))
