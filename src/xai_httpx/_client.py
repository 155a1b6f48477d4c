"""The client: configuration, lifetime, resources, and the way of every call."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from ssl import SSLContext
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Self, Unpack

from ._config import (
    DEFAULT_TIMEOUT,
    ClientConfig,
    Key,
    RequestOptions,
    Timeout,
    Transport,
    resolve_base_url,
    resolve_defaults,
    resolve_management_url,
    resolve_secrets,
    resolve_verify,
)
from ._core import Core
from ._direct import Direct
from ._errors import ConfigurationError
from ._homes import HTTPClient
from ._resources import Resources
from ._retry import RetryPolicy
from ._slots import Concurrency

if TYPE_CHECKING:
    from ._breaker import CircuitBreaker
    from ._budget import Budget
    from ._meter import Meter
    from ._metering import Meters

NOT_ITS_OWN = "proxy, verify and transport are for connections of the client's own: give them to http_client"


class AsyncXAI(Direct, Resources):
    """A client of the xAI REST API, on asyncio and Trio alike.

        async with AsyncXAI() as client:
            completion = await client.chat.completions.create(model="grok-4.6", messages=[...])

    Args:
        api_key: The key, or an async function that returns it, called for every attempt. Default: `XAI_API_KEY`.
        management_key: The same for the management API, which has keys of its own; collections need it. Default:
            `XAI_MANAGEMENT_KEY`. One of the two keys will do for a client that makes no calls of the other kind.
        base_url: Where the API is, with its version. Default: `XAI_BASE_URL`, else https://api.x.ai/v1.
        management_base_url: Where the management API is. Default: `XAI_MANAGEMENT_BASE_URL`, else
            https://management-api.x.ai/v1.
        timeout: Seconds per attempt, one number for all steps or a `Timeout`. Default: connect 10, read 600, write 60.
        deadline: Seconds for a whole call with its waiting and retries. Default: no limit.
        retries: How often a call is sent again at most, or a `RetryPolicy`. Default: 2.
        first_event_timeout: Seconds from sending the request of a stream to its first event; None for no limit.
            Default: 600.
        stream_idle_timeout: Seconds between two events of a stream; None for no limit. Default: 600.
        accumulate: Whether streams add up their events; see `RequestOptions`. Default: True.
        headers: Headers for every request.
        max_concurrency: Requests and open streams at once; others wait their turn. 1 or more. Default: 500.
        max_event_bytes: Largest event of a stream. Default: 32 MiB.
        max_body_bytes: Largest reply, as it comes and decompressed. Default: 256 MiB.
        min_body_rate: Bytes a second that a reply has to come with, once it has taken the read timeout. Default: 1024.
        retry_budget: Retries in stock, beside one to ten calls, so that a server in trouble is not asked twice by
            everybody; None for no limit. Default: 20.
        circuit_breaker: When to leave a failing host alone; see `CircuitBreaker`. Default: never.
        strict: Raise `ResponseValidationError` for a reply that does not fit its model, instead of building it
            leniently with a warning.
        validate: Check parameters before sending. Default: True.
        out_of_range: `"refuse"` a number outside its range, or `"clamp"` it to the nearest bound (parameters of the
            request itself, not of what is nested in them).
        proxy: URL of a proxy, with its password if it has one. Default: what `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`
            say.
        transport: `"httpx"`, or `"aiohttp"`, with which calls and events cost half as much; that runs on asyncio
            alone, and needs the extra `aiohttp`.
        verify: An `ssl.SSLContext`, or a file of CA certificates. Default: what `SSL_CERT_FILE` and `SSL_CERT_DIR`
            say, else those of certifi.
        http_hosts: Hosts that may be reached by http, where the key is sent in clear text. Default: this machine alone.
        http_client: An `AsyncClient` of httpx or httpx2 of your own; yours to close. It belongs to one event loop, and
            no more requests are under way at once than it has connections.
        meter: Adds up what the calls of this client cost, and of those that `with_options` makes of it.
        budget: Does so as well, and refuses calls that cost once it is spent.

    Raises:
        ConfigurationError: There is no usable key or base URL, or an argument is out of its range.
    """

    def __init__(
        self,
        *,
        api_key: Key | None = None,
        management_key: Key | None = None,
        base_url: str | None = None,
        management_base_url: str | None = None,
        timeout: float | Timeout | None = DEFAULT_TIMEOUT,
        deadline: float | None = None,
        retries: int | RetryPolicy = 2,
        first_event_timeout: float | None = 600.0,
        stream_idle_timeout: float | None = 600.0,
        accumulate: bool = True,
        headers: Mapping[str, str | None] | None = None,
        max_concurrency: int = 500,
        max_event_bytes: int = 32 * 1024 * 1024,
        max_body_bytes: int = 256 * 1024 * 1024,
        min_body_rate: int = 1024,
        retry_budget: float | None = 20,
        circuit_breaker: CircuitBreaker | None = None,
        strict: bool = False,
        validate: bool = True,
        out_of_range: Literal["refuse", "clamp"] = "refuse",
        proxy: str | None = None,
        verify: SSLContext | str | None = None,
        transport: Transport = "httpx",
        http_hosts: Collection[str] = (),
        http_client: HTTPClient | None = None,
        meter: Meter | None = None,
        budget: Budget | None = None,
    ) -> None:
        try:
            secrets = resolve_secrets(api_key, management_key, proxy)
        except ConfigurationError as error:
            raise error.with_traceback(None) from None
        finally:
            del api_key, management_key, proxy  # no locals of this frame, for tracebacks may be logged with them
        if http_client is not None and (secrets["proxy"] or verify or transport != "httpx"):
            raise ConfigurationError(NOT_ITS_OWN)
        config = ClientConfig(
            **secrets,
            base_url=resolve_base_url(base_url, http_hosts),
            management_base_url=resolve_management_url(management_base_url, http_hosts),
            settings=resolve_defaults(
                timeout=timeout,
                deadline=deadline,
                retries=retries,
                first_event_timeout=first_event_timeout,
                stream_idle_timeout=stream_idle_timeout,
                accumulate=accumulate,
                headers=headers or {},
            ),
            max_concurrency=max_concurrency,
            max_event_bytes=max_event_bytes,
            max_body_bytes=max_body_bytes,
            min_body_rate=min_body_rate,
            retry_budget=retry_budget,
            circuit_breaker=circuit_breaker,
            verify=resolve_verify(verify),
            transport=transport,
            strict=strict,
            validate=validate,
            out_of_range=out_of_range,
        )
        self._begin(config, Core(config, http_client, _meters(meter, budget)))

    @classmethod
    def from_config(
        cls,
        config: ClientConfig,
        *,
        api_key: Key | None = None,
        management_key: Key | None = None,
        proxy: str | None = None,
        http_client: HTTPClient | None = None,
    ) -> Self:
        """A client like another, in another process for one: `client.config` pickles, without its keys and proxy.

        Args:
            config: The `config` of a client.
            api_key: As for `AsyncXAI`. Default: that of `config`, else `XAI_API_KEY`.
            management_key: As for `AsyncXAI`. Default: that of `config`, else `XAI_MANAGEMENT_KEY`.
            proxy: As for `AsyncXAI`. Default: that of `config`, else the environment's.
            http_client: As for `AsyncXAI`.

        Raises:
            ConfigurationError: There is no usable key.
        """
        try:
            secrets = resolve_secrets(api_key, management_key, proxy, config)
        except ConfigurationError as error:
            raise error.with_traceback(None) from None
        finally:
            del api_key, management_key, proxy  # as in __init__
        config = replace(config, **secrets)
        client = cls.__new__(cls)
        client._begin(config, Core(config, http_client))
        return client

    def _begin(self, config: ClientConfig, core: Core) -> None:
        self._config = config
        self._core = core
        self._owns_core = True

    def with_options(self, **options: Unpack[RequestOptions]) -> Self:
        """This client with other defaults for its calls, on the same connections, slots and retry budget.

        Args:
            **options: What calls may set; see `RequestOptions`.

        Returns:
            Another client; closing it closes nothing, for the connections are this one's.

        Raises:
            RequestValidationError: An option is unknown or out of its range.
        """
        other = type(self).__new__(type(self))
        other._begin(replace(self._config, settings=self._config.settings.merged(options)), self._core)
        other._owns_core = False
        return other

    def __repr__(self) -> str:
        config: ClientConfig | None = vars(self).get("_config")  # none while it is being made
        return f"{type(self).__name__}(base_url={config.base_url!r})" if config else f"{type(self).__name__}(...)"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} cannot be pickled or copied, for its connections belong to this process: "
            "pickle client.config, which holds no key, and call AsyncXAI.from_config(config) there"
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections; the client cannot be used any more."""
        if self._owns_core:
            await self._core.transport.aclose()

    @property
    def config(self) -> ClientConfig:
        """What the client was made with."""
        return self._config

    @property
    def concurrency(self) -> Concurrency:
        """How many requests and open streams are under way, how many may be, and how many wait."""
        return self._core.transport.concurrency


def _meters(meter: Any, budget: Any) -> Meters:
    """The meters of a client, once they are checked.

    Raises:
        ConfigurationError: One is something else.
    """
    if meter is None and budget is None:
        return ()
    from ._budget import Budget
    from ._meter import Meter

    for name, given, kind in (("meter", meter, Meter), ("budget", budget, Budget)):
        if given is not None and not isinstance(given, kind):
            raise ConfigurationError(f"{name} must be a {kind.__name__}, got {given!r}")
    return tuple(given for given in (meter, budget) if given is not None)
