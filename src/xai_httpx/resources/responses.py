"""The Responses API: `/v1/responses`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Unpack

from .._call import Call, Listed, Replay, segment
from .._pages import Page, by_cursor
from .._sync import SyncResource, to_sync, to_sync_page, to_sync_stream
from ..types.responses import (
    CompactedResponse,
    DeletedResponse,
    InputItem,
    InputItemList,
    Response,
)
from ._base import Resource

if TYPE_CHECKING:
    from typing_extensions import TypeForm

    from .._calls import Calls
    from .._config import RequestOptions
    from .._output import Parsed
    from .._streams import Stream
    from ..types.responses_events import ResponseStreamEvent
    from ..types.responses_params import CompactParams, ResponseParams

T = TypeVar("T")
_CHECKS = "responses.ResponseRequest"


def creating(
    params: Mapping[str, Any], sets: Mapping[str, Any] | None = None, lists: dict[str, Listed] | None = None
) -> Call[Response]:
    """The call that answers an input."""
    return Call("POST", "/responses", Response, Replay.CREATE, params, sets=sets, lists=lists or {}, checks=_CHECKS)


def compacting(params: Mapping[str, Any], lists: dict[str, Listed] | None = None) -> Call[CompactedResponse]:
    """The call that compresses a conversation."""
    path, checks = "/responses/compact", "responses.CompactRequest"
    return Call("POST", path, CompactedResponse, Replay.CREATE, params, lists=lists or {}, checks=checks)


def streaming(
    client: Calls, call: Call[Response], options: RequestOptions | None
) -> Stream[ResponseStreamEvent, Response]:
    """The stream that a call with `stream` is answered by."""
    from .._accumulate_response import ResponseAccumulator
    from ..types.responses_events import ResponseStreamEvent

    return client._stream(call, ResponseStreamEvent, ResponseAccumulator, options)


class InputItems(Resource):
    """What a stored response was made from."""

    def list(
        self,
        response_id: str,
        *,
        limit: int | None = None,
        order: Literal["asc", "desc"] | None = None,
        after: str | None = None,
        options: RequestOptions | None = None,
    ) -> Page[InputItem]:
        """List the input items of a stored response.

        Args:
            response_id: The response.
            limit: Items a page; the server's default when left out.
            order: Oldest (`asc`) or newest (`desc`) first.
            after: Id of the item that the page begins after.
            options: Transport options of each page's call.

        Returns:
            A list: await it for the first page, iterate it for all items.

        Raises:
            NotFoundError: No such response is stored (they are kept for 30 days).
        """
        call = Call(
            "GET",
            f"/responses/{segment(response_id, 'response_id')}/input_items",
            InputItemList,
            query={"limit": limit, "order": order, "after": after},
        )
        return Page(self._client, call, options, lambda page: page.data, by_cursor)


class Responses(Resource):
    """Answers with server-side tools, reasoning and stored conversations."""

    async def create(self, *, options: RequestOptions | None = None, **params: Unpack[ResponseParams]) -> Response:
        """Answer an input.

        Args:
            options: Transport options of this call.
            **params: `model` and `input` are required; see `ResponseParams` for all.

        Returns:
            The response; `output_text`, `tool_calls` and `to_input()` are the short ways to what is mostly needed.

        Raises:
            RequestValidationError: A parameter is missing, misspelt or out of range; nothing was sent.
            APIError: The call failed; see `xai_httpx` for the classes.
        """
        return await self._client._call(creating(params), options)

    async def parse(
        self, answer: TypeForm[T], /, *, options: RequestOptions | None = None, **params: Unpack[ResponseParams]
    ) -> Parsed[T, Response]:
        """Answer an input with a value of a type.

            reply = await client.responses.parse(City, model=..., input=...)
            print(reply.parsed.name)

        Args:
            answer: A pydantic model, dataclass, `TypedDict`, enum, or anything else that has a JSON schema; a list,
                union, literal or number too.
            options: Transport options of this call.
            **params: As for `create`; `text` without `format`.

        Returns:
            The value in `parsed`, with the response in `reply`.

        Raises:
            RequestValidationError: The type cannot be asked for, or a parameter is wrong; nothing was sent.
            OutputTruncatedError: The answer was cut at a limit.
            OutputRefusedError: The model declined to answer, or a filter stopped it.
            OutputValidationError: The answer is no JSON, or does not fit the type.
            OutputError: The model asks for tools instead of answering, or the response failed.
            APIError: The call failed; see `xai_httpx` for the classes.
        """
        from .._output import parsed_response, refuse_second
        from .._output_type import output_type

        asked = output_type(answer)
        text = params.get("text") or {}
        refuse_second(text.get("format"), "text.format")
        sets = {"text": {**text, "format": {"type": "json_schema", **asked.format}}}
        return parsed_response(asked, await self._client._call(creating(params, sets), options))

    def stream(
        self, *, options: RequestOptions | None = None, **params: Unpack[ResponseParams]
    ) -> Stream[ResponseStreamEvent, Response]:
        """Answer an input event by event.

            async with client.responses.stream(model=..., input=...) as stream:
                async for event in stream:
                    match event:
                        case ResponseOutputTextDeltaEvent():
                            print(event.delta, end="")
                response = await stream.final()

        Args:
            options: Transport options of this call.
            **params: As for `create`.

        Returns:
            A stream of events, each of its own class, opened by `async with`; `final()` is the response.

        Raises:
            RequestValidationError: A parameter is missing, misspelt or out of range; nothing was sent.
        """
        return streaming(self._client, creating(params, {"stream": True}), options)

    async def retrieve(self, response_id: str, *, options: RequestOptions | None = None) -> Response:
        """Fetch a stored response.

        Raises:
            NotFoundError: It is not stored: made with `store=False`, deleted, or older than 30 days.
        """
        return await self._client._call(
            Call("GET", f"/responses/{segment(response_id, 'response_id')}", Response), options
        )

    async def delete(self, response_id: str, *, options: RequestOptions | None = None) -> DeletedResponse:
        """Delete a stored response.

        Raises:
            NotFoundError: It is not stored.
        """
        deleted = {"id": response_id, "object": "response", "deleted": True}
        path = f"/responses/{segment(response_id, 'response_id')}"
        return await self._client._call(Call("DELETE", path, DeletedResponse, when_empty=deleted), options)

    async def compact(
        self, *, options: RequestOptions | None = None, **params: Unpack[CompactParams]
    ) -> CompactedResponse:
        """Compress a conversation that still fits the context window.

        Args:
            options: Transport options of this call.
            **params: `model` and `input` are required.

        Returns:
            A compaction; its `output` goes unchanged at the start of the next `input`.
        """
        return await self._client._call(compacting(params), options)

    @cached_property
    def input_items(self) -> InputItems:
        """What a stored response was made from."""
        return InputItems(self._client)


class SyncInputItems(SyncResource[InputItems]):
    """What a stored response was made from."""

    list = to_sync_page(InputItems.list)


class SyncResponses(SyncResource[Responses]):
    """Answers with server-side tools, reasoning and stored conversations."""

    create = to_sync(Responses.create)
    parse = to_sync(Responses.parse)
    stream = to_sync_stream(Responses.stream)
    retrieve = to_sync(Responses.retrieve)
    delete = to_sync(Responses.delete)
    compact = to_sync(Responses.compact)

    @cached_property
    def input_items(self) -> SyncInputItems:
        """What a stored response was made from."""
        return SyncInputItems(self._resource.input_items, self._runner)
