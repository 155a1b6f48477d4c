"""Many files at once: each has a result of its own, and none is lost with another."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import anyio

from ._arguments import within
from ._errors import RequestValidationError
from ._listeners import told
from ._multipart import FileInput

if TYPE_CHECKING:
    from ._sources import Progress
    from .types.files import File


@dataclass(frozen=True, slots=True)
class UploadResult:
    """What became of one of many files.

    Attributes:
        index: Its place among those that were given.
        input: What was given; not in the repr.
        file: The file at xAI; None if it failed.
        error: Why it failed; None if it did not.
    """

    index: int
    input: FileInput = field(repr=False)
    file: File | None = None
    error: Exception | None = None


UploadResults: TypeAlias = list[UploadResult]


async def upload_many(
    create: Callable[..., Awaitable[File]],
    files: Iterable[FileInput],
    concurrency: int,
    on_result: Callable[[UploadResult], object] | None,
    on_progress: Callable[[int, int, int | None], object] | None,
) -> UploadResults:
    """Upload files, several at once.

    Args:
        create: Uploads one, as `files.create` with all that is the same for every file.
        files: What to upload.
        concurrency: How many at once.
        on_result: Called with each result as soon as it is there.
        on_progress: Called with the place of a file, and what `files.create` tells of its progress.

    Returns:
        The results in the order of the files.

    Raises:
        RequestValidationError: `files` is a single file, or `concurrency` below 1.
        Exception: What `on_result` raised; the uploads that are under way are cancelled.
    """
    within(concurrency, "concurrency", 1)
    given = _several(files)
    results: dict[int, UploadResult] = {}
    failures: list[Exception] = []
    waiting = iter(enumerate(given))

    async def work() -> None:
        for index, file in waiting:
            tell = None if on_progress is None else partial(on_progress, index)
            results[index] = result = await _result(create, index, file, tell)
            try:
                if on_result is not None:
                    await told(on_result, result)
            except Exception as error:  # kept, for a task group would wrap it
                failures.append(error)
                tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        for _ in range(min(concurrency, len(given))):
            tasks.start_soon(work)
    if failures:
        raise failures[0]
    return [results[index] for index in range(len(given))]


def _several(files: Iterable[FileInput]) -> list[FileInput]:
    """The files of an iterable; a single one may be iterated as well, and its lines or bytes are no files."""
    named = isinstance(files, tuple) and any(isinstance(part, str) for part in files[:1])
    single = isinstance(files, str | bytes | bytearray | memoryview | os.PathLike) or hasattr(files, "read")
    if named or single or not isinstance(files, Iterable):
        expected = "an iterable of files"
        message = f"files must be {expected}, got {type(files).__name__}: for a single one use create()"
        raise RequestValidationError(message, "files", expected)
    return list(files)


async def _result(
    create: Callable[..., Awaitable[File]], index: int, file: FileInput, on_progress: Progress | None
) -> UploadResult:
    try:
        return UploadResult(index, file, file=await create(file=file, on_progress=on_progress))
    except Exception as error:
        # The frame left out is this one, which holds the content: tracebacks may be logged with their locals.
        return UploadResult(
            index, file, error=error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)
        )
