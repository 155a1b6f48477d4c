"""A conversation that is answered: whole, in pieces, as a type, in several ways, in the background."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

from .._bases import models
from .._errors import OutputError, RequestValidationError, ResponseValidationError
from .._jobs import JobState, check_times
from .._output import parsed_completion, parsed_response, refuse_second
from .._output_again import asking_again, may_ask_again
from .._output_type import OutputType, output_type
from ..resources.chat import deferring
from ..resources.responses import compacting
from ..types.responses import CompactedResponse, Response
from ._adapters import ADAPTERS
from ._conversation import AT_XAI, Conversation, first
from ._entries import Compaction
from ._messages import user
from ._reply import Reply, with_parsed
from ._run import Run
from ._run_saving import from_text
from ._run_settings import RunSettings, plan_of
from ._run_state import RunState
from ._run_stream import RunStream
from ._stream import ChatStream, ParsedStream
from ._turn import Turn

if TYPE_CHECKING:
    from typing_extensions import TypeForm

    from .._config import RequestOptions
    from .._resources import Resources
    from ._entry_reading import Said

T = TypeVar("T")


class Chat(Conversation):
    """A conversation with a model: what is said, and what is answered, in order.

        chat = client.chat.create(model="grok-4.6", messages=[system("Be brief.")])
        reply = await chat.sample("What is a fjord?")
        print(reply.text)

    An answer joins the conversation once it is whole. A call that fails or is cancelled leaves the conversation as it
    was, without what was said to that call. One call at a time: `fork()` is for parallel ones.

    Args:
        client: Sends its requests.
        model: The model.
        messages: What is in the history from the start: messages, replies, texts (of the user), or messages and items
            as either API writes them.
        api: `responses` or `completions`: the API that answers. Several answers at once and deferred ones exist in Chat
            Completions alone, which is used for them whatever this says.
        store: Whether xAI keeps the answers for 30 days, so that each turn sends what is new alone. Else the history is
            sent whole, with the model's encrypted reasoning.
        **settings: See `ChatSettings`.

    Raises:
        RequestValidationError: A setting is unknown, or one that the API does not have; something is no message; a tool
            has a name that another has.
    """

    async def sample(self, *said: Said, options: RequestOptions | None = None) -> Reply[None]:
        """Have the conversation answered; the answer joins it.

        Args:
            said: What is said first; as for `append`.
            options: Transport options of the call.

        Returns:
            The answer. If it has `tool_calls`, append a `tool_result` for each and sample again, or use `run`.

        Raises:
            RequestValidationError: There is nothing to answer, or something is wrong with it; nothing was sent.
            APIError: The call failed; see `xai_httpx` for the classes.
        """
        try:
            turn = self._turn(said)
        finally:
            del said  # no locals of this frame, for tracebacks may be logged with them
        with turn:
            reply = await self._answer({}, options)
            return self._keep(turn, reply)

    async def parse(
        self, answer: TypeForm[T], /, *said: Said, ask_again: int = 0, options: RequestOptions | None = None
    ) -> Reply[T]:
        """Have the conversation answered with a value of a type, in the reply's `parsed`.

        Args:
            answer: A pydantic model, dataclass, `TypedDict`, enum, or anything else that has a JSON schema; a list,
                union, literal or number too.
            said: What is said first; as for `append`.
            ask_again: How often at most the model is told what is wrong with an answer that does not fit, and asked
                again; 0 or more. Those turns join the conversation too, and are billed as any.
            options: Transport options of each call.

        Raises:
            RequestValidationError: The type cannot be asked for, or as for `sample`; nothing was sent.
            OutputTruncatedError: The answer was cut at the token limit.
            OutputRefusedError: The model declined to answer, or a filter stopped it.
            OutputValidationError: The answer is no JSON, or does not fit the type.
            OutputError: The model asks for tools instead of answering.
            APIError: The call failed.
        """
        asked, settings = self._asking(answer)
        if ask_again < 0:
            raise RequestValidationError(f"ask_again must be 0 or more, got {ask_again!r}", "ask_again", "0 or more")
        try:
            turn = self._turn(said)
        finally:
            del said
        with turn:
            while True:
                reply = await self._answer(settings, options)
                try:
                    return self._keep(turn, _parsed(asked, reply))
                except OutputError as error:
                    if not ask_again or not may_ask_again(error):
                        raise
                    ask_again -= 1
                    turn.add(reply.answer, user(asking_again(asked, error)))

    def stream(self, *said: Said, options: RequestOptions | None = None) -> ChatStream[Reply[None]]:
        """Have the conversation answered piece by piece; the answer joins it when its last event is read.

        Args:
            said: What is said first; as for `append`.
            options: Transport options of the call.

        Returns:
            A stream of deltas, opened by `async with`; `final()` is the reply.
        """
        try:
            turn = self._turn(said)
        finally:
            del said

        def finish(turn: Turn, replies: Sequence[Reply[None]]) -> Reply[None]:
            return self._keep(turn, first(replies))

        return ChatStream(ADAPTERS[self._api], turn, partial(self._opened, self._api, {}, options), finish)

    def parse_stream(
        self, answer: TypeForm[T], /, *said: Said, options: RequestOptions | None = None
    ) -> ParsedStream[T]:
        """Have the conversation answered with a value of a type, piece by piece.

            async with chat.parse_stream(City, "Describe Oslo.") as stream:
                async for _ in stream:
                    print(stream.partial_object)
                city = (await stream.final()).parsed

        Args:
            answer: As for `parse`.
            said: What is said first; as for `append`.
            options: Transport options of the call.

        Returns:
            A stream whose `partial_object` grows. Its end raises the errors of `parse`.
        """
        asked, settings = self._asking(answer)
        try:
            turn = self._turn(said)
        finally:
            del said

        def finish(turn: Turn, replies: Sequence[Reply[None]]) -> Reply[T]:
            return self._keep(turn, _parsed(asked, first(replies)))

        open = partial(self._opened, self._api, settings, options)
        return ParsedStream(ADAPTERS[self._api], turn, open, finish, asked=asked)

    async def sample_batch(self, n: int, *, options: RequestOptions | None = None) -> list[Reply[None]]:
        """Have the conversation answered in several ways at once, by Chat Completions; none of them joins it.

        Args:
            n: How many answers, 1 or more; all are billed.
            options: Transport options of the call.

        Returns:
            The answers; `append` the one that the conversation goes on with.

        Raises:
            RequestValidationError: As for `sample`; or Chat Completions has no form for something in the conversation.
            APIError: The call failed.
        """
        with self._turn(()):
            return await self._answers("completions", {"n": n}, options)

    def stream_batch(self, n: int, *, options: RequestOptions | None = None) -> ChatStream[list[Reply[None]]]:
        """Have the conversation answered in several ways at once, piece by piece; each delta tells its `index`.

        Args:
            n: How many answers, 1 or more; all are billed.
            options: Transport options of the call.

        Returns:
            A stream of deltas; `final()` is the list of answers, none of which joins the conversation.
        """

        def finish(turn: Turn, replies: Sequence[Reply[None]]) -> list[Reply[None]]:
            return [*replies]

        open = partial(self._opened, "completions", {"n": n}, options)
        return ChatStream(ADAPTERS["completions"], self._turn(()), open, finish)

    async def defer(
        self,
        *said: Said,
        interval: float = 1.0,
        timeout: float | None = 600.0,
        on_progress: Callable[[JobState], object] | None = None,
        options: RequestOptions | None = None,
    ) -> Reply[None]:
        """Have the conversation answered in the background, by Chat Completions, and wait for it; it joins.

        Args:
            said: What is said first; as for `append`.
            interval: Seconds from the first poll to the second, 0 or more; later pauses grow to 10 seconds.
            timeout: Seconds until the last poll, 0 or more; None has no limit.
            on_progress: Called with the state before each pause; awaited if it is async.
            options: Transport options of each call.

        Raises:
            JobTimeoutError: It is not there within `timeout`; `client.chat.completions.wait_deferred(error.id)` goes on
                waiting, and `append` takes what was said and what that returns.
            JobExpiredError: It is gone.
            RequestValidationError: As for `sample_batch`.
            APIError: A call failed; `job_id` is set once the request was taken.
        """
        try:
            turn = self._turn(said)
        finally:
            del said
        with turn:
            replies = await self._deferred({}, interval, timeout, on_progress, options)
            return self._keep(turn, first(replies))

    async def defer_batch(
        self,
        n: int,
        *,
        interval: float = 1.0,
        timeout: float | None = 600.0,
        on_progress: Callable[[JobState], object] | None = None,
        options: RequestOptions | None = None,
    ) -> list[Reply[None]]:
        """Have the conversation answered in several ways in the background, and wait for them; none joins it.

        Args:
            n: How many answers, 1 or more; all are billed.
            interval: As for `defer`.
            timeout: As for `defer`.
            on_progress: As for `defer`.
            options: Transport options of each call.

        Raises:
            JobError: As for `defer`.
            APIError: As for `defer`.
        """
        with self._turn(()):
            return await self._deferred({"n": n}, interval, timeout, on_progress, options)

    def run(self, *said: Said, **settings: Unpack[RunSettings]) -> Run:
        """Have the conversation answered with tools: run those that the model calls, until it calls none.

            reply = await chat.run("How warm is it in Oslo?", tools=[get_weather])

        Tools of one turn run side by side. One that fails, takes too long, does not exist or is called wrongly answers
        the model with its error; the others go on. Tools that the server runs are none of the caller's business.

        Args:
            said: What is said first; as for `append`.
            **settings: See `RunSettings`.

        Returns:
            The run, to be awaited for the last reply. Its `state` is JSON, from which `client.chat.resume` goes on.

        Raises:
            RequestValidationError: A setting or a tool is not what it may be, or something is no message. Awaiting it:
                as for `sample`.
            ToolTurnsExceededError: Awaiting it: the model still called tools after `max_turns`.
            ToolRepeatedFailureError: Awaiting it: a call has failed `max_same_failures` times in a row.
            BudgetExceededError: Awaiting it: the budget is spent. What it has done is in its `state`.
            APIError: Awaiting it: a call to the API failed.
        """
        return Run(RunState(self, self._turn(said)), plan_of(settings))

    def run_stream(self, *said: Said, **settings: Unpack[RunSettings]) -> RunStream:
        """Do as `run` does, and tell what happens: text and reasoning, turns, tools that start and finish.

        Args:
            said: What is said first; as for `append`.
            **settings: See `RunSettings`.

        Returns:
            A stream of events, opened by `async with`; `final()` is the last reply, with the errors of `run`.
        """
        return RunStream(self.run(*said, **settings))

    @classmethod
    def resume(cls, state: str | bytes, *, client: Resources, **settings: Unpack[RunSettings]) -> Run:
        """The run that had a state, to be done from there on: calls that were answered are not run again.

        Args:
            state: The `state` of a run, or of its error.
            client: Sends its requests from now on.
            **settings: As for `run`; the functions among the tools have to be given again.

        Raises:
            RequestValidationError: It is no such state, or of another version; or a function is missing.
        """
        try:
            return Run(from_text(cls, state, client), plan_of(settings))
        finally:
            del state  # no locals of this frame, for tracebacks may be logged with them

    async def compact(self, *, options: RequestOptions | None = None) -> CompactedResponse:
        """Put an encrypted summary in the place of all that was said; it goes on from there.

        The conversation must still fit the context window (xAI's guide on compaction).

        Args:
            options: Transport options of the call.

        Returns:
            The compaction, which tells what it used.

        Raises:
            RequestValidationError: There is nothing to compact, part of it is at xAI alone, or the conversation is had
                with Chat Completions, which has no form for a compaction.
            ResponseValidationError: The server sent none; the conversation is as it was.
            APIError: The call failed; the conversation is as it was.
        """
        if self._api != "responses":
            raise RequestValidationError("compact is for the Responses API", "api", "responses", self._api)
        if self._origin is not None:
            raise RequestValidationError(AT_XAI, "previous_response_id", "left out, for a conversation to compact")
        with self._turn(()):
            await self._history.load()
            listed = self._history.listed("responses")
            if not listed.whole:
                raise RequestValidationError("there is nothing to compact", "messages", "a message")
            call = compacting({"model": self._model}, {"input": listed})
            with self._placing("responses", 0):
                compacted = await self._client._call(call, options)
        items = tuple(item.model_dump(mode="json", exclude_unset=True) for item in models(compacted.output))
        if not items:  # what was said is not to be lost for nothing
            raise ResponseValidationError("the reply holds no compaction", compacted.meta)
        self._history.replace([Compaction(items)])
        self._stored = None
        return compacted

    def _asking(self, answer: TypeForm[T]) -> tuple[OutputType[T], Mapping[str, Any]]:
        refuse_second(self._settings.get("response_format"), "response_format")
        asked = output_type(answer)
        return asked, {"response_format": {"type": "json_schema", **asked.format}}

    async def _deferred(
        self,
        settings: Mapping[str, Any],
        interval: float,
        timeout: float | None,
        on_progress: Callable[[JobState], object] | None,
        options: RequestOptions | None,
    ) -> list[Reply[None]]:
        check_times(interval, timeout)
        asked = await self._prepared("completions", settings)
        with self._placing("completions", asked.start):
            job = await self._client._call(deferring(asked.body, asked.lists), options)
        self._history.sent("completions")
        completion = await self._client.chat.completions.wait_deferred(
            job.request_id, interval=interval, timeout=timeout, on_progress=on_progress, options=options
        )
        return ADAPTERS["completions"].read(completion)


def _parsed(asked: OutputType[T], reply: Reply[None]) -> Reply[T]:
    raw = reply.raw
    read = parsed_response(asked, raw) if isinstance(raw, Response) else parsed_completion(asked, raw)
    return with_parsed(reply, read.parsed)
