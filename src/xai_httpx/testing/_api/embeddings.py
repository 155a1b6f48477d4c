"""Deterministic embeddings: a text is the sum of its tokens' random directions, so shared words bring texts closer."""

import base64
import math
import random
import struct

from .._brain import tokens
from .._contract.errors import ApiError
from .._contract.refusals import check_ranges
from .._json import JsonObject, as_list
from .._stores.catalogue import CatalogueModel

_DIMENSIONS = 1024
_MAX_INPUTS = 128


def read_inputs(body: JsonObject) -> list[list[int]]:
    """Return the inputs of a body of `POST /v1/embeddings` as token ids.

    Raises:
        ApiError: 400 for what the description does not tell of.
    """
    check_ranges(body, {"dimensions": (1, _DIMENSIONS)})
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
    count = sum(map(len, inputs))
    return {
        "object": "list",
        "model": model.id,
        "data": [
            {"index": index, "object": "embedding", "embedding": _packed(vector) if packed else list(vector)}
            for index, vector in enumerate(vectors)
        ],
        "usage": {"prompt_tokens": count, "total_tokens": count},
    }


def _is_list_of_inputs(given: object) -> bool:
    # A list of integers is one input, already tokenized.
    values = as_list(given)
    return values is not None and not (values and isinstance(values[0], int))


def _token_ids(one: str | list[int]) -> list[int]:
    return one if isinstance(one, list) else [tokens.token_id(piece) for piece in tokens.pieces(one)]


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
