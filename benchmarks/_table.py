"""The table that `bench.py` prints, and the same for the documentation."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from benchmarks._callers import LIBRARIES
from benchmarks._speed import CASES
from benchmarks._targets import Figures

PACKAGES = (
    "xai-httpx",
    "httpx",
    "httpcore",
    "anyio",
    "pydantic",
    "trio",
    "aiohttp",
    "openai",
    "xai-sdk",
)
BEGIN = "<!-- measured: `nox -s bench` writes what follows -->"
END = "<!-- end of what was measured -->"
HEADINGS = ("", "best", "", "x httpx", "target", "reached")
WIDTHS = (20, 10, 37, 7, 24, 10)
RIGHT = (1, 3)  # columns of numbers


class Row(NamedTuple):
    """One library in one case, in words."""

    library: str
    value: str
    remark: str
    ratio: str
    target: str
    reached: str


def rows(figures: Figures, case: str) -> list[Row]:
    """The rows of one case, in the order of the libraries."""
    return [row(figures, case, library) for library in LIBRARIES if (case, library) in figures]


def row(figures: Figures, case: str, library: str) -> Row:
    """What a library took, and whether that was little enough."""
    figure, about = figures[case, library], CASES[case]
    yardstick = figures.get((case, "httpx"))
    ratio = f"{figure.value / yardstick.value:.2f}" if yardstick and round(yardstick.value, 1) else ""
    target = about.targets.get(library)
    reached = target.reached(figures, case, library) if target else None
    return Row(
        LIBRARIES[library].label,
        f"{figure.value:.1f} {about.unit}",
        figure.remark,
        ratio,
        target.shown(about.unit) if target else "",
        "" if target is None or reached is None else f"{reached:.2f} {'yes' if reached <= target.most else 'NO'}",
    )


def for_terminal(figures: Figures, case: str) -> str:
    """The part of the table that is about one case, in columns that a terminal has room for."""
    lines = [CASES[case].title, *("  " + in_columns(each) for each in [Row(*HEADINGS), *rows(figures, case)])]
    return "\n".join(lines) + "\n"


def in_columns(cells: Iterable[str]) -> str:
    """Cells beside each other, numbers to the right."""
    places = enumerate(zip(cells, WIDTHS, strict=True))
    return "  ".join(
        cell.rjust(width) if place in RIGHT else cell.ljust(width) for place, (cell, width) in places
    ).rstrip()


def for_docs(figures: Figures, facts: Iterable[str]) -> str:
    """All of it in Markdown: the facts, then a table for each case."""
    parts = ["\n".join(f"- {fact}" for fact in facts)]
    for case in dict.fromkeys(case for case, _ in figures):
        lines = [f"**{CASES[case].title}**", "", "| library | best | | x httpx | target | reached |"]
        lines.append("|---|--:|---|--:|---|---|")
        lines += ["| " + " | ".join(cell.replace("<=", "≤") for cell in each) + " |" for each in rows(figures, case)]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def facts(left_out: Mapping[str, str]) -> list[str]:
    """What the figures depend on: when, the machine, versions, and which libraries are missing and why."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    machine = f"{platform.system()} {platform.machine()}, {processor()}, {os.cpu_count()} cores"
    versions = ", ".join(f"{name} {found}" for name in PACKAGES if (found := version_of(name)))
    lines = [f"Measured on {datetime.now(UTC):%Y-%m-%d} with {python} on {machine}.", f"Versions: {versions}."]
    return lines + [f"Left out: {LIBRARIES[library].label} ({why})." for library, why in left_out.items()]


def processor() -> str:
    """The model of the processor, as far as the system tells."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor()


def version_of(package: str) -> str | None:
    """The version that is installed, if one is."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def rewritten(page: str, table: str) -> str:
    """The page with another table between its two markers.

    Raises:
        ValueError: It lacks one of them.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page needs a line {BEGIN!r} and, below it, a line {END!r}")
    return f"{before}{begin}\n\n{table}\n\n{end}{after}"
