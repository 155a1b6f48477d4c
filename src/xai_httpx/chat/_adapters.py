"""The two APIs that a conversation can be had with, as data: what is pure is in their forms, what is sent is here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._accumulate_response import failure_of
from .._call import Listed
from .._streams import Stream
from ..resources import chat as completions_api
from ..resources import responses as responses_api
from . import _completions_form, _responses_form
from ._delta import Delta
from ._entries import Entry, Form
from ._reply import Reply

if TYPE_CHECKING:
    from .._config import RequestOptions
    from .._resources import Resources

    Create = Callable[[Resources, "Prepared", RequestOptions | None], Awaitable[Any]]
    Open = Callable[[Resources, "Prepared", RequestOptions | None], Stream[Any, Any]]


@dataclass(slots=True)
class Prepared:
    """A request of a conversation.

    Attributes:
        body: All but the history.
        lists: The history, which is encoded already.
        start: The entry that it begins with.
    """

    body: Mapping[str, Any]
    lists: dict[str, Listed]
    start: int


@dataclass(frozen=True, slots=True)
class Adapter:
    """One of the APIs.

    Attributes:
        history: The parameter that the history goes in.
        render: From entries and settings to a body.
        body: From settings to a body without the history.
        items: From an entry to what it is in the history.
        read: From what came back to its answers.
        deltas: From an event to what it adds to each answer.
        create: Sends a request.
        open: Prepares a stream.
    """

    history: str
    render: Callable[[Sequence[Entry], Mapping[str, Any]], dict[str, Any]]
    body: Callable[[Mapping[str, Any]], dict[str, Any]]
    items: Callable[[Entry], Sequence[Mapping[str, Any]]]
    read: Callable[[Any], list[Reply[None]]]
    deltas: Callable[[Any], list[Delta]]
    create: Create
    open: Open


async def _respond(client: Resources, asked: Prepared, options: RequestOptions | None) -> Any:
    """A failed response is an error, as it is in a stream: there is nothing in it to go on from."""
    response = await client._call(responses_api.creating(asked.body, lists=asked.lists), options)
    if response.status == "failed":
        failure = failure_of(response, response.meta)
        failure.partial = response
        raise failure
    return response


async def _complete(client: Resources, asked: Prepared, options: RequestOptions | None) -> Any:
    return await client._call(completions_api.creating(asked.body, lists=asked.lists), options)


ADAPTERS: dict[Form, Adapter] = {
    "responses": Adapter(
        history="input",
        render=_responses_form.render,
        body=_responses_form.body,
        items=_responses_form.items,
        read=lambda response: [_responses_form.read(response)],
        deltas=_responses_form.deltas,
        create=_respond,
        open=lambda client, asked, options: responses_api.streaming(
            client, responses_api.creating(asked.body, {"stream": True}, asked.lists), options
        ),
    ),
    "completions": Adapter(
        history="messages",
        render=_completions_form.render,
        body=_completions_form.body,
        items=_completions_form.items,
        read=_completions_form.read,
        deltas=_completions_form.deltas,
        create=_complete,
        open=lambda client, asked, options: completions_api.streaming(
            client, completions_api.creating(asked.body, {"stream": True}, asked.lists), options
        ),
    ),
}
