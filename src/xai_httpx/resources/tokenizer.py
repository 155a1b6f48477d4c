"""The tokenizer: `POST /v1/tokenize-text`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from .._call import Call
from .._sync import SyncResource, to_sync
from ..types.tokenizer import TokenizeResponse
from ._base import Resource

if TYPE_CHECKING:
    from .._config import RequestOptions
    from ..types.tokenizer_params import TokenizeParams


class Tokenizer(Resource):
    """Texts to tokens."""

    async def encode(
        self, *, options: RequestOptions | None = None, **params: Unpack[TokenizeParams]
    ) -> TokenizeResponse:
        """Split a text as a model does; nothing is billed, so it is retried as a read is.

        Args:
            options: Transport options of this call.
            **params: `model` and `text` are required.

        Returns:
            The tokens in order, in `token_ids`, each with its id, text and bytes.
        """
        call = Call("POST", "/tokenize-text", TokenizeResponse, body=params, checks="tokenizer.TokenizeRequest")
        return await self._client._call(call, options)


class SyncTokenizer(SyncResource[Tokenizer]):
    """Texts to tokens."""

    encode = to_sync(Tokenizer.encode)
