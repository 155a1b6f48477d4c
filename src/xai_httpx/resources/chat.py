"""Chat completions: `POST /v1/chat/completions`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Unpack

from .._accumulate_chat import ChatAccumulator
from .._call import Call, Replay
from .._streams import Stream
from .._sync import SyncResource, to_sync, to_sync_stream
from ..types.chat import ChatCompletion, ChatCompletionChunk
from ._base import Resource

if TYPE_CHECKING:
    from .._config import RequestOptions
    from ..types.chat_params import ChatCompletionParams

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
    stream = to_sync_stream(Completions.stream)


class SyncChatResource(SyncResource[ChatResource]):
    """Conversations with a model."""

    @cached_property
    def completions(self) -> SyncCompletions:
        """Answers to a list of messages."""
        return SyncCompletions(self._resource.completions, self._runner)
