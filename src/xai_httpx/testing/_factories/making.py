"""What all factories of replies share: models from bodies, with fields of the test's own; and bodies of streams."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, TypeAlias, TypeVar

from pydantic import BaseModel

from .._json import JsonObject, compact
from .._stores.catalogue import CatalogueModel, Family, family_models, find_model

M = TypeVar("M", bound=BaseModel)
ToolCalls: TypeAlias = Iterable[tuple[str, Mapping[str, Any]]]
"""Names of functions with the arguments that they are called with."""

CREATED = 1_790_000_000  # the unix second in which all that factories make was made
COUNT_AT_LEAST_1 = "{} must be 1 or more, not {}."


def made(model: type[M], body: JsonObject, fields: Mapping[str, Any]) -> M:
    """Make a model.

    Args:
        model: Its class.
        body: What it is, unless told otherwise.
        fields: What the test tells otherwise: fields of the model with JSON values, or models.

    Raises:
        TypeError: The model has no such field.
        ValueError: A field cannot have such a value (`pydantic.ValidationError`).
    """
    known = model.model_fields
    for name in fields:
        if name not in known:
            near = "".join(f" Did you mean {match!r}?" for match in get_close_matches(name, known, 1))
            raise TypeError(f"{model.__name__} has no field {name!r}.{near} It has: {', '.join(known)}.")
    return model.model_validate({**body, **fields})


def model_named(name: str, family: Family) -> CatalogueModel:
    """A model of the catalogue, or one of another name with the prices of the first of its family."""
    return find_model(name, family) or replace(family_models(family)[0], id=name, aliases=())


def sse(events: Iterable[BaseModel | Mapping[str, Any] | str], *, done: bool = True) -> bytes:
    """Write events as the body of a stream, for a mock that answers with `text/event-stream`.

    Args:
        events: Models such as `make_completion_chunks` makes, JSON objects, or the bare data of an event.
        done: Whether the body ends with `[DONE]`; without it the stream was cut.
    """
    lines = [_data(event) for event in events] + ["[DONE]"] * done
    return "".join(f"data: {line}\n\n" for line in lines).encode()


def _data(event: BaseModel | Mapping[str, Any] | str) -> str:
    if isinstance(event, str):
        return event
    return event.model_dump_json(exclude_unset=True) if isinstance(event, BaseModel) else compact(dict(event))
