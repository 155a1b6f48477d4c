"""How many files, of which each connection is one, a process may have open."""

import sys

SPARE = 64  # files that a process has besides its connections


def files_lacking(connections: int) -> str | None:
    """Say what a process lacks for so many connections, even after the limit was raised; None if nothing."""
    files = connections + SPARE
    allowed = open_files_allowed(files)
    return None if allowed >= files else f"needs {files} open files, and a process may have {allowed} (ulimit -n)"


def open_files_allowed(wanted: int) -> int:
    """Let this process, and those that it starts, have so many files open if the system permits that.

    Returns:
        How many they may have.
    """
    if sys.platform == "win32":
        return wanted  # sockets are no files there
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if soft in (unlimited, -1) or soft >= wanted:
        return wanted
    raised = wanted if hard in (unlimited, -1) else min(wanted, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    except (OSError, ValueError):  # macOS has a bound below the one that it tells
        return soft
    return raised
