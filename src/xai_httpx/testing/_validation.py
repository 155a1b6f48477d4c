"""Checks of request bodies: a missing or mistyped field is a 422, a value out of range a 400."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ._brain import FunctionTool
from ._errors import ApiError
from ._json import JsonObject, as_list, as_object


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_CHECKS: dict[str, Callable[[object], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "number": _is_number,
    "integer": _is_integer,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def undeserializable(detail: str) -> ApiError:
    """Make the 422 that the API gives for a body of the wrong shape."""
    return ApiError(422, f"Failed to deserialize the JSON body into the target type: {detail}")


def check_fields(body: JsonObject, required: Mapping[str, str], optional: Mapping[str, str] | None = None) -> None:
    """Check that fields are there and of their type.

    Args:
        body: The object to check.
        required: Type by field name, alternatives joined with `|`.
        optional: The same for fields that may be absent or null.

    Raises:
        ApiError: 422, naming the field.
    """
    for name, types in required.items():
        if name not in body:
            raise undeserializable(f"missing field `{name}`")
        _check_type(name, body[name], types)
    for name, types in (optional or {}).items():
        if body.get(name) is not None:
            _check_type(name, body[name], types)


def _check_type(name: str, value: object, types: str) -> None:
    if not any(_CHECKS[one](value) for one in types.split("|")):
        raise undeserializable(f"{name}: invalid type, expected {types.replace('|', ' or ')}")


def check_ranges(body: JsonObject, ranges: Mapping[str, tuple[float, float]]) -> None:
    """Check that numbers, and lengths of arrays, are inside their range; absent and null ones are.

    Raises:
        ApiError: 400, naming the field and the range.
    """
    for name, (low, high) in ranges.items():
        value: Any = body.get(name)
        values = as_list(value)
        size = value if values is None else len(values)
        if size is not None and not low <= size <= high:
            raise ApiError(400, f"Invalid value for {name}: it must be between {low} and {high}.")


def check_choices(body: JsonObject, choices: Mapping[str, Sequence[str]]) -> None:
    """Check that fields have one of their values; absent and null ones do.

    Raises:
        ApiError: 422, naming the field.
    """
    for name, values in choices.items():
        if body.get(name) is not None and body[name] not in values:
            raise undeserializable(f"{name}: unknown variant `{body[name]}`, expected one of {', '.join(values)}")


def array_of_objects(values: list[Any], name: str) -> list[JsonObject]:
    """Return the members of an array as objects.

    Raises:
        ApiError: 422 if one is something else.
    """
    items = [as_object(value) for value in values]
    if None in items:
        raise undeserializable(f"{name}[{items.index(None)}]: invalid type, expected object")
    return [item for item in items if item is not None]


def check_strings(values: list[Any], name: str) -> None:
    """Check that the members of an array are strings.

    Raises:
        ApiError: 422 if one is something else.
    """
    for index, value in enumerate(values):
        _check_type(f"{name}[{index}]", value, "string")


def forced_tool(choice: object, name: str | None, tools: list[FunctionTool]) -> FunctionTool | None:
    """Find the function that `tool_choice` obliges the model to call.

    Args:
        choice: The value of `tool_choice`.
        name: The function that it names, if it is an object.
        tools: The functions of the request.

    Raises:
        ApiError: 400 for an unknown mode, or a function that is not among the tools.
    """
    if choice == "required":
        return tools[0] if tools else None
    if as_object(choice) is None:
        if choice not in (None, "none", "auto"):
            raise ApiError(400, "Invalid value for tool_choice: it must be none, auto, required or a function.")
        return None
    for tool in tools:
        if tool.name == name:
            return tool
    raise ApiError(400, f"tool_choice names the function {name}, which is not in tools.")


def content_text(content: object) -> str:
    """Return the text of a message's content, a string or a list of parts."""
    if isinstance(content, str):
        return content
    parts = [as_object(part) or {} for part in as_list(content) or []]
    return "\n".join(part["text"] for part in parts if isinstance(part.get("text"), str))


def function_tool(tool: JsonObject, holder: str | None = None) -> FunctionTool | None:
    """Read a function tool; None for a tool that the server runs, which the simulated model does not use on its own.

    Args:
        tool: The tool as it was sent.
        holder: The member that holds the function, where it is nested.

    Raises:
        ApiError: 422 for a tool of the wrong shape.
    """
    check_fields(tool, {"type": "string"})
    if tool["type"] != "function":
        return None
    function = _held(tool, holder)
    check_fields(function, {"name": "string"}, {"parameters": "object"})
    return FunctionTool(function["name"], function.get("parameters") or {"type": "object"})


def output_format(form: JsonObject, holder: str | None = None) -> tuple[JsonObject | None, bool]:
    """Read a response format: its schema, and whether any JSON object will do.

    Raises:
        ApiError: 422 for an unknown type, or one without its schema.
    """
    kind = form.get("type", "text")
    if kind == "json_schema":
        schema = _held(form, holder)
        check_fields(schema, {"schema": "object"})
        return schema["schema"], False
    if kind not in ("text", "json_object"):
        raise undeserializable(f"unknown variant `{kind}` of the response format's type")
    return None, kind == "json_object"


def _held(value: JsonObject, holder: str | None) -> JsonObject:
    if holder is None:
        return value
    check_fields(value, {holder: "object"})
    held: JsonObject = value[holder]
    return held
