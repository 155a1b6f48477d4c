"""Reads the body of `POST /v1/chat/completions`, which the description allows: what the answer depends on."""

import math
from dataclasses import dataclass

from .._brain import tokens
from .._brain.brain import Prompt
from .._brain.prompting import called_tools, content_text, output_format, tool_outputs
from .._contract.refusals import check_ranges
from .._json import JsonObject, compact

_RANGES = {"max_completion_tokens": (1, math.inf), "max_tokens": (1, math.inf), "n": (1, 128), "stop": (0, 4)}


@dataclass(frozen=True, slots=True)
class ChatCall:
    """A request for a chat completion."""

    model: str
    prompt: Prompt
    choices: int
    stream: bool
    deferred: bool
    include_usage: bool
    service_tier: str | None


def read_chat_call(body: JsonObject) -> ChatCall:
    """Read a request body.

    Raises:
        ApiError: 400 for what the description does not tell of.
    """
    check_ranges(body, _RANGES)
    options: JsonObject = body.get("stream_options") or {}
    return ChatCall(
        model=body["model"],
        prompt=_prompt(body, body["messages"]),
        choices=body.get("n") or 1,
        stream=bool(body.get("stream")),
        deferred=bool(body.get("deferred")),
        include_usage=bool(options.get("include_usage")),
        service_tier=body.get("service_tier"),
    )


def _prompt(body: JsonObject, messages: list[JsonObject]) -> Prompt:
    tools: list[JsonObject] = body.get("tools") or []
    texts = tuple(content_text(message.get("content")) for message in messages if message["role"] == "user")
    outputs = tool_outputs(messages, "role", ("tool", "function"), "content")
    schema, json_object = output_format((body.get("response_format") or {}), "json_schema")
    max_tokens = body.get("max_completion_tokens")
    return Prompt(
        user_texts=texts,
        tokens=sum(map(_message_tokens, messages)) + sum(tokens.count(compact(tool)) for tool in tools),
        tool_outputs=outputs,
        called_tools=called_tools(body, "" if outputs or not texts else texts[-1], "function"),
        output_schema=schema,
        json_object=json_object,
        max_tokens=body.get("max_tokens") if max_tokens is None else max_tokens,
        stop=tuple(body.get("stop") or ()),
        seed=body.get("seed") or 0,
    )


def _message_tokens(message: JsonObject) -> int:
    functions = [call["function"] for call in message.get("tool_calls") or ()]
    called = sum(tokens.count(function["name"] + function["arguments"]) for function in functions)
    return tokens.count(content_text(message.get("content"))) + called
