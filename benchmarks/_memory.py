"""What memory a process has; imports nothing but what it takes, for processes that are measured import this."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path


def memory() -> float:
    """Resident memory in MiB; the peak where the system does not tell the present."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def peak_memory() -> float:
    """The most resident memory that this process ever had, in MiB."""
    peak = memory_of("self", "VmHWM")  # `getrusage` has the peak of the process that started this one as well
    return memory() if peak is None else peak


def memory_of(process: int | str, figure: str) -> float | None:
    """A figure of a process's memory in MiB, by its name in `/proc`; None where the system does not tell."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return None
    lines = status.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(figure)) / 2**10
