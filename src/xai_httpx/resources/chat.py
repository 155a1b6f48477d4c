"""Chat completions: `POST /v1/chat/completions`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, Unpack

from .._accumulate_chat import ChatAccumulator
from .._call import Call, Replay
from .._output import Parsed, parsed_completion, refuse_second
from .._output_type import output_type
from .._streams import Stream
from .._sync import SyncResource, to_sync, to_sync_stream
from ..types.chat import ChatCompletion, ChatCompletionChunk
from ._base import Resource

if TYPE_CHECKING:
    from typing_extensions import TypeForm

    from .._config import RequestOptions
    from ..types.chat_params import ChatCompletionParams

T = TypeVar("T")
_PATH = "/chat/completions"
_CHECKS = "chat.ChatCompletionRequest"
_USAGE = {"stream_options": {"include_usage": True}}  # the reference sends usage only when asked


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
        call = Call("POST", _PATH, ChatCompletion, Replay.CREATE, body=params, checks=_CHECKS)
        return await self._client._call(call, options)

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
        asked = output_type(answer)
        refuse_second(params.get("response_format"), "response_format")
        schema = {"name": asked.name, "schema": asked.schema, "strict": True}
        sets = {"response_format": {"type": "json_schema", "json_schema": schema}}
        call = Call("POST", _PATH, ChatCompletion, Replay.CREATE, body=params, sets=sets, checks=_CHECKS)
        return parsed_completion(asked, await self._client._call(call, options))

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
        call = Call("POST", _PATH, ChatCompletion, Replay.CREATE, params, _USAGE, {"stream": True}, checks=_CHECKS)
        return self._client._stream(call, ChatCompletionChunk, ChatAccumulator, options)


class ChatResource(Resource):
    """Conversations with a model."""

    @cached_property
    def completions(self) -> Completions:
        """Answers to a list of messages."""
        return Completions(self._client)


class SyncCompletions(SyncResource[Completions]):
    """Answers to a list of messages."""

    create = to_sync(Completions.create)
    parse = to_sync(Completions.parse)
    stream = to_sync_stream(Completions.stream)


class SyncChatResource(SyncResource[ChatResource]):
    """Conversations with a model."""

    @cached_property
    def completions(self) -> SyncCompletions:
        """Answers to a list of messages."""
        return SyncCompletions(self._resource.completions, self._runner)
