"""The client: configuration, lifetime, resources, and the way of every call."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, cast
from uuid import uuid4

from ._accumulate import Accumulator
from ._call import Call, Pending, Replay
from ._checking import check
from ._config import (
    DEFAULT_TIMEOUT,
    ClientConfig,
    Key,
    RequestOptions,
    Settings,
    Timeout,
    resolve_base_url,
    resolve_key,
)
from ._deadline import Deadline
from ._encode import encode
from ._errors import ConfigurationError, NotFoundError, RequestValidationError
from ._events import EventReader
from ._models import decode
from ._raw import RawReply
from ._request import Request
from ._retry import RetryPolicy, with_retries
from ._streams import Stream
from ._transport import HTTPClient, Reply, Transport, query_string
from ._version import __version__

if TYPE_CHECKING:
    from .resources.account import Account
    from .resources.chat import ChatResource
    from .resources.embeddings import Embeddings
    from .resources.models import Models
    from .resources.responses import Responses
    from .resources.tokenizer import Tokenizer

E = TypeVar("E")
R = TypeVar("R")
T = TypeVar("T")

EVENTS = "text/event-stream"
JSON = "application/json"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")


class AsyncXAI:
    """A client of the xAI REST API, on asyncio and Trio alike.

        async with AsyncXAI() as client:
            completion = await client.chat.completions.create(model="grok-4.6", messages=[...])

    Args:
        api_key: The key, or an async function that returns it, called for every attempt. Default: `XAI_API_KEY`.
        base_url: Where the API is, with its version. Default: `XAI_BASE_URL`, else https://api.x.ai/v1.
        timeout: Seconds per attempt, one number for all steps or a `Timeout`. Default: connect 10, read 600, write 60.
        deadline: Seconds for a whole call with its waiting and retries. Default: no limit.
        retries: How often a call is sent again at most, or a `RetryPolicy`. Default: 2.
        first_event_timeout: Seconds until the first event of a stream; None for no limit. Default: 600.
        stream_idle_timeout: Seconds between two events of a stream; None for no limit. Default: 600.
        headers: Headers for every request.
        max_concurrency: Requests and open streams at once; others wait their turn. 1 or more. Default: 500.
        max_event_bytes: Largest event of a stream. Default: 32 MiB.
        strict: Raise `ResponseValidationError` for a reply that does not fit its model, instead of building it
            leniently with a warning.
        validate: Check parameters before sending. Default: True.
        out_of_range: `"refuse"` a number outside its range, or `"clamp"` it to the nearest bound (parameters of the
            request itself, not of what is nested in them).
        http_client: An `httpx.AsyncClient` of your own, for proxies and the like; yours to close. Give it at least
            `max_concurrency` connections.

    Raises:
        ConfigurationError: There is no usable key or base URL, or an argument is out of its range.
    """

    def __init__(
        self,
        *,
        api_key: Key | None = None,
        base_url: str | None = None,
        timeout: float | Timeout | None = DEFAULT_TIMEOUT,
        deadline: float | None = None,
        retries: int | RetryPolicy = 2,
        first_event_timeout: float | None = 600.0,
        stream_idle_timeout: float | None = 600.0,
        headers: Mapping[str, str | None] | None = None,
        max_concurrency: int = 500,
        max_event_bytes: int = 32 * 1024 * 1024,
        strict: bool = False,
        validate: bool = True,
        out_of_range: Literal["refuse", "clamp"] = "refuse",
        http_client: HTTPClient | None = None,
    ) -> None:
        for name, value in {"max_concurrency": max_concurrency, "max_event_bytes": max_event_bytes}.items():
            if type(value) is not int or value < 1:
                raise ConfigurationError(f"{name} must be a whole number, 1 or more, got {value!r}")
        if out_of_range not in ("refuse", "clamp"):
            raise ConfigurationError(f"out_of_range must be 'refuse' or 'clamp', got {out_of_range!r}")
        try:
            settings = Settings().merged(
                {
                    "timeout": timeout,
                    "deadline": deadline,
                    "retries": retries,
                    "first_event_timeout": first_event_timeout,
                    "stream_idle_timeout": stream_idle_timeout,
                    "headers": headers or {},
                }
            )
        except RequestValidationError as error:
            raise ConfigurationError(str(error).removeprefix("options.")) from None
        self._config = ClientConfig(
            api_key=resolve_key(api_key),
            base_url=resolve_base_url(base_url),
            settings=settings,
            max_concurrency=max_concurrency,
            max_event_bytes=max_event_bytes,
            strict=strict,
            validate=validate,
            out_of_range=out_of_range,
        )
        self._transport = Transport(self._config, http_client)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._config.base_url!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections; the client cannot be used any more."""
        await self._transport.aclose()

    # Resources load, with their models, when they are first touched.

    @cached_property
    def chat(self) -> ChatResource:
        """Chat completions."""
        from .resources.chat import ChatResource

        return ChatResource(self)

    @cached_property
    def responses(self) -> Responses:
        """The Responses API: stored conversations, server-side tools, reasoning."""
        from .resources.responses import Responses

        return Responses(self)

    @cached_property
    def models(self) -> Models:
        """The model catalogue, whole and by family."""
        from .resources.models import Models

        return Models(self)

    @cached_property
    def embeddings(self) -> Embeddings:
        """Vectors of texts."""
        from .resources.embeddings import Embeddings

        return Embeddings(self)

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """Texts to tokens."""
        from .resources.tokenizer import Tokenizer

        return Tokenizer(self)

    @cached_property
    def account(self) -> Account:
        """The API key in use and its owner."""
        from .resources.account import Account

        return Account(self)

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        options: RequestOptions | None = None,
    ) -> RawReply:
        """Call an endpoint that has no method here yet, with the same retries, deadline and errors.

        Args:
            method: GET, POST, PUT, PATCH, DELETE or HEAD. Only POST and PATCH count as billed creates.
            path: Path below the base URL, such as `/models`, with encoded segments and without a query.
            body: JSON body, sent unchecked; None for none.
            query: Query parameters; those that are None are left out.
            options: Transport options of this call.

        Returns:
            The reply as bytes, with `json()` and `meta`.

        Raises:
            RequestValidationError: The method is unknown, or the path is a URL, has a query, or lacks its slash.
            APIError: The call failed.
        """
        if method.upper() not in METHODS:
            raise RequestValidationError(f"method must be one of {', '.join(METHODS)}, got {method!r}", "method")
        if not path.startswith("/") or path.startswith("//"):
            raise RequestValidationError(f"path must begin with one slash, got {path!r}", "path")
        if "?" in path or "#" in path:
            raise RequestValidationError(f"path must have no query: use query=..., got {path!r}", "path")
        if {".", ".."} & set(path.split("/")):
            raise RequestValidationError(f"path must not leave the base URL, got {path!r}", "path")
        replay = Replay.CREATE if method.upper() in ("POST", "PATCH") else Replay.READ
        call = Call(method.upper(), path, RawReply, replay, body=body, query=query)
        request, settings = self._prepared(call, options)
        reply = await with_retries(self._transport.send, request, call.replay, settings.retries)
        return RawReply(reply.content, reply.meta)

    async def _call(self, call: Call[T], options: RequestOptions | None = None) -> T:
        """Send a call and decode its reply; resource methods are made of this."""
        request, settings = self._prepared(call, options)
        try:
            reply = await with_retries(self._transport.send, request, call.replay, settings.retries)
        except NotFoundError as error:
            if call.deferred and request.attempts > 1:
                error.message += "; if the reply to an earlier attempt was lost, so was the result: it is read once"
            if call.when_empty is None or request.attempts < 2:
                raise
            reply = Reply(request.meta(error.status_code), b"")  # it was sent again after it had worked
        if call.deferred and reply.meta.status == 202:
            return cast(T, Pending(reply.meta))
        empty = not reply.content and reply.meta.status in (204, 404)
        content = encode(call.when_empty) if empty and call.when_empty is not None else reply.content
        return decode(content, call.returns, reply.meta, strict=self._config.strict)

    def _stream(
        self, call: Call[Any], events: Any, accumulator: Accumulator[E, R], options: RequestOptions | None = None
    ) -> Stream[E, R]:
        """Prepare a call whose reply is a stream of `events`; it is sent when the stream is entered."""
        config = self._config
        settings = config.settings.merged(options)
        content = self._content(call, settings)
        return Stream(
            lambda deadline: self._request(call, content, settings, deadline, EVENTS),
            lambda request: with_retries(self._transport.open, request, call.replay, settings.retries),
            EventReader(events, accumulator, max_event_bytes=config.max_event_bytes, strict=config.strict),
            settings,
        )

    def _prepared(self, call: Call[Any], options: RequestOptions | None) -> tuple[Request, Settings]:
        settings = self._config.settings.merged(options)
        deadline = Deadline(settings.deadline)
        return self._request(call, self._content(call, settings), settings, deadline, JSON), settings

    def _content(self, call: Call[Any], settings: Settings) -> bytes | None:
        """The body's bytes, checked; extra fields go over the checked ones."""
        if call.body is None:
            return encode(settings.extra_body) if settings.extra_body else None
        body = {**(call.defaults or {}), **call.body, **(call.sets or {})}
        content = encode(body)
        if call.checks is not None and self._config.validate:
            changed = check(call.checks, call.body, content, clamp=self._config.out_of_range == "clamp")
            if changed:
                body |= changed
                content = encode(body)
        return encode({**body, **settings.extra_body}) if settings.extra_body else content

    def _request(
        self, call: Call[Any], content: bytes | None, settings: Settings, deadline: Deadline, accept: str
    ) -> Request:
        request_id = str(uuid4())
        headers = {
            "accept": accept,
            "accept-encoding": "identity" if accept == EVENTS else "gzip, deflate",  # events are not to wait for more
            "user-agent": f"xai-httpx/{__version__}",
            "x-client-request-id": request_id,
        }
        if content is not None:
            headers["content-type"] = JSON
        own = {name.lower(): value for name, value in settings.headers.items()}
        headers = {name: value for name, value in {**headers, **own}.items() if value is not None}
        query = {**(call.query or {}), **settings.extra_query}
        return Request(
            method=call.method,
            url=self._config.base_url + call.path + query_string(query),
            headers=headers,
            content=content,
            timeout=settings.timeout,
            deadline=deadline,
            client_request_id=headers.get("x-client-request-id", ""),
            authorize="authorization" not in own,
        )
