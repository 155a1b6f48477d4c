"""Errors of work that takes several calls: jobs that are waited for, batches that are filled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._errors import XAIError

if TYPE_CHECKING:
    from ._jobs import JobState
    from ._meta import Meta


class JobError(XAIError):
    """A job that was waited for did not end well, or not in time; the job itself is not stopped.

    Attributes:
        id: The id under which it was polled.
        last: Its state when it was last read; None if it never was.
        meta: The last reply to a poll; None when there was none.
    """

    def __init__(self, message: str, id: str = "", last: JobState | None = None, meta: Meta | None = None) -> None:
        super().__init__(message)
        self.id = id
        self.last = last
        self.meta = meta


class JobFailedError(JobError):
    """The server says that the job failed.

    Attributes:
        code: The server's word for why, such as `invalid_argument`; None where it sends none.
        reply: The job as the server gave it; None where that says no more than `last`.
    """

    code: str | None = None
    reply: Any = None


class JobExpiredError(JobError):
    """The server does not have the job any more: too much time passed, or its result was read."""


class JobTimeoutError(JobError):
    """The job had not ended within the time that it was waited for; it goes on, and can be waited for again."""


class BatchAddError(XAIError):
    """Adding requests to a batch stopped half-way; what was added stays in it. `__cause__` is what stopped it.

    Attributes:
        batch_id: The batch.
        accepted: Ids of the requests that were added, in order.
        uncertain: Ids of those that may have been added: their call failed in a way that does not tell.
        meta: The reply to the call that failed; None when there was none.
    """

    def __init__(
        self,
        message: str,
        batch_id: str = "",
        *,
        accepted: tuple[str, ...] = (),
        uncertain: tuple[str, ...] = (),
        meta: Meta | None = None,
    ) -> None:
        super().__init__(message)
        self.batch_id = batch_id
        self.accepted = accepted
        self.uncertain = uncertain
        self.meta = meta
