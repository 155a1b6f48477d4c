"""What an event of a stream adds to an answer, in one form for both APIs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..types.chat_events import ChatCompletionChunk
    from ..types.responses_events import ResponseStreamEvent


@dataclass(frozen=True, slots=True)
class Delta:
    """What an event adds to an answer.

    Attributes:
        text: Text; mostly a word or less, and empty where the event adds none.
        reasoning: The same of the model's reasoning.
        index: Which of several answers it belongs to.
        event: The event, as the API sent it.
    """

    text: str
    reasoning: str
    index: int
    event: ResponseStreamEvent | ChatCompletionChunk
