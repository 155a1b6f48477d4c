"""What the event loop of the simulator complains of."""

import asyncio
import errno
import logging
from typing import Any

_LOG = logging.getLogger("xai_httpx.testing")
_NO_MORE_FILES = (errno.EMFILE, errno.ENFILE)
_TOLD = (
    "The simulator cannot take more connections now: each is an open file, and the process has as many as it may have. "
    "Raise the limit (ulimit -n), or have fewer at once."
)


class Complaints:
    """An exception handler that tells once, in a sentence, of what asyncio tells 2,048 times with tracebacks."""

    def __init__(self) -> None:
        """Tell of it when it happens."""
        self._told = False

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Handle a complaint."""
        error = context.get("exception")
        if "accept()" in context["message"] and isinstance(error, OSError) and error.errno in _NO_MORE_FILES:
            if not self._told:
                _LOG.error(_TOLD)
            self._told = True
        elif "_start_serving" not in context["message"]:  # which tries again when the socket may be closed
            loop.default_exception_handler(context)
