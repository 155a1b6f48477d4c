"""The errors of this package, and from which reply each comes; those of jobs and batches are in `_job_errors`.

XAIError
├── ConfigurationError                      no key, bad URL, closed client
├── RequestValidationError (ValueError)     refused before any I/O
├── APIError                                .meta .attempts .elapsed .may_have_been_processed .partial .usage .job_id
│   ├── APIConnectionError                  CircuitOpenError
│   │   └── APITimeoutError                 DeadlineExceededError, ConcurrencyTimeoutError
│   ├── APIStatusError                      .status_code .code .type .param .message .body .request_id .retry_after
│   │   ├── BadRequestError 400 · AuthenticationError 401, and 400 "Incorrect API key" · PermissionDeniedError 403
│   │   ├── NotFoundError 404 · ConflictError 409 · RequestTooLargeError 413 · UnprocessableEntityError 422
│   │   ├── RateLimitError 429 · QuotaExceededError (429 or 403 that names credits or the spending limit)
│   │   └── InternalServerError 5xx         ServiceUnavailableError 503, OverloadedError 529
│   ├── StreamError                         StreamTruncatedError StreamIdleTimeoutError StreamProtocolError
│   ├── ResponseValidationError             .body .request_id
│   ├── ResponseTooLargeError               .limit
│   └── RequestBodyError                    the content changed while it was sent
├── OutputError                             .reason .text .usage .reply .meta: no answer of the type asked for
│   ├── OutputTruncatedError                stopped at the token limit, or another
│   ├── OutputRefusedError                  .refusal
│   └── OutputValidationError               .errors
├── ToolError                               for the model to read: ToolArgumentsError ToolTimeoutError(.name .timeout)
│   └── ToolRunError                        .state .reply .turns: ToolTurnsExceededError ToolRepeatedFailureError
├── BudgetExceededError                     .limit_usd .spent_usd .limit_tokens .spent_tokens: refused before any I/O
├── JobError                                .id .last .meta: JobFailedError JobExpiredError JobTimeoutError
├── BatchAddError                           .batch_id .accepted .uncertain .meta: requests were added in part
└── (warnings) UnexpectedResponseWarning · UnknownParameterWarning

An error that arrives inside a stream has the class that it would have had as a status. All errors pickle.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ._meta import Meta


class XAIError(Exception):
    """Base of every error of this package."""


class ConfigurationError(XAIError):
    """The client cannot be used as it is configured; the message names the argument or variable to set."""


class RequestValidationError(XAIError, ValueError):
    """A parameter was refused before any I/O.

    Attributes:
        parameter: Path of the parameter, such as `messages[0].role`.
        expected: What it may be, in words.
        value: What it was.
    """

    def __init__(self, message: str, parameter: str = "", expected: str = "", value: object = None) -> None:
        super().__init__(message)
        self.parameter = parameter
        self.expected = expected
        self.value = value


class APIError(XAIError):
    """A call failed after I/O began.

    Attributes:
        message: What went wrong, without status and ids.
        meta: Status, headers and ids of the reply; None when there was none.
        may_have_been_processed: False only when it is certain that the server did not start on the request, in none of
            the attempts: otherwise it may be billed.
        partial: What a stream had brought until then: a completion or response, else None.
        resumable: Whether the stream can be taken up where it broke off. Always False: the API keeps no unfinished
            response (its `background` does nothing).
        job_id: The job that was being waited for, else None.
    """

    resumable = False
    job_id: str | None = None

    def __init__(
        self, message: str, meta: Meta | None = None, *, may_have_been_processed: bool = True, partial: Any = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.meta = meta
        self.may_have_been_processed = may_have_been_processed
        self.partial = partial

    @property
    def attempts(self) -> int:
        """How many times the request was sent; 0 when it was not."""
        return self.meta.attempts if self.meta else 0

    @property
    def elapsed(self) -> float:
        """Seconds from the start of the call until the error."""
        return self.meta.elapsed if self.meta else 0.0

    @property
    def request_id(self) -> str | None:
        """The server's `x-request-id`, when a reply came."""
        return self.meta.request_id if self.meta else None

    @property
    def response_id(self) -> str | None:
        """The id of the completion or response that a stream broke off in, when it is known."""
        return getattr(self.partial, "id", None)

    @property
    def usage(self) -> Any:
        """What the broken stream had said of its cost: the usage of `partial`; None when it had not come."""
        return getattr(self.partial, "usage", None)


