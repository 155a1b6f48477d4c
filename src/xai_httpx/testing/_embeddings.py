"""Deterministic embeddings: a text is the sum of its tokens' random directions, so shared words bring texts closer."""

import base64
import math
import random
import struct
from typing import Any

from . import _tokens
from ._catalogue import CatalogueModel
from ._errors import ApiError
from ._json import JsonObject, as_list
from ._validation import check_fields, check_ranges, undeserializable

_DIMENSIONS = 1024
_MAX_INPUTS = 128


def read_inputs(body: JsonObject) -> list[list[int]]:
    """Check the body of `POST /v1/embeddings` and return its inputs as token ids.

    Raises:
        ApiError: What is wrong with the body.
    """
    check_fields(
        body,
        {"model": "string", "input": "string|array"},
        {"dimensions": "integer", "encoding_format": "string", "user": "string"},
    )
    check_ranges(body, {"dimensions": (1, _DIMENSIONS)})
    if body.get("encoding_format") not in (None, "float", "base64"):
        raise ApiError(400, "Invalid value for encoding_format: it must be float or base64.")
    given = body["input"]
    inputs = [_token_ids(one) for one in (given if _is_list_of_inputs(given) else [given])]
    if not 1 <= len(inputs) <= _MAX_INPUTS or not all(inputs):
        raise ApiError(400, f"input must hold 1 to {_MAX_INPUTS} texts, none of them empty.")
    return inputs


def embeddings_body(model: CatalogueModel, inputs: list[list[int]], body: JsonObject) -> JsonObject:
    """Build the reply of `POST /v1/embeddings`.

    Args:
        model: The model of the request.
        inputs: Its inputs as token ids.
        body: The checked request body.
    """
    dimensions = body.get("dimensions") or _DIMENSIONS
    packed = body.get("encoding_format") == "base64"
    vectors = [_unit_vector(ids, dimensions) for ids in inputs]
    tokens = sum(map(len, inputs))
    return {
        "object": "list",
        "model": model.id,
        "data": [
            {"index": index, "object": "embedding", "embedding": _packed(vector) if packed else list(vector)}
            for index, vector in enumerate(vectors)
        ],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _is_list_of_inputs(given: object) -> bool:
    # A list of integers is one input, already tokenized.
    values = as_list(given)
    return values is not None and not (values and all(isinstance(value, int) for value in values))


def _token_ids(one: Any) -> list[int]:
    if isinstance(one, str):
        return [_tokens.token_id(piece) for piece in _tokens.pieces(one)]
    values = as_list(one)
    if values is None or not all(isinstance(value, int) and not isinstance(value, bool) for value in values):
        raise undeserializable("input: invalid type, expected a string, tokens, or a list of either")
    return values


def _unit_vector(ids: list[int], dimensions: int) -> tuple[float, ...]:
    directions = [_direction(token, dimensions) for token in ids]
    total = [float(sum(parts)) for parts in zip(*directions, strict=True)]
    # All parts zero cannot be normalized; a zero sum needs tokens that cancel out, which random directions do not.
    length = math.sqrt(math.fsum(part * part for part in total))
    # Rounded to float32, so that both encodings carry the same numbers.
    return struct.unpack(f"<{dimensions}f", struct.pack(f"<{dimensions}f", *(part / length for part in total)))


def _direction(token: int, dimensions: int) -> tuple[int, ...]:
    return struct.unpack(f"<{dimensions}i", random.Random(token).randbytes(4 * dimensions))


def _packed(vector: tuple[float, ...]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
