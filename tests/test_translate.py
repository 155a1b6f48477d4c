"""Errors of httpcore become those of httpx, and ours, where a body is read past httpx."""

from __future__ import annotations

from typing import Any

import httpcore
import httpx
import pytest
from httpx._transports.default import _load_httpcore_exceptions

from tests.streaming import META
from xai_httpx import APIConnectionError, APITimeoutError, ConcurrencyTimeoutError, ConfigurationError
from xai_httpx._translate import translated


def errors_of(library: Any) -> list[type[Exception]]:
    return [kind for kind in vars(library).values() if isinstance(kind, type) and issubclass(kind, Exception)]


OURS = {
    "ConnectTimeout": (APITimeoutError, False),
    "PoolTimeout": (ConcurrencyTimeoutError, False),
    "ConnectError": (APIConnectionError, False),
    "ProxyError": (APIConnectionError, False),
    "UnsupportedProtocol": (ConfigurationError, None),
    "TimeoutException": (APITimeoutError, True),
    "ReadTimeout": (APITimeoutError, True),
    "WriteTimeout": (APITimeoutError, True),
}


@pytest.mark.parametrize("kind", errors_of(httpcore), ids=lambda kind: kind.__name__)
def test_an_error_of_httpcore_becomes_that_of_httpx_and_ours(kind: type[Exception]) -> None:
    expected = _load_httpcore_exceptions().get(kind, httpx.TransportError)
    ours = translated(kind("words"), META)
    assert ours is not None
    assert (type(ours), getattr(ours, "may_have_been_processed", None)) == OURS.get(
        kind.__name__, (APIConnectionError, True)
    )
    assert type(ours.__cause__) is expected
    assert type(ours.__cause__.__cause__) is kind
    assert "words" in str(ours)
