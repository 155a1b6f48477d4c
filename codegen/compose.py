"""Compose `openapi/xai.json` from what xAI publishes, what it leaves out, and our corrections.

Three inputs, applied in this order:

1. `published.json`: the published structure, replaced whole when xAI publishes anew;
2. `additions.yaml`: a partial document of what is not published; it changes nothing that is;
3. `overlay.yaml`: OpenAPI Overlay 1.0 actions, each `update` or `remove` at a JSONPath.

Then three mechanical rules, so that the overlay need not spell them out: an `x-name` is the name of a schema (an
inline schema with one moves to the components), a `discriminator` gets its mapping from the members, and an `allOf`
with a single `$ref` is that `$ref`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonpath_rfc9535 as jsonpath
import yaml

from .document import METHODS, PREFIX, DescriptionError, Json, Schema, bodies, flat_properties, operations, walk

# Where additions.yaml may put what is not published, below keys that are; None stands for any key.
ADDABLE: tuple[tuple[Collection[str] | None, ...], ...] = (
    ({"components"}, None, None),
    ({"paths"}, None, METHODS, {"responses"}, None, {"content"}, None),
)


def compose(folder: Path) -> Schema:
    """Return the composed description of the files in `folder`."""
    document: Schema = json.loads((folder / "published.json").read_text(encoding="utf-8"))
    add(document, yaml.safe_load((folder / "additions.yaml").read_text(encoding="utf-8")))
    overlay = yaml.safe_load((folder / "overlay.yaml").read_text(encoding="utf-8"))
    for number, action in enumerate(overlay["actions"]):
        apply(document, action, number)
    document["info"] = {**document["info"], **overlay["info"]}
    unwrap_single_refs(document)
    hoist(document)
    rename(document)
    map_discriminators(document)
    return document


def dump(document: Schema) -> str:
    """The text of `xai.json`: stable, so that a change in it is a change in the API."""
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=False) + "\n"


def add(target: Schema, additions: Schema, *place: str) -> None:
    """Add what is not published; to change what is, an overlay action has to say so and give its reason."""
    for key, value in additions.items():
        here = (*place, str(key))
        if key not in target and "$ref" not in target and (not place or _addable(here)):
            target[key] = deepcopy(value)
        elif key in target and isinstance(value, dict) and _addable(here, below=True):
            add(target[key], value, *here)
        else:
            raise DescriptionError(f"additions.yaml: {' '.join(here)} would change what is published")


def _addable(place: tuple[str, ...], *, below: bool = False) -> bool:
    """Whether a key may be added at this place, or below it."""
    return any(
        len(place) + below <= len(pattern)
        and all(allowed is None or key in allowed for key, allowed in zip(place, pattern, strict=False))
        for pattern in ADDABLE
    )


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
    if len(nodes) > 1 and _gives_a_name(action.get("update")):
        raise DescriptionError(f"overlay action {number}: {action['target']} selects {len(nodes)} schemas for one name")
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


def _gives_a_name(update: Json) -> bool:
    parts = update.values() if isinstance(update, dict) else update if isinstance(update, list) else ()
    return (isinstance(update, dict) and "x-name" in update) or any(map(_gives_a_name, parts))


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


def unwrap_single_refs(document: Schema) -> None:
    """`{allOf: [{$ref}]}` and `{oneOf: [X]}` say no more than their only member does."""
    for schema in document["components"]["schemas"].values():
        for container, key, child in walk(schema):
            for word in ("allOf", "oneOf"):
                members = child.get(word, [])
                if len(members) == 1 and not set(child) - {word, "x-note", "description", "title"}:
                    container[key] = {**members[0], **{k: v for k, v in child.items() if k != word}}


def hoist(document: Schema) -> None:
    """Move every inline schema that has an `x-name` to the components, and leave a reference in its place."""
    schemas: dict[str, Schema] = document["components"]["schemas"]
    for container, key, child in _inline_schemas(document):
        name = child.get("x-name")
        if name is None:
            continue
        if "$ref" in child:
            raise DescriptionError(f"x-name {name} is beside a $ref; name what it refers to")
        if _untitled(schemas.setdefault(name, child)) != _untitled(child):
            raise DescriptionError(f"two different schemas have the x-name {name}")
        container[key] = {"$ref": PREFIX + name}


def _inline_schemas(document: Schema) -> Iterator[tuple[Any, Any, Schema]]:
    """Every schema below a component, and every schema of a body, as `walk` gives them."""
    for schema in list(document["components"]["schemas"].values()):
        yield from walk(schema)
    for _, _, operation in operations(document):
        for _, content in bodies(document, operation):
            for media in content.values():
                if "schema" in media:
                    yield from walk(media["schema"])
                    yield media, "schema", media["schema"]


def _untitled(schema: Schema) -> Schema:
    """The schema without the titles that xAI gave it, for they tell no two schemas apart."""
    schema = deepcopy(schema)
    for part in [schema, *(child for _, _, child in walk(schema))]:
        part.pop("title", None)
    return schema


def rename(document: Schema) -> None:
    """Give every component that has an `x-name` that name, wherever it is referred to."""
    schemas: dict[str, Schema] = document["components"]["schemas"]
    names = {name: schema.pop("x-name", name) for name, schema in schemas.items()}
    doubled = sorted(name for name, count in Counter(names.values()).items() if count > 1)
    if doubled:
        raise DescriptionError(f"two schemas have one name: {', '.join(doubled)}")
    document["components"]["schemas"] = {names[old]: schemas[old] for old in sorted(schemas, key=names.__getitem__)}
    _rename_refs(document, {PREFIX + old: PREFIX + name for old, name in names.items()})


def _rename_refs(value: Json, renames: dict[str, str]) -> None:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
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
            raise DescriptionError(f"{name}: a member of a discriminated union has no name; give it an x-name")
        field = flat_properties(schemas, member).get(tag, {})
        values = [field["const"]] if "const" in field else field.get("enum", [])
        if not values:
            raise DescriptionError(f"{name}: {member['$ref']} has no constant {tag}")
        for value in values:
            yield value, member["$ref"]
