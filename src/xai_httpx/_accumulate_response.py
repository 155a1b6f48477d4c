"""From events to a response."""

from __future__ import annotations

from typing import Any

from ._bases import models
from ._errors import APIError
from ._lenient import build
from ._meta import Meta
from ._replies import error_of, status_in_body
from .types.responses import Response
from .types.responses_events import (
    ResponseCompletedEvent,
    ResponseCreatedEvent,
    ResponseDoneEvent,
    ResponseErrorEvent,
    ResponseFailedEvent,
    ResponseIncompleteEvent,
    ResponseInProgressEvent,
    ResponseOutputItemAddedEvent,
    ResponseOutputItemDoneEvent,
    ResponseOutputTextDeltaEvent,
    ResponseReasoningSummaryTextDeltaEvent,
    ResponseStreamEvent,
)

TERMINAL = (ResponseCompletedEvent, ResponseIncompleteEvent, ResponseFailedEvent, ResponseDoneEvent)


def failure_of(response: Response, meta: Meta) -> APIError:
    """The error that a failed response stands for."""
    failure = next(iter(models([response.error])), None)  # of a reply that did not fit it may be anything
    body = {"error": failure.model_dump(mode="json") if failure else {"message": "the response failed"}}
    return error_of(status_in_body(body), body, meta)


class ResponseAccumulator:
    """Follows a `Response` through its events; the terminal event brings it whole.

    Args:
        keep: Whether to keep items and texts until then.
    """

    def __init__(self, keep: bool = True) -> None:
        self._keep = keep
        self.complete = False
        self._response: Response | None = None
        self._items: dict[int, dict[str, Any]] = {}
        self._done: set[int] = set()  # the items that nothing more comes of
        self._texts: dict[tuple[int, str, int], list[str]] = {}

    def add(self, event: ResponseStreamEvent, meta: Meta) -> None:
        if isinstance(event, ResponseOutputTextDeltaEvent):  # most are
            if self._keep:
                key = (event.output_index, "content", event.content_index)
                self._texts.setdefault(key, []).append(event.delta)
        elif isinstance(event, ResponseCreatedEvent | ResponseInProgressEvent):
            self._response = event.response
        elif isinstance(event, TERMINAL):
            self._response = event.response
            self.complete = True
            if isinstance(event, ResponseFailedEvent):
                raise failure_of(event.response, meta)
        elif isinstance(event, ResponseErrorEvent):
            body = event.model_dump(mode="json", exclude_unset=True)
            raise error_of(status_in_body(body), body, meta)
        elif self._keep:
            self._add_item(event)

    def _add_item(self, event: ResponseStreamEvent) -> None:
        if isinstance(event, ResponseReasoningSummaryTextDeltaEvent):
            self._texts.setdefault((event.output_index, "summary", event.summary_index), []).append(event.delta)
        elif isinstance(event, ResponseOutputItemAddedEvent | ResponseOutputItemDoneEvent):
            self._items[event.output_index] = event.item.model_dump(mode="json", exclude_unset=True)
            if isinstance(event, ResponseOutputItemDoneEvent):
                self._done.add(event.output_index)
                self._texts = {key: text for key, text in self._texts.items() if key[0] != event.output_index}

    def done(self) -> None:
        """Nothing: a response ends with an event of its own."""

    def text(self, event: ResponseStreamEvent) -> str:
        return event.delta if isinstance(event, ResponseOutputTextDeltaEvent) else ""

    def result(self) -> Response | None:
        if self._response is None or self.complete:
            return self._response
        wire = self._response.model_dump(mode="json", exclude_unset=True)
        output = [self._item(index) for index in sorted(self._items) if self._is_whole(index)]
        built: Response = build(Response, {**wire, "output": output})
        return built

    def _is_whole(self, index: int) -> bool:
        """Calls are handed out only once their arguments are complete; text may be cut anywhere.

        An item says `completed`, or nothing, also where its arguments are still to come.
        """
        return index in self._done or self._items[index]["type"] in ("message", "reasoning")

    def _item(self, index: int) -> dict[str, Any]:
        item = self._items[index]
        for (owner, field, position), pieces in sorted(self._texts.items(), key=lambda entry: entry[0]):
            if owner == index:
                kind = "output_text" if field == "content" else "summary_text"
                before: list[Any] = item[field][:position] if isinstance(item.get(field), list) else []
                parts = [*before, {"type": kind, "text": "".join(pieces)}]
                item = {**item, field: parts}
        return item
