"""What a newly published description changes for users: operations, parameters, fields and enum values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from openapi_spec_validator import validate

from .compose import DescriptionError, Schema, subschemas

METHODS = ("get", "post", "put", "patch", "delete")
DEPTH = 12  # deeper than any body of the API; recursive schemas end here


def read_published(path: Path) -> Schema:
    """Read a published description.

    Raises:
        DescriptionError: The file is not a valid OpenAPI document, or has no operations.
    """
    try:
        document: Schema = json.loads(path.read_text(encoding="utf-8"))
        validate(document)
    except Exception as error:  # the validator's errors share no base with those of json
        raise DescriptionError(f"{path} is not a valid OpenAPI description: {error}") from None
    if not document.get("paths"):
        raise DescriptionError(f"{path} describes no operations")
    return document


def describe_changes(old: Schema, new: Schema) -> list[str]:
    """One line for each thing added or removed, operation by operation."""
    before, after = dict(_operations(old)), dict(_operations(new))
    lines = [f"added operation {name}" for name in sorted(after.keys() - before.keys())]
    lines += [f"removed operation {name}" for name in sorted(before.keys() - after.keys())]
    for name in sorted(before.keys() & after.keys()):
        lines += [f"{name}: added {fact}" for fact in sorted(after[name] - before[name])]
        lines += [f"{name}: removed {fact}" for fact in sorted(before[name] - after[name])]
    return lines


def _operations(document: Schema) -> Iterator[tuple[str, set[str]]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                parameters = item.get("parameters", []) + item[method].get("parameters", [])
                yield f"{method.upper()} {path}", set(_facts(document, {**item[method], "parameters": parameters}))


def _facts(document: Schema, operation: Schema) -> Iterator[str]:
    for parameter in (_resolved(document, part) for part in operation["parameters"]):
        name = f"{parameter['in']} parameter {parameter['name']}"
        yield name
        yield from _fields(document, parameter.get("schema", {}), name, DEPTH)
    bodies = {"request": operation.get("requestBody", {})}
    bodies |= {f"reply {status}": reply for status, reply in operation["responses"].items()}
    for name, body in bodies.items():
        for media in _resolved(document, body).get("content", {}).values():
            yield from _fields(document, media.get("schema", {}), name, DEPTH)


def _fields(document: Schema, schema: Schema, place: str, depth: int) -> Iterator[str]:
    """Fields and enum values below a schema, as `place field` and `place value`."""
    schema = _resolved(document, schema)
    for value in schema.get("enum", [schema["const"]] if "const" in schema else []):
        yield f"{place} value {value!r}"
    if depth == 0:
        return
    properties = schema.get("properties", {})
    for container, key, child in subschemas(schema):
        below = f"{place}.{key}" if container is properties else f"{place}[]" if key == "items" else place
        if container is properties:
            yield f"{below} field"
        yield from _fields(document, child, below, depth - 1)


def _resolved(document: Schema, part: Schema) -> Schema:
    """What a `$ref` stands for, or the part itself."""
    while "$ref" in part:
        target: Schema = document
        for key in part["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        part = target
    return part
