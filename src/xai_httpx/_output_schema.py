"""From the JSON schema that pydantic makes of a type to one that xAI takes; no I/O.

xAI documents a subset of JSON Schema (docs.x.ai, "Structured Outputs"): no circular references, `additionalProperties`
false unless set, regular expressions without look-around and the like, no enum without members. A property that is not
required is optional there, so a field with a default stays one. A type that leads back to itself is asked for so many
levels deep, rather than refused: answers are finite, and pydantic reads deeper ones all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, JsonSchemaWarningKind

from ._errors import RequestValidationError
from ._output_recursion import EndlessError, unrolled
from ._output_references import DEFS

_NO_SCHEMA = "x-no-schema"
_NOT_IN_XAI_PATTERNS = re.compile(r"\\[bBpPk1-9]|\(\?(?!:)")
_LISTS = ("anyOf", "allOf")
_SINGLE = {"items": "[]", "additionalProperties": "{}", "propertyNames": "{}", "contentSchema": ""}


class OutputSchema(GenerateJsonSchema):
    """Pydantic's schemas, with a mark in the place of what has none, for only a walk over the whole knows the path."""

    # A default without a JSON form is left out of the schema; it is used all the same.
    ignored_warning_kinds: set[JsonSchemaWarningKind] = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> JsonSchemaValue:
        return {_NO_SCHEMA: error_info}

    def decimal_schema(self, schema: Any) -> JsonSchemaValue:
        # Beside a string pydantic allows a number, but reads it as a float: of 20 digits 16 would be left.
        return {"type": "string", "format": "decimal", "pattern": r"^-?\d+(\.\d+)?$"}


def refusal(path: str, reason: str) -> RequestValidationError:
    """The error for a part of a type that cannot be asked for."""
    return RequestValidationError(f"{path} cannot be asked for: {reason}", path, "a type with a JSON schema")


def acceptable(
    schema: dict[str, Any],
    name: str,
    *,
    recursive: bool = False,
    refuse: Callable[[str, str], RequestValidationError] = refusal,
) -> dict[str, Any]:
    """Make a schema acceptable for xAI.

    Args:
        schema: What `OutputSchema` made of a type.
        name: The type, as the path of a fault begins with it.
        recursive: Whether definitions may lead back to themselves; else they are unrolled.
        refuse: Makes the error of a path and a reason.

    Raises:
        RequestValidationError: A part of it cannot be made so; the path leads there, such as `Answer.items[].callback`.
    """
    walk = _Walk(schema.get("$defs", {}), refuse)
    root = {key: value for key, value in schema.items() if key != "$defs"}
    made: dict[str, Any] = walk.make(root, name)
    if recursive:
        return made | ({"$defs": walk.made} if walk.made else {})
    try:
        return unrolled(made, name, walk.made, walk.paths)
    except EndlessError as endless:
        raise refuse(endless.path, f"it leads back to {endless.name}, and no value of it would end") from None


class _Walk:
    """Follows references too, each definition once.

    Attributes:
        made: The definitions, in the order in which the walk leaves them.
        paths: Where each was found first.
    """

    def __init__(self, definitions: dict[str, Any], refuse: Callable[[str, str], RequestValidationError]) -> None:
        self._definitions = definitions
        self._refuse = refuse
        self.made: dict[str, Any] = {}
        self.paths: dict[str, str] = {}

    def make(self, node: Any, path: str) -> Any:
        if not isinstance(node, dict):
            return node  # `true` and `false` stand for schemas too
        made = dict(cast("dict[str, Any]", node))
        self._check(made, path)
        if "$ref" in made:
            self._follow(str(made["$ref"]).removeprefix(DEFS), path)
        _simplify(made)
        for key, step in _SINGLE.items():
            if key in made:
                made[key] = self.make(made[key], path + step)
        for key in _LISTS:
            if key in made:
                made[key] = [self.make(member, path) for member in made[key]]
        if "prefixItems" in made:
            members = enumerate(made["prefixItems"])
            made["prefixItems"] = [self.make(member, f"{path}[{index}]") for index, member in members]
        if "properties" in made:
            fields: dict[str, Any] = made["properties"]
            made["properties"] = {key: self.make(field, f"{path}.{key}") for key, field in fields.items()}
        return made

    def _follow(self, name: str, path: str) -> None:
        if name not in self.paths:
            self.paths[name] = path
            self.made[name] = self.make(self._definitions[name], path)

    def _check(self, node: dict[str, Any], path: str) -> None:
        if _NO_SCHEMA in node:
            raise self._refuse(path, f"it has no JSON schema ({node[_NO_SCHEMA]})")
        if node.get("enum") == []:
            raise self._refuse(path, "it is an enum without members")


def _simplify(node: dict[str, Any]) -> None:
    """Say with the keywords that xAI knows what the others say; the answer is checked by pydantic all the same."""
    node.pop("discriminator", None)
    if "oneOf" in node:
        node["anyOf"] = node.pop("oneOf")
    if "patternProperties" in node:
        node["additionalProperties"] = {"anyOf": list(node.pop("patternProperties").values())}
    if _NOT_IN_XAI_PATTERNS.search(str(node.get("pattern", ""))):
        del node["pattern"]
    if node.get("type") == "object":  # an object of no known properties may hold any; left unsaid it would be empty
        node.setdefault("additionalProperties", "properties" not in node)
