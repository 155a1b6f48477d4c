"""What a campaign tries: every operation with every fault of the server and of the caller, and what may come of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from xai_httpx import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    InternalServerError,
    OverloadedError,
    QuotaExceededError,
    RateLimitError,
    RequestBodyError,
    RequestTooLargeError,
    ResponseTooLargeError,
    ResponseValidationError,
    ServiceUnavailableError,
    StreamIdleTimeoutError,
    StreamProtocolError,
    StreamTruncatedError,
)

STREAMS = ("chat stream", "responses stream")
UPLOADS = ("upload", "upload once")  # from a path, and from an async iterator, which can be read once
FILES = (*UPLOADS, "download")
OPERATIONS = ("read", "create", *STREAMS, *FILES)
REPEATABLE = ("read", "download")
BROKEN = (APIConnectionError, StreamTruncatedError)
SILENT = (APITimeoutError, StreamIdleTimeoutError)
Errors = tuple[type[Exception], ...]

# By the form of the header `x-fault`, where {n} is a random number of pieces and {seed} any number: the errors that are
# right. Where there are none the call has to succeed; where there are some it may.
FAULTS: dict[str, Errors] = {
    "split={seed}": (),
    "trickle=30": (),
    "line_ends": (),
    "slow_start=0.05": (),
    "early_hints": (),
    "close_after_reply": (),
    "cut_before_reply": BROKEN,
    "cut_in_head": BROKEN,
    "cut_after={n}": BROKEN,
    "cut_after={n};times=1": BROKEN,
    "end_after={n}": (StreamTruncatedError, ResponseValidationError),
    "reset_before_reply": BROKEN,
    "reset_after={n}": BROKEN,
    "drop_before_read": BROKEN,
    "drop_before_read;times=1": BROKEN,
    "stall_before_reply;times=1": SILENT,
    "stall_in_head;times=1": SILENT,
    "stall_after={n};times=1": SILENT,
    "garbage": BROKEN,
    "garbage_after={n}": BROKEN,
    "large_head": BROKEN,
    "bad_gzip": BROKEN,
    "short_gzip": BROKEN,
    "html": (ResponseValidationError,),
    "broken_json={n}": (ResponseValidationError, StreamProtocolError),
    "error_event={n}": (ServiceUnavailableError,),
    "error_event={n};times=1": (ServiceUnavailableError,),
    "status=307": (APIStatusError,),
    "status=401": (AuthenticationError,),
    "status=429": (RateLimitError,),
    "status=429;times=1": (RateLimitError,),
    "oversize={n}": (StreamProtocolError, ResponseTooLargeError),
    "quota": (QuotaExceededError,),
    "status=500": (InternalServerError,),
    "status=500;times=1": (InternalServerError,),
    "status=503": (ServiceUnavailableError,),
    "status=503;times=1": (ServiceUnavailableError,),
    "status=529;times=1": (OverloadedError,),
}
OF_STREAMS: dict[str, Errors] = {
    "no_end": (),
    "ping_after={n}": (StreamIdleTimeoutError,),
}
OF_UPLOADS: dict[str, Errors] = {
    "slow_read": (),
    "reset_in_body={n}": BROKEN,
    "reset_in_body={n};times=1": BROKEN,
    "stall_in_body={n};times=1": SILENT,
    "refuse_in_body={n}": (RequestTooLargeError,),
}
# What a file could be as well: nobody but its owner can tell.
NOT_OF_DOWNLOADS = ("end_after", "html", "broken_json", "error_event", "oversize", "line_ends")
# What the caller does, and how the server keeps the call open meanwhile. A cancellation may find it at any point.
LEAVES = {"break": "stall_after={n}", "exception": "stall_after={n}", "aclose": "stall_after={n}"}
LEAVES_OF_FILES = ("", "trickle=30")  # by an exception
CANCELLED = ("", "slow_start=0.02", "stall_before_reply", "stall_after={n}", "trickle=30")
CANCELLATIONS = 25  # of every operation, for they have the most to find
DEPARTURES = 3  # of every other kind and every stream or file


@dataclass(frozen=True)
class Case:
    """One call.

    Attributes:
        row: Under which name it is counted.
        fault: The header `x-fault`.
        right: The errors that it may end with.
        deadline: Seconds; None for no deadline.
        leave: How the caller leaves it: break, exception, aclose or cancel; or change, which spoils what is uploaded.
        moment: After how many events or chunks the caller leaves, or after how many seconds it cancels.
    """

    operation: str
    row: str
    fault: str
    right: Errors = ()
    deadline: float | None = None
    leave: str = ""
    moment: float = 0


def cases(choice: Random) -> list[Case]:
    """All cases in random order; those of a server's fault with a deadline and without."""
    made = [replace(case, fault=_filled(case, choice)) for case in (*_of_server(choice), *_of_caller(choice))]
    choice.shuffle(made)
    return made


def faults_of(operation: str) -> dict[str, Errors]:
    """The faults of the server that an operation can meet, and the errors that are right for each."""
    if operation in STREAMS:
        return FAULTS | OF_STREAMS
    if operation in UPLOADS:
        return FAULTS | OF_UPLOADS
    if operation == "download":
        return {form: right for form, right in FAULTS.items() if not form.startswith(NOT_OF_DOWNLOADS)}
    return FAULTS


def _of_server(choice: Random) -> Iterator[Case]:
    for operation in OPERATIONS:
        for fault, right in faults_of(operation).items():
            yield Case(operation, fault, fault, right)
            yield Case(operation, fault, fault, right, deadline=choice.uniform(0.03, 0.4))


def _of_caller(choice: Random) -> Iterator[Case]:
    for operation in OPERATIONS:
        for _ in range(CANCELLATIONS):
            fault = choice.choice(CANCELLED)
            yield Case(operation, "cancel", fault, SILENT, leave="cancel", moment=choice.uniform(0, 0.04))
    for operation in STREAMS:
        for leave, fault in [*LEAVES.items()] * DEPARTURES:
            count = choice.randint(1, 5)
            yield Case(operation, leave, fault.format(n=count), SILENT, leave=leave, moment=count)
    for operation in FILES:
        for fault in LEAVES_OF_FILES * DEPARTURES:
            yield Case(operation, "exception", fault, leave="exception", moment=choice.randint(1, 3))
    for _ in range(DEPARTURES):
        yield Case("upload", "change", "", (RequestBodyError,), leave="change", moment=1)


def _filled(case: Case, choice: Random) -> str:
    pieces = 4 if case.operation in FILES else 9
    return case.fault.format(n=choice.randint(0, pieces), seed=choice.randint(0, 2**30))
