"""What every resource has: the client that sends for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._resources import Resources


class Resource:
    """A group of endpoints of one client."""

    def __init__(self, client: Resources) -> None:
        self._client = client
