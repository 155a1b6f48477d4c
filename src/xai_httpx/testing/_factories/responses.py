"""Factories of responses and the events of their streams."""

from typing import Any

from pydantic import TypeAdapter

from ...types.responses import Response
from ...types.responses_events import ResponseStreamEvent
from .._api import responses_wire
from .._api.responses_wire import ResponseTurn
from .._brain.brain import Answer
from .._brain.scripts import tool_uses
from .making import CREATED, ToolCalls, made, model_named

_EVENT: TypeAdapter[ResponseStreamEvent] = TypeAdapter(ResponseStreamEvent)


def make_response(
    text: str | None = None,
    *,
    tool_calls: ToolCalls = (),
    reasoning: str = "",
    status: str = "completed",
    model: str = "grok-4.6",
    input_tokens: int = 10,
    **fields: Any,
) -> Response:
    """Make a response, whose tokens are counted and priced.

    Args:
        text: What the model says. Default: "Hello.", or nothing where it calls tools.
        tool_calls: Names of functions and their arguments; if there are any, they take the place of the text.
        reasoning: The reasoning before the answer.
        status: "completed", "incomplete" (cut at the token limit), "in_progress" or "failed".
        model: The model; one that the simulator does not have costs as much as grok-4.6.
        input_tokens: The tokens of the input.
        **fields: Any other field of `Response`.

    Raises:
        TypeError: `Response` has no such field.
        ValueError: A field cannot have such a value.
    """
    body = responses_wire.response(_turn(text, tool_calls, reasoning, status, model, input_tokens))
    if status not in ("completed", "incomplete"):
        body |= {"status": status, "completed_at": None}
    if status == "failed":
        body["error"] = {"code": "server_error", "message": "The response failed (made)."}
    return made(Response, body, fields)


def make_response_events(
    text: str | None = None,
    *,
    tool_calls: ToolCalls = (),
    reasoning: str = "",
    status: str = "completed",
    model: str = "grok-4.6",
    input_tokens: int = 10,
    **fields: Any,
) -> list[ResponseStreamEvent]:
    """Make the events of a streamed response, in the order in which the API sends them.

    Args:
        text: As for `make_response`, like all that follow.
        tool_calls: Names of functions and their arguments.
        reasoning: The reasoning before the answer.
        status: "completed" or "incomplete".
        model: The model.
        input_tokens: The tokens of the input.
        **fields: Any other field of `Response`; the response in every event that has one has it.

    Raises:
        TypeError: `Response` has no such field.
        ValueError: `status` is another one, or a field cannot have such a value.
    """
    if status not in ("completed", "incomplete"):
        raise ValueError(f"status must be 'completed' or 'incomplete', not {status!r}.")
    turn = _turn(text, tool_calls, reasoning, status, model, input_tokens)
    return [
        _EVENT.validate_python(
            {**event, "response": made(Response, event["response"], fields)} if "response" in event else event
        )
        for event in responses_wire.events(turn)
    ]


def _turn(
    text: str | None, tool_calls: ToolCalls, reasoning: str, status: str, model: str, input_tokens: int
) -> ResponseTurn:
    uses = tool_uses(tool_calls)
    said = ("" if uses else "Hello.") if text is None else text
    answer = Answer(said, reasoning, uses, "length" if status == "incomplete" else "stop")
    return ResponseTurn("resp-made", CREATED, model_named(model, "language"), answer, input_tokens, {})
