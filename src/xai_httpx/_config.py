"""What a client is told once, and what a single call may change."""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from ssl import SSLContext, SSLError, create_default_context
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypedDict, Unpack, cast, get_args
from urllib.parse import urlsplit

from pydantic import SecretStr

from ._errors import ConfigurationError, RequestValidationError
from ._retry import RetryPolicy

if TYPE_CHECKING:
    from ._breaker import CircuitBreaker

DEFAULT_BASE_URL = "https://api.x.ai/v1"
DEFAULT_MANAGEMENT_URL = "https://management-api.x.ai/v1"
PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
Key = str | Callable[[], Awaitable[str]]
Transport = Literal["httpx", "aiohttp"]
Secret = SecretStr | Callable[[], Awaitable[str]]


class Timeout(NamedTuple):
    """Seconds that one attempt may wait for each step; None waits for ever."""

    connect: float | None = 10.0
    read: float | None = 600.0  # reasoning models are silent for minutes
    write: float | None = 60.0


DEFAULT_TIMEOUT = Timeout()


class RequestOptions(TypedDict, total=False):
    """How one call is sent, apart from what it says; the names are those of the client-wide defaults.

    Attributes:
        timeout: Seconds per attempt, one number for connect, read and write, or a `Timeout`.
        deadline: Seconds for the whole call: waiting for a slot, attempts, sleeps and the body. None for no limit.
        retries: How often at most the call is sent again, or a whole `RetryPolicy`.
        first_event_timeout: Seconds from sending the request of a stream to its first event. None for no limit.
        stream_idle_timeout: Seconds between two events of a stream; comments do not count. None for no limit.
        accumulate: Whether a stream adds up its events. If not, it takes no memory however long it is, and `partial`
            and `final()` of chat completions have no answers; a response comes whole with its last event all the same.
        headers: Headers to add or replace; None removes a default one.
        extra_query: Query parameters to add.
        extra_body: Body fields to add or replace, unchecked.
    """

    timeout: float | Timeout | None
    deadline: float | None
    retries: int | RetryPolicy
    first_event_timeout: float | None
    stream_idle_timeout: float | None
    accumulate: bool
    headers: Mapping[str, str | None]
    extra_query: Mapping[str, str | int | float | bool | None]
    extra_body: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options of a call after client and call are merged."""

    timeout: Timeout = DEFAULT_TIMEOUT
    deadline: float | None = None
    retries: RetryPolicy = field(default_factory=RetryPolicy)
    first_event_timeout: float | None = 600.0
    stream_idle_timeout: float | None = 600.0
    accumulate: bool = True
    headers: Mapping[str, str | None] = field(default_factory=dict[str, str | None], repr=False)
    extra_query: Mapping[str, str | int | float | bool | None] = field(
        default_factory=dict[str, str | int | float | bool | None]
    )
    extra_body: Mapping[str, object] = field(default_factory=dict[str, object], repr=False)

    def merged(self, options: RequestOptions | None) -> Settings:
        """These settings with `options` over them; headers and extras are joined by key.

        Raises:
            RequestValidationError: An option is unknown or a number is negative.
        """
        if not options:
            return self
        if not isinstance(options, dict):
            raise RequestValidationError(f"options must be a dict, got a {type(options).__name__}", "options", "a dict")
        changes: dict[str, object] = {}
        for name, value in options.items():
            changes[name] = _option(name, value, self)
        return replace(self, **changes)  # type: ignore[arg-type]


def _option(name: str, value: Any, defaults: Settings) -> object:
    match name, value:
        case "timeout", Timeout():
            return Timeout(*(_seconds(f"{name}.{step}", seconds) for step, seconds in value._asdict().items()))
        case "timeout", None | int() | float():
            seconds = _seconds(name, value)
            return Timeout(seconds, seconds, seconds)
        case "deadline" | "first_event_timeout" | "stream_idle_timeout", _:
            return _seconds(name, value)
        case ("retries", RetryPolicy()) | ("accumulate", bool()):
            return value
        case "retries", int() if value >= 0 and not isinstance(value, bool):
            return replace(defaults.retries, retries=value)
        case "headers" | "extra_query" | "extra_body", Mapping():
            if name == "headers":
                _check_headers(cast("dict[str, object]", value))
            return {**getattr(defaults, name), **cast("dict[str, object]", value)}
        case _:
            pass
    if name not in Settings.__dataclass_fields__:
        known = ", ".join(Settings.__dataclass_fields__)
        raise RequestValidationError(f"options has no {name}; it takes {known}", f"options.{name}", known, value)
    raise RequestValidationError(f"options.{name} cannot be {value!r}", f"options.{name}", "see RequestOptions", value)


def _check_headers(headers: Mapping[str, object]) -> None:
    for name, value in headers.items():
        path = f"options.headers[{name!r}]"
        if not _HEADER_NAME.fullmatch(str(name)):
            raise RequestValidationError(f"{path} is not the name of a header", path, "letters, digits and hyphens")
        if str(name).lower() in ("content-length", "transfer-encoding", "host"):
            raise RequestValidationError(f"{path} follows from the request and cannot be set", path, "left out")
        if value is not None and not (isinstance(value, str) and value.isascii() and value.isprintable()):
            expected = "printable ASCII text or None"
            raise RequestValidationError(f"{path} must be {expected}, got a {type(value).__name__}", path, expected)


def _seconds(name: str, value: object) -> float | None:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool) and value >= 0):
        return value
    raise RequestValidationError(
        f"options.{name} must be seconds, 0 or more, or None, got {value!r}", f"options.{name}"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfig:
    """Everything that an `AsyncXAI` is made with, of the names and meanings of its arguments: `client.config`.

    Neither its repr nor its pickled form holds the keys or the proxy, which may have a password. A client in another
    process is made of it by `AsyncXAI.from_config(config)`.
    """

    api_key: Secret | None
    management_key: Secret | None
    base_url: str
    management_base_url: str
    settings: Settings
    max_concurrency: int
    max_event_bytes: int
    max_body_bytes: int
    min_body_rate: int
    retry_budget: float | None
    circuit_breaker: CircuitBreaker | None
    proxy: SecretStr | None
    verify: SSLContext | None
    transport: Transport
    strict: bool
    validate: bool
    out_of_range: Literal["refuse", "clamp"]

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        for name in ("max_concurrency", "max_event_bytes", "max_body_bytes", "min_body_rate"):
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise ConfigurationError(f"{name} must be a whole number, 1 or more, got {value!r}")
        budget: Any = self.retry_budget
        if budget is not None and (isinstance(budget, bool) or not isinstance(budget, int | float) or not budget >= 0):
            raise ConfigurationError(f"retry_budget must be a number of retries, 0 or more, or None, got {budget!r}")
        if self.circuit_breaker is not None:
            _check_breaker(self.circuit_breaker)
        if self.transport not in get_args(Transport):
            raise ConfigurationError(f"transport must be 'httpx' or 'aiohttp', got {self.transport!r}")
        if self.out_of_range not in ("refuse", "clamp"):
            raise ConfigurationError(f"out_of_range must be 'refuse' or 'clamp', got {self.out_of_range!r}")

    def __reduce__(self) -> tuple[Any, ...]:
        public = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return _restored, ({**public, "api_key": None, "management_key": None, "proxy": None},)


def _check_breaker(given: object) -> None:
    from ._breaker import CircuitBreaker  # few clients have one

    if not isinstance(given, CircuitBreaker):
        raise ConfigurationError(f"circuit_breaker must be a CircuitBreaker or None, got {given!r}")


def _restored(values: dict[str, Any]) -> ClientConfig:
    return ClientConfig(**values)


def resolve_defaults(**options: Unpack[RequestOptions]) -> Settings:
    """The client-wide defaults of what calls may set.

    Raises:
        ConfigurationError: A number is negative, or a value of another kind.
    """
    try:
        return Settings().merged(options)
    except RequestValidationError as error:
        raise ConfigurationError(str(error).removeprefix("options.")) from None


class Secrets(TypedDict):
    """What a `ClientConfig` holds and does not show."""

    api_key: Secret | None
    management_key: Secret | None
    proxy: SecretStr | None


def resolve_secrets(
    api_key: Key | None, management_key: Key | None, proxy: str | None, kept: ClientConfig | None = None
) -> Secrets:
    """The key of the API, the one of its management, and the proxy.

    One of the keys will do: the calls of the other then say so.

    Args:
        api_key: The argument; else that of `kept`, else `XAI_API_KEY`.
        management_key: The argument; else that of `kept`, else `XAI_MANAGEMENT_KEY`.
        proxy: The argument; else that of `kept`.
        kept: The configuration of another client.

    Raises:
        ConfigurationError: There is no key, one cannot be sent in a header, or the proxy is no URL. The message never
            holds them.
    """
    kept_api, kept_management, kept_proxy = (kept.api_key, kept.management_key, kept.proxy) if kept else (None,) * 3
    api = _key("api_key", api_key, "XAI_API_KEY", kept_api)
    management = _key("management_key", management_key, "XAI_MANAGEMENT_KEY", kept_management)
    if api is None and management is None:
        raise ConfigurationError("no API key: pass AsyncXAI(api_key=...) or set the environment variable XAI_API_KEY")
    return {"api_key": api, "management_key": management, "proxy": _proxy(proxy) or kept_proxy}


def _key(name: str, given: Key | None, variable: str, kept: Secret | None) -> Secret | None:
    if callable(given):
        return given
    if given is None and kept is not None:
        return kept
    if given is None:
        found = os.environ.get(variable)
        return SecretStr(checked_key(found, variable)) if found else None
    if not isinstance(given, str):
        raise ConfigurationError(f"{name} must be a string or a function, got a {type(given).__name__}")
    return SecretStr(checked_key(given, name))


def checked_key(key: object, source: str) -> str:
    """The key, if it can be sent in a header."""
    if not isinstance(key, str):
        raise ConfigurationError(f"the API key in {source} must be a string, got a {type(key).__name__}")
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigurationError(
            f"the API key in {source} is empty, or has a line break, a space or a character that is not ASCII; "
            "copy it again (it is not shown here)"
        )
    return key


def resolve_base_url(base_url: str | None, http_hosts: Collection[str] = ()) -> str:
    """The base URL from the argument, else from `XAI_BASE_URL`, else xAI's own.

    Args:
        base_url: The argument.
        http_hosts: Hosts that the key may be sent to in clear text, beside this machine.

    Raises:
        ConfigurationError: It is no http(s) URL, or would send the key in clear text to another machine.
    """
    return _checked_url("base_url", base_url or os.environ.get("XAI_BASE_URL") or DEFAULT_BASE_URL, http_hosts)


def resolve_management_url(base_url: str | None, http_hosts: Collection[str] = ()) -> str:
    """The URL of the management API from the argument, else from `XAI_MANAGEMENT_BASE_URL`, else xAI's own.

    Raises:
        ConfigurationError: As for `resolve_base_url`.
    """
    url = base_url or os.environ.get("XAI_MANAGEMENT_BASE_URL") or DEFAULT_MANAGEMENT_URL
    return _checked_url("management_base_url", url, http_hosts)


def _checked_url(name: str, url: Any, http_hosts: Collection[str]) -> str:
    if not isinstance(url, str) or not url.isprintable():
        raise ConfigurationError(f"{name} must be a URL such as https://host/v1, without line breaks")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ConfigurationError(f"{name} is not a URL; it must look like https://host/v1") from None
    if parts.username or parts.password:
        raise ConfigurationError(f"{name} must have no user and password in it (they are not shown here)")
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise ConfigurationError(f"{name} must look like https://host/v1, got {url.partition('?')[0]!r}")
    if isinstance(http_hosts, str):
        raise ConfigurationError(f"http_hosts must be a list of host names, got the string {http_hosts!r}")
    if parts.scheme == "http" and not is_loopback(host) and host not in http_hosts:
        raise ConfigurationError(
            f"{name} must be https, for the key is sent to it: {url!r} "
            f"(http is for localhost; to send it in clear text all the same: http_hosts=[{host!r}])"
        )
    return url.rstrip("/")


def _proxy(proxy: str | None) -> SecretStr | None:
    if proxy is None:
        return None
    try:
        parts = urlsplit(proxy)
        if parts.scheme in PROXY_SCHEMES and parts.hostname and parts.port != 0:
            return SecretStr(proxy)
    except (ValueError, AttributeError, TypeError):
        pass
    raise ConfigurationError(
        f"proxy must be a URL such as http://host:port, of one of the schemes {', '.join(PROXY_SCHEMES)} "
        "(it is not shown here)"
    ) from None


def resolve_verify(verify: SSLContext | str | None) -> SSLContext | None:
    """What server certificates are checked with: a context, or one that trusts the certificates of a file.

    Raises:
        ConfigurationError: It is neither, or the file cannot be used.
    """
    if verify is None or isinstance(verify, SSLContext):
        return verify
    if not isinstance(verify, str):
        raise ConfigurationError(
            f"verify must be an ssl.SSLContext or the path of a file with CA certificates, got {verify!r}; "
            "it cannot be switched off, for the key would go to whoever answers"
        )
    try:
        return create_default_context(cafile=verify)
    except (OSError, SSLError) as error:
        raise ConfigurationError(f"verify: the file {verify!r} has no CA certificates ({error})") from None


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
