"""All that a log with locals shows of an error, apart from the frames of the tests themselves."""

from __future__ import annotations

import traceback
from pathlib import Path

TESTS = str(Path(__file__).parent)


def shown(error: BaseException) -> str:
    """The error and those behind it, with their notes, attributes, frames, and the locals of the frames."""
    told = [repr(error), str(error), repr(vars(error))]
    level: traceback.TracebackException | None
    level = traceback.TracebackException.from_exception(error, capture_locals=True)
    while level is not None:
        frames = [frame for frame in level.stack if not frame.filename.startswith(TESTS)]
        told += level.format_exception_only()
        told += [f"{frame.filename}:{frame.lineno} {frame.line} {frame.locals}" for frame in frames]
        level = level.__cause__ or level.__context__
    return "\n".join(told)
