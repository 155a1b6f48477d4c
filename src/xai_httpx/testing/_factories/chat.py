"""Factories of chat completions and their chunks."""

from typing import Any, cast

from ...types.chat import ChatCompletion, DeferredCompletion
from ...types.chat_events import ChatCompletionChunk
from .._api import chat_wire
from .._api.chat_wire import ChatTurn
from .._brain.brain import Answer, FinishReason
from .._brain.scripts import tool_uses
from .making import COUNT_AT_LEAST_1, CREATED, ToolCalls, made, model_named

_ID = "chatcmpl-made"


def make_completion(
    text: str | None = None,
    *,
    tool_calls: ToolCalls = (),
    reasoning: str = "",
    finish_reason: str | None = None,
    model: str = "grok-4.6",
    n: int = 1,
    prompt_tokens: int = 10,
    **fields: Any,
) -> ChatCompletion:
    """Make a chat completion, whose tokens are counted and priced.

    Args:
        text: What the model says. Default: "Hello.", or nothing where it calls tools.
        tool_calls: Names of functions and their arguments.
        reasoning: The reasoning before the answer.
        finish_reason: Why it ends. Default: "tool_calls" if there are any, else "stop".
        model: The model; one that the simulator does not have costs as much as grok-4.6.
        n: How many choices there are, all alike.
        prompt_tokens: The tokens of the question.
        **fields: Any other field of `ChatCompletion`.

    Raises:
        TypeError: `ChatCompletion` has no such field.
        ValueError: `n` is below 1, or a field cannot have such a value.
    """
    turn = _turn(text, tool_calls, reasoning, finish_reason, model, n, prompt_tokens)
    return made(ChatCompletion, chat_wire.completion(turn), fields)


def make_completion_chunks(
    text: str | None = None,
    *,
    tool_calls: ToolCalls = (),
    reasoning: str = "",
    finish_reason: str | None = None,
    model: str = "grok-4.6",
    n: int = 1,
    prompt_tokens: int = 10,
    **fields: Any,
) -> list[ChatCompletionChunk]:
    """Make the chunks of a streamed chat completion: one for each word, and a last one with the usage.

    Args:
        text: As for `make_completion`, like all that follow.
        tool_calls: Names of functions and their arguments.
        reasoning: The reasoning before the answer.
        finish_reason: Why it ends.
        model: The model.
        n: How many choices there are.
        prompt_tokens: The tokens of the question.
        **fields: Any other field of `ChatCompletionChunk`; every chunk has it.

    Raises:
        TypeError: `ChatCompletionChunk` has no such field.
        ValueError: `n` is below 1, or a field cannot have such a value.
    """
    turn = _turn(text, tool_calls, reasoning, finish_reason, model, n, prompt_tokens)
    return [made(ChatCompletionChunk, chunk, fields) for chunk in chat_wire.chunks(turn, include_usage=True)]


def make_completion_chunk(
    text: str = "", *, finish_reason: str | None = None, model: str = "grok-4.6", **fields: Any
) -> ChatCompletionChunk:
    """Make one chunk of a streamed chat completion.

    Args:
        text: The piece of the answer that it brings.
        finish_reason: Why the answer ends, in its last chunk.
        model: The model.
        **fields: Any other field of `ChatCompletionChunk`.

    Raises:
        TypeError: `ChatCompletionChunk` has no such field.
        ValueError: A field cannot have such a value.
    """
    choice: dict[str, Any] = {"index": 0, "delta": {"content": text, "role": "assistant"}}
    if finish_reason is not None:
        choice["finish_reason"] = finish_reason
    head = {"id": _ID, "object": "chat.completion.chunk", "created": CREATED, "model": model}
    return made(ChatCompletionChunk, {**head, "choices": [choice]}, fields)


def make_deferred_completion(request_id: str = "deferred-made") -> DeferredCompletion:
    """Make what a deferred chat completion is answered with at first.

    Args:
        request_id: The id by which the completion is fetched.
    """
    return made(DeferredCompletion, {"request_id": request_id}, {})


def _turn(
    text: str | None,
    tool_calls: ToolCalls,
    reasoning: str,
    finish_reason: str | None,
    model: str,
    n: int,
    prompt_tokens: int,
) -> ChatTurn:
    if n < 1:
        raise ValueError(COUNT_AT_LEAST_1.format("n", n))
    uses = tool_uses(tool_calls)
    said = ("" if uses else "Hello.") if text is None else text
    finish = finish_reason or ("tool_calls" if uses else "stop")
    answer = Answer(said, reasoning, uses, cast(FinishReason, finish))
    return ChatTurn(_ID, CREATED, model_named(model, "language"), (answer,) * n, prompt_tokens)
