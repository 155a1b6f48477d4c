"""The type of an answer: its schema on the way out, its values on the way back, built once a type."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from types import GenericAlias, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from pydantic import PydanticUndefinedAnnotation, PydanticUserError, TypeAdapter

from ._output_schema import OutputSchema, acceptable, refusal

if TYPE_CHECKING:
    from typing_extensions import TypeForm

T = TypeVar("T")
HELD = "value"
_KEPT = 256  # types that are remembered; those in use at a time are few, and types made on the fly have to go again
_UNUSABLE = (PydanticUserError, PydanticUndefinedAnnotation)


@dataclass
class _Held(Generic[T]):
    """The object around an answer that is none: xAI answers with objects only."""

    value: T


@dataclass(frozen=True, slots=True)
class OutputType(Generic[T]):
    """What an answer is to be.

    Attributes:
        name: Its name for the API.
        schema: Its JSON schema, with an object at the root.
        held: Whether that object was put around the answer.
    """

    name: str
    schema: dict[str, Any]
    held: bool
    _adapter: TypeAdapter[Any]

    @property
    def format(self) -> dict[str, Any]:
        """It as both APIs describe it: beside the `type` in one, in `json_schema` in the other."""
        return {"name": self.name, "schema": self.schema, "strict": True}

    def read(self, text: str) -> T:
        """The value that a JSON text holds.

        Raises:
            ValidationError: It holds none.
        """
        value = self._adapter.validate_json(text)
        return cast(T, value.value if self.held else value)

    def inside(self, value: Any) -> Any:
        """What stands for the answer in a JSON value that was read, or in as much of one as has come.

        The object that was put around it is taken off; None where that is still empty.
        """
        if self.held and isinstance(value, dict):
            return cast("dict[str, Any]", value).get(HELD)
        return value


def output_type(form: TypeForm[T]) -> OutputType[T]:
    """What to ask for, and how to read the answer.

    Raises:
        RequestValidationError: No answer can be of that type; the path leads to the part that is to blame.
    """
    try:
        hash(form)
    except TypeError:  # an annotation may hold anything
        return _build(form)
    # Unions are equal whatever their order, but pydantic asks their members in order.
    return _remembered(cast(Any, form), repr(form))


@lru_cache(_KEPT)
def _remembered(form: Any, _spelling: str) -> OutputType[Any]:
    return _build(form)


def _build(form: Any) -> OutputType[Any]:
    shown = _shown(form)
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(form)
        schema = acceptable(adapter.json_schema(schema_generator=OutputSchema), shown)
    except _UNUSABLE as error:
        reason = str(error).split("\n")[0].split(". ")[0]
        raise refusal(_culprit(form, shown, ()), reason) from None
    name = re.sub(r"\W+", "_", shown, flags=re.ASCII).strip("_")[:64] or "answer"
    if schema.get("type") == "object":
        return OutputType(name, schema, False, adapter)
    # Made without typing, which remembers `_Held[A | B]` and gives it for `_Held[B | A]` as well.
    held: Any = GenericAlias(_Held, (form,))
    return OutputType(name, _held_schema(schema), True, TypeAdapter(held))


def _held_schema(schema: dict[str, Any]) -> dict[str, Any]:
    definitions = {"$defs": schema.pop("$defs")} if "$defs" in schema else {}  # references lead to the root
    held = {"type": "object", "properties": {HELD: schema}, "required": [HELD], "additionalProperties": False}
    return held | definitions


def _shown(form: Any) -> str:
    """A type as its user writes it, without modules and annotations."""
    while get_origin(form) is Annotated:
        form = get_args(form)[0]
    plain = isinstance(form, type) and not get_args(form)
    return form.__name__ if plain else re.sub(r"(?:[\w<>]+\.)+", "", repr(form))


def _culprit(form: Any, path: str, within: tuple[Any, ...]) -> str:
    """The path to the innermost part that pydantic cannot use."""
    for step, part in _parts(form):
        if part in within:
            continue
        try:
            TypeAdapter(part)
        except _UNUSABLE:
            return _culprit(part, path + step, (*within, form))
    return path


def _parts(form: Any) -> Iterable[tuple[str, Any]]:
    origin, arguments = get_origin(form), get_args(form)
    if origin is Annotated:
        return [("", arguments[0])]
    if origin in (Union, UnionType):
        return [("", argument) for argument in arguments]
    if arguments:
        step = "{}" if len(arguments) == 2 and origin is not tuple else "[]"
        return [(step, argument) for argument in arguments]
    try:
        hints = get_type_hints(form, include_extras=True)
    except (TypeError, NameError):
        return []
    return [(f".{name}", hint) for name, hint in hints.items()]
