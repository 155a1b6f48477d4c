"""Build a model from a reply that does not fit it: known parts typed, the rest as received."""

from __future__ import annotations

from functools import partial
from types import UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError


def build(annotation: Any, value: Any) -> Any:
    """The value for `annotation` that keeps everything in the decoded JSON `value`; as it is where nothing fits."""
    try:
        return TypeAdapter(annotation).validate_python(value, strict=True)
    except ValidationError:
        pass
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return build(arguments[0], value)
    if origin in (Union, UnionType):
        return build(member, value) if (member := _member(arguments, value)) is not None else value
    if origin is list and isinstance(value, list):
        return list(map(partial(build, arguments[0]), value))  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and isinstance(value, dict):
        return _model(annotation, cast("dict[str, Any]", value))
    return value


def _model(model: type[BaseModel], value: dict[str, Any]) -> BaseModel:
    """An instance without validation: fields built one by one, absent ones None, so that every attribute exists."""
    names = {field.alias or name: name for name, field in model.model_fields.items()}
    known = {
        name: build(model.model_fields[name].annotation, value[key]) for key, name in names.items() if key in value
    }
    extra = {key: entry for key, entry in value.items() if key not in names}
    model.model_rebuild()  # what is not built yet cannot be dumped (pydantic 2.11)
    instance = model.model_construct(
        _fields_set=known.keys() | extra.keys(), **{**dict.fromkeys(names.values()), **known}
    )
    assert instance.__pydantic_extra__ is not None
    instance.__pydantic_extra__.update(extra)  # a key of any name: as an argument `cls` would collide
    return instance


def _member(members: tuple[Any, ...], value: Any) -> Any:
    """The member of a union that the value was meant for: by its constants, else the only one of its kind."""
    candidates = [member for member in _flat(members) if _fits(member, value)]
    return candidates[0] if candidates else None


def _flat(members: tuple[Any, ...]) -> list[Any]:
    found: list[Any] = []
    for member in members:
        nested = get_args(member)[0] if get_origin(member) is Annotated else member
        found += _flat(get_args(nested)) if get_origin(nested) in (Union, UnionType) else [nested]
    return found


def _fits(member: Any, value: Any) -> bool:
    if isinstance(value, list):
        return get_origin(member) is list
    if not (isinstance(value, dict) and isinstance(member, type) and issubclass(member, BaseModel)):
        return False
    fields = cast("dict[str, Any]", value)
    constants = {
        name: get_args(field.annotation)
        for name, field in member.model_fields.items()
        if get_origin(field.annotation) is Literal
    }
    return all(fields.get(name) in allowed for name, allowed in constants.items())
