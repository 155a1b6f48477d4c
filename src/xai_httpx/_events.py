"""From the bytes of a stream to its events, and to its outcome: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar, cast

from pydantic import ValidationError

from ._accumulate import Accumulator
from ._encode import encode
from ._errors import APIError, StreamError, StreamProtocolError, StreamTruncatedError
from ._meta import Meta
from ._models import decode, from_lax_json, json_decoder
from ._replies import error_in_body, error_of, status_in_body
from ._sse import SSEDecoder

E = TypeVar("E")
R = TypeVar("R")
DONE = b"[DONE]"
TRUNCATED = "the stream ended without its terminal event"


class EventReader(Generic[E, R]):
    """Decodes the events of one stream and adds them up.

    Args:
        events: What an event is: a model, or an alias of several.
        accumulator: Adds events up, and knows which is the last.
        max_event_bytes: Largest event.
        strict: Whether an event that does not fit is an error; else it is built leniently, handed out, and left out of
            what the events add up to.
    """

    def __init__(self, events: Any, accumulator: Accumulator[E, R], *, max_event_bytes: int, strict: bool) -> None:
        self.accumulator = accumulator
        self.failure: APIError | None = None
        self._events = events
        self._event_of: Callable[[bytes], E] = json_decoder(events)
        self._decoder = SSEDecoder(max_event_bytes)
        self._strict = strict
        self._begun = False  # whether there was an event, so that the server had begun

    def feed(self, chunk: bytes | None, meta: Meta) -> Iterator[E]:
        """The events that `chunk` completes, None being the end, each decoded and added up as it is asked for.

        They end before a fault, which is then in `failure`.
        """
        handed_out = False
        try:
            for data, name in self._decoder.end() if chunk is None else self._decoder.feed(chunk):
                if self.accumulator.complete:
                    break
                try:
                    event = self._event_of(data)
                except ValidationError:
                    if data == DONE:
                        self._take_done()
                        continue
                    event, fits = self._odd(data, name, meta)
                else:
                    fits = True
                if fits:
                    self.accumulator.add(event, meta)
                handed_out = True
                yield event
        except APIError as error:
            # the end of the body in the middle of an event is a cut, not a broken event
            cut = chunk is None and isinstance(error, StreamProtocolError)
            self.failure = StreamTruncatedError(TRUNCATED) if cut else error
            self.failure.may_have_been_processed |= self._begun or handed_out
        except Exception:
            self.failure = StreamError("an event could not be taken in, so the stream cannot go on")
            raise
        if self.failure is None and not self.accumulator.complete:
            self.failure = self._decoder.fault or (StreamTruncatedError(TRUNCATED) if chunk is None else None)
        self._begun = self._begun or handed_out

    def _take_done(self) -> None:
        """Take the marker `[DONE]`, which ends only what has no other end."""
        self.accumulator.done()
        if not self.accumulator.complete:
            raise StreamTruncatedError(TRUNCATED)

    def _odd(self, data: bytes, name: str | None, meta: Meta) -> tuple[E, bool]:
        """An event that is no JSON, an error, named beside its data, or of another shape; and whether it fits."""
        try:
            body = from_lax_json(data)
        except ValueError:
            named = f" {name!r}" if name else ""
            raise StreamProtocolError(f"an event{named} of the stream is not JSON") from None
        if error_in_body(body):
            raise error_of(status_in_body(body), body, meta)
        if name and isinstance(body, dict) and "type" not in body:
            data = encode({"type": name, **cast("dict[str, Any]", body)})
            try:
                return self._event_of(data), True
            except ValidationError:
                pass
        return decode(data, self._events, meta, strict=self._strict), False
