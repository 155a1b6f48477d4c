"""A request on its way: everything but the key, and what has become of it so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ._deadline import Deadline
from ._errors import APIError, APITimeoutError, ConcurrencyTimeoutError, DeadlineExceededError
from ._meta import Meta, RawHeaders

if TYPE_CHECKING:
    from ._config import Timeout
    from ._slots import Slots
    from ._upload import Upload


@dataclass(slots=True)
class Request:
    """A request that can be sent any number of times; its repr shows neither headers nor body.

    Attributes:
        headers: By lower-case name.
        expects: What the content type of the reply has to begin with, where the body is read as it comes.
        first_event_timeout: Of a stream: seconds from sending it to its first event; None for no limit.
        authorize: Whether the key is to be added; False where the caller set or removed the header.
        management: Whether that key is the management key.
        opaque: Whether the body of the reply is a file, which is not an error whatever it looks like.
        attempts: How many times it was sent.
        may_have_been_processed: Whether one of the attempts that failed may have been.
        unrepeatable: Whether something of its content was read that cannot be read again.
        queue: The slots that it waits for one of, while it does.
    """

    method: str
    url: str
    headers: dict[str, str] = field(repr=False)
    content: bytes | Upload | None = field(repr=False)
    timeout: Timeout
    deadline: Deadline
    client_request_id: str
    expects: str = ""
    first_event_timeout: float | None = None
    authorize: bool = True
    management: bool = False
    opaque: bool = False
    attempts: int = 0
    may_have_been_processed: bool = False
    unrepeatable: bool = False
    queue: Slots | None = None

    def meta(self, status: int | None = None, raw_headers: RawHeaders = ()) -> Meta:
        """What is known of the exchange by now."""
        return Meta(status, raw_headers, self.client_request_id, self.attempts, self.deadline.elapsed())

    def failed(self, error: APIError) -> APIError:
        """Take in how an attempt failed; the error then speaks for those before it as well."""
        self.may_have_been_processed |= error.may_have_been_processed
        error.may_have_been_processed = self.may_have_been_processed
        return error

    def exceeded(self) -> APITimeoutError:
        """The error for a call that is not over within its deadline."""
        within = f"its deadline of {self.deadline.seconds:g} s"
        if self.queue is None:
            message = f"the call was not over within {within}"
            return DeadlineExceededError(message, self.meta(), may_have_been_processed=self.attempts > 0)
        limit, in_use, others = self.queue.concurrency
        return ConcurrencyTimeoutError(
            f"none of the {limit} slots (max_concurrency) came free within {within}: "
            f"{in_use} in use, {others + 1} waiting",
            self.meta(),
            limit=limit,
            in_use=in_use,
            waiting=others + 1,
            may_have_been_processed=self.may_have_been_processed,
        )
