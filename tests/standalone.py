"""`python -m xai_httpx.testing` as a process, which is waited for by the line that it prints."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self


class Standalone:
    """A server that runs in a process of its own, at a free port.

    Attributes:
        url: Its base URL, as it printed it.
        printed: All that it printed when it began.
    """

    def __init__(self, *arguments: str | Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "xai_httpx.testing", "--port", "0", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": ""},
        )

    def __enter__(self) -> Self:
        assert self._process.stdout is not None
        lines: list[str] = []
        for line in self._process.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        self.printed = "".join(lines)
        found = re.search(r" at (http://127\.0\.0\.1:\d+/v1)\n", self.printed)
        assert found is not None, self.printed + self._process.communicate(timeout=30)[1]
        self.url = found[1]
        return self

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """End it; returns its exit code and what it printed on stderr."""
        self._process.send_signal(number)
        _, told = self._process.communicate(timeout=30)
        return self._process.returncode, told

    def __exit__(self, *_: object) -> None:
        if self._process.returncode is None:
            self._process.kill()
            self._process.communicate()


def refused(*arguments: str | Path) -> tuple[int, str]:
    """The exit code and stderr of one that does not begin."""
    done = subprocess.run(
        [sys.executable, "-m", "xai_httpx.testing", *map(str, arguments)], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == ""
    return done.returncode, done.stderr
