"""From a call to a request: the body checked and encoded, headers and query joined. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from ._call import Call
from ._checking import check
from ._config import ClientConfig, Settings
from ._deadline import Deadline
from ._encode import encode, query_string
from ._errors import RequestValidationError
from ._request import Request
from ._version import __version__

ANYTHING = "*/*"
EVENTS = "text/event-stream"
JSON = "application/json"


def checked_content(call: Call[Any], config: ClientConfig, settings: Settings) -> bytes | None:
    """The body's bytes; None for no body. The call itself forgets its body.

    Raises:
        RequestValidationError: A parameter is not what it may be. Behind it are neither frames nor errors that hold the
            body.
    """
    try:
        return _content(call, config, settings)
    except RequestValidationError as error:
        refused = error.with_traceback(None)
        refused.__cause__ = refused.__context__ = None
    finally:
        call.forget()
    raise refused


def _content(call: Call[Any], config: ClientConfig, settings: Settings) -> bytes | None:
    """Extra fields go over the checked ones."""
    if call.body is None:
        return encode(settings.extra_body) if settings.extra_body else None
    if not isinstance(call.body, Mapping):
        return encode(call.body)
    body = {**(call.defaults or {}), **call.body, **(call.sets or {})}
    content = encode(body)
    if call.checks is not None and config.validate:
        changed = check(call.checks, call.body, content, clamp=config.out_of_range == "clamp")
        if changed:
            body |= changed
            content = encode(body)
    return encode({**body, **settings.extra_body}) if settings.extra_body else content


def prepared(
    call: Call[Any],
    content: bytes | None,
    config: ClientConfig,
    settings: Settings,
    deadline: Deadline,
    accept: str = JSON,
) -> Request:
    """The request of a call, without the key; one id for all its attempts."""
    headers = {
        "accept": accept,
        "accept-encoding": "gzip, deflate" if accept == JSON else "identity",  # events are not to wait for more
        "user-agent": f"xai-httpx/{__version__}",
        "x-client-request-id": str(uuid4()),
    }
    if content is not None:
        headers["content-type"] = JSON
    own = {name.lower(): value for name, value in settings.headers.items()}
    headers = {name: value for name, value in {**headers, **own}.items() if value is not None}
    query = {**(call.query or {}), **settings.extra_query}
    return Request(
        method=call.method,
        url=config.base_url + call.path + query_string(query),
        headers=headers,
        content=content,
        timeout=settings.timeout,
        deadline=deadline,
        client_request_id=headers.get("x-client-request-id", ""),
        expects=accept if accept == EVENTS else "",
        first_event_timeout=settings.first_event_timeout if accept == EVENTS else None,
        authorize="authorization" not in own,
    )
