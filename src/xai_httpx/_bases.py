"""Helper properties of generated models; `x-python-base` in the description names the class for each.

The fields are declared by the generated subclass; here they stand for type checkers only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ._models import XAIModel

if TYPE_CHECKING:
    from .types.chat import ChatChoice, ChatCompletionMessage, ToolCall
    from .types.chat_events import ChatChunkChoice
    from .types.collections import FileMetadata
    from .types.legacy import MessageResponseContent
    from .types.responses import FunctionToolCall, OutputContentPart, OutputItem, ReasoningText, SummaryText

T = TypeVar("T")
TICKS_PER_USD = 10_000_000_000
EXACT = Context(prec=60)  # digits that no amount has, whatever precision the program has set for its own
LONGEST_COUNT = 19  # digits of a 64-bit number


def models(values: Sequence[T] | None) -> list[T]:
    """Those of a list that are models; a reply that did not fit may hold anything in the place of list and members."""
    found: Any = [value for value in values if isinstance(value, XAIModel)] if isinstance(values, list) else []
    return cast("list[T]", found)


def joined(parts: Iterable[XAIModel]) -> str:
    """The texts of parts; one of a reply that did not fit may have anything in the place of its text."""
    return "".join(text_in(part, "text") for part in parts)


def text_in(value: object, name: str) -> str:
    """A text of a part; empty for whatever else a reply that did not fit has in its place."""
    found = getattr(value, name, None)
    return found if isinstance(found, str) else ""


def texts(values: object) -> list[str]:
    """The texts of a list; none for what is no list."""
    found = cast("list[object]", values) if isinstance(values, list) else []
    return [value for value in found if isinstance(value, str)]


def is_object(text: object) -> bool:
    """Whether a text is a JSON object, whole: no beginning of one is one."""
    try:
        return isinstance(text, str) and isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def whole(value: object) -> int | None:
    """A count, which may come as text (proto's JSON writes 64-bit numbers so); None for what is none."""
    if isinstance(value, str) and value.isdecimal() and len(value) <= LONGEST_COUNT:
        return int(value)
    return int(value) if isinstance(value, int | float) and value == value // 1 else None


def usd(ticks: object) -> Decimal | None:
    """US dollars, exact; None where the server sent no number."""
    count = whole(ticks)
    return None if count is None else EXACT.divide(count, TICKS_PER_USD)


class UsageBase(XAIModel):
    """Token counts and cost."""

    @property
    def cost_usd(self) -> Decimal | None:
        """Cost in US dollars, exact; None where the server sent no cost."""
        return usd(getattr(self, "cost_in_usd_ticks", None))


class ChatCompletionBase(XAIModel):
    """A completion, seen through its first choice; the others are in `choices`."""

    if TYPE_CHECKING:
        choices: list[ChatChoice]

    @property
    def message(self) -> ChatCompletionMessage | None:
        """The first choice's message, ready to be sent back; None when there are no choices."""
        messages = [choice.message for choice in models(self.choices)[:1]]
        return next(iter(models(messages)), None)

    @property
    def text(self) -> str:
        """The answer's text; empty when there is none, as with tool calls."""
        return (self.message.content or "") if self.message else ""

    @property
    def reasoning_text(self) -> str:
        """The model's reasoning; empty when it sent none."""
        return (self.message.reasoning_content or "") if self.message else ""

    @property
    def tool_calls(self) -> list[ToolCall]:
        """Functions that the model asks the caller to run; one that the token limit cut short is in `message` alone."""
        calls = models(self.message.tool_calls) if self.message else []
        return (
            [call for call in calls if is_object(call.function.arguments)] if self.finish_reason == "length" else calls
        )

    @property
    def finish_reason(self) -> str | None:
        """Why the answer ended: `stop`, `length`, `tool_calls`, ..."""
        return getattr(next(iter(models(self.choices)), None), "finish_reason", None)


class ChatCompletionChunkBase(XAIModel):
    """A piece of a streamed completion, seen through the choice of index 0."""

    if TYPE_CHECKING:
        choices: list[ChatChunkChoice]

    @property
    def text(self) -> str:
        """The text that this chunk adds; empty when it adds none."""
        return "".join(choice.delta.content or "" for choice in self.choices if choice.index == 0)

    @property
    def reasoning_text(self) -> str:
        """The reasoning that this chunk adds; empty when it adds none."""
        return "".join(choice.delta.reasoning_content or "" for choice in self.choices if choice.index == 0)


class MessageResponseBase(XAIModel):
    """A reply of the legacy messages endpoint."""

    if TYPE_CHECKING:
        content: list[MessageResponseContent]

    @property
    def text(self) -> str:
        """The text of all its parts; empty when there is none, as with tool calls."""
        return joined(part for part in models(self.content) if part.type == "text")


class OutputMessageBase(XAIModel):
    """A message of the model."""

    if TYPE_CHECKING:
        content: list[OutputContentPart]

    @property
    def text(self) -> str:
        """The text of all its parts; refusals are not in it."""
        return joined(part for part in models(self.content) if part.type == "output_text")


class ReasoningItemBase(XAIModel):
    """The reasoning of a step."""

    if TYPE_CHECKING:
        summary: list[SummaryText]
        content: list[ReasoningText] | None

    @property
    def text(self) -> str:
        """The reasoning in full where it was sent, else its summary."""
        return joined(models(self.content)) or joined(models(self.summary))


class ResponseBase(XAIModel):
    """A response, seen through its output items."""

    if TYPE_CHECKING:
        output: list[OutputItem]

    @property
    def output_text(self) -> str:
        """The text of all its messages; empty when there is none."""
        return "".join(item.text for item in models(self.output) if isinstance(item, OutputMessageBase))

    @property
    def reasoning_text(self) -> str:
        """The text of all its reasoning items."""
        return "".join(item.text for item in models(self.output) if isinstance(item, ReasoningItemBase))

    @property
    def tool_calls(self) -> list[FunctionToolCall]:
        """Functions that the model asks the caller to run: neither server-side calls nor calls that were cut short."""
        calls = [cast("FunctionToolCall", item) for item in models(self.output) if item.type == "function_call"]
        return [call for call in calls if call.status not in ("incomplete", "in_progress")]

    def to_input(self) -> list[OutputItem]:
        """Its output items in order, to go at the end of the next request's `input` unchanged."""
        return models(self.output)


class CreatedBase(XAIModel):
    """Something that is kept at xAI."""

    @property
    def created(self) -> datetime | None:
        """When it was made, in UTC; None where the server does not say."""
        return _moment(getattr(self, "created_at", None))


class ExpiringBase(XAIModel):
    """Something that ends at a time."""

    @property
    def expires(self) -> datetime | None:
        """When it ends, in UTC; None if it does not."""
        return _moment(getattr(self, "expires_at", None))


class FileBase(CreatedBase, ExpiringBase):
    """A file."""


class FileMetadataBase(FileBase):
    """A file as the management host describes it."""

    @property
    def size(self) -> int | None:
        """Its size in bytes; None where the server did not say."""
        return whole(getattr(self, "size_bytes", None))


class DocumentBase(XAIModel):
    """A file in a collection."""

    if TYPE_CHECKING:
        file_metadata: FileMetadata

    @property
    def file_id(self) -> str:
        """The id of its file, which is its own within the collection."""
        return next((file.file_id for file in models([self.file_metadata])), "")

    @property
    def state(self) -> str:
        """Its status as one word: `processing`, `processed`, `failed`, or one that is newer; `unknown` without one."""
        return str(getattr(self, "status", None) or "unknown").removeprefix("DOCUMENT_STATUS_").lower()

    @property
    def indexed(self) -> bool:
        """Whether searches find it."""
        return self.state == "processed"

    @property
    def progress(self) -> float | None:
        """How much of it is indexed, in percent; None where the server does not tell."""
        chunks, processed = getattr(self, "chunk_count", None), getattr(self, "chunks_processed_count", None)
        if not isinstance(chunks, int) or not isinstance(processed, int) or chunks < 1:
            return None
        return min(100.0, 100.0 * processed / chunks)

    @property
    def last_indexed(self) -> datetime | None:
        """When it was indexed last, in UTC; None for never."""
        return _moment(getattr(self, "last_indexed_at", None))


def _moment(given: object) -> datetime | None:
    """A unix time, or one in RFC 3339; None for what a reply that did not fit may hold in its place."""
    try:
        if isinstance(given, str):
            found = datetime.fromisoformat(given)
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        return datetime.fromtimestamp(given, UTC) if isinstance(given, int | float) else None
    except (ValueError, OverflowError, OSError):
        return None
