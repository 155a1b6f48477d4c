"""What chat completions and responses say alike: texts, tools and the form of the answer."""

import re
from collections.abc import Sequence

from .._contract.errors import ApiError
from .._json import JsonObject, as_list, as_object
from .brain import FunctionTool


def content_text(content: object) -> str:
    """Return the text of a message's content, a string or a list of parts."""
    if isinstance(content, str):
        return content
    parts = [as_object(part) or {} for part in as_list(content) or []]
    return "\n".join(part["text"] for part in parts if isinstance(part.get("text"), str))


def function_tools(tools: Sequence[JsonObject], holder: str | None = None) -> list[FunctionTool]:
    """Read the functions among tools; those that the server runs are not used by the simulated model.

    Args:
        tools: The tools as they were sent.
        holder: The member that holds the function, where it is nested.
    """
    functions = [tool if holder is None else tool[holder] for tool in tools if tool["type"] == "function"]
    return [FunctionTool(one["name"], as_object(one.get("parameters")) or {"type": "object"}) for one in functions]


def called_tools(
    tools: Sequence[FunctionTool], choice: object, *, named: str | None, text: str, parallel: bool
) -> tuple[FunctionTool, ...]:
    """Find the functions that the model calls: those whose name stands in what the user said, or that it has to.

    Args:
        tools: The functions of the request.
        choice: The value of `tool_choice`.
        named: The function that it names, if it is an object.
        text: What the user said last; empty once the tools have answered.
        parallel: Whether several may be called at once.

    Raises:
        ApiError: 400 for a function that is not among the tools.
    """
    if choice == "none":
        return ()
    if as_object(choice) is not None:
        chosen = [tool for tool in tools if tool.name == named]
        if not chosen and named is not None:
            raise ApiError(400, f"tool_choice names the function {named}, which is not in tools.")
        return tuple(chosen[:1])
    mentioned = [tool for tool in tools if re.search(rf"(?<!\w){re.escape(tool.name)}(?!\w)", text)]
    if not mentioned and choice == "required":
        mentioned = list(tools[:1])
    return tuple(mentioned if parallel else mentioned[:1])


def output_format(form: JsonObject, holder: str | None = None) -> tuple[JsonObject | None, bool]:
    """Read a response format: its schema, and whether any JSON object will do."""
    if form.get("type") == "json_schema":
        held = form if holder is None else as_object(form[holder]) or {}
        return as_object(held.get("schema")) or {}, False
    return None, form.get("type") == "json_object"
