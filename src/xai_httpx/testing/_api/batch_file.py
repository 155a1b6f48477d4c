"""Reads the JSONL file of a batch, as a whole or not at all."""

from functools import cache
from typing import TYPE_CHECKING, Any

from .._contract.checking import validator_of
from .._contract.errors import ApiError
from .._contract.refusals import refusal_of
from .._json import parse
from .._stores.batch_store import BatchItem
from .batch_work import check_request

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

MAX_LINES = 50_000
_KINDS = {
    "/v1/chat/completions": "chat_get_completion",
    "/v1/responses": "responses",
    "/v1/images/generations": "image_generation",
    "/v1/images/edits": "image_edit",
    "/v1/videos": "video_generation",
    "/v1/videos/generations": "video_generation",
    "/v1/videos/edits": "video_generation",
    "/v1/videos/extensions": "video_extension",
}


def read_batch_file(content: bytes, now: float) -> list[BatchItem]:
    """Read the requests in a file.

    Raises:
        ApiError: One line is no request; it is named.
    """
    lines = content.splitlines()
    if len(lines) > MAX_LINES:
        raise ApiError(400, f"The file has {len(lines)} requests, and {MAX_LINES} is the maximum.")
    found: dict[str, BatchItem] = {}
    for number, line in enumerate(lines, 1):
        try:
            item = _item(line, now)
            if item.id in found:
                raise ApiError(400, f"duplicate custom_id {item.id}")
        except ApiError as error:
            raise ApiError(400, f"Invalid request in line {number}: {error.message}") from None
        found[item.id] = item
    return list(found.values())


@cache
def _line_validator() -> "Draft202012Validator":
    kinds = {"custom_id": "string", "method": "string", "url": "string", "body": "object"}
    properties = {name: {"type": kind} for name, kind in kinds.items()}
    return validator_of({"type": "object", "properties": properties, "required": [*properties]})


def _item(line: bytes, now: float) -> BatchItem:
    try:
        entry: Any = parse(line)
    except ValueError as error:
        raise ApiError(400, f"not JSON: {error}") from None
    if (refusal := refusal_of(_line_validator().iter_errors(entry))) is not None:
        raise refusal
    if entry["method"] != "POST" or entry["url"] not in _KINDS:
        raise ApiError(400, f"{entry['method']} {entry['url']} is not supported for batch processing")
    kind, body = _KINDS[entry["url"]], entry["body"]
    check_request(kind, body)
    return BatchItem(entry["custom_id"], kind, body, now)
