"""What a cassette holds: requests, each with what came of it."""

import json
from functools import cached_property
from typing import Literal, TypeAlias

from pydantic import Field

from .bodies import Recorded, ReplyBody, RequestBody

End: TypeAlias = Literal["complete", "left", "broken"]


class RecordedRequest(Recorded):
    """A request, redacted.

    Attributes:
        path: Decoded, without the query. The host is not kept, so what is recorded of one is replayed for another.
        query: Names and values, in the order in which they were sent.
    """

    method: str
    path: str
    query: list[tuple[str, str]]
    body: RequestBody

    @property
    def route(self) -> tuple[str, str]:
        """What lenient matching compares."""
        return self.method, self.path

    @cached_property
    def identity(self) -> str:
        """What strict matching compares; that of equal requests is equal."""
        told = self.model_dump(mode="json")
        return json.dumps({**told, "query": sorted(told["query"])}, sort_keys=True)


class RecordedError(Recorded):
    """How the connection broke.

    Attributes:
        type: The name of the error in httpx.
    """

    type: str
    message: str


class RecordedReply(Recorded):
    """A reply, redacted.

    Attributes:
        after: Seconds from the request until it, or its whole body if that is no stream, had come.
        end: `complete`; `left`, if whoever asked did not read on; `broken`, if the error of the interaction came.
    """

    status: int = Field(ge=200, le=599)
    headers: dict[str, str]
    after: float = Field(ge=0)
    body: ReplyBody
    end: End


class Interaction(Recorded):
    """A request with its reply, or the error that came instead of one or in the midst of it."""

    request: RecordedRequest
    reply: RecordedReply | None
    error: RecordedError | None


class CassetteFile(Recorded):
    """A cassette as it is on disk."""

    version: Literal[1] = 1
    interactions: list[Interaction]
