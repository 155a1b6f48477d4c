"""What the user's thread and the server's thread share."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from ._batch_store import BatchStore
from ._brain import Script
from ._clock import Clock
from ._collection_store import CollectionStore
from ._file_store import FileStore
from ._job_store import JobStore
from ._media_store import MediaStore
from ._skill_store import SkillStore
from ._store import ResponseStore


@dataclass(frozen=True)
class SimulatedRequest:
    """A request as the simulator received it.

    Attributes:
        method: The HTTP method.
        path: The path, decoded, without the query.
        query: The query parameters; of a repeated one, the last value.
        headers: The headers by lower-case name.
        body: The body as parsed JSON, None if it is not JSON.
        raw: The bytes of the body.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    raw: bytes


@dataclass(frozen=True, slots=True)
class CannedReply:
    """A reply that takes the place of the real one."""

    status: int
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class SimulatorState:
    """The shared state.

    Both threads use it without a lock: appending to and popping from a list or deque is atomic, as is setting
    a number, and what is stored is the server's alone.
    """

    api_key: str
    management_key: str
    requests: list[SimulatedRequest] = field(default_factory=list[SimulatedRequest])
    scripts: deque[Script] = field(default_factory=deque[Script])
    canned: deque[CannedReply] = field(default_factory=deque[CannedReply])
    responses: ResponseStore = field(default_factory=ResponseStore)
    deferred: JobStore = field(default_factory=lambda: JobStore(read_once=True))
    clock: Clock = field(default_factory=Clock)
    files: FileStore = field(init=False)
    batches: BatchStore = field(init=False)
    media: MediaStore = field(init=False)
    collections: CollectionStore = field(init=False)
    skills: SkillStore = field(init=False)

    def __post_init__(self) -> None:
        """Give the clock to the stores whose things have a time."""
        object.__setattr__(self, "files", FileStore(self.clock))
        object.__setattr__(self, "batches", BatchStore(self.clock))
        object.__setattr__(self, "media", MediaStore(self.clock))
        object.__setattr__(self, "collections", CollectionStore(self.clock))
        object.__setattr__(self, "skills", SkillStore(self.clock))

    def next_script(self) -> Script | None:
        """Take the oldest script, if one is left."""
        return self.scripts.popleft() if self.scripts else None

    def next_canned(self) -> CannedReply | None:
        """Take the oldest canned reply, if one is left."""
        return self.canned.popleft() if self.canned else None
