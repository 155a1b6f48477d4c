"""The tools that a model is given, whatever they were made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from .._errors import RequestValidationError
from ._local_tool import LocalTool, check_name
from ._server_tools import is_client_tool, tool_name
from ._tool import Tool

GivenTool: TypeAlias = LocalTool | Callable[..., Any]


def as_tool(given: GivenTool) -> LocalTool:
    """Something that can run as a tool: a function becomes one, a tool stays what it is.

    Raises:
        RequestValidationError: It is none.
    """
    bound: Any = given
    if isinstance(getattr(given, "__func__", None), Tool):  # @classmethod over @tool, from Python 3.13 on
        bound = bound.__func__.__get__(bound.__self__)
    made: LocalTool = bound if isinstance(bound, LocalTool) else Tool(bound)
    if getattr(made, "is_unbound", False):
        message = f"{made.name} is a method: give that of an object, not that of the class"
        raise RequestValidationError(message, "tools", "a method of an object", given)
    check_name(made.name, "name of a tool")
    return made


def check_names(tools: Iterable[LocalTool | Mapping[str, Any]]) -> None:
    """Refuse tools of which two have the same name, for a call says only the name.

    Args:
        tools: Local tools and dicts in either wire form; those that xAI runs have no names to clash.

    Raises:
        RequestValidationError: It names the tool.
    """
    seen: set[str] = set()
    for each in tools:
        if isinstance(each, Mapping) and not is_client_tool(each):
            continue
        name = tool_name(each) if isinstance(each, Mapping) else each.name
        if name in seen:
            raise RequestValidationError(f"two tools are named {name!r:.100}", "tools", "names that differ", name)
        seen.add(name)
