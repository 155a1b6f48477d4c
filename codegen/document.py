"""What an OpenAPI document is made of: its schemas, operations and bodies, and the ways to walk them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = Any
Schema = dict[str, Any]
PREFIX = "#/components/schemas/"
METHODS = ("get", "post", "put", "patch", "delete")
CONSTRAINTS = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "pattern"),
    *("minItems", "maxItems", "uniqueItems"),
    *("minProperties", "maxProperties"),
    "default",
)


class DescriptionError(Exception):
    """The description cannot be composed; the message says where."""


def subschemas(schema: Schema) -> Iterator[tuple[Any, Any, Schema]]:
    """Every schema directly inside `schema`, as (container, key, schema), so that it can be replaced."""
    for key in ("oneOf", "anyOf", "allOf", "prefixItems"):
        members = schema.get(key, [])
        for index, member in enumerate(members):
            yield members, index, member
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield schema, key, schema[key]
    properties = schema.get("properties", {})
    for name, field in properties.items():
        yield properties, name, field


def walk(schema: Schema) -> Iterator[tuple[Any, Any, Schema]]:
    """As `subschemas`, at every depth; children before their parent."""
    for container, key, child in list(subschemas(schema)):
        yield from walk(child)
        yield container, key, child


def flat_properties(schemas: dict[str, Schema], schema: Schema) -> dict[str, Schema]:
    """The properties of a schema with those of the parts that it is composed of."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].removeprefix(PREFIX)]
    found: dict[str, Schema] = {}
    for part in schema.get("allOf", []):
        found.update(flat_properties(schemas, part))
    return {**found, **schema.get("properties", {})}


def resolved(document: Schema, part: Schema) -> Schema:
    """What a `$ref` stands for, or the part itself."""
    while "$ref" in part:
        target: Schema = document
        for key in part["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        part = target
    return part


def operations(document: Schema) -> Iterator[tuple[str, str, Schema]]:
    """Every operation, as (method, path, operation); what else a path holds, such as parameters, is not one."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def bodies(document: Schema, operation: Schema) -> Iterator[tuple[str, Schema]]:
    """What an operation takes and returns, as (`request` or `reply STATUS`, content by media type)."""
    parts = {"request": operation.get("requestBody", {})}
    parts |= {f"reply {status}": reply for status, reply in operation.get("responses", {}).items()}
    for place, part in parts.items():
        yield place, resolved(document, part).get("content", {})
