"""The JSONL file that a batch may be made of: written from requests, or checked line by line."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from anyio.to_thread import run_sync

from ._batch_reading import Reader, Unique, bare, let_others_run
from ._batch_requests import Entry, Rules, entry_of_line
from ._errors import RequestValidationError

LARGEST_FILE = 200_000_000  # bytes, by xAI's guide on batches, as is the next
MOST_LINES = 50_000
_BLOCK = 1_000_000  # bytes of lines that are read at once


async def write_lines(reader: Reader, file: BinaryIO) -> None:
    """Write requests to a file, which stands at its beginning afterwards.

    Raises:
        RequestValidationError: One of them is refused, or there are none, or more than a file may have.
        Exception: What the caller's iterable raised.
    """
    lines = size = 0
    while chunk := await reader.chunk():
        lines += len(chunk)
        size += await run_sync(_put, file, chunk)
        _check_size(lines, size)
    _check_any(lines)
    await run_sync(file.seek, 0)


def _put(file: BinaryIO, chunk: list[Entry]) -> int:
    return file.write(b"".join([entry.line() for entry in chunk]))  # which no local keeps


async def check_lines(path: os.PathLike[str], rules: Rules) -> None:
    """Check every line of a file.

    Raises:
        RequestValidationError: It cannot be read, or a line is no request, which is named by its number; or it has
            none, or more than a file may have. Behind it are no frames that hold lines.
    """
    try:
        return await _check_lines(Path(path), rules)
    except RequestValidationError as error:
        refused = bare(error)
    except (OSError, ValueError) as error:  # ValueError: it can be no path
        raise RequestValidationError(f"requests cannot be read: {error}", "requests", "a file") from error
    raise refused


async def _check_lines(path: Path, rules: Rules) -> None:
    status = await run_sync(path.stat)
    if not stat.S_ISREG(status.st_mode):  # it is read twice, and reading a pipe might never end
        raise OSError(f"{str(path)!r} is no regular file")
    _check_size(0, status.st_size)
    number, ids = 0, Unique(": custom_id")
    with await run_sync(path.open, "rb") as file:
        while lines := await run_sync(file.readlines, _BLOCK):
            for line in lines:
                number += 1
                _check_size(number, 0)
                await let_others_run(number, len(line))
                ids.add(entry_of_line(line, f"line {number}", rules), f"line {number}")
    _check_any(number)


def _check_size(lines: int, size: int) -> None:
    if lines > MOST_LINES or size > LARGEST_FILE:
        expected = f"at most {MOST_LINES} requests and {LARGEST_FILE} bytes"
        raise RequestValidationError(f"requests of a file must be {expected}; add() takes more", "requests", expected)


def _check_any(lines: int) -> None:
    if not lines:
        raise RequestValidationError("requests must be at least one", "requests", "at least one")
