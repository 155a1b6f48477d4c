"""What the description allows in a request: query and body are checked against it, and refused as the API does."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from .._json import JsonObject, as_list, as_object
from .description import Operation, description, operations
from .errors import ApiError
from .keywords import KEYWORDS
from .refusals import BODY, refusal_of

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

QUERY = "Failed to deserialize query string: "
_WIDTHS = {"int32": 32, "int64": 64, "uint32": 33, "uint64": 65, "uint": 65, "uint8": 9, "uint16": 17}


def check_body(name: str, body: object) -> None:
    """Check the JSON body of an operation.

    Args:
        name: The operation, such as `POST /v1/embeddings`.
        body: Its body.

    Raises:
        ApiError: 422 for a body of the wrong shape, 400 for a value out of range.
    """
    if (refusal := refusal_of(_body_validator(name).iter_errors(body))) is not None:
        raise refusal


def check_query(operation: Operation, query: Sequence[tuple[str, str]]) -> None:
    """Check the query of an operation; parameters that it does not know are let through.

    Raises:
        ApiError: 400, naming the parameter.
    """
    for parameter in operation.details.get("parameters", ()):
        if parameter["in"] != "query":
            continue
        given = [value for name, value in query if name == parameter["name"]]
        if not given and parameter.get("required"):
            raise ApiError(400, f"{QUERY}missing field `{parameter['name']}`")
        if given:
            _check_parameter(operation.name, parameter, given)


def _check_parameter(name: str, parameter: JsonObject, given: list[str]) -> None:
    types = _types(parameter["schema"])
    value: object = given if "array" in types else _number(given[-1]) if "integer" in types else given[-1]
    refusal = refusal_of(_query_validator(name, parameter["name"]).iter_errors({parameter["name"]: value}))
    if refusal is not None:
        raise ApiError(400, refusal.message.replace(BODY, QUERY))


def _number(text: str) -> object:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else text


@cache
def _body_validator(name: str) -> "Draft202012Validator":
    schema = operations()[name].body_schema
    assert schema is not None
    return validator_of(schema)


@cache
def _query_validator(name: str, parameter: str) -> "Draft202012Validator":
    parameters = operations()[name].details["parameters"]
    schema = next(one["schema"] for one in parameters if one["name"] == parameter)
    return validator_of({"properties": {parameter: schema}})


def validator_of(schema: JsonObject) -> "Draft202012Validator":
    """Make the validator of a schema, which may refer to those of the description."""
    from jsonschema_rs import Draft202012Validator  # 30 ms, which a simulator that is asked nothing need not take

    return Draft202012Validator(_strict(schema) | {"components": _components()}, keywords=KEYWORDS)


@cache
def _components() -> JsonObject:
    return {"schemas": _strict(description()["components"]["schemas"])}


def _strict(node: Any) -> Any:
    """Bring a schema to what the API does.

    It takes the first member of a union that fits, null where the type has it, and for an integer no 1.0. Names of
    members are not looked at: the description says of some that they are integers, which names are not.
    """
    if (items := as_list(node)) is not None:
        return [_strict(item) for item in items]
    members = as_object(node)
    if members is None:
        return node
    strict = {"anyOf" if name == "oneOf" else name: _strict(value) for name, value in members.items()}
    strict.pop("propertyNames", None)
    if "null" in _types(members) and not {"enum", "const"}.isdisjoint(members):
        allowed = members.get("enum", [members.get("const")])
        strict = {name: value for name, value in strict.items() if name != "const"} | {"enum": [*allowed, None]}
    if "integer" in _types(members):
        strict["x-whole"] = _WIDTHS.get(str(members.get("format")), 65)
    return strict


def _types(schema: JsonObject) -> Iterable[str]:
    declared = schema.get("type")
    return [declared] if isinstance(declared, str) else as_list(declared) or ()
