"""Errors of the HTTP library into ours: by the names of their classes, which httpx and httpx2 share."""

from __future__ import annotations

import sys
from typing import Any

import anyio

from ._errors import APIConnectionError, APIError, APITimeoutError, ConcurrencyTimeoutError, ConfigurationError
from ._meta import Meta

LIBRARIES = ("httpx", "httpx2")
BELOW = "httpcore"  # its errors have the names of httpx's, which httpx makes of them

# The most specific wins. The flag says whether the request may have reached the server and been worked on.
ERRORS: dict[str, tuple[type[APIError] | type[ConfigurationError], bool, str]] = {
    "ConnectTimeout": (APITimeoutError, False, "no connection within the connect timeout"),
    "PoolTimeout": (ConcurrencyTimeoutError, False, "no free connection in time"),
    "WriteTimeout": (APITimeoutError, True, "the request could not be sent within the write timeout"),
    "ReadTimeout": (APITimeoutError, True, "no data from the server within the read timeout"),
    "TimeoutException": (APITimeoutError, True, "timed out"),
    "ConnectError": (APIConnectionError, False, "no connection to the server"),
    "ProxyError": (APIConnectionError, False, "the proxy refused the connection"),
    "UnsupportedProtocol": (ConfigurationError, False, "the URL is not http or https"),
    "InvalidURL": (ConfigurationError, False, "the URL is not valid"),
    "LocalProtocolError": (APIConnectionError, True, "the request broke the HTTP protocol"),
    "RemoteProtocolError": (APIConnectionError, True, "the server broke off or broke the HTTP protocol"),
    "DecodingError": (APIConnectionError, True, "the body's compression is broken"),
    "StreamError": (APIConnectionError, True, "the body was read twice or after it was closed"),
    "HTTPError": (APIConnectionError, True, "the connection broke"),
}
# Of aiohttp: the first of an error's classes that is here counts.
OF_AIOHTTP = {
    "ClientProxyConnectionError": "ProxyError",
    "ClientHttpProxyError": "ProxyError",
    "ClientConnectorError": "ConnectError",
    "ClientConnectorCertificateError": "ConnectError",
    "ConnectionTimeoutError": "ConnectTimeout",
    "ServerTimeoutError": "ReadTimeout",
    "ClientPayloadError": "RemoteProtocolError",
    "ServerDisconnectedError": "RemoteProtocolError",
    "ClientResponseError": "RemoteProtocolError",
    "NonHttpUrlClientError": "UnsupportedProtocol",
    "InvalidURL": "UnsupportedProtocol",
    "HttpProcessingError": "RemoteProtocolError",
    "ClientError": "ReadError",
}
OF_SOCKETS = (OSError, anyio.BrokenResourceError, anyio.ClosedResourceError)  # some transports let them through


def translated(error: BaseException, meta: Meta) -> APIError | ConfigurationError | None:
    """Our error for one of httpx, which is its cause; None for anything else, cancellation above all."""
    cause = _of_httpx(error)
    names = [kind.__name__ for kind in type(cause).__mro__ if kind.__module__.partition(".")[0] in LIBRARIES]
    name = next((name for name in names if name in ERRORS), "HTTPError" if isinstance(cause, OF_SOCKETS) else None)
    if name is None or isinstance(cause, APIError):
        return None
    kind, processed, words = ERRORS[name]
    message = f"{words} ({_told(cause)})"
    strip(cause)
    ours = kind(message, meta, may_have_been_processed=processed) if issubclass(kind, APIError) else kind(message)
    ours.__cause__ = cause
    return ours


def _of_httpx(error: BaseException) -> BaseException:
    """What httpx would have made of an error of a library below, where the body was read past it."""
    library = type(error).__module__.partition(".")[0]
    if library == "aiohttp":
        name = next((OF_AIOHTTP[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in OF_AIOHTTP), "")
    elif library == BELOW:
        name = type(error).__name__
    else:
        return error
    mapped = httpx_error(name, _words(error))
    mapped.__cause__ = error
    return mapped


def _words(source: BaseException) -> str:
    """What an error below httpx says, without the status 400 that aiohttp puts before a reply that it cannot read."""
    message: object = getattr(source, "message", None)
    if message is None:
        return str(source)
    return " ".join(message.split()) if isinstance(message, str) else "Server disconnected in the head of its reply"


def httpx_error(name: str, message: str) -> Exception:
    """An error of httpx; where it has none of that name, that of any failure to send or read."""
    httpx: Any = sys.modules["httpx"]
    made: Exception = getattr(httpx, name, httpx.TransportError)(message)
    return made


def _told(error: BaseException) -> str:
    """What an error says, or the first behind it that says anything: on Trio that is where a refused certificate is."""
    told: BaseException | None = error
    while told is not None and not str(told):
        told = told.__cause__ or told.__context__
    return type(error).__name__ if told is None else f"{type(told).__name__}: {told}"


def strip(error: BaseException | None) -> None:
    """Take the frames off an error and those behind it: among their locals are key and passwords."""
    seen: list[BaseException] = []  # some libraries raise an error from one that it is behind of
    while error is not None and error not in seen:
        seen.append(error)
        error.__traceback__ = None
        error = error.__cause__ or error.__context__
