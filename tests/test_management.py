"""The management API: a host of its own with a key of its own, neither of which meets the other host or key."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from tests.rawserver import RawServer, reply
from xai_httpx import XAI, AsyncXAI, CircuitBreaker, CircuitOpenError, ConfigurationError, InternalServerError
from xai_httpx._call import Call
from xai_httpx._raw import RawReply

FINE = reply(b"{}")
FAILED = reply(b"{}", 500)
HERE = Call("GET", "/models", RawReply)
THERE = Call("GET", "/collections", RawReply, management=True)


@pytest.fixture
def other() -> Iterator[RawServer]:
    """The management host."""
    with RawServer() as running:
        yield running


def made(server: RawServer, other: RawServer, **options: Any) -> AsyncXAI:
    keys = {"api_key": "xai-api", "management_key": "xai-management"}
    urls = {"base_url": server.base_url, "management_base_url": other.base_url}
    return AsyncXAI(**{**keys, **urls, "retries": 0, **options})


async def test_each_host_gets_its_own_key(server: RawServer, other: RawServer) -> None:
    server.always = other.always = (FINE,)
    async with made(server, other) as client:
        await client._raw(HERE, None)
        await client._raw(THERE, None)
    assert [(one.path, one.headers["authorization"]) for one in server.requests] == [("/v1/models", "Bearer xai-api")]
    assert [(one.path, one.headers["authorization"]) for one in other.requests] == [
        ("/v1/collections", "Bearer xai-management")
    ]


async def test_a_function_gives_the_key_for_every_attempt(server: RawServer, other: RawServer) -> None:
    other.answer(FAILED)
    other.always = (FINE,)
    keys = iter(["first", "second"])

    async def key() -> str:
        return next(keys)

    async with made(server, other, management_key=key, retries=1) as client:
        await client._raw(THERE, None)
    assert [one.headers["authorization"] for one in other.requests] == ["Bearer first", "Bearer second"]


async def test_without_its_key_a_call_is_refused_before_it_is_sent(server: RawServer, other: RawServer) -> None:
    async with made(server, other, management_key=None) as client:
        with pytest.raises(ConfigurationError, match=r"management_key=.*XAI_MANAGEMENT_KEY"):
            await client._raw(THERE, None)
    async with made(server, other, api_key=None) as client:
        with pytest.raises(ConfigurationError, match=r"api_key=.*XAI_API_KEY"):
            await client._raw(HERE, None)
        server.always = (FINE,)
        await client._raw(HERE, {"headers": {"authorization": "Bearer own"}})
    assert (len(server.requests), len(other.requests)) == (1, 0)


async def test_headers_of_the_callers_own_go_to_both_hosts_and_take_the_place_of_both_keys(
    server: RawServer, other: RawServer
) -> None:
    server.always = other.always = (FINE,)
    async with made(server, other, headers={"authorization": "Bearer own"}) as client:
        await client._raw(HERE, None)
        await client._raw(THERE, None)
    assert {one.headers["authorization"] for one in (*server.requests, *other.requests)} == {"Bearer own"}


def test_the_environment_names_key_and_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XAI_MANAGEMENT_KEY", "xai-from-outside")
    monkeypatch.setenv("XAI_MANAGEMENT_BASE_URL", "https://management.example/v1/")
    config = AsyncXAI().config
    assert config.management_base_url == "https://management.example/v1"
    assert config.api_key is None
    assert AsyncXAI(api_key="k", management_base_url="https://other.example/v1").config.management_base_url.endswith(
        "other.example/v1"
    )


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"management_key": "a b"}, "management_key"),
        ({"management_key": 7}, "management_key"),
        ({"management_base_url": "http://far.example/v1"}, "management_base_url"),
        ({"management_base_url": "nonsense"}, "management_base_url"),
    ],
)
def test_what_cannot_be_used_is_refused(options: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named) as caught:
        AsyncXAI(**{"api_key": "k", **options})
    assert "a b" not in str(caught.value)


def test_a_pickled_config_has_neither_key(server: RawServer, other: RawServer) -> None:
    config = made(server, other).config
    pickled = pickle.dumps(config)
    assert b"xai-management" not in pickled
    assert "xai-management" not in repr(config)
    restored = pickle.loads(pickled)
    with pytest.raises(ConfigurationError, match="no API key"):
        AsyncXAI.from_config(restored)
    again = AsyncXAI.from_config(restored, management_key="xai-again")
    assert again.config.management_base_url == other.base_url
    assert AsyncXAI.from_config(again.config).config.management_key == again.config.management_key
    with XAI.from_config(restored, management_key="xai-again") as sync:
        assert sync.config.management_key == again.config.management_key


async def test_each_host_has_its_own_circuit(server: RawServer, other: RawServer) -> None:
    server.always, other.always = (FINE,), (FAILED,)
    async with made(server, other, circuit_breaker=CircuitBreaker(failure_rate=1.0, window=2, open_for=60)) as client:
        for _ in range(2):
            with pytest.raises(InternalServerError):
                await client._raw(THERE, None)
        with pytest.raises(CircuitOpenError) as caught:
            await client._raw(THERE, None)
        await client._raw(HERE, None)
    assert caught.value.host == f"127.0.0.1:{other.port}"


async def test_each_host_has_its_own_way_through_proxies(
    server: RawServer, other: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.always = other.always = (FINE,)
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{other.port}")  # the server stands for the proxy here
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with made(server, other, management_base_url="http://localhost:1/v1") as client:
        await client._raw(HERE, None)
        await client._raw(THERE, None)
        await client._fetched("http://localhost:2/file", None)
    assert [one.path for one in server.requests] == ["/v1/models"]
    assert [one.path for one in other.requests] == ["http://localhost:1/v1/collections", "http://localhost:2/file"]
