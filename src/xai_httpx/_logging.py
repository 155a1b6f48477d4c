"""The log, and one knob for all of it."""

from __future__ import annotations

import logging

LOG = logging.getLogger("xai_httpx")
HTTP_LOGGERS = ("httpx", "httpcore", "httpx2", "httpcore2")


def set_log_level(level: int | str) -> None:
    """Set the level of this package's log and, with it, of the HTTP library's beneath it.

    This package writes at DEBUG only: a line for each attempt that is made again, with class, status and ids, and never
    a body or a key. The HTTP library writes a line with the URL of each request at INFO.

    Args:
        level: A level of `logging`, by number or name: `"WARNING"` for silence, `"DEBUG"` for everything.

    Raises:
        ValueError: There is no such level.
    """
    for name in (LOG.name, *HTTP_LOGGERS):
        logging.getLogger(name).setLevel(level)
