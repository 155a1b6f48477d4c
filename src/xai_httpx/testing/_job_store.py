"""Jobs that are polled: deferred completions and images, and videos."""

import uuid
from dataclasses import dataclass

from ._errors import ApiError
from ._json import JsonObject


@dataclass(slots=True)
class _Job:
    end: JsonObject
    polls: int  # that find it pending
    polled: int = 0


class JobStore:
    """Jobs by request id: pending for some polls, then at their end; used from the server's loop only.

    Attributes:
        pending_polls: How many polls find a job pending that is added from now on.
    """

    def __init__(self, *, read_once: bool = False) -> None:
        """Start empty.

        Args:
            read_once: Whether a job is forgotten by the poll that finds it at its end.
        """
        self.pending_polls = 1
        self._read_once = read_once
        self._jobs: dict[str, _Job] = {}

    def add(self, end: JsonObject) -> str:
        """Keep a job that comes to this end; return its request id."""
        request_id = str(uuid.uuid4())
        self._jobs[request_id] = _Job(end, self.pending_polls)
        return request_id

    def poll(self, request_id: str) -> tuple[JsonObject | None, int]:
        """Return the end of a job, None while it is pending, and how far it has got in percent.

        Raises:
            ApiError: 404 if there is none of that id.
        """
        if request_id not in self._jobs:
            raise ApiError(404, f"Request with request_id={request_id} not found.")
        job = self._jobs[request_id]
        if job.polled == job.polls:
            if self._read_once:
                del self._jobs[request_id]
            return job.end, 100
        progress = 99 * job.polled // job.polls
        job.polled += 1
        return None, progress
