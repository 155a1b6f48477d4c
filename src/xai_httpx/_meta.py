"""What is known of an exchange with the server beside its body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

RawHeaders = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class RateLimits:
    """What the `x-ratelimit-*` headers say; a number is None where the server does not send it."""

    limit_requests: int | None
    remaining_requests: int | None
    limit_tokens: int | None
    remaining_tokens: int | None


@dataclass(frozen=True, slots=True)
class Meta:
    """Status, headers, ids, attempts and time of the exchange that a result, a stream or an error comes from.

    Attributes:
        status: HTTP status; None when no reply came.
        raw_headers: Header pairs as received.
        client_request_id: The `x-client-request-id` sent, the same for all attempts of a call.
        attempts: How many times the request was sent.
        elapsed: Seconds from the start of the call until the reply (of a stream: until its headers).
    """

    status: int | None
    raw_headers: RawHeaders
    client_request_id: str
    attempts: int
    elapsed: float

    @property
    def headers(self) -> dict[str, str]:
        """Response headers by lower-case name; values of a repeated header are joined with a comma."""
        found: dict[str, str] = {}
        for raw_name, raw_value in self.raw_headers:
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
            found[name] = f"{found[name]}, {value}" if name in found else value
        return found

    @property
    def request_id(self) -> str | None:
        """The server's `x-request-id`: the one to report to xAI."""
        return self.header("x-request-id")

    @property
    def rate_limits(self) -> RateLimits:
        """Limits and what is left of them; sent with model calls, not with errors or lists."""

        def number(name: str) -> int | None:
            value = self.header(f"x-ratelimit-{name}")
            return int(value) if value is not None and value.isdecimal() else None

        return RateLimits(
            number("limit-requests"), number("remaining-requests"), number("limit-tokens"), number("remaining-tokens")
        )

    def header(self, name: str) -> str | None:
        """The value of one header, without regard to case; None when it is absent."""
        wanted = name.lower().encode()
        for key, value in self.raw_headers:
            if key.lower() == wanted:
                return value.decode("latin-1")
        return None
