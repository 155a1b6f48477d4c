"""What this package costs, beside hand-written httpx and other SDKs: `python -m benchmarks.bench`.

Each figure is of a process of its own that has one library and one case to do, against a server in another process that
is never what is waited for. The libraries take turns, round by round, and the best round of each counts. So figures of
one run may be compared with each other, and not with those of another run. The status says whether everything could
run, for what is too slow is for a reader to judge.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Generator, Iterable
from contextlib import ExitStack, contextmanager
from pathlib import Path
from textwrap import fill

from benchmarks._callers import LIBRARIES
from benchmarks._speed import CASES
from benchmarks._table import facts, for_docs, for_terminal, rewritten
from benchmarks._targets import Figure
from xai_httpx.testing._load.open_files import files_lacking

PROJECT = Path(__file__).parents[1]
PAGE = PROJECT / "docs" / "performance.md"
LONGEST = 300  # seconds for one figure
CONNECTIONS = 1_000  # the most that a case opens
# Without it every module is compiled anew, which no program does that is run twice.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
IMPORT = "import time; began = time.process_time(); {}; print([(time.process_time() - began) * 1e3])"


@contextmanager
def server(module: str) -> Generator[int]:
    """A server in a process of its own, which ends when its input does; its port."""
    command = [sys.executable, "-m", f"benchmarks.{module}"]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.communicate()


def missing(libraries: Iterable[str]) -> dict[str, str]:
    """Those that are not installed, with what Python said of each."""
    found: dict[str, str] = {}
    for name in libraries:
        done = subprocess.run([sys.executable, "-c", LIBRARIES[name].needs], capture_output=True, text=True)
        if done.returncode:
            found[name] = done.stderr.strip().splitlines()[-1]
    return found


def figure(case: str, library: str, port: int, *, quick: bool) -> Figure | str:
    """Measure once in a new process; what that said if it could not."""
    if case in ("import", "import-client"):  # by a process that has imported nothing else
        one = LIBRARIES[library]
        command = ["-c", IMPORT.format(one.package if case == "import" else one.imports)]
    else:
        command = ["-m", "benchmarks._measured", case, library, str(port), *["--quick"] * quick]
    try:
        done = subprocess.run(
            [sys.executable, *command], cwd=PROJECT, env=ENVIRONMENT, capture_output=True, text=True, timeout=LONGEST
        )
    except subprocess.TimeoutExpired:
        return f"it took more than {LONGEST} s"
    return Figure(*json.loads(done.stdout)) if done.returncode == 0 and done.stdout else done.stderr.strip()


def rounds(case: str, libraries: Iterable[str], ports: dict[str, int], *, quick: bool) -> dict[str, Figure | str]:
    """The best round of each library, or why it could not run."""
    found: dict[str, Figure | str] = {}
    taking_part = [library for library in libraries if library in CASES[case].libraries]
    for _ in range(1 if quick else CASES[case].rounds):
        for library in taking_part:
            best = found.get(library)
            if not isinstance(best, str):
                new = figure(case, library, ports[LIBRARIES[library].server], quick=quick)
                found[library] = new if best is None or isinstance(new, str) else min(best, new)
    return found


def main() -> int:
    """Measure what the command line names, print it, and write it for the documentation."""
    given = arguments()
    left_out = missing(given.library)
    libraries = [library for library in given.library if library not in left_out]
    figures: dict[tuple[str, str], Figure] = {}
    good = True
    print("\n".join(fill(fact, 120) for fact in facts(left_out)), end="\n\n")
    with ExitStack() as stack:
        ports = {name: stack.enter_context(server(name)) for name in {LIBRARIES[each].server for each in libraries}}
        for case in given.only:
            for library, found in rounds(case, libraries, ports, quick=given.quick).items():
                if isinstance(found, str):
                    good = False
                    print(f"{LIBRARIES[library].label} could not run: {found}", file=sys.stderr)
                else:
                    figures[case, library] = found
            print(for_terminal(figures, case), flush=True)
    if given.docs and good:
        page = given.docs.read_text(encoding="utf-8")
        given.docs.write_text(rewritten(page, for_docs(figures, facts(left_out))), encoding="utf-8")
        print(f"written to {given.docs}")
    return 0 if good else 1


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description="What this package costs, beside hand-written httpx and other SDKs.")
    parser.add_argument("--only", action="append", choices=CASES, help="one of the cases; may be given again")
    parser.add_argument("--library", action="append", choices=LIBRARIES, help="one of them; may be given again")
    parser.add_argument("--quick", action="store_true", help="one small round, which shows that everything runs")
    parser.add_argument(
        "--docs", type=Path, help="page to write the table to (default: docs/performance.md if complete)"
    )
    given = parser.parse_args()
    if (lacking := files_lacking(CONNECTIONS)) is not None:
        parser.error(f"this {lacking}")
    if not (given.only or given.library or given.quick):
        given.docs = given.docs or PAGE
    try:
        if given.docs:
            rewritten(given.docs.read_text(encoding="utf-8"), "")
    except (OSError, ValueError) as error:  # told now, not after minutes
        parser.error(f"--docs {given.docs}: {error}")
    given.only, given.library = given.only or list(CASES), given.library or list(LIBRARIES)
    return given


if __name__ == "__main__":
    sys.exit(main())
