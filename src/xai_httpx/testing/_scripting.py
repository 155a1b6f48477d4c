"""What a user of the simulator tells it: what models answer, how jobs end, and how late it is."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ._api.state import SimulatorState
from ._brain.scripts import Script, tool_uses
from ._json import compact
from ._stores.media_store import Fate


@dataclass(frozen=True, slots=True)
class SimulatedReply:
    """What a function answers that `reply_with` was given.

    Attributes:
        text: The text.
        reasoning: The reasoning before it; if None, the default of the model.
        tool_calls: Names of functions with their arguments; if there are any, they take the place of the text.
        citations: URLs of its sources.
    """

    text: str = ""
    reasoning: str | None = None
    tool_calls: Iterable[tuple[str, Mapping[str, Any]]] = ()
    citations: Iterable[str] = ()


class Scripting:
    """The part of the simulator that takes scripts of what it answers."""

    _state: SimulatorState

    def reply(self, text: str, *more: str, reasoning: str | None = None, citations: Iterable[str] = ()) -> None:
        """Let the next model call, chat or responses, answer with a text.

        Scripts queue up: the first call takes the first one. A call that fails takes none.

        Args:
            text: The answer.
            more: The texts of the further choices of a call with `n`; without them, each says the same.
            reasoning: The reasoning before it; if None, the default of the model.
            citations: URLs of its sources; a response has a web search before the text, and cites them in it.
        """
        self._state.scripts.add(Script((text, *more), reasoning, citations=tuple(citations)))

    def reply_json(self, value: object, reasoning: str | None = None) -> None:
        """Let the next model call answer with a value as JSON; queues up like `reply`.

        Args:
            value: The value.
            reasoning: The reasoning before it; if None, the default of the model.

        Raises:
            ValueError: The value has no JSON form.
        """
        try:
            text = compact(value)
        except TypeError as error:
            raise ValueError(f"reply_json needs a value that JSON can hold: {error}.") from None
        self.reply(text, reasoning=reasoning)

    def reply_tool_call(self, name: str, arguments: Mapping[str, Any]) -> None:
        """Let the next model call answer with one tool call; queues up like `reply`."""
        self.reply_tool_calls([(name, arguments)])

    def reply_tool_calls(self, calls: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Let the next model call answer with several tool calls at once; queues up like `reply`.

        Raises:
            ValueError: There are no calls.
        """
        uses = tool_uses(calls)
        if not uses:
            raise ValueError("reply_tool_calls needs at least one call.")
        self._state.scripts.add(Script(tool_uses=uses))

    def reply_with(
        self, function: Callable[[dict[str, Any]], str | SimulatedReply | None], times: int | None = None
    ) -> None:
        """Let a function answer model calls; queues up like `reply`.

        Args:
            function: Is given the JSON body of a request, and returns the answer; None for the one that the model gives
                by itself. It is called in the thread of the simulator, which serves nothing else meanwhile. If it
                raises, the call is answered with 500.
            times: How many calls it answers; None for all that follow.

        Raises:
            ValueError: `times` is below 1.
        """
        if times is not None:
            check_times(times)
        self._state.scripts.add_author(lambda body: _script(function(body)), times)

    def keep_pending(self, polls: int) -> None:
        """Let what is started from now on be pending for so many polls: what is deferred, videos, and batches.

        Without this it is for 1. The progress of a video is 0 at the first of them, and below 100 at the last. A batch
        gets on at each, and if it is of a file, shows no requests at the first.

        Raises:
            ValueError: `polls` is negative.
        """
        if polls < 0:
            raise ValueError(f"polls must be 0 or more, not {polls}.")
        media = self._state.media
        for store in (self._state.deferred, media.images, media.videos, self._state.batches):
            store.pending_polls = polls

    def moderate(self, times: int = 1) -> None:
        """Let moderation withhold the next images or videos that are made.

        What is withheld has no URL and no data, and `respect_moderation` is false. The other form, the refusal of a
        whole request, is `fail(400, message="Generated image rejected by content moderation")`.

        Args:
            times: How many; of a request for several images, each counts.

        Raises:
            ValueError: `times` is below 1.
        """
        check_times(times)
        self._state.media.moderated.extend([None] * times)

    def fail_job(
        self, code: str = "internal_error", message: str = "The job failed (simulated).", times: int = 1
    ) -> None:
        """Let the next videos and deferred images that are started fail when they are polled; queues up.

        Args:
            code: The server's word for why.
            message: Its text.
            times: How many.

        Raises:
            ValueError: `times` is below 1.
        """
        check_times(times)
        self._state.media.fates.extend([Fate("failed", {"code": code, "message": message})] * times)

    def expire_job(self, times: int = 1) -> None:
        """Let the next videos and deferred images that are started have expired when they are polled; queues up.

        Args:
            times: How many.

        Raises:
            ValueError: `times` is below 1.
        """
        check_times(times)
        self._state.media.fates.extend([Fate("expired")] * times)

    def keep_indexing(self, reads: int) -> None:
        """Let documents that are added or indexed anew be found unfinished by so many reads; without this, by 1.

        What reads a document is each request that fetches it, lists its collection or searches it.

        Raises:
            ValueError: `reads` is negative.
        """
        if reads < 0:
            raise ValueError(f"reads must be 0 or more, not {reads}.")
        self._state.collections.pending_polls = reads

    def fail_indexing(self, message: str, times: int = 1) -> None:
        """Let the documents that are added or indexed anew next end as failed. Files without text do so by themselves.

        Args:
            message: Their `error_message`.
            times: How many documents fail.

        Raises:
            ValueError: `times` is below 1, or the message is empty.
        """
        check_times(times)
        if not message:
            raise ValueError("message must be some text.")
        self._state.collections.failures.extend([message] * times)

    def advance(self, seconds: float) -> None:
        """Let time pass for what is stored, so that files and public URLs expire.

        Args:
            seconds: How much later it is from now on.

        Raises:
            ValueError: `seconds` is negative.
        """
        if seconds < 0:
            raise ValueError(f"seconds must be 0 or more, not {seconds}.")
        self._state.clock.advance(seconds)


def check_times(times: int) -> None:
    """Check how often something is to happen.

    Raises:
        ValueError: It is below 1.
    """
    if times < 1:
        raise ValueError(f"times must be at least 1, not {times}.")


def _script(said: str | SimulatedReply | None) -> Script | None:
    if said is None:
        return None
    if isinstance(said, str):
        return Script((said,))
    return Script((said.text,), said.reasoning, tool_uses(said.tool_calls), tuple(said.citations))
