"""From a call to a request: the body checked and encoded, headers and query joined. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from ._call import Call
from ._checking import check
from ._config import ClientConfig, Settings, is_loopback
from ._deadline import Deadline
from ._encode import encode, query_string
from ._errors import ConfigurationError, RequestValidationError
from ._request import Request
from ._version import __version__

ANYTHING = "*/*"
EVENTS = "text/event-stream"
JSON = "application/json"
LONGEST_URL = 65_536  # characters that httpx takes; servers mostly take fewer
USER_AGENT = f"xai-httpx/{__version__}"
NO_KEY = "this call needs an API key: pass AsyncXAI(api_key=...) or set the environment variable XAI_API_KEY"
NO_MANAGEMENT_KEY = (
    "this call needs a management key, which is not the API key: pass AsyncXAI(management_key=...) or set the "
    "environment variable XAI_MANAGEMENT_KEY"
)


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
        for given in (call.body, call.lists):  # they are locals of the method as well, which tracebacks may show
            if isinstance(given, dict):
                given.clear()
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
        unchecked = content
        if call.lists:
            unchecked = with_lists(content, {name: listed.unchecked for name, listed in call.lists.items()})
        changed = check(call.checks, call.body, unchecked, clamp=config.out_of_range == "clamp")
        if changed:
            body |= changed
            content = encode(body)
    if settings.extra_body:
        content = encode({**body, **settings.extra_body})
    if not call.lists:
        return content
    return with_lists(
        content, {name: listed.whole for name, listed in call.lists.items() if name not in settings.extra_body}
    )


def with_lists(content: bytes, lists: Mapping[str, bytes]) -> bytes:
    """An object that is JSON with more members: lists, each as its members joined by commas."""
    if not lists:
        return content
    members = [content[1:-1], *(b'"%s":[%s]' % (name.encode(), items) for name, items in lists.items())]
    return b"{" + b",".join(filter(None, members)) + b"}"


def form_fields(checks: str, given: Mapping[str, Any], config: ClientConfig, **others: object) -> list[tuple[str, str]]:
    """The fields of a form, checked as the parameters of a body are.

    Args:
        checks: The generated request model, as `module.Class`.
        given: The fields; those that are None are left out.
        config: Whether, and how, to check them.
        others: What the model requires and is no field, such as the file.

    Raises:
        RequestValidationError: One is not what it may be.
    """
    fields = {name: value for name, value in given.items() if value is not None}
    content = encode({**fields, **others})
    if config.validate:
        fields |= check(checks, fields, content, clamp=config.out_of_range == "clamp")
    return [(name, str(value)) for name, value in fields.items()]


def prepared(
    call: Call[Any],
    content: bytes | None,
    config: ClientConfig,
    settings: Settings,
    deadline: Deadline,
    accept: str = JSON,
) -> Request:
    """The request of a call, without the key; one id for all its attempts.

    Raises:
        ConfigurationError: The client has no key for it.
        RequestValidationError: There is too much in its query.
    """
    headers = {
        "accept": accept,
        "accept-encoding": "gzip, deflate" if accept == JSON else "identity",  # events are not to wait for more
        "user-agent": USER_AGENT,
        "x-client-request-id": str(uuid4()),
    }
    if content is not None:
        headers["content-type"] = JSON
    authorize = True
    if settings.headers:
        own = {name.lower(): value for name, value in settings.headers.items()}
        headers = {name: value for name, value in {**headers, **own}.items() if value is not None}
        authorize = "authorization" not in own
    if authorize and (config.management_key if call.management else config.api_key) is None:
        raise ConfigurationError(NO_MANAGEMENT_KEY if call.management else NO_KEY)
    url = (config.management_base_url if call.management else config.base_url) + call.path
    if call.query or settings.extra_query:
        url += query_string({**(call.query or {}), **settings.extra_query})
    if len(url) > LONGEST_URL:
        expected = f"at most {LONGEST_URL} characters of URL"
        raise RequestValidationError(f"the URL of the request has {len(url)} characters: {expected}", "query", expected)
    return Request(
        method=call.method,
        url=url,
        headers=headers,
        content=content,
        timeout=settings.timeout,
        deadline=deadline,
        client_request_id=headers.get("x-client-request-id", ""),
        expects=accept if accept == EVENTS else "",
        first_event_timeout=settings.first_event_timeout if accept == EVENTS else None,
        authorize=authorize,
        management=call.management,
        opaque=accept == ANYTHING,
    )


def fetching(url: str, config: ClientConfig, settings: Settings, deadline: Deadline) -> Request:
    """The request for a file at a URL that the API gave out: its host gets nothing that is meant for the API.

    Raises:
        RequestValidationError: It is no https URL. Such a URL may be signed, so it is not in the message.
    """
    expected = "an https URL"
    try:
        parts = urlsplit(url)
        near = parts[:2] == urlsplit(config.base_url)[:2] or is_loopback(parts.hostname or "")
        allowed = parts.scheme == "https" or (parts.scheme == "http" and near)
    except (ValueError, AttributeError, TypeError):
        allowed = False
    if not allowed or not url.isprintable():
        raise RequestValidationError(f"url must be {expected} (it is not shown here)", "url", expected)
    return Request(
        method="GET",
        url=url,
        headers={"accept": ANYTHING, "accept-encoding": "identity", "user-agent": USER_AGENT},
        content=None,
        timeout=settings.timeout,
        deadline=deadline,
        client_request_id="",
        authorize=False,
        opaque=True,
    )
