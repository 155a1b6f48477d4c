"""Compose `openapi/xai.json` from what xAI publishes, what it leaves out, and our corrections.

Three inputs, applied in this order:

1. `published.json`: the published structure, replaced whole when xAI publishes anew;
2. `additions.yaml`: a partial document, merged in key by key;
3. `overlay.yaml`: OpenAPI Overlay 1.0 actions, each `update` or `remove` at a JSONPath.

Then three mechanical rules, so that the overlay need not spell them out: a `title` is the name of a schema (an
inline schema with one moves to the components), a `discriminator` gets its mapping from the members, and an `allOf`
with a single `$ref` is that `$ref`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonpath_rfc9535 as jsonpath
import yaml

Json = Any
Schema = dict[str, Any]
PREFIX = "#/components/schemas/"


class DescriptionError(Exception):
    """The description cannot be composed; the message says where."""


def compose(folder: Path) -> Schema:
    """Return the composed description of the files in `folder`."""
    document: Schema = json.loads((folder / "published.json").read_text(encoding="utf-8"))
    merge(document, yaml.safe_load((folder / "additions.yaml").read_text(encoding="utf-8")))
    overlay = yaml.safe_load((folder / "overlay.yaml").read_text(encoding="utf-8"))
    for number, action in enumerate(overlay["actions"]):
        apply(document, action, number)
    document["info"] = {**document["info"], **overlay["info"]}
    unwrap_single_refs(document)
    name_by_title(document)
    map_discriminators(document)
    return document


def dump(document: Schema) -> str:
    """The text of `xai.json`: stable, so that a change in it is a change in the API."""
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=False) + "\n"


def merge(target: Any, update: Schema) -> None:
    """Merge as the Overlay specification does: objects by key, arrays joined, the rest replaced."""
    for key, value in update.items():
        present = target.get(key)
        if isinstance(present, dict) and isinstance(value, dict):
            merge(present, value)
        elif isinstance(present, list) and isinstance(value, list):
            present += deepcopy(value)
        else:
            target[key] = deepcopy(value)


def apply(document: Schema, action: Schema, number: int) -> None:
    """Apply one overlay action; one that selects nothing is an error, for it was written for a description now gone."""
    nodes = jsonpath.find(action["target"], document)
    if not nodes:
        raise DescriptionError(f"overlay action {number}: {action['target']} selects nothing")
    if action.get("remove"):
        for node in reversed(nodes):
            parent, key = _parent(document, node.location)
            del parent[key]
        return
    for node in nodes:
        if isinstance(node.value, list):
            node.value.append(deepcopy(action["update"]))
        else:
            _check_names(document, action, number)
            merge(node.value, action["update"])


def _check_names(document: Schema, action: Schema, number: int) -> None:
    """A description for a schema or a property that does not exist is a slip of the pen."""
    if action["target"] != "$.components.schemas":
        return
    schemas = document["components"]["schemas"]
    for name, update in action["update"].items():
        if name not in schemas:
            raise DescriptionError(f"overlay action {number}: no schema {name}")
        for field in update.get("properties", {}):
            if field not in schemas[name].get("properties", {}):
                raise DescriptionError(f"overlay action {number}: no property {name}.{field}")


def _parent(document: Schema, location: tuple[int | str, ...]) -> tuple[Any, Any]:
    parent: Any = document
    for key in location[:-1]:
        parent = parent[key]
    return parent, location[-1]


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


def unwrap_single_refs(document: Schema) -> None:
    """`{allOf: [{$ref}]}` and `{oneOf: [X]}` say no more than their only member does."""
    for schema in document["components"]["schemas"].values():
        for container, key, child in walk(schema):
            for word in ("allOf", "oneOf"):
                members = child.get(word, [])
                if len(members) == 1 and not set(child) - {word, "x-note", "description"}:
                    container[key] = {**members[0], **{k: v for k, v in child.items() if k != word}}


def name_by_title(document: Schema) -> None:
    """Move every titled inline schema to the components, and rename every component whose title differs."""
    schemas: dict[str, Schema] = document["components"]["schemas"]
    for schema in list(schemas.values()):
        for container, key, child in walk(schema):
            title = child.get("title")
            if title is None or "$ref" in child:
                continue
            if schemas.setdefault(title, child) != child:
                raise DescriptionError(f"two different schemas are titled {title}")
            container[key] = {"$ref": PREFIX + title}
    renames = {PREFIX + name: PREFIX + schema.get("title", name) for name, schema in schemas.items()}
    if len(set(renames.values())) != len(schemas):
        raise DescriptionError("two schemas have one title")
    document["components"]["schemas"] = {
        schema.pop("title", name): schema
        for name, schema in sorted(schemas.items(), key=lambda item: item[1].get("title", item[0]))
    }
    _rename_refs(document, renames)


def _rename_refs(value: Json, renames: dict[str, str]) -> None:
    if isinstance(value, dict):
        if "$ref" in value:
            value["$ref"] = renames.get(value["$ref"], value["$ref"])
        mapping = value.get("discriminator", {}).get("mapping", {})
        mapping.update({tag: renames.get(ref, ref) for tag, ref in mapping.items()})
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _rename_refs(child, renames)


def map_discriminators(document: Schema) -> None:
    """Fill in `discriminator.mapping` from the constant that each member has for the property."""
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        for union in [schema, *(child for _, _, child in walk(schema))]:
            if "discriminator" in union:
                union["discriminator"]["mapping"] = dict(_tags(schemas, union, name))


def _tags(schemas: dict[str, Schema], union: Schema, name: str) -> Iterator[tuple[str, str]]:
    tag = union["discriminator"]["propertyName"]
    for member in union["oneOf"]:
        if "$ref" not in member:
            raise DescriptionError(f"{name}: a member of a discriminated union has no name; give it a title")
        field = flat_properties(schemas, member).get(tag, {})
        values = [field["const"]] if "const" in field else field.get("enum", [])
        if not values:
            raise DescriptionError(f"{name}: {member['$ref']} has no constant {tag}")
        for value in values:
            yield value, member["$ref"]


def flat_properties(schemas: dict[str, Schema], schema: Schema) -> dict[str, Schema]:
    """The properties of a schema with those of the parts that it is composed of."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].removeprefix(PREFIX)]
    found: dict[str, Schema] = {}
    for part in schema.get("allOf", []):
        found.update(flat_properties(schemas, part))
    return {**found, **schema.get("properties", {})}
