"""How calls and streams reach the meters: which count a call, and what they are told at its end."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

from ._call import Call, Replay
from ._errors import APIError, ResponseValidationError

if TYPE_CHECKING:
    from ._meter import Meter
    from ._request import Request

T = TypeVar("T")
Meters = tuple["Meter", ...]
IN_CONTEXT: ContextVar[Meters] = ContextVar("xai_httpx_meters", default=())
FREE = frozenset({"/files", "/skills"})  # what is uploaded costs nothing before it is used


def metering(call: Call[Any], own: Meters) -> Meters:
    """The meters that count a call, each once: the client's own and those of the context. None where it costs nothing.

    Raises:
        BudgetExceededError: One is a budget that is spent.
    """
    meters = own + IN_CONTEXT.get()
    if not meters or not (call.deferred or billed(call)):
        return ()
    meters = tuple(dict.fromkeys(meters))
    if not call.deferred:
        for meter in meters:
            meter._admit()
    return meters


def billed(call: Call[Any]) -> bool:
    """Whether a call that works is paid for."""
    return call.replay is Replay.CREATE and not call.management and call.path not in FREE


async def metered(meters: Meters, call: Call[Any], reply: Awaitable[T]) -> T:
    """Await the reply to a call and tell the meters of it."""
    asked = call.body.get("model") if isinstance(call.body, Mapping) else None
    job = unquote(call.path.rpartition("/")[2]) if call.deferred else None
    try:
        result = await reply
    except BaseException as error:
        if not (isinstance(error, ResponseValidationError) and _count_told(meters, error.body, asked, job)):
            failed(meters if job is None else (), error)
        raise
    if not _count_told(meters, result, asked, job) and job is None:
        _count_untold(meters, result, asked)
    return result


def settle(meters: Meters, request: Request, result: object, failure: APIError | None) -> None:
    """Tell the meters of a stream that is over, with what it added up to until then."""
    if result is None and failure is not None:
        failed(meters, failure)
        return
    if not _count_told(meters, result):
        _count_untold(meters, result)
    lost(meters, request)


def lost(meters: Meters, request: Request) -> None:
    """Tell the meters of a call that worked whether an attempt before may be paid for as well."""
    if request.may_have_been_processed:
        for meter in meters:
            meter._lose()


def failed(meters: Meters, error: BaseException) -> None:
    """Tell the meters of a call that failed, or was cancelled, whether it may be paid for."""
    if error.may_have_been_processed if isinstance(error, APIError) else not isinstance(error, Exception):
        for meter in meters:
            meter._lose()


def _count_told(meters: Meters, reply: object, asked: object = None, job: str | None = None) -> bool:
    """Count a reply, or the result of a job, if it says what it used; the poll of an unfinished job does not."""
    from ._usage import fields_of, usage_of

    told = fields_of(reply)
    usage = usage_of(told)
    if usage is None:
        return False
    for meter in meters:
        meter._take(usage, _model(told, asked), job)
    return True


def _count_untold(meters: Meters, reply: object, asked: object = None) -> None:
    """Count a reply that does not say what it used; the result of the job that it may name says so later."""
    from ._usage import fields_of

    told = fields_of(reply)
    job = told.get("request_id")
    for meter in meters:
        meter._take(None, _model(told, asked), job if isinstance(job, str) else None)


def _model(told: Mapping[str, Any], asked: object) -> str:
    return next((name for name in (told.get("model"), asked) if isinstance(name, str)), "")
