"""Reads the body of `POST /v1/responses`: checks it, gives items their ids, finds what the answer depends on."""

import base64
import json
import math
import uuid
from dataclasses import dataclass
from typing import Any

from . import _tokens
from ._brain import Prompt
from ._errors import ApiError
from ._json import JsonObject, as_list, as_object, compact
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

_ROLES = ("user", "assistant", "system", "developer")
_OPTIONAL = {
    "include": "array",
    "instructions": "string",
    "max_output_tokens": "integer",
    "parallel_tool_calls": "boolean",
    "previous_response_id": "string",
    "reasoning": "object",
    "reasoning_effort": "string",
    "service_tier": "string",
    "store": "boolean",
    "stream": "boolean",
    "temperature": "number",
    "text": "object",
    "tool_choice": "string|object",
    "tools": "array",
    "top_logprobs": "integer",
    "top_p": "number",
    "user": "string",
}
_RANGES = {
    "max_output_tokens": (1, math.inf),
    "temperature": (0, 2),
    "tools": (0, 350),
    "top_logprobs": (0, 8),
    "top_p": (0, 1),
}


@dataclass(frozen=True, slots=True)
class Context:
    """The conversation before this request, as `previous_response_id` brings it in."""

    user_texts: tuple[str, ...] = ()
    tokens: int = 0


def check_responses_body(body: JsonObject) -> None:
    """Check the fields of a request body, its input aside.

    Raises:
        ApiError: What is wrong with the body.
    """
    check_fields(body, {"model": "string", "input": "string|array"}, _OPTIONAL)
    check_fields(body.get("reasoning") or {}, {}, {"effort": "string", "summary": "string"})
    check_ranges(body, _RANGES)
    if body.get("instructions") is not None and body.get("previous_response_id") is not None:
        raise ApiError(400, "instructions cannot be combined with previous_response_id.")


def read_input(value: str | list[Any]) -> list[JsonObject]:
    """Bring `input` into its long form: a list of items, each with a type and an id.

    Raises:
        ApiError: 422 for an item of the wrong shape.
    """
    if isinstance(value, str):
        value = [{"role": "user", "content": [{"type": "input_text", "text": value}]}]
    return [_identified(item) for item in array_of_objects(value, "input")]


def _identified(item: JsonObject) -> JsonObject:
    kind = item.get("type") or ("message" if "role" in item else None)
    if not isinstance(kind, str):
        raise undeserializable("missing field `type` of an input item")
    if kind == "message":
        check_fields(item, {"role": "string", "content": "string|array"})
        if item["role"] not in _ROLES:
            raise undeserializable(f"unknown variant `{item['role']}` of role, expected one of {', '.join(_ROLES)}")
    elif kind == "function_call_output":
        check_fields(item, {"call_id": "string", "output": "string|array"})
    elif kind == "function_call":
        check_fields(item, {"call_id": "string", "name": "string", "arguments": "string"})
    return {**item, "type": kind, "id": item.get("id") or f"{_ID_PREFIXES.get(kind, 'item')}_{uuid.uuid4()}"}


_ID_PREFIXES = {"message": "msg", "reasoning": "rs", "function_call": "fc", "function_call_output": "fco"}


def read_prompt(body: JsonObject, items: list[JsonObject], context: Context) -> Prompt:
    """Find what the answer depends on.

    Args:
        body: The checked request body.
        items: Its input in the long form.
        context: The conversation before it.

    Raises:
        ApiError: What is wrong with the tools or the output format.
    """
    tools = array_of_objects(body.get("tools") or [], "tools")
    functions = [function for tool in tools if (function := function_tool(tool)) is not None]
    choice = body.get("tool_choice")
    schema, json_object = output_format(as_object((as_object(body.get("text")) or {}).get("format")) or {})
    return Prompt(
        user_texts=context.user_texts + user_texts(items),
        tokens=context.tokens
        + input_tokens(items)
        + _tokens.count(body.get("instructions") or "")
        + sum(_tokens.count(compact(tool)) for tool in tools),
        forced_tool=forced_tool(choice, (as_object(choice) or {}).get("name"), functions),
        output_schema=schema,
        json_object=json_object,
        max_tokens=body.get("max_output_tokens"),
    )


def user_texts(items: list[JsonObject]) -> tuple[str, ...]:
    """Return the texts of the user turns, those inside a compaction item included."""
    texts: list[str] = []
    for item in items:
        if item["type"] == "compaction":
            texts += _unpacked(item)
        elif item["type"] == "message" and item["role"] == "user":
            texts.append(content_text(item["content"]))
    return tuple(texts)


def input_tokens(items: list[JsonObject]) -> int:
    """Count the tokens of input items."""
    return sum(_tokens.count(text) for item in items for text in _item_texts(item))


def compaction_blob(texts: tuple[str, ...]) -> str:
    """Pack the user turns that a compaction keeps; opaque to the client."""
    return base64.b64encode(compact(texts).encode()).decode()


def _unpacked(item: JsonObject) -> list[str]:
    try:
        texts = as_list(json.loads(base64.b64decode(item.get("encrypted_content", ""), validate=True)))
    except (ValueError, TypeError):
        texts = None
    if texts is None:
        raise ApiError(400, "Could not decrypt the encrypted_content of a compaction item.")
    return [str(text) for text in texts]


def _item_texts(item: JsonObject) -> list[str]:
    match item["type"]:
        case "message":
            return [content_text(item["content"])]
        case "function_call":
            return [item["name"] + item["arguments"]]
        case "function_call_output":
            return [content_text(item["output"])]
        case "reasoning":
            return [content_text(item.get("summary"))]
        case "compaction":
            return _unpacked(item)
        case _:
            return []
