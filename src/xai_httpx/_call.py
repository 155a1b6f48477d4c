"""A call as data: what a resource method says, and nothing of how it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar
from urllib.parse import quote

from ._errors import RequestValidationError
from ._meta import Meta

if TYPE_CHECKING:
    from ._upload import Upload

T = TypeVar("T")
LONGEST = 1000
AN_ID = f"an id of 1 to {LONGEST} characters"


class Replay(Enum):
    """What may be sent again after a failure."""

    READ = "read"  # has no effect, or the same effect when repeated
    CREATE = "create"  # makes something that is billed: only what was certainly not accepted is sent again


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of a body that is JSON already, so that what a long conversation sends again is not encoded again.

    Its repr does not show it.

    Attributes:
        whole: Its members, joined by commas.
        unchecked: Those at its end that were not sent yet, and are to be checked.
    """

    whole: bytes = field(repr=False)
    unchecked: bytes = field(repr=False)


@dataclass(slots=True)
class Call(Generic[T]):
    """One operation of the API with its arguments, which its repr does not show.

    Attributes:
        method: HTTP method.
        path: Path below the base URL, with encoded segments.
        returns: Model of the reply.
        replay: What may be sent again.
        body: Parameters as the caller gave them, in a dict that is the call's own; None for no body.
        defaults: Parameters that the method sets unless the caller does.
        sets: Parameters that the method sets whatever the caller says.
        lists: Parameters that are JSON already; none of them is in `body`.
        query: Query parameters; those that are None are left out.
        checks: The generated request model that the body is checked against, as `module.Class`.
        when_empty: Of a delete, what a 204 stands for, and a 404 to the delete that was sent again.
        deferred: Whether it fetches the result of a job, which ends its path. One that is decoded here is `Pending`
            while the server answers 202, then readable once.
        management: Whether it goes to the management host, with the management key.
        upload: A body that is read from its source while it is sent, instead of `body`.
    """

    method: str
    path: str
    returns: type[T]
    replay: Replay = Replay.READ
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    defaults: Mapping[str, Any] | None = None
    sets: Mapping[str, Any] | None = None
    lists: Mapping[str, Listed] = field(default_factory=dict[str, Listed], repr=False)
    query: Mapping[str, Any] | None = None
    checks: str | None = None
    when_empty: Mapping[str, Any] | None = None
    deferred: bool = False
    management: bool = False
    upload: Upload | None = field(default=None, repr=False)


class Pending(NamedTuple):
    """What a 202 stands for: the result is not there yet."""

    meta: Meta


def segment(value: str, name: str) -> str:
    """Encode an id as one segment of a path.

    Raises:
        RequestValidationError: It is empty or would change the path.
    """
    given: Any = value
    if not isinstance(given, str) or given in ("", ".", "..") or len(given) > LONGEST:
        shown = repr(given)[:100]
        raise RequestValidationError(f"{name} must be {AN_ID}, got {shown}", name, AN_ID, given)
    try:
        return quote(given, safe="")
    except UnicodeEncodeError:
        raise RequestValidationError(f"{name} must be {AN_ID}, got {given!r}", name, AN_ID, given) from None
