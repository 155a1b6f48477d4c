"""Reads the JSONL file of a batch, as a whole or not at all."""

from ._batch_store import BatchItem
from ._batch_work import check_request
from ._errors import ApiError
from ._json import as_object, parse
from ._validation import check_fields

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


def _item(line: bytes, now: float) -> BatchItem:
    try:
        entry = as_object(parse(line))
    except ValueError as error:
        raise ApiError(400, f"not JSON: {error}") from None
    if entry is None:
        raise ApiError(400, "not a JSON object")
    check_fields(entry, {"custom_id": "string", "method": "string", "url": "string", "body": "object"})
    if entry["method"] != "POST" or entry["url"] not in _KINDS:
        raise ApiError(400, f"{entry['method']} {entry['url']} is not supported for batch processing")
    kind, body = _KINDS[entry["url"]], entry["body"]
    check_request(kind, body)
    return BatchItem(entry["custom_id"], kind, body, now)
