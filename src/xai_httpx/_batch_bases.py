"""Helper properties of batches and their results, and what the counts of a batch tell; see `_bases`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from ._bases import usd, whole
from ._models import XAIModel

if TYPE_CHECKING:
    from .types.batches import BatchCost, BatchOutcome, BatchState
    from .types.chat import ChatCompletion
    from .types.images import GeneratedImageResponse
    from .types.videos import VideoResponse

Standing: TypeAlias = Literal["pending", "done", "failed", "expired"]
NO_RESULT = "there is no result that this version can read"


class BatchBase(XAIModel):
    """A batch, and how far it is."""

    if TYPE_CHECKING:
        expire_time: str | None
        cancel_time: str | None
        cancel_by_xai_message: str | None
        state: BatchState
        cost_breakdown: BatchCost | None

    @property
    def finished(self) -> bool:
        """Whether nothing is pending any more, or xAI cancelled it, or it has expired."""
        return standing(self, datetime.now(UTC)) != "pending"

    @property
    def progress(self) -> float | None:
        """Percent of its requests that are not pending; None while it has none."""
        total = count(self, "num_requests")
        return min(100.0, max(0.0, 100.0 - 100.0 * pending(self) / total)) if total else None

    @property
    def cost_usd(self) -> Decimal | None:
        """Cost until now in US dollars, exact; None where the server sent none."""
        return usd(getattr(self.cost_breakdown, "total_cost_usd_ticks", None))


class BatchResultBase(XAIModel):
    """What became of one request: `completion`, `images` or `video`, or an `error`."""

    if TYPE_CHECKING:
        batch_request_id: str
        batch_result: BatchOutcome

    @property
    def completion(self) -> ChatCompletion | None:
        """The completion, of a chat completion or a response; None where there is none."""
        return cast("ChatCompletion | None", self._reply("chat_get_completion"))

    @property
    def images(self) -> GeneratedImageResponse | None:
        """The images that were generated or edited, in `data`; None where there are none."""
        return cast("GeneratedImageResponse | None", self._reply("image_generation"))

    @property
    def video(self) -> VideoResponse | None:
        """The video that was generated, edited or continued, and its status; None where there is none."""
        return cast("VideoResponse | None", self._reply("video_generation"))

    @property
    def succeeded(self) -> bool:
        """Whether there is a completion, images, or a video that did not fail."""
        return self.error is None

    @property
    def error(self) -> str | None:
        """Why there is no result; None where there is one."""
        told = getattr(self.batch_result, "error", None)
        if told is not None:
            return str(told)
        video = self.video
        if video is not None and (video.error is not None or video.status in ("failed", "expired")):
            return str(getattr(video.error, "message", None) or video.error or video.status)
        return None if video or self.completion or self.images else NO_RESULT

    @property
    def cost_usd(self) -> Decimal | None:
        """Cost in US dollars, exact; None where the server sent none."""
        usage = getattr(self.completion or self.images or self.video, "usage", None)
        return getattr(usage, "cost_usd", None)

    def _reply(self, kind: str) -> Any:
        """A reply that came, under the name of what made it; what is no object is none."""
        found = getattr(getattr(self.batch_result, "response", None), kind, None)
        return found if isinstance(found, XAIModel) else None


def standing(batch: BatchBase, now: datetime) -> Standing:
    """How a batch stands at a time; the API has no word for it, but counts and times.

    One without requests is not done: those of a file count once the file is read.
    """
    if batch.cancel_by_xai_message:
        return "failed"
    if batch.cancel_time and not count(batch, "num_pending"):
        return "done"
    if count(batch, "num_requests") and not pending(batch):
        return "done"
    return "expired" if has_passed(batch.expire_time, now) else "pending"


def pending(batch: BatchBase) -> int:
    """How many requests are not worked off; where the server leaves that out, those that no other count has."""
    ended = sum(count(batch, name) or 0 for name in ("num_success", "num_error", "num_cancelled"))
    told = count(batch, "num_pending")
    return max(0, (count(batch, "num_requests") or 0) - ended) if told is None else told


def count(batch: BatchBase, name: str) -> int | None:
    """A count of a batch; None where the server left it out, for not all are populated at all times."""
    return whole(getattr(batch.state, name, None))


def has_passed(time: str | None, now: datetime) -> bool:
    """Whether a time of the server is over; a bare date is at its end, and what cannot be read never is."""
    try:
        end = datetime.fromisoformat(time or "")
        if len(time or "") == len("2026-01-31"):
            end += timedelta(days=1)
    except (TypeError, ValueError, OverflowError):
        return False
    return (end if end.tzinfo else end.replace(tzinfo=UTC)) <= now
