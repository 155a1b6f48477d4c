"""A small generator: from a JSON schema to one value that satisfies it, always the same one."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from .._contract.errors import ApiError
from .._json import JsonObject, as_list, as_object

_FORMATS = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "decimal": "1.50",
    "duration": "P1D",
    "email": "user@example.com",
    "hostname": "example.com",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
# Beyond this depth arrays stay empty and nullable members are null, so that recursive schemas end.
_DEPTH_LIMIT = 8


@dataclass(frozen=True, slots=True)
class _Plan:
    """The whole schema, into which references lead, and which of several values is taken."""

    root: JsonObject
    variant: int


def draft_of(schema: JsonObject, variant: int = 0) -> Any:
    """Make a value after a JSON schema, as `instance_of` does, which may yet not satisfy all of it."""
    return _instance(schema, _Plan(schema, variant), 0)


def instance_of(schema: JsonObject, variant: int = 0) -> Any:
    """Make a value that satisfies a JSON schema.

    Of objects, the required members are filled. `not` and conditional keywords are not read.

    Args:
        schema: The schema; `$ref` may point into it.
        variant: Which of several possible values.

    Returns:
        A JSON value.

    Raises:
        ApiError: 400 if the schema is not valid, or if a value that satisfies it was not found.
    """
    from jsonschema_rs import ReferencingError, ValidationError, validator_for

    try:
        made = draft_of(schema, variant)
        satisfies = validator_for(schema, retriever=_elsewhere).is_valid(made)
    except (TypeError, ValueError, ArithmeticError, re.error, ValidationError, ReferencingError) as error:
        raise ApiError(400, f"The JSON schema is not valid: {str(error).splitlines()[0]}.") from error
    if not satisfies:
        raise ApiError(400, "The simulator finds no value for the JSON schema: give it one with a script.")
    return made


def _elsewhere(uri: str) -> Any:
    raise ValueError(f"{uri} is not inside the schema")


def _instance(schema: object, plan: _Plan, depth: int) -> Any:
    node = as_object(schema)
    if node is None or depth > 4 * _DEPTH_LIMIT:
        return None
    for keyword in ("const", "default"):
        if keyword in node:
            return node[keyword]
    if choices := as_list(node.get("enum")):
        return choices[plan.variant % len(choices)]
    if "$ref" in node:
        return _instance(_resolve(str(node["$ref"]), plan.root), plan, depth + 1)
    if parts := as_list(node.get("allOf")):
        return _instance(_merged(node, parts, plan), plan, depth + 1)
    for keyword in ("anyOf", "oneOf"):
        if options := as_list(node.get(keyword)):
            return _instance(_option(node, keyword, options, plan, depth), plan, depth + 1)
    return _MAKERS.get(_type_of(node, depth), _null)(node, plan, depth)


def _resolve(reference: str, root: JsonObject) -> object:
    target: object = root
    for part in reference.removeprefix("#").split("/")[1:]:
        target = (as_object(target) or {}).get(part.replace("~1", "/").replace("~0", "~"))
    return target


def _merged(node: JsonObject, parts: list[Any], plan: _Plan) -> JsonObject:
    merged = {keyword: value for keyword, value in node.items() if keyword != "allOf"}
    for part in parts:
        member = as_object(part) or {}
        if "$ref" in member:
            member = as_object(_resolve(str(member["$ref"]), plan.root)) or {}
        properties = {**(as_object(merged.get("properties")) or {}), **(as_object(member.get("properties")) or {})}
        required = [*(as_list(merged.get("required")) or []), *(as_list(member.get("required")) or [])]
        merged |= member
        if properties:
            merged |= {"properties": properties, "required": required}
    return merged


def _option(node: JsonObject, keyword: str, options: list[Any], plan: _Plan, depth: int) -> JsonObject:
    null = next((option for option in options if (as_object(option) or {}).get("type") == "null"), None)
    chosen = null if depth >= _DEPTH_LIMIT and null is not None else options[plan.variant % len(options)]
    # Keywords beside the union (properties, required) hold for every option.
    return {name: value for name, value in node.items() if name != keyword} | (as_object(chosen) or {})


def _type_of(node: JsonObject, depth: int) -> str:
    declared = node.get("type")
    if names := as_list(declared):
        return "null" if depth >= _DEPTH_LIMIT and "null" in names else str(names[0])
    if isinstance(declared, str):
        return declared
    if "properties" in node or "required" in node:
        return "object"
    return "array" if "items" in node or "prefixItems" in node else "string"


def _object(node: JsonObject, plan: _Plan, depth: int) -> JsonObject:
    properties = as_object(node.get("properties")) or {}
    required = as_list(node.get("required")) or []
    return {str(name): _instance(properties.get(name, {}), plan, depth + 1) for name in required}


def _array(node: JsonObject, plan: _Plan, depth: int) -> list[Any]:
    wanted = int(node.get("minItems", 0 if depth >= _DEPTH_LIMIT else 1))
    wanted = min(wanted, int(node.get("maxItems", wanted)))
    items = [_instance(item, plan, depth + 1) for item in (as_list(node.get("prefixItems")) or [])]
    rest = node.get("items", {})
    while rest is not False and len(items) < wanted:
        items.append(_instance(rest, plan, depth + 1))
    return items


def _string(node: JsonObject, plan: _Plan, _depth: int) -> str:
    if "pattern" in node:
        return _matching(str(node["pattern"]), plan.variant)
    text = _FORMATS.get(str(node.get("format")), "text")
    shortest = int(node.get("minLength", 0))
    return (text + "x" * (shortest - len(text)))[: int(node.get("maxLength", max(len(text), shortest)))]


def _matching(pattern: str, seed: int) -> str:
    """A text that matches a pattern, the same every time."""
    from rstr import Rstr

    return Rstr(Random(seed)).xeger(pattern)


def _number(node: JsonObject, _plan: _Plan, _depth: int) -> float:
    if step := node.get("multipleOf"):
        return _multiple(node, float(step))
    low, high = _bounds(node)
    if low is not None and high is not None:
        return (low + high) / 2
    if low is not None:
        return low + 1
    return 1.5 if high is None else high - 1


def _integer(node: JsonObject, _plan: _Plan, _depth: int) -> int:
    return int(_multiple(node, node.get("multipleOf", 1)))


def _multiple(node: JsonObject, step: float) -> float:
    low, high = _bounds(node)
    if low is not None:
        value = math.ceil(low / step) * step
        return value + step if value == node.get("exclusiveMinimum") else value
    if high is None or high > step:
        return step
    value = math.floor(high / step) * step
    return value - step if value == node.get("exclusiveMaximum") else value


def _bounds(node: JsonObject) -> tuple[float | None, float | None]:
    lows: list[float] = [node[name] for name in ("minimum", "exclusiveMinimum") if name in node]
    highs: list[float] = [node[name] for name in ("maximum", "exclusiveMaximum") if name in node]
    return max(lows, default=None), min(highs, default=None)


def _boolean(_node: JsonObject, plan: _Plan, _depth: int) -> bool:
    return plan.variant % 2 == 0


def _null(_node: JsonObject, _plan: _Plan, _depth: int) -> None:
    return None


_MAKERS: dict[str, Callable[[JsonObject, _Plan, int], Any]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "null": _null,
}
