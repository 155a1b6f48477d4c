"""From what a validator finds wrong in a value to what the API answers: a wrong shape is a 422, a wrong value a 400."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .._json import JsonObject, as_list
from .errors import ApiError

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError

BODY = "Failed to deserialize the JSON body into the target type: "
_LONGEST = 200  # characters of a value that a message repeats
_LIMITS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "above {}",
    "exclusiveMaximum": "below {}",
    "multipleOf": "a multiple of {}",
    "minItems": "at least {} long",
    "maxItems": "at most {} long",
    "minLength": "at least {} long",
    "maxLength": "at most {} long",
    "minProperties": "at least {} long",
    "maxProperties": "at most {} long",
    "pattern": "of the form {}",
    "uniqueItems": "without repetitions",
}


def refusal_of(errors: "Iterable[ValidationError]") -> ApiError | None:
    """Make the refusal of a value: for its shape if that is wrong, else for a limit; None if nothing is wrong."""
    found = [error for error in map(_innermost, errors) if not _is_for_later(error)]
    if not found:
        return None
    error = min(found, key=lambda error: error.kind.name in _LIMITS)
    where = _place(error.instance_path)
    if error.kind.name in _LIMITS:
        limit = _LIMITS[error.kind.name].format(*error.kind.as_dict().values())
        return ApiError(400, f"Invalid value for {where}: it must be {limit}.")
    if error.kind.name in ("x-exclusive", "x-needed"):
        return ApiError(400, f"Invalid value for {where or 'the body'}: {error.message}.")
    return undeserializable(f"{where}: {_detail(error)}" if where else _detail(error))


def check_ranges(body: JsonObject, ranges: Mapping[str, tuple[float, float]]) -> None:
    """Check what the description does not tell: the ranges of numbers, and of the lengths of arrays.

    Args:
        body: The object that has them; those that are absent or null are fine.
        ranges: The lowest and the highest value by name.

    Raises:
        ApiError: 400, naming the field and the range.
    """
    for name, (low, high) in ranges.items():
        value = body.get(name)
        size = value if (items := as_list(value)) is None else len(items)
        if size is not None and not low <= size <= high:
            raise ApiError(400, f"Invalid value for {name}: it must be between {low} and {high}.")


def undeserializable(detail: str) -> ApiError:
    """Make the 422 that the API gives for a body of the wrong shape."""
    return ApiError(422, BODY + detail)


def _innermost(error: "ValidationError") -> "ValidationError":
    """The error that tells most of a value that fits no member of a union: of the member that it was meant to be."""
    if error.kind.name not in ("anyOf", "oneOf"):
        return error
    depth = len(error.instance_path)
    candidates: list[tuple[int, int, ValidationError]] = []  # few errors, deep inside, tell that a member was meant
    for branch in _branches(error):
        inner = [_innermost(one) for one in branch]
        if inner and not any(_is_tag(one, depth) for one in inner):
            deepest = max(inner, key=lambda one: len(one.instance_path))
            candidates.append((len(inner), -len(deepest.instance_path), deepest))
    return min(candidates, key=lambda one: one[:2], default=(0, 0, error))[2]


def _is_for_later(error: "ValidationError") -> bool:
    """Whether it is a limit of a batched request, which its result tells once the batch has got to it."""
    return error.kind.name in _LIMITS and "batch_request" in error.instance_path


def _branches(error: "ValidationError") -> "list[list[ValidationError]]":
    """What is wrong for each member of a union."""
    kind: Any = error.kind  # its stub leaves this out
    branches: list[list[ValidationError]] = kind.context
    return branches


def _is_tag(error: "ValidationError", depth: int) -> bool:
    """Whether it says that the value is not meant to be this member: of another type, or with another `type`."""
    at = len(error.instance_path)
    return (error.kind.name == "type" and at == depth) or (error.kind.name in ("enum", "const") and at == depth + 1)


def _detail(error: "ValidationError") -> str:
    said = error.kind.as_dict()
    match error.kind.name:
        case "required":
            return f"missing field `{said['property']}`"
        case "type":
            return f"invalid type, expected {' or '.join(name for name in said['types'] if name != 'null')}"
        case "enum" | "const":
            return f"unknown variant {_short(error.instance)}, expected one of {', '.join(map(str, _allowed(error)))}"
        case "anyOf" | "oneOf":
            return _no_member(error)
        case _:
            return error.message[:_LONGEST]


def _no_member(error: "ValidationError") -> str:
    """Of a value that is meant to be no member: the tags that there are, if it is they that tell the members apart."""
    depth = len(error.instance_path) + 1
    inner = [one for branch in _branches(error) for one in branch]
    tags = [one for one in inner if one.kind.name in ("enum", "const") and len(one.instance_path) == depth]
    if not tags:
        return f"data did not match any variant of the untagged union: {_short(error.instance)}"
    known = dict.fromkeys(str(value) for one in tags for value in _allowed(one))
    return (
        f"unknown variant {_short(tags[0].instance)} of {tags[0].instance_path[-1]}, expected one of {', '.join(known)}"
    )


def _allowed(error: "ValidationError") -> list[object]:
    said = error.kind.as_dict()
    return [said["expected_value"]] if error.kind.name == "const" else said["options"]


def _short(value: object) -> str:
    return f"`{value}`"[:_LONGEST]


def _place(path: list[str | int]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
