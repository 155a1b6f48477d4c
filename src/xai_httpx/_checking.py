"""Check the parameters of a request against the description, on the very bytes that are to be sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from importlib import import_module
from itertools import pairwise
from typing import Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from ._encode import encode
from ._errors import RequestValidationError, UnknownParameterWarning
from ._faults import WHOLE, tag_of, telling
from ._warnings import warn

_BOUNDS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
# Similarity from which an unknown name is taken for a slip; a type may be a version of a known one, so it needs more.
_MISSPELT = 0.74
_MISSPELT_TYPE = 0.85


class Checked(BaseModel):
    """Base of the generated request models: nothing is converted, and unknown keys pass."""

    model_config = ConfigDict(extra="allow", defer_build=True, protected_namespaces=(), strict=True)


class UnknownMember(Checked):
    """Base of the union members that stand for types unknown to this version; a slip in a known one is none."""

    model_config = ConfigDict(regex_engine="python-re")

    @model_validator(mode="after")
    def _is_no_slip(self) -> Self:
        rules: Any = self.model_config.get("json_schema_extra")
        tag, known = rules["x-known"]["tag"], rules["x-known"]["values"]
        value = getattr(self, tag)
        near = _most_like(value, known, _MISSPELT_TYPE)
        if near is not None and not value.startswith(near):  # a longer name is a version of a known one
            raise PydanticCustomError("slip", "be a known type")
        return self


class Exclusive(Checked):
    """Base of the request models with fields that cannot be combined, or of which one is needed."""

    @model_validator(mode="after")
    def _at_most_one_of_each(self) -> Self:
        rules: Any = self.model_config.get("json_schema_extra")
        for names in rules.get("x-exclusive", ()):
            given = [name for name in names if getattr(self, name, None) is not None]
            if len(given) > 1:
                raise PydanticCustomError("exclusive", "cannot be combined", {"names": given})
        for names in rules.get("x-needed", ()):
            if all(getattr(self, name, None) is None for name in names):
                raise PydanticCustomError("needed", "have one of {names}", {"names": ", ".join(names)})
        return self


class _Plan(NamedTuple):
    validate: Callable[[bytes], Any]
    names: frozenset[str]
    managed: Mapping[str, str]
    bounds: Mapping[str, Mapping[str, float]]


def check(checks: str, params: Mapping[str, Any], content: bytes, *, clamp: bool) -> Mapping[str, Any]:
    """Refuse parameters that the server would refuse.

    Args:
        checks: Which request, as `module.Class` of the generated `_checks`.
        params: Parameters as the caller gave them.
        content: The body made of them, JSON.
        clamp: Move a number that is out of range to the nearest bound instead of refusing it.

    Returns:
        The values that clamping changed, by name.

    Raises:
        RequestValidationError: It names the parameter, what it may be, and what it was.
    """
    plan = _plan(checks)
    for name in params:
        if name in plan.managed:
            raise RequestValidationError(f"{name} is not a parameter here: {plan.managed[name]}", name)
        if name not in plan.names:
            _unknown(name, params[name], plan.names)
    try:
        plan.validate(content)
    except ValidationError as error:
        return _clamped(plan, error.errors(include_url=False), json.loads(content), clamp)
    return {}


def _clamped(plan: _Plan, faults: list[ErrorDetails], body: Any, clamp: bool) -> Mapping[str, Any]:
    """What clamping changes, if that mends all faults; else the error for what is left."""
    changed = {str(fault["loc"][0]): bound for fault in faults if clamp and (bound := _nearest(fault)) is not None}
    if changed:  # what depends on several fields is checked only once each of them fits
        try:
            plan.validate(encode({**body, **changed}))
        except ValidationError as error:
            faults = error.errors(include_url=False)
        else:
            return changed
    raise _refusal(faults, body, plan)


@cache
def _plan(checks: str) -> _Plan:
    module, name = checks.split(".")
    model: type[Checked] = getattr(import_module(f"xai_httpx._checks.{module}"), name)
    model.model_rebuild()
    fields = {field.alias or key: field for key, field in model.model_fields.items()}
    extras: dict[str, Any] = {key: field.json_schema_extra for key, field in fields.items()}
    return _Plan(
        validate=model.__pydantic_validator__.validate_json,
        names=frozenset(fields),
        managed={key: str(extra["x-sdk-managed"]) for key, extra in extras.items() if extra},
        bounds={key: _limits(field.metadata) for key, field in fields.items()},
    )


def _limits(metadata: Sequence[object]) -> dict[str, float]:
    return {word: getattr(rule, word) for rule in metadata for word in _BOUNDS if getattr(rule, word, None) is not None}


def _most_like(name: str, names: Collection[str], similarity: float) -> str | None:
    """The name that is most like another, if it is as similar as that."""
    from difflib import get_close_matches  # only for a slip or a new name, so it is loaded then

    return next(iter(get_close_matches(name, names, n=1, cutoff=similarity)), None)


def _unknown(name: str, value: object, names: frozenset[str]) -> None:
    """A slip is refused; a name like no other may be newer than this version, and is sent with a warning."""
    near = _most_like(name, names, _MISSPELT)
    if near is not None:
        raise RequestValidationError(
            f"{name} is not a parameter; did you mean {near}? (options={{'extra_body': ...}} sends it all the same)",
            name,
            near,
            value,
        )
    nearest = _most_like(name, names, 0.0)
    warn(
        f"{name} is not a parameter that this version knows (the nearest is {nearest}); it is sent as it is",
        UnknownParameterWarning,
    )


def _nearest(fault: ErrorDetails) -> float | None:
    """The bound that an out-of-range number overstepped, for a parameter at the top level."""
    limits = fault.get("ctx", {})
    return limits.get("le", limits.get("ge")) if len(fault["loc"]) == 1 else None


def _refusal(faults: Sequence[ErrorDetails], body: Any, plan: _Plan) -> RequestValidationError:
    """The error for the fault that tells most."""
    fault, agreeing, path = telling(faults, body)
    if fault["type"] == "exclusive":
        owner = "" if path == WHOLE else f"{path}."
        names = [f"{owner}{name}" for name in fault.get("ctx", {})["names"]]
        return RequestValidationError(f"{' and '.join(names)} cannot be combined", names[0], f"set without {names[1]}")
    if fault["type"] in ("missing", "union_tag_not_found"):
        return RequestValidationError(f"{path} is required", path, "present")
    value = fault["input"]
    if fault["type"] == "union_tag_invalid":
        value = value[tag_of(fault)]
    expected = _alternatives(list(dict.fromkeys(_expected(other, path, plan) for other in agreeing)))
    shown = _shown(value) if fault["type"] != "too_long" else f"{fault.get('ctx', {})['actual_length']} entries"
    message = f"{path} must {expected}, got {shown}"
    return RequestValidationError(message, path, expected.removeprefix("be "), value)


def _alternatives(phrases: Sequence[str]) -> str:
    """Several ends of a sentence as one: "be a string or a list", "have at least 1 entry or be a string"."""
    others = (now.removeprefix("be ") if before.startswith("be ") else now for before, now in pairwise(phrases))
    return " or ".join((phrases[0], *others))


def _shown(value: object) -> str:
    return repr(value) if len(repr(value)) <= 100 else repr(value)[:100] + "..."


def _expected(fault: ErrorDetails, path: str, plan: _Plan) -> str:
    """What a value has to do to be accepted, as the end of a sentence that begins with "must"."""
    context = fault.get("ctx", {})
    match fault["type"]:
        case "union_tag_invalid":
            return f"be one of {context['expected_tags']}"
        case "too_short":
            return f"have at least {context['min_length']} {'entry' if context['min_length'] == 1 else 'entries'}"
        case "too_long":
            return f"have at most {context['max_length']} entries"
        case "string_too_short":
            return f"have at least {context['min_length']} character{'' if context['min_length'] == 1 else 's'}"
        case "int_type" | "int_from_float":
            return "be an integer"
        case _:
            pass
    if context.keys() & _BOUNDS.keys() and path in plan.bounds:
        return "be " + " and ".join(f"{_BOUNDS[word]} {limit:.15g}" for word, limit in plan.bounds[path].items())
    return fault["msg"].removeprefix("Input should ").replace("a valid array", "a list").replace("a valid ", "a ")
