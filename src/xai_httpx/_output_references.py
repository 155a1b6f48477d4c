"""Which definitions of a JSON schema refer to which, and which lead back to themselves; no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

DEFS = "#/$defs/"
Schema = dict[str, Any]


def loops(definitions: Mapping[str, Schema]) -> dict[str, set[str]]:
    """Of each definition those that it leads to and that lead back to it, itself among them; of most there are none."""
    leads = {name: _references(schema) & definitions.keys() for name, schema in definitions.items()}
    found = {name: _reached(targets, leads) for name, targets in leads.items()}
    return {name: {other for other in targets if name in found[other]} for name, targets in found.items()}


def used(schema: Schema, definitions: Mapping[str, Schema]) -> dict[str, Schema]:
    """Those definitions that a schema refers to, or that one of these refers to."""
    leads = {name: _references(definition) & definitions.keys() for name, definition in definitions.items()}
    found = _reached(_references(schema) & definitions.keys(), leads)
    return {name: definition for name, definition in definitions.items() if name in found}


def _reached(starts: set[str], leads: Mapping[str, set[str]]) -> set[str]:
    """What references lead to, over any number of steps."""
    found: set[str] = set()
    new = starts
    while new:
        found |= new
        new = {target for name in new for target in leads[name]} - found
    return found


def _references(schema: Schema) -> set[str]:
    """The definitions that a schema refers to, and whatever looks like a reference in a default or an example."""
    found: set[str] = set()
    nodes: list[Any] = [schema]
    while nodes:
        node = nodes.pop()
        if isinstance(node, list):
            nodes.extend(cast("Sequence[Any]", node))
        if isinstance(node, dict):
            members = cast(Schema, node)
            reference = members.get("$ref")  # a property may have that name: it is no text
            found |= {reference.removeprefix(DEFS)} if isinstance(reference, str) else set()
            nodes.extend(members.values())
    return found
