"""What the user's thread and the server's thread share."""

from dataclasses import dataclass, field
from typing import Any

from .._brain.brain import Answer, Prompt, answers
from .._brain.scripts import Scripts
from .._faults.rules import Rules
from .._json import JsonObject
from .._saving.clock import Clock
from .._saving.shelf import Journal
from .._stores.batch_store import BatchStore
from .._stores.catalogue import CatalogueModel
from .._stores.collection_store import CollectionStore
from .._stores.file_store import FileStore
from .._stores.job_store import JobStore
from .._stores.media_store import MediaStore
from .._stores.response_store import ResponseStore
from .._stores.skill_store import SkillStore

_DEFERRED_KEPT = 24 * 3_600  # seconds that a deferred completion can be read


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


@dataclass(frozen=True)
class RejectedRequest:
    """A request that the simulator refused.

    Attributes:
        request: The request.
        status: The status of the reply, from 400 to 499.
        reply: Its body, which tells what was wrong.
    """

    request: SimulatedRequest
    status: int
    reply: str


@dataclass(slots=True)
class Limits:
    """What may be set from the user's thread at any time.

    Attributes:
        body: The largest body of a request, in bytes.
        tokens_per_second: How fast models answer; None as fast as they can.
    """

    body: int = 100 * 1024 * 1024
    tokens_per_second: float | None = None

    @property
    def seconds_a_token(self) -> float:
        """How long a model is at a token."""
        return 1 / self.tokens_per_second if self.tokens_per_second else 0.0


@dataclass(slots=True)
class SimulatorState:
    """The shared state.

    Both threads use it without a lock: appending to and popping from a list or deque is atomic, as is setting
    a number, and what is stored is the server's alone.
    """

    api_key: str
    management_key: str
    requests: list[SimulatedRequest] = field(default_factory=list[SimulatedRequest])
    rejected: list[RejectedRequest] = field(default_factory=list[RejectedRequest])
    scripts: Scripts = field(default_factory=Scripts)
    rules: Rules = field(default_factory=Rules)
    limits: Limits = field(default_factory=Limits)
    clock: Clock = field(default_factory=Clock)
    journal: Journal = field(default_factory=Journal)
    responses: ResponseStore = field(init=False)
    deferred: JobStore = field(init=False)
    files: FileStore = field(init=False)
    batches: BatchStore = field(init=False)
    media: MediaStore = field(init=False)
    collections: CollectionStore = field(init=False)
    skills: SkillStore = field(init=False)

    def __post_init__(self) -> None:
        """Give the stores the clock and the journal."""
        shared = self.clock, self.journal
        self.responses = ResponseStore(*shared)
        self.deferred = JobStore(*shared, "deferred", kept=_DEFERRED_KEPT, read_once=True)
        self.files = FileStore(*shared)
        self.batches = BatchStore(*shared)
        self.media = MediaStore(*shared)
        self.collections = CollectionStore(*shared)
        self.skills = SkillStore(*shared)

    def answers(self, prompt: Prompt, choices: int, model: CatalogueModel, body: JsonObject) -> tuple[Answer, ...]:
        """Have a model answer, by the script that is next or by itself.

        Raises:
            ApiError: 400 for a schema that no value can be made for, 500 if the function that was to answer raised.
        """
        return answers(prompt, choices, reasons=model.reasons, script=self.scripts.next(body))
