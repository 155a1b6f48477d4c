"""Calls that name their endpoint themselves: any of the API, with or without a method here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING, Any, cast

from ._call import Call, Replay
from ._config import ClientConfig, RequestOptions, Settings
from ._deadline import Deadline
from ._download import Download, download
from ._errors import RequestValidationError
from ._prepare import ANYTHING, JSON, checked_content, prepared
from ._raw import RawReply
from ._request import Request
from ._retry import with_retries
from ._sources import BodySource, Progress
from ._upload import Upload

if TYPE_CHECKING:
    from ._client import Core

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")


class Direct:
    """What a client is made of as far as a call needs it, and the calls of any endpoint."""

    _config: ClientConfig
    _core: Core

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        content: BodySource | None = None,
        content_type: str = "application/octet-stream",
        query: Mapping[str, Any] | None = None,
        options: RequestOptions | None = None,
        on_progress: Progress | None = None,
    ) -> RawReply:
        """Call an endpoint that has no method here yet, with the same retries, deadline and errors.

        Args:
            method: GET, POST, PUT, PATCH, DELETE or HEAD. Only POST and PATCH count as billed creates.
            path: Path below the base URL, such as `/models`, with encoded segments and without a query.
            body: JSON body, sent unchecked; None for none.
            content: Body that is no JSON, read while it is sent: bytes, a `Path`, a binary file, an async iterator.
            content_type: Of `content`.
            query: Query parameters; those that are None are left out.
            options: Transport options of this call.
            on_progress: Called with the bytes of `content` sent and their total, or None, after each chunk.

        Returns:
            The reply as bytes, with `json()` and `meta`.

        Raises:
            RequestValidationError: The method is unknown, or the path is a URL, has a query, or lacks its slash; or the
                content cannot be read.
            APIError: The call failed.
            Exception: What reading the content raised.
        """
        method, replay = _addressed(method, path)
        own = dict(cast("Mapping[str, Any]", body)) if isinstance(body, Mapping) else body
        try:
            upload = await Upload.of(content, body, content_type, on_progress)
            request, settings = self._prepared(Call(method, path, RawReply, replay, own, query=query), options)
        except RequestValidationError as error:
            raise error.with_traceback(None) from error.__cause__  # the frames below hold the content
        finally:
            del body, own, content  # no locals of this frame, for tracebacks may be logged with them
        send = with_retries if upload is None else upload.with_retries
        reply = await send(self._core.send, request, replay, settings.retries, self._core.budget)
        return RawReply(reply.content, reply.meta)

    async def download(
        self,
        path: str,
        to: str | PathLike[str],
        *,
        method: str = "GET",
        query: Mapping[str, Any] | None = None,
        options: RequestOptions | None = None,
        on_progress: Progress | None = None,
    ) -> Download:
        """Write the reply of any endpoint to a file, which appears under its name once it is whole.

        Args:
            path: As for `request`.
            to: The file, which is replaced if it exists; its folder has to exist. `max_body_bytes` does not apply.
            method: As for `request`, but not HEAD.
            query: As for `request`.
            options: Transport options of this call. The deadline covers the body; one that breaks off is retried.
            on_progress: Called with the bytes written and their total, or None, after each chunk.

        Raises:
            RequestValidationError: There cannot be such a file, or as for `request`.
            APIError: The call failed.
            OSError: The file could not be written.
        """
        method, replay = _addressed(method, path)
        call = Call(method, path, RawReply, replay, query=query)
        request, settings = self._prepared(call, options, ANYTHING)
        again = partial(with_retries, replay=replay, policy=settings.retries, budget=self._core.budget)
        return await download(to, self._core.open, request, again, self._config.min_body_rate, on_progress)

    def _prepared(
        self, call: Call[Any], options: RequestOptions | None, accept: str = JSON
    ) -> tuple[Request, Settings]:
        config = self._config
        settings = config.settings.merged(options)
        deadline = Deadline(settings.deadline)
        return prepared(call, checked_content(call, config, settings), config, settings, deadline, accept), settings


def _addressed(method: str, path: str) -> tuple[str, Replay]:
    """The method in capitals, and what may be sent again of it.

    Raises:
        RequestValidationError: The method is unknown, or the path is a URL, has a query, or lacks its slash.
    """
    if method.upper() not in METHODS:
        raise RequestValidationError(f"method must be one of {', '.join(METHODS)}, got {method!r}", "method")
    if not path.startswith("/") or path.startswith("//"):
        raise RequestValidationError(f"path must begin with one slash, got {path!r}", "path")
    if "?" in path or "#" in path:
        raise RequestValidationError(f"path must have no query: use query=..., got {path!r}", "path")
    if {".", ".."} & set(path.split("/")):
        raise RequestValidationError(f"path must not leave the base URL, got {path!r}", "path")
    return method.upper(), Replay.CREATE if method.upper() in ("POST", "PATCH") else Replay.READ
