"""What the clients that one makes by `with_options` share: connections, retry budget, circuits and meters."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ._open_body import Body
from ._retry import RetryBudget
from ._transport import Reply, Transport

if TYPE_CHECKING:
    from ._config import ClientConfig
    from ._homes import HTTPClient
    from ._metering import Meters
    from ._request import Request


class Core:
    """The ways from a request to its reply, and what limits them."""

    def __init__(self, config: ClientConfig, http_client: HTTPClient | None, meters: Meters = ()) -> None:
        self.transport = Transport(config, http_client)
        self.send: Callable[[Request], Awaitable[Reply]] = self.transport.send
        self.open: Callable[[Request], Awaitable[Body]] = self.transport.open
        self.meters = meters
        self.budget = RetryBudget(math.inf if config.retry_budget is None else config.retry_budget)
        if config.circuit_breaker is not None:
            from ._breaker import Circuit, guarded

            circuit = Circuit(config.circuit_breaker, urlsplit(config.base_url).netloc)
            management = Circuit(config.circuit_breaker, urlsplit(config.management_base_url).netloc)

            def circuit_of(request: Request) -> Circuit:
                return management if request.management else circuit

            self.send, self.open = guarded(circuit_of, self.send), guarded(circuit_of, self.open)
