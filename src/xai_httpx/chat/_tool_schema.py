"""The arguments of a tool: their JSON schema on the way out, their values on the way back, built once a tool."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, NamedTuple, NotRequired

from pydantic import ConfigDict, PydanticUndefinedAnnotation, PydanticUserError, TypeAdapter
from pydantic_core import PydanticSerializationError, SchemaError, to_jsonable_python
from typing_extensions import TypedDict  # of pydantic's: on Python 3.11 it takes no other

from .._errors import RequestValidationError
from .._output_schema import OutputSchema, acceptable
from .._output_type import _culprit as culprit
from ._signature import Parameter

_UNUSABLE = (PydanticUserError, PydanticUndefinedAnnotation, SchemaError)
_CONFIG = ConfigDict(extra="forbid", regex_engine="python-re")


class ToolForm(NamedTuple):
    """What a model has to write.

    Attributes:
        schema: For the model.
        adapter: Reads what it wrote into a dict by the names of the parameters.
    """

    schema: dict[str, Any]
    adapter: TypeAdapter[dict[str, Any]]


class ToolSchema(OutputSchema):
    """Without titles of parameters, which say the name again, in tokens that cost."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def tool_form(name: str, parameters: tuple[Parameter, ...], told: Mapping[str, str]) -> ToolForm:
    """The form of a tool's arguments.

    Args:
        name: The function, as the path of a fault begins with it.
        parameters: What the model gives.
        told: What the docstring says of parameters; a `Field(description=...)` goes before it.

    Raises:
        RequestValidationError: A type cannot be asked for; the path leads to the part that is to blame.
    """
    typed_dict: Any = TypedDict  # made of a dict that no type checker knows
    fields = {each.name: each.hint if _required(each) else NotRequired[each.hint] for each in parameters}
    form = typed_dict(name, fields)
    form.__pydantic_config__ = _CONFIG
    try:
        adapter: TypeAdapter[dict[str, Any]] = TypeAdapter(form)
        schema = adapter.json_schema(schema_generator=ToolSchema)
    except _UNUSABLE as error:
        raise _refusal(culprit(form, name, ()), str(error).split("\n")[0].split(". ")[0]) from None
    del schema["title"]
    for each, field in zip(parameters, schema["properties"].values(), strict=True):  # whose keys may be aliases
        if each.name in told:
            field.setdefault("description", told[each.name])
        field.update(_default(each))
    return ToolForm(acceptable(schema, name, recursive=True, refuse=_refusal), adapter)


def _required(parameter: Parameter) -> bool:
    return parameter.default is inspect.Parameter.empty


def _default(parameter: Parameter) -> dict[str, Any]:
    """What the schema says of a default: one without a JSON form is used all the same."""
    if _required(parameter):
        return {}
    try:
        return {"default": to_jsonable_python(parameter.default, inf_nan_mode="null")}
    except (PydanticSerializationError, ValueError):
        return {}


def _refusal(path: str, reason: str) -> RequestValidationError:
    return RequestValidationError(f"{path} cannot be an argument: {reason}", path, "a type with a JSON schema")
