"""Check the parameters of a request against the description, on the very bytes that are to be sent."""

from __future__ import annotations

import difflib
import json
import re
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from ._errors import RequestValidationError, UnknownParameterWarning
from ._models import XAIModel

_PACKAGE = str(Path(__file__).parent)
_BOUNDS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
_LENGTHS = ("too_long", "too_short")  # of a list that is a list as it should be: it fits one step further
_UNKNOWN = re.compile(r"(function-after\[\w+\(\), )?Unknown\w+\]?")  # the step into the member for unknown types
_WHOLE = "the body"
_MISSPELT_TYPE = 0.85
_MISSPELT = 0.74  # similarity from which an unknown name is taken for a slip


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
        near = difflib.get_close_matches(value, known, n=1, cutoff=_MISSPELT_TYPE)
        if near and not value.startswith(near[0]):  # a longer name is a version of a known one
            raise PydanticCustomError("slip", "be a known type")
        return self


class Exclusive(Checked):
    """Base of the request models with fields that cannot be combined."""

    @model_validator(mode="after")
    def _at_most_one_of_each(self) -> Self:
        rules: Any = self.model_config.get("json_schema_extra")
        for names in rules["x-exclusive"]:
            given = [name for name in names if getattr(self, name, None) is not None]
            if len(given) > 1:
                raise PydanticCustomError("exclusive", "cannot be combined", {"names": given})
        return self


@dataclass(frozen=True, slots=True)
class _Plan:
    validate: Callable[[bytes], Any]
    names: frozenset[str]
    managed: Mapping[str, str]
    bounds: Mapping[str, Mapping[str, float]]


def encode(body: object) -> bytes:
    """The JSON bytes of a request body; models become what they were received as.

    Raises:
        RequestValidationError: Something in it has no JSON form; it is named.
    """
    try:
        text = json.dumps(body, default=_plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        steps, value = _culprit(body)
        path, reason = _spelt(steps), "it is nested too deeply" if isinstance(error, RecursionError) else error
        raise RequestValidationError(f"{path} has no JSON form: {reason}", path, "a JSON value", value) from None


def _culprit(value: object) -> tuple[list[str | int], object]:
    """The innermost place that has no JSON form, and what is there."""
    for step, entry in _entries(value):
        try:
            json.dumps(entry, default=_plain, ensure_ascii=False, allow_nan=False).encode()
        except (TypeError, ValueError):
            steps, found = _culprit(entry)
            return [step, *steps], found
        except RecursionError:
            return [step], entry
    return [], value


def _entries(value: Any) -> Iterable[Any]:
    match _shape(value):
        case type() as shape if shape is dict:
            return dict(value).items()
        case type() as shape if not isinstance(value, str):
            return enumerate(list(value))
        case _:
            return ()


def _plain(value: Any) -> object:
    if isinstance(value, BaseModel):  # one of ours goes back as it came; one of the caller's with its defaults
        return value.model_dump(mode="json", exclude_unset=isinstance(value, XAIModel), by_alias=True)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    shape = _shape(value)
    if shape is None:
        raise TypeError(f"{type(value).__name__} is not a JSON value")
    return shape(value)


def _shape(value: Any) -> type[dict[Any, Any]] | type[list[Any]] | None:
    """The JSON container for mappings and sequences that are not dicts and lists themselves."""
    if isinstance(value, Mapping):
        return dict
    return list if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview) else None


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


def _unknown(name: str, value: object, names: frozenset[str]) -> None:
    """A slip is refused; a name like no other may be newer than this version, and is sent with a warning."""
    near = difflib.get_close_matches(name, names, n=1, cutoff=_MISSPELT)
    if near:
        raise RequestValidationError(
            f"{name} is not a parameter; did you mean {near[0]}? (options={{'extra_body': ...}} sends it all the same)",
            name,
            near[0],
            value,
        )
    nearest = difflib.get_close_matches(name, names, n=1, cutoff=0.0)[0]
    warn(
        f"{name} is not a parameter that this version knows (the nearest is {nearest}); it is sent as it is",
        UnknownParameterWarning,
    )


def warn(text: str, category: type[Warning]) -> None:
    """Warn at the line of the caller of this package, however deep the call is."""
    frame, level = sys._getframe(), 1
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, category, stacklevel=level)


def _nearest(fault: ErrorDetails) -> float | None:
    """The bound that an out-of-range number overstepped, for a parameter at the top level."""
    limits = fault.get("ctx", {})
    return limits.get("le", limits.get("ge")) if len(fault["loc"]) == 1 else None


def telling(faults: Sequence[ErrorDetails], body: Any) -> tuple[ErrorDetails, list[ErrorDetails], str]:
    """The fault that tells most, all those at the same place, and that place in the body.

    Of a union pydantic reports the faults of every member. The one meant is that which fits furthest into the body,
    then that with the fewest faults; members that agree so far are all named.
    """
    meant = [fault for fault in faults if not any(_UNKNOWN.fullmatch(str(step)) for step in fault["loc"])] or faults
    siblings = Counter(fault["loc"][:-1] for fault in meant)
    steps = [_steps(fault, body) for fault in meant]
    ranks = [
        (-len(path) - (fault["type"] in _LENGTHS), fault["type"] == "union_tag_not_found", siblings[fault["loc"][:-1]])
        for fault, path in zip(meant, steps, strict=True)
    ]
    best = min(range(len(meant)), key=ranks.__getitem__)
    agreeing = [other for other, way in zip(meant, steps, strict=True) if way == steps[best]]
    return meant[best], agreeing, _spelt(steps[best])


def _refusal(faults: Sequence[ErrorDetails], body: Any, plan: _Plan) -> RequestValidationError:
    """The error for the fault that tells most."""
    fault, agreeing, path = telling(faults, body)
    if fault["type"] == "exclusive":
        owner = "" if path == _WHOLE else f"{path}."
        names = [f"{owner}{name}" for name in fault.get("ctx", {})["names"]]
        return RequestValidationError(f"{' and '.join(names)} cannot be combined", names[0], f"set without {names[1]}")
    if fault["type"] in ("missing", "union_tag_not_found"):
        return RequestValidationError(f"{path} is required", path, "present")
    value = fault["input"]
    if fault["type"] == "union_tag_invalid":
        value = value[str(fault.get("ctx", {})["discriminator"]).strip("'")]
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
        return "be " + " and ".join(f"{_BOUNDS[word]} {limit:g}" for word, limit in plan.bounds[path].items())
    return fault["msg"].removeprefix("Input should ").replace("a valid array", "a list").replace("a valid ", "a ")


def _steps(fault: ErrorDetails, body: Any) -> list[str | int]:
    """The place of a fault in the body, without the names of union members that pydantic puts between."""
    path: list[str | int] = []
    here: Any = body
    for step in fault["loc"]:
        is_list, is_object = isinstance(here, list), isinstance(here, dict)
        if is_list and isinstance(step, int) and step < len(here):
            path.append(step)
            here = here[step]
        elif is_object and (step in here or (fault["type"] == "missing" and step == fault["loc"][-1])):
            path.append(step)
            here = here.get(step)
    if fault["type"] in ("union_tag_invalid", "union_tag_not_found"):
        path.append(str(fault.get("ctx", {}).get("discriminator")).strip("'"))
    return path


def _spelt(steps: Sequence[str | int]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.removeprefix(".") or _WHOLE
