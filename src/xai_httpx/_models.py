"""What every received model has in common, and how the bytes of a reply become one."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from ._errors import UnexpectedResponseWarning
from ._faults import sentence
from ._meta import Meta
from ._replies import error_in_body, error_of, status_in_body, unexpected
from ._warnings import warn

T = TypeVar("T")


class XAIModel(BaseModel):
    """Base of every received model: unknown fields are kept, and what was received can be sent back unchanged."""

    model_config = ConfigDict(
        strict=True,
        extra="allow",
        defer_build=True,
        protected_namespaces=(),
        serialize_by_alias=True,
        validate_by_name=True,
    )

    @property
    def meta(self) -> Meta:
        """Status, headers, ids, attempts and time of the reply; only what a method returned itself has one.

        Raises:
            AttributeError: This is a part of a result, or was made by hand.
        """
        try:
            return cast(Meta, self.__dict__["__meta__"])
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no meta: it is not the result of a call") from None

    if not TYPE_CHECKING:  # pydantic's signatures. What did not fit was told when it came; telling again shows values

        def model_dump(self, **options: Any) -> dict[str, Any]:
            return super().model_dump(**{"warnings": False, **options})

        def model_dump_json(self, **options: Any) -> str:
            return super().model_dump_json(**{"warnings": False, **options})


class Unknown(XAIModel):
    """Base of the union members that this version does not know yet."""

    model_config = ConfigDict(regex_engine="python-re")  # the pattern that excludes the known types looks ahead

    @property
    def raw(self) -> dict[str, Any]:
        """All of it, as it was received."""
        return self.model_dump(mode="json", exclude_unset=True)


def attach(result: T, meta: Meta) -> T:
    """Remember the exchange on its result, outside the fields: it takes no part in equality or dumps."""
    if isinstance(result, XAIModel):
        vars(result)["__meta__"] = meta
    return result


@cache
def json_decoder(returns: Any) -> Callable[[bytes], Any]:
    """The fastest function from JSON bytes to `returns`: a model, or an alias of several."""
    if isinstance(returns, type) and issubclass(returns, BaseModel):
        returns.model_rebuild()
        return returns.__pydantic_validator__.validate_json
    from pydantic import TypeAdapter  # most replies are a model

    alias: TypeAdapter[Any] = TypeAdapter(cast(Any, returns))
    return alias.validator.validate_json


def from_lax_json(content: bytes) -> Any:
    """JSON as Python reads it, which lets half of a surrogate pair pass, as in a text that was cut between the two.

    Raises:
        ValueError: It is no JSON, or nested too deeply.
    """
    try:
        return json.loads(content)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def decode(content: bytes, returns: type[T], meta: Meta, *, strict: bool) -> T:
    """Make a `returns` of a reply.

    A reply that does not fit is built leniently with an `UnexpectedResponseWarning`, for it may have been paid for.

    Args:
        content: The body, JSON.
        returns: A model or an alias of several.
        meta: The exchange; it is attached to the result.
        strict: Raise instead of building leniently.

    Raises:
        ResponseValidationError: The body is no JSON object, or `strict` and it does not fit.
        APIStatusError: The body is an error, though the status was 2xx.
    """
    try:
        return attach(cast(T, json_decoder(cast(Any, returns))(content)), meta)
    except ValidationError as error:
        problem = error
    try:
        parsed: object = from_lax_json(content)
    except ValueError:
        raise unexpected(meta, content, "the reply is not JSON") from None
    if not isinstance(parsed, dict):
        raise unexpected(meta, content, "the reply is not a JSON object") from None
    body = cast("dict[str, Any]", parsed)
    if error_in_body(body):
        raise error_of(status_in_body(body), body, meta)
    from ._lenient import build  # what a reply that fits does not need is not loaded for it

    built = build(returns, body)
    name = type(built).__name__ if isinstance(built, BaseModel) else getattr(returns, "__name__", returns)
    summary = f"the reply does not fit {name}: {sentence(problem.errors(include_url=False, include_input=False), body)}"
    if strict or not isinstance(built, BaseModel):
        raise unexpected(meta, content, summary) from problem
    warn(f"{summary} (request id {meta.request_id})", UnexpectedResponseWarning)
    return attach(cast(T, built), meta)
