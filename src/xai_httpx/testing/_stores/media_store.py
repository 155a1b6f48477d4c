"""The simulated images and videos: those that were made, for an hour, and how the jobs end that make them."""

import uuid
from collections import deque
from dataclasses import dataclass

from .._json import JsonObject
from .._saving.blob import Blob, SavedBlob
from .._saving.clock import Clock
from .._saving.shelf import Journal
from .job_store import JobStore

MEDIA = "media"  # the folder of their URLs
URL_LIFE = 3_600  # seconds that a URL of a result works


@dataclass(frozen=True, slots=True)
class Fate:
    """How a job ends that does not end well: with this status, and this error if it failed."""

    status: str
    error: JsonObject | None = None

    def body(self) -> JsonObject:
        """Return the state of the job, as its family's route gives it."""
        return {"status": self.status} if self.error is None else {"status": self.status, "error": self.error}


@dataclass(frozen=True, slots=True)
class MadeMedia:
    """An image or video, and the unix time when its URL ends."""

    blob: SavedBlob
    ends_at: float


class MediaStore:
    """What image and video requests leave behind.

    Attributes:
        images: Deferred image requests.
        videos: Video jobs.
        moderated: Has an entry for each image or video that is still to be withheld.
        fates: How the next jobs end, the oldest first.
    """

    def __init__(self, clock: Clock, journal: Journal) -> None:
        """Start empty."""
        self.images = JobStore(clock, journal, "images")
        self.videos = JobStore(clock, journal, "videos")
        self.moderated: deque[None] = deque()
        self.fates: deque[Fate] = deque()
        self._clock = clock
        self._made = journal.shelf("media", MadeMedia)

    def withholds(self) -> bool:
        """Tell whether moderation withholds what is made now."""
        if self.moderated:
            self.moderated.popleft()
            return True
        return False

    def next_fate(self) -> Fate | None:
        """Take how the job that starts now ends, if that is scripted."""
        return self.fates.popleft() if self.fates else None

    def keep(self, content: bytes, suffix: str) -> str:
        """Keep an image or video, and return the name that it is served under."""
        name = f"{uuid.uuid4().hex}.{suffix}"
        self._forget_old()
        self._made[name] = MadeMedia(Blob(content), self._clock.now() + URL_LIFE)
        return name

    def find(self, name: str) -> bytes | None:
        """Return what is served under a name; None if there is nothing, or not any more."""
        self._forget_old()
        return self._made[name].blob.content if name in self._made else None

    def _forget_old(self) -> None:
        now = self._clock.now()
        self._made.drop_while(lambda made: now >= made.ends_at)
