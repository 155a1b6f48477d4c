"""Three views of the composed description, each an OpenAPI document for one run of datamodel-code-generator.

| view | what | why it differs |
|---|---|---|
| received | pydantic models of replies and events | takes tomorrow's server: open enums, `Unknown...` members |
| sent | TypedDicts of request parameters | for editors and type checkers; models that were received may go back |
| checked | pydantic models of request bodies | refuses what the server would refuse: ranges, closed enums |

Schemas are named `module.Name`, which is how the generator is told to write one module per resource.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from copy import deepcopy
from typing import Any, Literal

from .document import CONSTRAINTS, PREFIX, DescriptionError, Schema, bodies, flat_properties, operations, walk

View = Literal["received", "sent", "checked"]
UNKNOWN_BASES = {"received": "xai_httpx._models.Unknown", "checked": "xai_httpx._checking.UnknownMember"}
MEDIA = "xai_httpx._media.MediaSource"
MODULES = {  # first part of the path, without the version: module of the types
    "chat": "chat",
    "responses": "responses",
    "embeddings": "embeddings",
    "tokenize-text": "tokenizer",
    "models": "models",
    "language-models": "models",
    "embedding-models": "models",
    "image-generation-models": "models",
    "video-generation-models": "models",
    "api-key": "account",
    "me": "account",
    "images": "images",
    "videos": "videos",
    "files": "files",
    "skills": "skills",
    "documents": "documents",
    "collections": "collections",
    "completions": "legacy",
    "complete": "legacy",
    "messages": "legacy",
    "batches": "batches",
}
BORROWERS = {"batches"}  # modules whose requests hold those of other resources, which stay where they are
EVENTS = "text/event-stream"
JSON_MEDIA = ("application/json", EVENTS)  # bodies of these have types; files and forms may do without


def view(document: Schema, kind: View) -> Schema:
    """The part of the description that `kind` is about, prepared for the generator."""
    schemas: dict[str, Schema] = document["components"]["schemas"]
    homes = _homes(document, kind)
    whole = {name for _, name in roots(document, kind)}
    tags = _tags(schemas)
    prepared = {name: deepcopy(schemas[name]) for name in homes}
    if kind != "sent":
        for name in list(prepared):
            _open_unions(prepared, schemas, homes, name, kind)
    for name, schema in prepared.items():
        parts = [schema, *(child for _, _, child in walk(schema))]
        for part in parts:
            _mark_tags(part, kind, tags.get(name, set()))
        for part in parts:
            _prepare(part, kind)
    if kind == "sent":
        _accept_models(prepared, _homes(document, "received"))
        for schema in prepared.values():
            _accept_media(schema)
    names = {name: f"{_module(homes[name], kind)}.{_python_name(name, kind, whole)}" for name in prepared}
    components = {names[name]: _with_refs(schema, names) for name, schema in prepared.items()}
    return {**document, "paths": {}, "components": {"schemas": components}}


def roots(document: Schema, kind: View) -> Iterator[tuple[str, str]]:
    """Every schema that an operation names directly, as (module, schema name).

    What a stream is made of has a module of its own, for it is half of all models, and most calls have no stream.
    """
    for method, path, operation in operations(document):
        module = MODULES.get([*path.split("/"), ""][2])
        if module is None:
            raise DescriptionError(f"{path}: no module for its types; name one in MODULES of codegen/views.py")
        for place, content in bodies(document, operation):
            wanted = place == "request" if kind != "received" else place not in ("request", "reply default")
            for media, body in content.items() if wanted else ():
                schema, home = body.get("schema", {}), f"{module}_events" if media.startswith(EVENTS) else module
                if "$ref" in schema:
                    yield home, schema["$ref"].removeprefix(PREFIX)
                elif "schema" in body and media.startswith(JSON_MEDIA):
                    raise DescriptionError(f"{method} {path} {place}: an inline schema; give it a name (x-name)")


def _homes(document: Schema, kind: View) -> dict[str, str]:
    """The module of each schema that this view reaches: the resource's, or `shared` when several own it.

    A resource's own module never needs that of its events.
    """
    schemas = document["components"]["schemas"]
    reached: dict[str, set[str]] = {}

    def visit(name: str, module: str) -> None:
        if module in reached.setdefault(name, set()):
            return
        reached[name].add(module)
        for reference in _references(schemas[name]):
            visit(reference, module)

    for module, name in roots(document, kind):
        visit(name, module)
    owners = {name: found - BORROWERS or found for name, found in sorted(reached.items())}
    owners = {name: found - {f"{module}_events" for module in found} for name, found in owners.items()}
    return {name: min(found) if len(found) == 1 else "shared" for name, found in owners.items()}


def _references(schema: Schema) -> Iterator[str]:
    for part in [schema, *(child for _, _, child in walk(schema))]:
        if "$ref" in part:
            yield part["$ref"].removeprefix(PREFIX)


def _module(home: str, kind: View) -> str:
    return f"{home}_params" if kind == "sent" else home


def _python_name(name: str, kind: View, whole: Collection[str]) -> str:
    """`XRequest` is sent as `XParams`, a part of it as `YParam`: a TypedDict never has the name of a model."""
    if kind != "sent":
        return name
    is_body = name in whole and name.endswith("Request")
    return name.removesuffix("Request") + "Params" if is_body else name + "Param"


def _tags(schemas: dict[str, Schema]) -> dict[str, set[str]]:
    """For each member of a tagged union, and each part it is composed of, the properties that tell it apart."""
    found: dict[str, set[str]] = {}
    for schema in schemas.values():
        for part in [schema, *(child for _, _, child in walk(schema))]:
            tag = part.get("discriminator", {}).get("propertyName", "type")
            for member in _tagged_members(schemas, part)[0].values():
                for name in (member, *_bases(schemas, member)):
                    found.setdefault(name, set()).add(tag)
    return found


def _bases(schemas: dict[str, Schema], name: str) -> Iterator[str]:
    for part in schemas[name].get("allOf", []):
        if "$ref" in part:
            yield part["$ref"].removeprefix(PREFIX)


def _open_unions(
    prepared: dict[str, Schema], schemas: dict[str, Schema], homes: dict[str, str], name: str, kind: View
) -> None:
    """Give a tagged union a member for types that are not known yet.

    `X` becomes `KnownX | UnknownX`, tried from left to right. A union that holds a tagged union beside other members
    (input items: messages, output items and their results) is tagged as far as the constants reach; members that no
    constant tells apart keep their place before or after those.
    """
    schema = prepared[name]
    if schema.get("x-closed") and kind != "received":
        return
    members, before, after = _tagged_members(schemas, schema)
    if not members:
        return
    tag = "type" if "discriminator" not in schema else schema["discriminator"]["propertyName"]
    known, unknown = f"Known{name}", f"Unknown{name}"
    homes[known] = homes[unknown] = homes[name]
    mapping = {key: PREFIX + member for key, member in members.items()}
    prepared[known] = {
        "oneOf": [{"$ref": reference} for reference in dict.fromkeys(mapping.values())],
        "discriminator": {"propertyName": tag, "mapping": mapping},
        "description": f"The members of {name} that this version knows.",
    }
    others = "|".join(map(re.escape, members))  # a known type that does not fit is a fault, not an unknown member
    prepared[unknown] = {
        "type": "object",
        "required": [tag],
        "properties": {
            tag: {"type": "string", "x-pattern": f"^(?!(?:{others})$)", "description": "Its type on the wire."}
        },
        "description": f"A member of {name} that this version does not know; `raw` is all of it.",
        "x-python-base": UNKNOWN_BASES[kind],
        "x-known": {"tag": tag, "values": list(members)},
    }
    refs = [*before, known, *after, unknown]
    prepared[name] = {
        "anyOf": [{"$ref": PREFIX + ref} for ref in refs],
        "description": schema["description"],
        "x-left-to-right": True,
    }


def _tagged_members(schemas: dict[str, Schema], schema: Schema) -> tuple[dict[str, str], list[str], list[str]]:
    """The members by tag, and the members that no tag tells apart: those before and those after the tagged ones."""
    if "discriminator" in schema:
        return {tag: ref.removeprefix(PREFIX) for tag, ref in schema["discriminator"]["mapping"].items()}, [], []
    targets = [member["$ref"].removeprefix(PREFIX) for member in schema.get("oneOf", []) if "$ref" in member]
    nested = [target for target in targets if "discriminator" in schemas[target]]
    members: dict[str, str] = {}
    for target in nested:
        members |= _tagged_members(schemas, schemas[target])[0]
    before: list[str] = []
    after: list[str] = []
    for target in targets if nested else []:
        tag = flat_properties(schemas, schemas[target]).get("type", {}).get("const")
        if tag is not None and tag not in members:
            members[tag] = target
        elif target not in nested:
            (before if targets.index(target) < targets.index(nested[0]) else after).append(target)
    return members, before, after


def _mark_tags(part: Schema, kind: View, tags: set[str]) -> None:
    """Mark the properties that tell members of a union apart: their constants stay constants in every view."""
    for name, field in part.get("properties", {}).items():
        if (name in tags or field.get("x-tag")) and ("const" in field or "enum" in field):
            field["x-tag"] = True
            field["type"] = "string"
            if kind == "sent" and "const" in field:
                field["enum"] = [field.pop("const")]


def _prepare(part: Schema, kind: View) -> None:
    """Rewrite one schema for its view."""
    _describe(part, kind)
    base = part.get("x-python-base", "")
    if part.keys() & {"x-exclusive", "x-needed"} and kind == "checked":
        part["customBasePath"] = "xai_httpx._checking.Exclusive"
    if base and (kind == "received" or base == UNKNOWN_BASES.get(kind)):
        part["customBasePath"] = base
    for name in [name for name, field in part.get("properties", {}).items() if "x-sdk-managed" in field]:
        if kind == "sent":
            del part["properties"][name]
    if kind != "checked":
        for word in CONSTRAINTS:
            part.pop(word, None)
    if "x-pattern" in part:  # ours, of an unknown member: no constraint of the API, so no view goes without it
        part["pattern"] = part.pop("x-pattern")
    if kind == "received":
        if part.get("type") == "number":
            part["type"] = ["integer", "number"]  # 1 stays 1 and 1.0 stays 1.0 when it goes back
        elif isinstance(part.get("type"), list) and "number" in part["type"]:
            part["type"] = ["integer", *part["type"]]
    for word in ("format", "propertyNames", "default", "title"):
        part.pop(word, None)
    if not part.get("x-tag") and not (part.get("x-closed") and kind != "received"):
        _open_values(part, kind)


def _open_values(part: Schema, kind: View) -> None:
    """`enum` and `const` name the strings known today; any other is accepted too. A reply may hold any number."""
    values = part.get("enum", [part["const"]] if "const" in part else [])
    strings = [value for value in values if isinstance(value, str)]
    others = {type(value) for value in values} - {str, type(None)}
    if not strings and not others:
        return
    if not others or kind == "received":
        part.pop("enum", None)
        part.pop("const", None)
    if not others:
        kinds = part.pop("type", "string")
        part["anyOf"] = [{"type": "string", "enum": strings}, {"type": "string"}]
        if "null" in kinds or None in values:
            part["anyOf"].append({"type": "null"})


def _describe(part: Schema, kind: View) -> None:
    """Description, note, range and default in one docstring; replies have no ranges to keep."""
    note = part.pop("x-note", "")
    sentences = [part.get("description", ""), note[:1].upper() + note[1:]]
    if kind != "received":
        words = {"exclusiveMinimum": "above", "minimum": "at least", "exclusiveMaximum": "below", "maximum": "at most"}
        limits = [f"{text} {part[word]}" for word, text in words.items() if word in part]
        if limits:
            sentences.append("Range: " + " and ".join(limits))
        if part.get("default") is not None:
            sentences.append(f"Default: {part['default']}")
        if "maxItems" in part:
            sentences.append(f"At most {part['maxItems']} entries")
    text = " ".join(sentence if sentence.endswith(".") else sentence + "." for sentence in sentences if sentence)
    if text:
        part["description"] = text


def _accept_models(prepared: dict[str, Schema], received: dict[str, str]) -> None:
    """What a reply returned may be sent back as it is: the model beside the TypedDict (`x-accepts` names it)."""
    for schema in prepared.values():
        union: list[Any] = schema.get("oneOf", [])
        for name in schema.get("x-accepts", []):
            union.append({"customTypePath": f"xai_httpx.types.{received[name]}.{name}"})
        if "x-accepts" in schema:
            schema.pop("discriminator", None)


def _accept_media(schema: Schema) -> None:
    """Where a media object is taken, a URL, bytes or a path will do as well (`x-media`)."""
    for _, _, field in walk(schema):
        if "x-media" in field:
            del field["x-media"]
            for part in [field, *(child for _, _, child in walk(field))]:
                if "$ref" in part:
                    part["anyOf"] = [{"$ref": part.pop("$ref")}, {"customTypePath": MEDIA}]


def _with_refs(schema: Schema, names: dict[str, str]) -> Schema:
    schema = deepcopy(schema)
    for part in [schema, *(child for _, _, child in walk(schema))]:
        if "$ref" in part:
            part["$ref"] = PREFIX + names[part["$ref"].removeprefix(PREFIX)]
        mapping = part.get("discriminator", {}).get("mapping", {})
        for tag, reference in mapping.items():
            mapping[tag] = PREFIX + names[reference.removeprefix(PREFIX)]
    return schema
