"""The key in use and its owner: `GET /v1/api-key`, `GET /v1/me`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._call import Call
from .._sync import SyncResource, to_sync
from ..types.account import ApiKey, Me
from ._base import Resource

if TYPE_CHECKING:
    from .._config import RequestOptions


class Account(Resource):
    """The API key in use and its owner."""

    async def api_key(self, *, options: RequestOptions | None = None) -> ApiKey:
        """Name, permissions and state of the API key in use.

        Raises:
            AuthenticationError: The key is wrong (the server says so with status 400).
        """
        return await self._client._call(Call("GET", "/api-key", ApiKey), options)

    async def me(self, *, options: RequestOptions | None = None) -> Me:
        """User, team and data retention of the API key or OAuth token in use."""
        return await self._client._call(Call("GET", "/me", Me), options)


class SyncAccount(SyncResource[Account]):
    """The API key in use and its owner."""

    api_key = to_sync(Account.api_key)
    me = to_sync(Account.me)
