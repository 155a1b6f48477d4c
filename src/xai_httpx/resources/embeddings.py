"""Embeddings: `POST /v1/embeddings`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from .._call import Call, Replay
from .._sync import SyncResource, to_sync
from ..types.embeddings import EmbeddingResponse
from ._base import Resource

if TYPE_CHECKING:
    from .._config import RequestOptions
    from ..types.embeddings_params import EmbeddingParams


class Embeddings(Resource):
    """Vectors of texts."""

    async def create(
        self, *, options: RequestOptions | None = None, **params: Unpack[EmbeddingParams]
    ) -> EmbeddingResponse:
        """Make a vector of each text.

        Args:
            options: Transport options of this call.
            **params: `model` and `input` (a text, up to 128 texts, or token ids) are required.

        Returns:
            Vectors in the order of the input, in `data`.

        Raises:
            RequestValidationError: A parameter is missing, misspelt or out of range; nothing was sent.
            APIError: The call failed.
        """
        call = Call(
            "POST", "/embeddings", EmbeddingResponse, Replay.CREATE, body=params, checks="embeddings.EmbeddingRequest"
        )
        return await self._client._call(call, options)


class SyncEmbeddings(SyncResource[Embeddings]):
    """Vectors of texts."""

    create = to_sync(Embeddings.create)
