"""Reads the body of `POST /v1/chat/completions`: checks it and finds what the answer depends on."""

import math
from dataclasses import dataclass

from . import _tokens
from ._brain import Prompt
from ._errors import ApiError
from ._json import JsonObject, as_object, compact
from ._validation import (
    array_of_objects,
    check_fields,
    check_ranges,
    content_text,
    forced_tool,
    function_tool,
    output_format,
    undeserializable,
)

_ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_OPTIONAL = {
    "deferred": "boolean",
    "frequency_penalty": "number",
    "logprobs": "boolean",
    "max_completion_tokens": "integer",
    "max_tokens": "integer",
    "n": "integer",
    "parallel_tool_calls": "boolean",
    "presence_penalty": "number",
    "reasoning_effort": "string",
    "response_format": "object",
    "seed": "integer",
    "service_tier": "string",
    "stop": "array",
    "stream": "boolean",
    "stream_options": "object",
    "temperature": "number",
    "tool_choice": "string|object",
    "tools": "array",
    "top_logprobs": "integer",
    "top_p": "number",
    "user": "string",
}
_RANGES = {
    "frequency_penalty": (-2, 2),
    "max_completion_tokens": (1, math.inf),
    "max_tokens": (1, math.inf),
    "n": (1, 128),
    "presence_penalty": (-2, 2),
    "stop": (0, 4),
    "temperature": (0, 2),
    "tools": (0, 350),
    "top_logprobs": (0, 8),
    "top_p": (0, 1),
}


@dataclass(frozen=True, slots=True)
class ChatCall:
    """A checked request for a chat completion."""

    model: str
    prompt: Prompt
    choices: int
    stream: bool
    deferred: bool
    include_usage: bool
    service_tier: str | None


def read_chat_call(body: JsonObject) -> ChatCall:
    """Check a request body and read it.

    Raises:
        ApiError: What is wrong with the body.
    """
    check_fields(body, {"model": "string", "messages": "array"}, _OPTIONAL)
    check_ranges(body, _RANGES)
    messages = array_of_objects(body["messages"], "messages")
    if not messages:
        raise ApiError(400, "messages must not be empty.")
    for message in messages:
        _check_message(message)
    options: JsonObject = body.get("stream_options") or {}
    return ChatCall(
        model=body["model"],
        prompt=_prompt(body, messages),
        choices=body.get("n") or 1,
        stream=bool(body.get("stream")),
        deferred=bool(body.get("deferred")),
        include_usage=bool(options.get("include_usage")),
        service_tier=body.get("service_tier"),
    )


def _check_message(message: JsonObject) -> None:
    check_fields(message, {"role": "string"}, {"content": "string|array", "tool_calls": "array"})
    role = message["role"]
    if role not in _ROLES:
        raise undeserializable(f"unknown variant `{role}` of role, expected one of {', '.join(_ROLES)}")
    if role != "assistant":
        check_fields(message, {"content": "string|array"})


def _prompt(body: JsonObject, messages: list[JsonObject]) -> Prompt:
    tools = array_of_objects(body.get("tools") or [], "tools")
    functions = [function for tool in tools if (function := function_tool(tool, "function")) is not None]
    choice = body.get("tool_choice")
    named = as_object((as_object(choice) or {}).get("function")) or {}
    schema, json_object = output_format(body.get("response_format") or {}, "json_schema")
    max_tokens = body.get("max_completion_tokens")
    return Prompt(
        user_texts=tuple(content_text(message["content"]) for message in messages if message["role"] == "user"),
        tokens=sum(_message_tokens(message) for message in messages)
        + sum(_tokens.count(compact(tool)) for tool in tools),
        forced_tool=forced_tool(choice, named.get("name"), functions),
        output_schema=schema,
        json_object=json_object,
        max_tokens=body.get("max_tokens") if max_tokens is None else max_tokens,
        stop=tuple(str(sequence) for sequence in body.get("stop") or ()),
    )


def _message_tokens(message: JsonObject) -> int:
    total = _tokens.count(content_text(message.get("content")))
    for call in array_of_objects(message.get("tool_calls") or [], "tool_calls"):
        function = as_object(call.get("function")) or {}
        total += _tokens.count(f"{function.get('name', '')}{function.get('arguments', '')}")
    return total
