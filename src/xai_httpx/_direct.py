"""Calls that name their endpoint themselves: any of the API, with or without a method here."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any, cast

from ._call import Call, Replay
from ._calls import Calls
from ._errors import RequestValidationError
from ._prepare import JSON
from ._raw import RawReply
from ._sources import BodySource, Progress
from ._upload import Upload

if TYPE_CHECKING:
    from ._config import RequestOptions
    from ._download import Download

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")


class Direct(Calls):
    """The calls of any endpoint."""

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
            on_progress: Called with the bytes of `content` sent and their total, or None, after each chunk;
                awaited if it is async.

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
            call = Call(method, path, RawReply, replay, own, query=query, upload=upload)
        except RequestValidationError as error:
            raise error.with_traceback(None) from error.__cause__  # the frames below hold the content
        finally:
            del body, own, content  # no locals of this frame, for tracebacks may be logged with them
        return await self._raw(call, options, JSON)

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
            on_progress: Called with the bytes written and their total, or None, after each chunk;
                awaited if it is async.

        Raises:
            RequestValidationError: There cannot be such a file, or as for `request`.
            APIError: The call failed.
            OSError: The file could not be written.
        """
        method, replay = _addressed(method, path)
        return await self._saved(Call(method, path, RawReply, replay, query=query), to, options, on_progress)


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
