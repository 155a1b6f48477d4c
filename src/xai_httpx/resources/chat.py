"""Chat completions: `POST /v1/chat/completions`, `GET /v1/chat/deferred-completion/{request_id}`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, cast

from .._call import Call, Listed, Pending, Replay, segment
from .._sync import SyncResource, forgetting, to_sync, to_sync_stream
from ..types.chat import ChatCompletion, DeferredCompletion
from ._base import Resource

if TYPE_CHECKING:
    from typing_extensions import TypeForm

    from .._calls import Calls
    from .._config import RequestOptions
    from .._jobs import JobState, Look
    from .._output import Parsed
    from .._streams import Stream
    from ..chat._chat import Chat
    from ..chat._reply import Reply
    from ..chat._run import Run
    from ..chat._run_settings import RunSettings
    from ..chat._run_stream import RunStream
    from ..chat._settings import ChatParams
    from ..chat._sync import SyncChat
    from ..chat._sync_run import SyncRunStream
    from ..types.chat_events import ChatCompletionChunk
    from ..types.chat_params import ChatCompletionParams

T = TypeVar("T")
_PATH = "/chat/completions"
_CHECKS = "chat.ChatCompletionRequest"
_USAGE = {"stream_options": {"include_usage": True}}  # the reference sends usage only when asked


def creating(
    params: Mapping[str, Any], sets: Mapping[str, Any] | None = None, lists: dict[str, Listed] | None = None
) -> Call[ChatCompletion]:
    """The call that answers a conversation."""
    return Call("POST", _PATH, ChatCompletion, Replay.CREATE, params, sets=sets, lists=lists or {}, checks=_CHECKS)


def deferring(params: Mapping[str, Any], lists: dict[str, Listed] | None = None) -> Call[DeferredCompletion]:
    """The call that has a conversation answered in the background."""
    sets = {"deferred": True}
    return Call("POST", _PATH, DeferredCompletion, Replay.CREATE, params, sets=sets, lists=lists or {}, checks=_CHECKS)


def streaming(
    client: Calls, call: Call[ChatCompletion], options: RequestOptions | None
) -> Stream[ChatCompletionChunk, ChatCompletion]:
    """The stream that a call with `stream` is answered by."""
    from .._accumulate_chat import ChatAccumulator
    from ..types.chat_events import ChatCompletionChunk

    return client._stream(replace(call, defaults=_USAGE), ChatCompletionChunk, ChatAccumulator, options)


class Completions(Resource):
    """Answers to a list of messages."""

    async def create(
        self, *, options: RequestOptions | None = None, **params: Unpack[ChatCompletionParams]
    ) -> ChatCompletion:
        """Answer a conversation.

        Args:
            options: Transport options of this call.
            **params: `model` and `messages` are required; see `ChatCompletionParams` for all.

        Returns:
            The completion; `text`, `tool_calls` and `usage.cost_usd` are the short ways to what is mostly needed.

        Raises:
            RequestValidationError: A parameter is missing, misspelt or out of range; nothing was sent.
            APIError: The call failed; see `xai_httpx` for the classes.
        """
        return await self._client._call(creating(params), options)

    async def parse(
        self, answer: TypeForm[T], /, *, options: RequestOptions | None = None, **params: Unpack[ChatCompletionParams]
    ) -> Parsed[T, ChatCompletion]:
        """Answer a conversation with a value of a type.

            reply = await client.chat.completions.parse(City, model=..., messages=...)
            print(reply.parsed.name)

        Args:
            answer: A pydantic model, dataclass, `TypedDict`, enum, or anything else that has a JSON schema; a list,
                union, literal or number too.
            options: Transport options of this call.
            **params: As for `create`, without `response_format`.

        Returns:
            The value in `parsed`, made of the first choice, with the completion in `reply`.

        Raises:
            RequestValidationError: The type cannot be asked for, or a parameter is wrong; nothing was sent.
            OutputTruncatedError: The answer was cut at the token limit.
            OutputRefusedError: The model declined to answer, or a filter stopped it.
            OutputValidationError: The answer is no JSON, or does not fit the type.
            OutputError: The model asks for tools instead of answering.
            APIError: The call failed; see `xai_httpx` for the classes.
        """
        from .._output import parsed_completion, refuse_second
        from .._output_type import output_type

        asked = output_type(answer)
        refuse_second(params.get("response_format"), "response_format")
        sets = {"response_format": {"type": "json_schema", "json_schema": asked.format}}
        return parsed_completion(asked, await self._client._call(creating(params, sets), options))

    def stream(
        self, *, options: RequestOptions | None = None, **params: Unpack[ChatCompletionParams]
    ) -> Stream[ChatCompletionChunk, ChatCompletion]:
        """Answer a conversation piece by piece.

            async with client.chat.completions.stream(model=..., messages=...) as stream:
                async for text in stream.text_stream:
                    print(text, end="")
                completion = await stream.final()

        Args:
            options: Transport options of this call.
            **params: As for `create`.

        Returns:
            A stream of chunks, opened by `async with`; `final()` is the completion they add up to.

        Raises:
            RequestValidationError: A parameter is missing, misspelt or out of range; nothing was sent.
        """
        return streaming(self._client, creating(params, {"stream": True}), options)

    async def defer(
        self, *, options: RequestOptions | None = None, **params: Unpack[ChatCompletionParams]
    ) -> DeferredCompletion:
        """Have a conversation answered in the background; its completion is fetched later, from anywhere.

        Args:
            options: Transport options of this call.
            **params: As for `create`.

        Returns:
            The `request_id` to fetch the completion with: once, and within 24 hours (xAI's guide on deferred
            completions).

        Raises:
            RequestValidationError: A parameter is missing, misspelt or out of range; nothing was sent.
            APIError: The call failed; where `may_have_been_processed`, a completion may be made that has no id here.
        """
        return await self._client._call(deferring(params), options)

    async def retrieve_deferred(
        self, request_id: str, *, options: RequestOptions | None = None
    ) -> ChatCompletion | None:
        """Fetch a deferred completion, if it is there; the server gives it once and forgets it, so keep it.

        A call whose reply is lost is sent again as any read, for nothing but another read can bring the completion if
        it is still there. If the lost reply held it, a 404 follows, and its error says so.

        Args:
            request_id: As returned by `defer`.
            options: Transport options of this call.

        Returns:
            The completion; None while it is being made (the server answers 202).

        Raises:
            NotFoundError: The id is wrong, the completion was read already, or more than 24 hours have passed.
        """
        found = await self._deferred(request_id, options)
        return None if isinstance(found, Pending) else found

    async def wait_deferred(
        self,
        request_id: str,
        *,
        interval: float = 1.0,
        timeout: float | None = 600.0,
        on_progress: Callable[[JobState], object] | None = None,
        options: RequestOptions | None = None,
    ) -> ChatCompletion:
        """Poll a deferred completion until it is there; the server gives it once and forgets it, so keep it.

        Polls that fail in passing (5xx, 429, connection loss, silence of 60 seconds) do not end the wait.

        Args:
            request_id: As returned by `defer`.
            interval: Seconds from the first poll to the second, 0 or more; later pauses grow to 10 seconds, or to
                `interval` if that is longer, and have jitter.
            timeout: Seconds until the last poll, 0 or more; 0 polls once, None has no limit. A poll that is under way
                then has 10 seconds to end, for its reply may be the completion.
            on_progress: Called with the state before each pause; awaited if it is async.
            options: Transport options of each poll. It is sent once, so of `retries` only the delays count.

        Returns:
            The completion.

        Raises:
            RequestValidationError: `interval` or `timeout` is negative; nothing was sent.
            JobTimeoutError: It is not there within `timeout`; it can be waited for again.
            JobExpiredError: It is gone: read already, or lost with the reply to a poll, or 24 hours have passed.
            NotFoundError: The first poll finds nothing: as `JobExpiredError`, or the id is wrong.
            APIError: A poll was refused; `job_id` is the request id.
        """
        from .._jobs import Look, wait

        async def look(poll: RequestOptions) -> Look[ChatCompletion]:
            found = await self._deferred(request_id, poll)
            return Look("pending", found.meta) if isinstance(found, Pending) else Look("done", found.meta, found)

        return await wait(
            request_id,
            look,
            self._client._config.settings,
            options,
            interval=interval,
            timeout=timeout,
            on_progress=on_progress,
            read_once=True,
        )

    async def _deferred(self, request_id: str, options: RequestOptions | None) -> ChatCompletion | Pending:
        path = f"/chat/deferred-completion/{segment(request_id, 'request_id')}"
        return await self._client._call(
            Call[ChatCompletion | Pending]("GET", path, ChatCompletion, deferred=True), options
        )


class ChatResource(Resource):
    """Conversations with a model."""

    @cached_property
    def completions(self) -> Completions:
        """Answers to a list of messages."""
        return Completions(self._client)

    def create(self, **params: Unpack[ChatParams]) -> Chat:
        """Begin a conversation that keeps its history; nothing is sent yet.

            chat = client.chat.create(model="grok-4.6", messages=[system("Be brief.")])
            reply = await chat.sample("What is a fjord?")

        Args:
            **params: `model` is required; see `ChatParams` and `ChatSettings` for all.

        Returns:
            The conversation.

        Raises:
            RequestValidationError: A setting is unknown, or one that the API does not have; something is no message; a
                tool has a name that another has.
        """
        from ..chat._chat import Chat  # loads what conversations are made of, and the models of both APIs

        params.setdefault("model", "")  # none is refused by name
        with forgetting(cast("dict[str, Any]", params)):
            return Chat(self._client, **params)

    def resume(self, state: str | bytes, **settings: Unpack[RunSettings]) -> Run:
        """The run of a conversation that had a state, to be done from there on.

            reply = await client.chat.resume(state, tools=[get_weather])

        Calls of tools that were answered are not run again; those that were under way are.

        Args:
            state: The `state` of a run, or of its error.
            **settings: See `RunSettings`; the functions among the tools have to be given again.

        Returns:
            The run; `run.chat` is its conversation.

        Raises:
            RequestValidationError: It is no such state, or of another version; or a function that it had is missing.
        """
        from ..chat._chat import Chat

        try:
            return Chat.resume(state, client=self._client, **settings)
        finally:
            del state  # no locals of this frame, for tracebacks may be logged with them

    def resume_stream(self, state: str | bytes, **settings: Unpack[RunSettings]) -> RunStream:
        """The same as `resume`, watched as by `Chat.run_stream`."""
        from ..chat._run_stream import RunStream

        try:
            return RunStream(self.resume(state, **settings))
        finally:
            del state


class SyncCompletions(SyncResource[Completions]):
    """Answers to a list of messages."""

    create = to_sync(Completions.create)
    parse = to_sync(Completions.parse)
    stream = to_sync_stream(Completions.stream)
    defer = to_sync(Completions.defer)
    retrieve_deferred = to_sync(Completions.retrieve_deferred)
    wait_deferred = to_sync(Completions.wait_deferred)


class SyncChatResource(SyncResource[ChatResource]):
    """Conversations with a model."""

    @cached_property
    def completions(self) -> SyncCompletions:
        """Answers to a list of messages."""
        return SyncCompletions(self._resource.completions, self._runner)

    def create(self, **params: Unpack[ChatParams]) -> SyncChat:
        """Begin a conversation that keeps its history; nothing is sent yet.

        Args:
            **params: `model` is required; see `ChatParams` and `ChatSettings` for all.

        Returns:
            The conversation.

        Raises:
            RequestValidationError: As for the async client.
        """
        from ..chat._sync import SyncChat

        with forgetting(cast("dict[str, Any]", params)):
            return SyncChat(self._resource.create(**params), self._runner)

    def resume(self, state: str | bytes, **settings: Unpack[RunSettings]) -> Reply[None]:
        """Do the run of a conversation that had a state from there on; see `AsyncXAI().chat.resume`."""
        try:
            run = self._resource.resume(state, **settings)
        finally:
            del state
        return self._runner.run(lambda: run.drive(None))

    def resume_stream(self, state: str | bytes, **settings: Unpack[RunSettings]) -> SyncRunStream:
        """The same as `resume`, watched as by `SyncChat.run_stream`."""
        from ..chat._sync_run import SyncRunStream

        try:
            return SyncRunStream(self._resource.resume(state, **settings), self._runner)
        finally:
            del state
