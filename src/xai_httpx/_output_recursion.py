"""From a schema that leads back to itself to one that goes so many levels deep; no I/O.

xAI takes no circular references. So a definition that leads back to itself is there once for each level, and on the way
back each refers to the next level. On the last one what would go on is left out: a list or an object of it is empty, a
union loses it, a field that need not be there is not there. Levels are shared by all that refers to them: the schema
grows by a factor, not by a power, also where many definitions lead to each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from ._output_references import DEFS, Schema, loops, used

_LEVELS = 5
_FEWEST_LEVELS = 2
_MOST_DEFINITIONS = 100  # on all levels, of those that lead to each other
_MANY: dict[str, tuple[str, str, Schema]] = {  # the step into it, the keyword for the least of it, and how to say none
    "items": ("[]", "minItems", {"items": {"type": "null"}, "maxItems": 0}),  # a list has to be of something
    "additionalProperties": ("{}", "minProperties", {"additionalProperties": False}),
    "contentSchema": ("", "", {"contentSchema": {}}),  # of the JSON in a string, which the API does not look into
}


class _Place(NamedTuple):
    """Where a part of a schema is: in which definition, on which level of it."""

    name: str
    level: int


class EndlessError(Exception):
    """A type has no value that ends: each holds another one.

    Attributes:
        path: Where it leads back.
        name: The definition that it leads back to.
    """

    def __init__(self, path: str, name: str) -> None:
        super().__init__(path, name)
        self.path = path
        self.name = name


def unrolled(root: Schema, name: str, definitions: Mapping[str, Schema], paths: Mapping[str, str]) -> Schema:
    """A schema with its definitions, without circular references.

    Args:
        root: The schema, without its definitions.
        name: The type, as paths begin with it.
        definitions: They, in the order in which a walk in depth leaves them.
        paths: Where each was found first.

    Raises:
        EndlessError: There is none.
    """
    levels = _Levels(definitions, paths)
    made: Schema = levels.make(root, name, _Place("", 1))
    while "$ref" in made:  # the object at the root has to be there itself
        target = str(made.pop("$ref")).removeprefix(DEFS)
        made = levels.made[target] | made
    kept = used(made, levels.made)
    return made | ({"$defs": kept} if kept else {})


class _Levels:
    """Definitions on all their levels."""

    def __init__(self, definitions: Mapping[str, Schema], paths: Mapping[str, str]) -> None:
        self.made: dict[str, Schema] = {}
        self._endless: dict[str, EndlessError] = {}  # those of which a level has no value
        self._definitions = definitions
        self._paths = paths
        self._order = {name: number for number, name in enumerate(definitions)}
        self._loops = loops(definitions)
        for name, loop in self._loops.items():
            if not loop:
                self._add(name, 1)
            elif name == max(loop, key=self._order.__getitem__):  # all that it leads to is made
                self._add_loop(sorted(loop, key=self._order.__getitem__))

    def _add_loop(self, names: list[str]) -> None:
        deepest = max(_FEWEST_LEVELS, min(_LEVELS, _MOST_DEFINITIONS // len(names)))
        for level in range(deepest, 0, -1):
            for name in names:
                self._add(name, level)

    def _add(self, name: str, level: int) -> None:
        try:
            self.made[_spelt(name, level)] = self.make(self._definitions[name], self._paths[name], _Place(name, level))
        except EndlessError as error:
            if level == 1:  # a type without values: nobody means a list of it that is always empty
                raise
            self._endless[_spelt(name, level)] = error

    def make(self, node: Any, path: str, here: _Place) -> Any:
        """A part of a definition on a level."""
        if not isinstance(node, dict):
            return node  # `true` and `false` stand for schemas too
        made = dict(cast(Schema, node))
        if "$ref" in made:
            made["$ref"] = DEFS + self._target(str(made["$ref"]).removeprefix(DEFS), path, here)
        if "allOf" in made:
            made["allOf"] = [self.make(member, path, here) for member in made["allOf"]]
        if "anyOf" in made:
            made["anyOf"] = self._members(made["anyOf"], path, here)
        if "prefixItems" in made:
            members = enumerate(made["prefixItems"])
            made["prefixItems"] = [self.make(item, f"{path}[{index}]", here) for index, item in members]
        if "properties" in made:
            made["properties"] = self._fields(made, path, here)
        self._rest(made, path, here)
        return made

    def _target(self, target: str, path: str, here: _Place) -> str:
        """What a reference leads to.

        On every way around a loop the walk left some definition before the one that it leads to, or leads to itself.
        """
        is_loop = target in self._loops.get(here.name, ())
        is_back = is_loop and self._order[target] >= self._order[here.name]
        spelt = _spelt(target, here.level + is_back if is_loop else 1)
        if spelt not in self.made:
            raise EndlessError(path, target) if is_back else self._endless[spelt]
        return spelt

    def _members(self, members: list[Any], path: str, here: _Place) -> list[Any]:
        made: list[Any] = []
        endless: list[EndlessError] = []
        for member in members:
            try:
                made.append(self.make(member, path, here))
            except EndlessError as error:
                endless.append(error)
        if not made:
            raise endless[0]
        return made

    def _fields(self, node: Schema, path: str, here: _Place) -> Schema:
        made: Schema = {}
        for key, field in node["properties"].items():
            try:
                made[key] = self.make(field, f"{path}.{key}", here)
            except EndlessError:
                if key in node.get("required", ()):
                    raise
        return made

    def _rest(self, made: Schema, path: str, here: _Place) -> None:
        """What there may be any number of; none where it would not end."""
        for key, (step, fewest, none) in _MANY.items():
            try:
                if key in made:
                    made[key] = self.make(made[key], path + step, here)
            except EndlessError:
                if made.get(fewest):
                    raise
                made |= none


def _spelt(name: str, level: int) -> str:
    return name if level == 1 else f"{name}-{level}"
