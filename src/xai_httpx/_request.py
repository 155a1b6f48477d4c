"""A request on its way: everything but the key, and what has become of it so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._deadline import Deadline
from ._errors import APITimeoutError, ConcurrencyTimeoutError, DeadlineExceededError
from ._meta import Meta, RawHeaders

if TYPE_CHECKING:
    from ._config import Timeout


@dataclass(slots=True)
class Request:
    """A request that can be sent any number of times.

    Attributes:
        headers: By lower-case name.
        authorize: Whether the key is to be added; False where the caller set or removed the header.
        attempts: How many times it was sent.
        queued_for: The number of slots, while it waits for one of them.
    """

    method: str
    url: str
    headers: dict[str, str]
    content: bytes | None
    timeout: Timeout
    deadline: Deadline
    client_request_id: str
    authorize: bool = True
    attempts: int = 0
    queued_for: int | None = None

    def meta(self, status: int | None = None, raw_headers: RawHeaders = ()) -> Meta:
        """What is known of the exchange by now."""
        return Meta(status, raw_headers, self.client_request_id, self.attempts, self.deadline.elapsed())

    def exceeded(self) -> APITimeoutError:
        """The error for a call that is not over within its deadline."""
        seconds = f"its deadline of {self.deadline.seconds:g} s"
        if self.queued_for is not None:
            message = f"none of the {self.queued_for} slots (max_concurrency) came free within {seconds}"
            return ConcurrencyTimeoutError(message, self.meta(), may_have_been_processed=False)
        message = f"the call was not over within {seconds}"
        return DeadlineExceededError(message, self.meta(), may_have_been_processed=self.attempts > 0)
