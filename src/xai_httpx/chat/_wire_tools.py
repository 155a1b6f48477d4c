"""Tools, the choice among them and the form of the answer, as either API writes them; no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from .._errors import RequestValidationError
from ._entries import Form
from ._local_tool import LocalTool, definition
from ._settings import API_NAMES

CHOICES = ("auto", "none", "required")


def wire_tools(tools: Iterable[LocalTool | Mapping[str, object]], form: Form) -> list[Mapping[str, Any]]:
    """Tools for a request.

    Raises:
        RequestValidationError: The API does not have one of them.
    """
    return [_wire_tool(tool, form) for tool in tools]


def _wire_tool(tool: LocalTool | Mapping[str, object], form: Form) -> Mapping[str, Any]:
    if not isinstance(tool, Mapping):
        told = definition(tool)
        return {"type": "function", **told} if form == "responses" else _nested(told)
    nested: Any = tool.get("function")
    if tool.get("type") == "function" and form == "responses" and isinstance(nested, Mapping):
        return {"type": "function", **cast("Mapping[str, Any]", nested)}
    if tool.get("type") == "function" and form == "completions" and nested is None:
        return _nested({key: value for key, value in tool.items() if key != "type"})
    if form == "completions" and tool.get("type") not in ("function", "live_search"):
        expected = "a function: the server runs tools in the Responses API alone"
        raise RequestValidationError(
            f"tools with {tool.get('type')!r} cannot be given to {API_NAMES[form]}", "tools", expected
        )
    return tool


def _nested(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "function", "function": definition}


def wire_use_of_tools(settings: Mapping[str, Any], form: Form) -> dict[str, Any]:
    """The settings that say which tools there are and which the model has to call, as far as they say it."""
    tools = {"tools": wire_tools(settings["tools"], form)} if settings.get("tools") else {}
    choice = settings.get("tool_choice")
    return {**tools, **({} if choice is None else {"tool_choice": _wire_choice(choice, form)})}


def _wire_choice(choice: object, form: Form) -> object:
    """A word of the API, or the name of a function."""
    if not isinstance(choice, str) or choice in CHOICES:
        return choice
    return {"type": "function", **({"name": choice} if form == "responses" else {"function": {"name": choice}})}


def wire_format(given: Mapping[str, Any], form: Form) -> Mapping[str, Any]:
    """The form of the answer: flat in the Responses API, nested in Chat Completions; taken in both ways."""
    if given.get("type") != "json_schema":
        return given
    shape: Mapping[str, Any] = given.get("json_schema") or {key: given[key] for key in given if key != "type"}
    return {"type": "json_schema", **shape} if form == "responses" else {"type": "json_schema", "json_schema": shape}