class APIConnectionError(APIError):
    """The connection could not be made, or broke."""


class CircuitOpenError(APIConnectionError):
    """Nothing was sent: the circuit breaker is open, for too many of the last attempts had failed.

    Attributes:
        host: The host that the circuit belongs to.
        retry_after: Seconds until the next attempt is let through.
    """

    def __init__(self, message: str, meta: Meta | None = None, *, host: str = "", retry_after: float = 0.0) -> None:
        super().__init__(message, meta, may_have_been_processed=False)
        self.host = host
        self.retry_after = retry_after


class APITimeoutError(APIConnectionError):
    """A single attempt took longer than its timeout."""


class DeadlineExceededError(APITimeoutError):
    """The whole call, with waiting and retries, took longer than its deadline."""


class ConcurrencyTimeoutError(APITimeoutError):
    """No slot of `max_concurrency` came free within the deadline, or no connection of an injected client.

    Attributes:
        limit: How many slots there are.
        in_use: How many of them were taken.
        waiting: How many calls were waiting for one, this one included.
    """

    def __init__(
        self,
        message: str,
        meta: Meta | None = None,
        *,
        limit: int = 0,
        in_use: int = 0,
        waiting: int = 0,
        may_have_been_processed: bool = False,
    ) -> None:
        super().__init__(message, meta, may_have_been_processed=may_have_been_processed)
        self.limit = limit
        self.in_use = in_use
        self.waiting = waiting


class APIStatusError(APIError):
    """The server answered with an error.

    Attributes:
        status_code: HTTP status, or the status that an error inside a stream stands for.
        code: The server's word or sentence for the kind of error; numbers become strings.
        type: The server's error type, in the OpenAI-like form of the body.
        param: The parameter that the server names, in that form.
        body: The body as decoded JSON, else as text.
        retry_after: Seconds that the server asks to wait, when it does.
    """

    def __init__(
        self,
        message: str,
        meta: Meta | None = None,
        *,
        status_code: int = 0,
        code: str | None = None,
        type: str | None = None,
        param: str | None = None,
        body: Any = None,
        retry_after: float | None = None,
        may_have_been_processed: bool = True,
    ) -> None:
        super().__init__(message, meta, may_have_been_processed=may_have_been_processed)
        self.status_code = status_code
        self.code = code
        self.type = type
        self.param = param
        self.body = body
        self.retry_after = retry_after

    def __str__(self) -> str:
        facts = [f"HTTP {self.status_code}"]
        facts += [f"code {self.code!r}"] if self.code else []
        facts += [f"param {self.param!r}"] if self.param else []
        facts += [f"request id {self.request_id}"] if self.request_id else []
        return f"{self.message} ({', '.join(facts)})"


class BadRequestError(APIStatusError):
    """400: a parameter or its value is not accepted."""


class AuthenticationError(APIStatusError):
    """401, or 400 that says the API key is incorrect."""


class PermissionDeniedError(APIStatusError):
    """403: the key or team may not do this."""


class NotFoundError(APIStatusError):
    """404: no such model, path or id."""


class ConflictError(APIStatusError):
    """409: the state of the resource does not allow it."""


class RequestTooLargeError(APIStatusError):
    """413: the body is over the size limit."""


class UnprocessableEntityError(APIStatusError):
    """422: a field is missing or of the wrong type."""


class RateLimitError(APIStatusError):
    """429: too many requests or tokens for now."""


class QuotaExceededError(APIStatusError):
    """429 or 403 that names credits or the spending limit: waiting does not help, so it is never retried."""


