"""Reads the body of `POST /v1/responses`, which the description allows: gives items ids, finds what to answer."""

import base64
import json
import math
import uuid

from .._brain import tokens
from .._brain.brain import Prompt
from .._brain.prompting import called_tools, content_text, output_format, tool_outputs
from .._contract.errors import ApiError
from .._contract.refusals import check_ranges
from .._json import JsonObject, as_list, as_object, compact
from .._stores.response_store import Context

_RANGES = {"max_output_tokens": (1, math.inf)}
_ID_PREFIXES = {"message": "msg", "reasoning": "rs", "function_call": "fc", "function_call_output": "fco"}


def check_responses_body(body: JsonObject) -> None:
    """Check what the description does not tell of a request body.

    Raises:
        ApiError: 400, naming what is wrong.
    """
    check_ranges(body, _RANGES)


def read_input(value: str | list[JsonObject]) -> list[JsonObject]:
    """Bring `input` into its long form: a list of items, each with a type and an id."""
    if isinstance(value, str):
        value = [{"role": "user", "content": [{"type": "input_text", "text": value}]}]
    return [_identified(item, item.get("type") or "message") for item in value]


def _identified(item: JsonObject, kind: str) -> JsonObject:
    return {**item, "type": kind, "id": item.get("id") or f"{_ID_PREFIXES.get(kind, 'item')}_{uuid.uuid4()}"}


def read_prompt(body: JsonObject, items: list[JsonObject], context: Context) -> Prompt:
    """Find what the answer depends on.

    Args:
        body: The request body.
        items: Its input in the long form.
        context: The conversation before it.

    Raises:
        ApiError: 400 if `tool_choice` names what is not there.
    """
    tools: list[JsonObject] = body.get("tools") or []
    texts = context.user_texts + user_texts(items)
    outputs = tool_outputs(items, "type", ("function_call_output",), "output")
    schema, json_object = output_format(as_object((as_object(body.get("text")) or {}).get("format")) or {})
    return Prompt(
        user_texts=texts,
        tokens=context.tokens
        + input_tokens(items)
        + tokens.count(body.get("instructions") or "")
        + sum(tokens.count(compact(tool)) for tool in tools),
        tool_outputs=outputs,
        called_tools=called_tools(body, "" if outputs or not texts else texts[-1]),
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
    return sum(tokens.count(text) for item in items for text in _item_texts(item))


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
            return [f"{item.get('name', '')}{item.get('arguments', '')}"]
        case "function_call_output":
            return [content_text(item["output"])]
        case "reasoning":
            return [content_text(item.get("summary"))]
        case "compaction":
            return _unpacked(item)
        case _:
            return []
