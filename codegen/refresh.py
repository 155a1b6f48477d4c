"""What a newly published description changes for users: operations, parameters, fields, and what each may hold."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from openapi_spec_validator import validate

from .document import CONSTRAINTS, DescriptionError, Schema, bodies, operations, resolved, subschemas

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
    before, after = _operations(old), _operations(new)
    lines = [f"added operation {name}" for name in sorted(after.keys() - before.keys())]
    lines += [f"removed operation {name}" for name in sorted(before.keys() - after.keys())]
    for name in sorted(before.keys() & after.keys()):
        lines += [f"{name}: added {fact}" for fact in sorted(after[name] - before[name])]
        lines += [f"{name}: removed {fact}" for fact in sorted(before[name] - after[name])]
    return lines


def _operations(document: Schema) -> dict[str, Counter[str]]:
    """The facts of each operation, counted: members of a union share their place, so one may change beside another."""
    return {
        f"{method} {path}": Counter(_facts(document, operation, document["paths"][path].get("parameters", [])))
        for method, path, operation in operations(document)
    }


def _facts(document: Schema, operation: Schema, shared: list[Schema]) -> Iterator[str]:
    for parameter in (resolved(document, part) for part in [*shared, *operation.get("parameters", [])]):
        name = f"{parameter['in']} parameter {parameter['name']}"
        yield name
        if parameter.get("required"):
            yield f"{name} required"
        yield from _fields(document, parameter.get("schema", {}), name, DEPTH)
    if resolved(document, operation.get("requestBody", {})).get("required"):
        yield "request required"
    for name, content in bodies(document, operation):
        for media in content.values():
            yield from _fields(document, media.get("schema", {}), name, DEPTH)


def _fields(document: Schema, schema: Schema, place: str, depth: int) -> Iterator[str]:
    """What a schema and those below it say: `place field`, `place type integer`, `place maximum 2` and so on."""
    schema = resolved(document, schema)
    yield from _words(schema, place)
    if depth == 0:
        return
    properties = schema.get("properties", {})
    for container, key, child in subschemas(schema):
        below = f"{place}.{key}" if container is properties else f"{place}[]" if key == "items" else place
        if container is properties:
            yield f"{below} field"
        yield from _fields(document, child, below, depth - 1)


def _words(schema: Schema, place: str) -> Iterator[str]:
    """What a schema says of its own values: types, enum values, ranges, and the fields that it requires."""
    kinds = schema.get("type", [])
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        yield f"{place} type {kind}"
    for value in schema.get("enum", [schema["const"]] if "const" in schema else []):
        yield f"{place} value {value!r}"
    for word in CONSTRAINTS:
        if word in schema:
            yield f"{place} {word} {schema[word]!r}"
    for name in schema.get("required", []):
        yield f"{place}.{name} required"