class InternalServerError(APIStatusError):
    """5xx: the server failed."""


class ServiceUnavailableError(InternalServerError):
    """503: the service is down for a moment."""


class OverloadedError(InternalServerError):
    """529: the service has more to do than it can."""


class StreamError(APIError):
    """A stream did not end as it should; `partial` holds what came."""


class StreamTruncatedError(StreamError):
    """The stream ended, or its connection broke, without its terminal event."""


class StreamIdleTimeoutError(StreamError):
    """No event came for longer than the idle timeout, though the connection may have been alive."""


class StreamProtocolError(StreamError):
    """The stream brought something that is not an event: broken JSON, an oversized event."""


class ResponseValidationError(APIError):
    """The reply is not what the description says: HTML or nothing where JSON is due, or a body of another shape.

    Attributes:
        body: The reply's bytes, all of them.
    """

    def __init__(self, message: str, meta: Meta | None = None, *, body: bytes = b"") -> None:
        super().__init__(message, meta)
        self.body = body


class ResponseTooLargeError(APIError):
    """The reply is larger than the client takes; it was not read to its end.

    Attributes:
        limit: The largest body in bytes: `AsyncXAI(max_body_bytes=...)`.
    """

    def __init__(self, message: str, meta: Meta | None = None, *, limit: int = 0) -> None:
        super().__init__(message, meta)
        self.limit = limit


class RequestBodyError(APIError):
    """The content of a request became longer or shorter while it was sent, or gave something that is not bytes."""


class OutputError(XAIError):
    """A call worked, but its answer is not the type that `parse` was asked for; it was billed.

    Attributes:
        reason: One word for what is wrong. Of this class: `tool_calls`, where the model asks for tools to be run
            instead, and of a response `failed` and `in_progress`.
        text: The answer as it came.
        usage: Tokens and cost; None where the server sent none.
        reply: The completion or response, whole.
        meta: Status, headers and ids of the reply.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str = "",
        text: str = "",
        usage: Any = None,
        reply: Any = None,
        meta: Meta | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.text = text
        self.usage = usage
        self.reply = reply
        self.meta = meta


class OutputTruncatedError(OutputError):
    """The answer was cut short; `reason` is `length`, or what a response says, such as `max_output_tokens`."""


class OutputRefusedError(OutputError):
    """The model declined to answer (`reason` is `refusal`), or a filter stopped it (`content_filter`).

    Attributes:
        refusal: The model's words; empty where it sent none.
    """

    def __init__(self, message: str, *, refusal: str = "", **facts: Any) -> None:
        super().__init__(message, **facts)
        self.refusal = refusal


class OutputValidationError(OutputError):
    """The answer does not fit the type.

    Attributes:
        reason: `empty`, `not_json`, `prose` (there is JSON, with something around it), or `value`.
        errors: The faults as pydantic lists them, without the values.
    """

    def __init__(self, message: str, *, errors: list[dict[str, Any]] | None = None, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.errors = errors or []


class BudgetExceededError(XAIError):
    """A `Budget` is spent, so a call that costs was not sent; what was under way before goes on.

    Attributes:
        limit_usd: US dollars that may be spent; None for no limit.
        spent_usd: US dollars that were.
        limit_tokens: Tokens that may be used; None for no limit.
        spent_tokens: Tokens that were.
    """

    def __init__(
        self,
        message: str,
        *,
        limit_usd: Decimal | None = None,
        spent_usd: Decimal = Decimal(0),
        limit_tokens: int | None = None,
        spent_tokens: int = 0,
    ) -> None:
        super().__init__(message)
        self.limit_usd = limit_usd
        self.spent_usd = spent_usd
        self.limit_tokens = limit_tokens
        self.spent_tokens = spent_tokens


class UnexpectedResponseWarning(UserWarning):
    """A reply did not fit its model; it was built leniently, with every value as received."""


class UnknownParameterWarning(UserWarning):
    """A parameter is not in the description; it was sent all the same."""
