"""URLs of what is served to everybody, in what is kept: without host and port, which may be others later."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request

from .._json import JsonObject, as_list, as_object
from .gate import OPEN
from .http import host_of

_MEMBERS = frozenset({"url", "public_url"})  # that have such URLs


def unhosted(body: JsonObject, request: Request) -> JsonObject:
    """Return a body that is to be kept, with the URLs of this server as paths."""
    host = host_of(request)
    return _object(body, lambda url: url.removeprefix(host) if url.startswith(host + OPEN) else url)


def hosted(body: JsonObject, request: Request) -> JsonObject:
    """Return a body that was kept, with URLs that work where the request was sent to."""
    host = host_of(request)
    return _object(body, lambda url: host + url if url.startswith(OPEN) else url)


def _object(body: JsonObject, change: Callable[[str], str]) -> JsonObject:
    return {
        name: change(value) if name in _MEMBERS and isinstance(value, str) else _any(value, change)
        for name, value in body.items()
    }


def _any(value: Any, change: Callable[[str], str]) -> Any:
    if (entries := as_list(value)) is not None:
        return [_any(entry, change) for entry in entries]
    members = as_object(value)
    return value if members is None else _object(members, change)
