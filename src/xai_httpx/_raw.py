"""The reply of an endpoint that has no model."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ._meta import Meta
from ._replies import unexpected


@dataclass(frozen=True, slots=True)
class RawReply:
    """A 2xx reply as it came.

    Attributes:
        content: The body's bytes.
        meta: Status, headers, ids, attempts and time.
    """

    content: bytes
    meta: Meta

    @property
    def text(self) -> str:
        """The body as text, which is taken for UTF-8; what is not shows as replacement characters."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ResponseValidationError: It is not JSON.
        """
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            raise unexpected(self.meta, self.content, "the reply is not JSON") from None
