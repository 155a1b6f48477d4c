"""Jobs that are polled: deferred completions and images, and videos."""

import math
import uuid
from dataclasses import dataclass

from .._contract.errors import ApiError
from .._json import JsonObject
from .._saving.clock import Clock
from .._saving.shelf import Journal


@dataclass(slots=True)
class Job:
    """A job: how it ends, made at a unix time."""

    end: JsonObject
    created_at: float
    polls: int  # that find it pending
    polled: int = 0


class JobStore:
    """Jobs by request id: pending for some polls, then at their end; used from the server's loop only.

    Attributes:
        pending_polls: How many polls find a job pending that is added from now on.
    """

    def __init__(
        self, clock: Clock, journal: Journal, kind: str, *, kept: float = math.inf, read_once: bool = False
    ) -> None:
        """Start empty.

        Args:
            clock: The time.
            journal: Where changes are noted.
            kind: What the jobs are called on the disk.
            kept: The seconds after which a job is forgotten.
            read_once: Whether it is forgotten by the poll that finds it at its end.
        """
        self.pending_polls = 1
        self._clock = clock
        self._kept = kept
        self._read_once = read_once
        self._jobs = journal.shelf(kind, Job)

    def add(self, end: JsonObject) -> str:
        """Keep a job that comes to this end; return its request id."""
        self._forget_old()
        request_id = str(uuid.uuid4())
        self._jobs[request_id] = Job(end, self._clock.now(), self.pending_polls)
        return request_id

    def poll(self, request_id: str) -> tuple[JsonObject | None, int]:
        """Return the end of a job, None while it is pending, and how far it has got in percent.

        Raises:
            ApiError: 404 if there is none of that id, or not any more.
        """
        self._forget_old()
        if request_id not in self._jobs:
            raise ApiError(404, f"Request with request_id={request_id} not found.")
        job = self._jobs[request_id]
        if job.polled == job.polls:
            if self._read_once:
                del self._jobs[request_id]
            return job.end, 100
        progress = 99 * job.polled // job.polls
        job.polled += 1
        self._jobs.changed(request_id)
        return None, progress

    def _forget_old(self) -> None:
        now = self._clock.now()
        self._jobs.drop_while(lambda job: now >= job.created_at + self._kept)
