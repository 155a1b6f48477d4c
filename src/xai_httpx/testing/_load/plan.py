"""What load is asked for, checked before the first call."""

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Endpoint: TypeAlias = Literal["chat", "responses", "embeddings"]
ENDPOINTS: tuple[Endpoint, ...] = get_args(Endpoint)
PATHS: dict[Endpoint, str] = {"chat": "/chat/completions", "responses": "/responses", "embeddings": "/embeddings"}
DEFAULT_CALLS = 100
_LONGEST = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """Which calls are made, and when; the attributes are the arguments of `run_load`."""

    calls: int | None = None
    duration: float | None = None
    at_once: int = 10
    rate: float | None = None
    endpoint: Endpoint = "chat"
    stream: bool = False
    model: str | None = None
    prompt: str = "Say hello."
    max_tokens: int | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be run; each message begins with the name of the attribute."""
        if self.calls is not None and self.duration is not None:
            raise ValueError("duration cannot be combined with calls: give either of them.")
        for name in ("calls", "at_once", "max_tokens"):
            count = getattr(self, name)
            if count is not None and not 1 <= count <= _LONGEST:
                raise ValueError(f"{name} must be from 1 to {_LONGEST:,}, not {count}.")
        for name in ("duration", "rate"):
            number = getattr(self, name)
            if number is not None and not 0 < number < math.inf:
                raise ValueError(f"{name} must be above 0, not {number}.")
        if self.endpoint not in ENDPOINTS:
            raise ValueError(f"endpoint must be one of {', '.join(ENDPOINTS)}, not {self.endpoint!r}.")
        if self.stream and self.endpoint == "embeddings":
            raise ValueError("stream must be left out for embeddings, which have no streams.")

    @property
    def total(self) -> int | None:
        """How many calls there are to be; None where only the time decides."""
        if self.duration is None:
            return DEFAULT_CALLS if self.calls is None else self.calls
        # Rounded, for 0.1 * 30 is a little more than 3.
        return None if self.rate is None else max(1, math.ceil(round(self.duration * self.rate, 6)))

    @property
    def model_name(self) -> str:
        """The model of the calls."""
        return self.model or ("grok-embedding-small" if self.endpoint == "embeddings" else "grok-4.6")

    def due(self, elapsed: float) -> int:
        """How many calls should have begun so many seconds after the start; 0 without a rate."""
        if self.rate is None or self.total is None:
            return 0
        return min(self.total, math.floor(elapsed * self.rate) + 1)
