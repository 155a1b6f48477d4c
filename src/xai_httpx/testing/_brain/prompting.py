"""What chat completions and responses say alike: texts, tools and the form of the answer."""

import re
from collections.abc import Container, Iterable, Sequence
from itertools import takewhile

from .._contract.errors import ApiError
from .._json import JsonObject, as_list, as_object
from .brain import FunctionTool


def content_text(content: object) -> str:
    """Return the text of a message's content, a string or a list of parts."""
    if isinstance(content, str):
        return content
    parts = [as_object(part) or {} for part in as_list(content) or []]
    return "\n".join(part["text"] for part in parts if isinstance(part.get("text"), str))


def called_tools(body: JsonObject, text: str, holder: str | None = None) -> tuple[FunctionTool, ...]:
    """Find the functions that the model calls: those whose name stands in what the user said, or that it has to.

    Tools that the server runs are not used by the simulated model.

    Args:
        body: The request, with `tools`, `tool_choice` and `parallel_tool_calls`.
        text: What the user said last; empty once the tools have answered.
        holder: The member that holds a function, in `tools` and in `tool_choice`, where it is nested.

    Raises:
        ApiError: 400 for a function that is not among the tools.
    """
    tools, choice = _functions(body.get("tools") or (), holder), body.get("tool_choice")
    if choice == "none":
        return ()
    if (wanted := as_object(choice)) is not None:
        named = (wanted if holder is None else as_object(wanted.get(holder)) or {}).get("name")
        chosen = [tool for tool in tools if tool.name == named]
        if not chosen and named is not None:
            raise ApiError(400, f"tool_choice names the function {named}, which is not in tools.")
        return tuple(chosen[:1])
    mentioned = [tool for tool in tools if re.search(rf"(?<!\w){re.escape(tool.name)}(?!\w)", text)]
    if not mentioned and choice == "required":
        mentioned = tools[:1]
    return tuple(mentioned if body.get("parallel_tool_calls") is not False else mentioned[:1])


def _functions(tools: Iterable[JsonObject], holder: str | None) -> list[FunctionTool]:
    functions = [tool if holder is None else tool[holder] for tool in tools if tool["type"] == "function"]
    return [FunctionTool(one["name"], as_object(one.get("parameters")) or {"type": "object"}) for one in functions]


def tool_outputs(turns: Sequence[JsonObject], kind: str, kinds: Container[str], member: str) -> tuple[str, ...]:
    """Find what tools have answered since the model spoke last.

    Args:
        turns: The conversation.
        kind: The member that tells what a turn is.
        kinds: What it says of an answer.
        member: The member that holds the answer.
    """
    latest = takewhile(lambda turn: turn[kind] in kinds, reversed(turns))
    return tuple(content_text(turn.get(member)) for turn in latest)[::-1]


def output_format(form: JsonObject, holder: str | None = None) -> tuple[JsonObject | None, bool]:
    """Read a response format: its schema, and whether any JSON object will do."""
    if form.get("type") == "json_schema":
        held = form if holder is None else as_object(form[holder]) or {}
        return as_object(held.get("schema")) or {}, False
    return None, form.get("type") == "json_object"
