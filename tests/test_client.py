"""Making a client: what is refused at once, and what its repr shows."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from xai_httpx import XAI, AsyncXAI, ConfigurationError, RequestValidationError, RetryPolicy, Timeout, XAIError
from xai_httpx._config import RequestOptions, Settings
from xai_httpx.testing import SimulatedXAI

MESSAGES = [{"role": "user", "content": "hi"}]


@pytest.mark.parametrize("make", [AsyncXAI, XAI])
def test_no_key_names_the_variable_and_the_argument(make: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"api_key=.*XAI_API_KEY"):
        make()


@pytest.mark.parametrize("key", ["", "xai-abc\n", "xai-\u00e4bc", "xai abc", "xai-\x7f"])
@pytest.mark.parametrize("source", ["argument", "environment"])
def test_a_key_that_cannot_be_sent_is_refused_without_echo(
    monkeypatch: pytest.MonkeyPatch, key: str, source: str
) -> None:
    if source == "environment":
        monkeypatch.setenv("XAI_API_KEY", key)
    with pytest.raises(ConfigurationError) as caught:
        AsyncXAI(api_key=key if source == "argument" else None)
    assert ("XAI_API_KEY" if source == "environment" else "api_key") in str(caught.value)
    assert "abc" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["nonsense", "ftp://api.x.ai/v1", "https://", "http://api.x.ai/v1", "https://api.x.ai:port/v1", "https://a?b=1"],
)
def test_a_base_url_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="base_url"):
        AsyncXAI(api_key="k", base_url=url)


def test_a_password_in_a_base_url_is_refused_without_echo() -> None:
    with pytest.raises(ConfigurationError, match="user and password") as caught:
        AsyncXAI(api_key="k", base_url="https://user:sekret@api.x.ai/v1")
    assert "sekret" not in str(caught.value)


def test_a_policy_refuses_numbers_below_zero() -> None:
    with pytest.raises(ConfigurationError, match=r"RetryPolicy\(max_delay=...\)"):
        RetryPolicy(max_delay=-1)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (None, "https://api.x.ai/v1"),
        ("https://eu.example/v1/", "https://eu.example/v1"),
        ("http://127.0.0.1:80/v1", "http://127.0.0.1:80/v1"),
        ("http://[::1]:80/v1", "http://[::1]:80/v1"),
        ("http://localhost/v1", "http://localhost/v1"),
    ],
)
def test_a_base_url_is_shown_and_the_key_is_not(given: str | None, shown: str) -> None:
    client = AsyncXAI(api_key="xai-secret", base_url=given)
    assert repr(client) == f"AsyncXAI(base_url='{shown}')"
    assert repr(XAI(api_key="xai-secret", base_url=given)) == f"XAI(base_url='{shown}')"
    assert "xai-secret" not in repr(vars(client))


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XAI_API_KEY", "k")
    monkeypatch.setenv("XAI_BASE_URL", "https://other.example/v1")
    assert "other.example" in repr(AsyncXAI())


@pytest.mark.parametrize(
    "options",
    [
        {"max_concurrency": 0},
        {"max_event_bytes": 0},
        {"out_of_range": "ignore"},
        {"retries": -1},
        {"timeout": -1},
        {"deadline": "soon"},
        {"stream_idle_timeout": True},
        {"headers": {"x": "a\nb"}},
        {"headers": {"x y": "a"}},
        {"headers": {"Content-Length": "1"}},
        {"max_concurrency": 2.5},
        {"max_body_bytes": 0},
        {"min_body_rate": True},
        {"retry_budget": -1},
        {"retry_budget": float("nan")},
        {"circuit_breaker": 5},
        {"api_key": 5},
        {"http_client": "x"},
        {"headers": {"x": 5}},
        {"retries": True},
        {"timeout": Timeout(read=-5)},
    ],
)
def test_an_argument_out_of_its_range_is_refused(options: Any) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(options))):
        AsyncXAI(**{"api_key": "k", **options})


@pytest.mark.parametrize("url", [5, "https://api.x.ai/v1\n", "https://api.x.ai/v1?key=sekret"])
def test_an_odd_base_url_is_refused_without_its_query(url: Any) -> None:
    with pytest.raises(ConfigurationError, match="base_url") as caught:
        AsyncXAI(api_key="k", base_url=url)
    assert "sekret" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tiemout": 3}, "options has no tiemout; it takes timeout, deadline"),
        ({"timeout": "3"}, "options.timeout cannot be '3'"),
        ({"retries": -1}, "options.retries cannot be -1"),
        ({"deadline": -1}, "options.deadline must be seconds"),
        ({"headers": {"x": "\u00e4"}}, r"options.headers\['x'\] must be printable ASCII"),
        ({"timeout": Timeout(1, -2)}, "options.timeout.read must be seconds"),
    ],
)
async def test_an_option_that_cannot_be_is_refused_before_any_request(
    sim: SimulatedXAI, client: AsyncXAI, options: Any, words: str
) -> None:
    with pytest.raises(RequestValidationError, match=words):
        await client.chat.completions.create(model="grok-4.6", messages=MESSAGES, options=options)
    assert sim.requests == []


def test_options_go_over_the_defaults_and_join_headers() -> None:
    defaults = Settings().merged({"headers": {"a": "1", "b": "2"}, "retries": 5, "timeout": 3})
    merged = defaults.merged({"headers": {"b": None}, "timeout": Timeout(1, 2, 3)})
    assert merged.headers == {"a": "1", "b": None}
    assert (merged.retries.retries, merged.timeout) == (5, (1, 2, 3))
    assert defaults.timeout == (3, 3, 3)
    assert defaults.merged(None) is defaults


def test_a_call_may_set_what_a_client_may_set() -> None:
    client_wide = set(inspect.signature(AsyncXAI).parameters)
    assert set(RequestOptions.__annotations__) - {"extra_query", "extra_body"} <= client_wide
    assert set(RequestOptions.__annotations__) == set(Settings.__dataclass_fields__)


def test_the_defaults_that_an_editor_shows_are_those_of_the_settings() -> None:
    shown = inspect.signature(AsyncXAI).parameters
    assert shown["retries"].default == Settings().retries.retries
    for name in ("timeout", "deadline", "first_event_timeout", "stream_idle_timeout"):
        assert shown[name].default == getattr(Settings(), name)


async def test_a_page_says_when_it_is_not_loaded(client: AsyncXAI) -> None:
    with pytest.raises(XAIError, match="await it first"):
        _ = client.models.list().items
