"""A reply that goes to a file: written beside its place in a thread, and put there once it is whole."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import anyio
from anyio.to_thread import run_sync

from ._body import too_slow
from ._errors import APIConnectionError, APIError, RequestValidationError
from ._listeners import told
from ._meta import Meta
from ._sources import CHUNK, CLOSING, Progress

if TYPE_CHECKING:
    from ._open_body import Body
    from ._request import Request

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Download:
    """A reply that was written to a file.

    Attributes:
        path: The file.
        size: Its bytes.
        meta: Status, headers, ids, attempts and time, that of the body included.
    """

    path: Path
    size: int
    meta: Meta


async def download(
    to: str | os.PathLike[str],
    open: Callable[[Request], Awaitable[Body]],
    request: Request,
    with_retries: Callable[[Callable[[Request], Awaitable[tuple[int, Meta]]], Request], Awaitable[tuple[int, Meta]]],
    min_rate: int,
    on_progress: Progress | None,
) -> Download:
    """Write the reply to a request into the file `to`, which is as it was until the reply is there as a whole.

    Raises:
        RequestValidationError: There cannot be such a file.
        APIError: The call failed, or its body broke off; in the last of the attempts, when it may be sent again.
    """
    if request.method == "HEAD":
        raise RequestValidationError("method must be one that has a body in its reply, got 'HEAD'", "method")

    async def attempt(request: Request) -> tuple[int, Meta]:
        body = await open(request)
        try:
            await run_sync(target.restart)
            size = await _save(body, target, request, min_rate, on_progress)
        except APIError as error:
            error.meta = replace(body.meta, elapsed=request.deadline.elapsed())
            raise
        finally:
            await body.aclose()
        return size, replace(body.meta, elapsed=request.deadline.elapsed())

    target = _Target(to)
    size, meta = await _whole(target, partial(with_retries, attempt, request))
    return Download(target.path, size, meta)


async def keep(to: str | os.PathLike[str], content: bytes) -> Path:
    """Write what is here already into the file `to`, which is as it was until it is there as a whole.

    Raises:
        RequestValidationError: There cannot be such a file.
        OSError: It could not be written.
    """
    target = _Target(to)
    await _whole(target, lambda: run_sync(target.write, [content]))
    return target.path


async def _whole(target: _Target, write: Callable[[], Awaitable[T]]) -> T:
    """Write a file beside its place and put it there, or leave nothing behind."""
    try:
        await run_sync(target.create)
        written = await write()
        await run_sync(target.commit)
    except BaseException:
        with anyio.move_on_after(CLOSING, shield=True):  # the disk may take longer, and the thread goes on then
            # By a limiter of its own: all threads of the common one may be waiting for something.
            await run_sync(target.discard, abandon_on_cancel=True, limiter=anyio.CapacityLimiter(1))
        raise
    return written


async def _save(body: Body, target: _Target, request: Request, min_rate: int, on_progress: Progress | None) -> int:
    """Write a body as it comes; its size."""
    total, patience = _announced(body.meta), request.timeout.read
    pieces: list[bytes] = []
    size = held = 0
    waited = 0.0  # for the server; what the disk takes is not its fault
    piece: bytes | None = b""
    while piece is not None:
        asked = time.monotonic()
        piece = await body.read()
        waited += time.monotonic() - asked
        if piece:
            pieces.append(piece)
            size += len(piece)
            held += len(piece)
        if patience is not None and waited > patience + size / min_rate:
            raise too_slow(min_rate, patience, body.meta)
        if held >= CHUNK or (held and piece is None):
            await run_sync(target.write, pieces)
            pieces, held = [], 0
            if on_progress is not None:
                await told(on_progress, size, total)
    body.end()
    if total is not None and size != total:  # not every transport sees to it
        raise APIConnectionError(f"the body ended after {size} of {total} bytes", body.meta)
    return size


def _announced(meta: Meta) -> int | None:
    """The size of the body by its headers, where they say."""
    length = meta.header("content-length") or ""
    coded = meta.header("content-encoding") or meta.header("transfer-encoding")
    return int(length) if length.isdecimal() and not coded else None


class _Target:
    """The file of a download; its methods run in threads."""

    def __init__(self, to: str | os.PathLike[Any]) -> None:
        try:
            given = os.fsdecode(to)
        except TypeError:
            raise _refused(f"to must be a path, got {type(to).__name__}") from None
        if given.endswith(("/", os.sep)):  # of which a Path knows nothing any more
            raise _refused(f"to is a directory; it must be the file itself: {given!r}")
        self.path = Path(given)
        self._final = self._temporary = self.path
        self._file: BinaryIO | None = None
        self._discarded = False

    def create(self) -> None:
        """Begin a file beside the one that it is to be, which tells as well whether one can be written there.

        Raises:
            RequestValidationError: There cannot be such a file.
        """
        try:
            self._final = self.path.resolve()  # what a link points to is replaced, and not the link
            wrong = _obstacle(self._final)
            if wrong is None:
                self._temporary = self._final.parent / f".{token_hex(8)}.part"
                self._file = self._temporary.open("xb")
        except (OSError, ValueError, RuntimeError) as error:
            raise _refused(f"to cannot be written: {error}") from error
        if wrong is not None:
            raise _refused(f"to {wrong}: {str(self.path)!r}")
        if self._discarded:  # cancelled while this thread was under way
            self._remove()

    def restart(self) -> None:
        """Drop what an attempt before wrote."""
        assert self._file is not None
        self._file.seek(0)
        self._file.truncate()

    def write(self, pieces: list[bytes]) -> None:
        """Append."""
        assert self._file is not None
        self._file.writelines(pieces)

    def commit(self) -> None:
        """Put the file in its place."""
        assert self._file is not None
        self._file.close()
        self._temporary.replace(self._final)

    def discard(self) -> None:
        """Leave nothing behind, even if `create` is still to come."""
        self._discarded = True
        self._remove()

    def _remove(self) -> None:
        if self._file is not None:
            with suppress(OSError):  # what is left to write, on a disk that is full
                self._file.close()
            self._temporary.unlink(missing_ok=True)


def _obstacle(path: Path) -> str | None:
    if path.is_dir():
        return "is a directory; it must be the file itself"
    if path.exists() and not path.is_file():
        return "is no regular file"
    return None if path.parent.is_dir() else "is in a directory that does not exist"


def _refused(message: str) -> RequestValidationError:
    return RequestValidationError(message, "to", "the path of a file in a directory that exists")
