"""Endpoints that xAI keeps for old code: `/v1/completions`, `/v1/complete`, `/v1/messages`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack, cast

from typing_extensions import deprecated

from .._call import Call, Replay
from .._sync import SyncResource, forgetting
from .._warnings import warn
from ..types.legacy import CompleteResponse, LegacyCompletion, MessageResponse
from ._base import Resource

if TYPE_CHECKING:
    from .._config import RequestOptions
    from ..types.legacy_params import CompleteParams, LegacyCompletionParams, MessageParams

COMPLETIONS = "POST /v1/completions is a legacy endpoint of xAI: use chat.completions.create"
COMPLETE = "POST /v1/complete is a legacy endpoint of xAI: use chat.completions.create"
MESSAGES = "POST /v1/messages is a legacy endpoint of xAI: use chat.completions.create or responses.create"


class LegacyCompletions(Resource):
    """Texts that go on, in OpenAI's old form."""

    @deprecated(COMPLETIONS)
    async def create(
        self, *, options: RequestOptions | None = None, **params: Unpack[LegacyCompletionParams]
    ) -> LegacyCompletion:
        """Continue a text; models that reason cannot.

        Args:
            options: Transport options of this call.
            **params: `model` is required; see `LegacyCompletionParams` for all.

        Raises:
            RequestValidationError: A parameter is missing, misspelt or out of range; nothing was sent.
            APIError: The call failed; see `xai_httpx` for the classes.
        """
        return await self._create(options, params)

    async def _create(self, options: RequestOptions | None, params: LegacyCompletionParams) -> LegacyCompletion:
        checks = "legacy.LegacyCompletionRequest"
        call = Call("POST", "/completions", LegacyCompletion, Replay.CREATE, params, checks=checks)
        return await self._client._call(call, options)


class Complete(Resource):
    """Texts that go on, in Anthropic's old form."""

    @deprecated(COMPLETE)
    async def create(
        self, *, options: RequestOptions | None = None, **params: Unpack[CompleteParams]
    ) -> CompleteResponse:
        """Continue a text; models that reason cannot.

        Args:
            options: Transport options of this call.
            **params: `model`, `prompt` and `max_tokens_to_sample` are required.

        Raises:
            RequestValidationError: A parameter is missing, misspelt or out of range; nothing was sent.
            APIError: The call failed; see `xai_httpx` for the classes.
        """
        return await self._create(options, params)

    async def _create(self, options: RequestOptions | None, params: CompleteParams) -> CompleteResponse:
        call = Call("POST", "/complete", CompleteResponse, Replay.CREATE, params, checks="legacy.CompleteRequest")
        return await self._client._call(call, options)


class Messages(Resource):
    """Answers to a list of messages, in Anthropic's form."""

    @deprecated(MESSAGES)
    async def create(
        self, *, options: RequestOptions | None = None, **params: Unpack[MessageParams]
    ) -> MessageResponse:
        """Answer a conversation.

        Args:
            options: Transport options of this call.
            **params: `model`, `messages` and `max_tokens` are required.

        Raises:
            RequestValidationError: A parameter is missing, misspelt or out of range; nothing was sent.
            APIError: The call failed; see `xai_httpx` for the classes.
        """
        return await self._create(options, params)

    async def _create(self, options: RequestOptions | None, params: MessageParams) -> MessageResponse:
        call = Call("POST", "/messages", MessageResponse, Replay.CREATE, params, checks="legacy.MessageRequest")
        return await self._client._call(call, options)


# Written out, for an editor strikes through what is decorated. A decorator that warns has the parameters in a frame of
# its own, which tracebacks may show, so here the warning is ours.


class SyncLegacyCompletions(SyncResource[LegacyCompletions]):
    """Texts that go on, in OpenAI's old form."""

    @deprecated(COMPLETIONS, category=None)
    def create(
        self, *, options: RequestOptions | None = None, **params: Unpack[LegacyCompletionParams]
    ) -> LegacyCompletion:
        """Continue a text; see `LegacyCompletions.create`."""
        warn(COMPLETIONS, DeprecationWarning)
        with forgetting(cast("dict[str, Any]", params)):
            return self._runner.run(lambda: self._resource._create(options, params))


class SyncComplete(SyncResource[Complete]):
    """Texts that go on, in Anthropic's old form."""

    @deprecated(COMPLETE, category=None)
    def create(self, *, options: RequestOptions | None = None, **params: Unpack[CompleteParams]) -> CompleteResponse:
        """Continue a text; see `Complete.create`."""
        warn(COMPLETE, DeprecationWarning)
        with forgetting(cast("dict[str, Any]", params)):
            return self._runner.run(lambda: self._resource._create(options, params))


class SyncMessages(SyncResource[Messages]):
    """Answers to a list of messages, in Anthropic's form."""

    @deprecated(MESSAGES, category=None)
    def create(self, *, options: RequestOptions | None = None, **params: Unpack[MessageParams]) -> MessageResponse:
        """Answer a conversation; see `Messages.create`."""
        warn(MESSAGES, DeprecationWarning)
        with forgetting(cast("dict[str, Any]", params)):
            return self._runner.run(lambda: self._resource._create(options, params))
