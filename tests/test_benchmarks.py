"""The benchmark runs, and its table tells what it should; how fast anything is, is not tested."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from benchmarks._callers import LIBRARIES
from benchmarks._measured import at_once
from benchmarks._speed import CASES, Size
from benchmarks._table import BEGIN, END, facts, for_docs, for_terminal, rewritten, row
from benchmarks._targets import Figure, Figures, Target, of_httpx, of_itself
from benchmarks.bench import PAGE, main, missing, rounds, server

ROOT = Path(__file__).parents[1]
MEASURES = ("stream-50", "ticker", "first-call", "idle", "endless", "joined-1000")  # each by a function of its own
FIGURES: Figures = {
    ("unary", "httpx"): Figure(500, "wall 550.0 us"),
    ("unary", "xai_httpx"): Figure(450, "wall 500.0 us"),
    ("unary", "aiohttp"): Figure(300),
    ("unary-1000", "xai_httpx"): Figure(900),
    ("first-call", "httpx"): Figure(20),
    ("first-call", "xai_httpx"): Figure(90),
    ("endless", "httpx"): Figure(0.0),
    ("endless", "xai_httpx"): Figure(0.5),
}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with server("_server") as opened:
        yield opened


@pytest.mark.parametrize(
    ("target", "case", "library", "shown", "reached"),
    [
        (of_httpx(0.95), "unary", "xai_httpx", "<= 0.95 x httpx", 0.9),
        (of_httpx(0.55), "unary", "aiohttp", "<= 0.55 x httpx", 0.6),
        (of_itself(1.5, "unary", "one"), "unary-1000", "xai_httpx", "<= 1.5 x itself at one", 2.0),
        (Target(60, "more", "httpx", than="httpx"), "first-call", "xai_httpx", "<= 60 us more than httpx", 70),
        (Target(1, "at most"), "endless", "xai_httpx", "<= 1 us", 0.5),
        (of_httpx(1), "endless", "xai_httpx", "<= 1 x httpx", None),  # of nothing there are no multiples
        (of_httpx(1), "unary-1000", "xai_httpx", "<= 1 x httpx", None),
        (of_httpx(1), "unary", "trio", "<= 1 x httpx", None),
    ],
)
def test_a_target_is_held_against_its_yardstick(
    target: Target, case: str, library: str, shown: str, reached: float | None
) -> None:
    assert target.shown("us") == shown
    assert target.reached(FIGURES, case, library) == pytest.approx(reached)


def test_a_row_tells_figure_ratio_target_and_verdict() -> None:
    assert row(FIGURES, "unary", "xai_httpx") == (
        ("xai_httpx", "450.0 us", "wall 500.0 us", "0.90", "<= 0.95 x httpx", "0.90 yes")
    )
    assert row(FIGURES, "unary", "aiohttp")[3:] == ("0.60", "<= 0.55 x httpx", "0.60 NO")
    assert row(FIGURES, "unary", "httpx")[3:] == ("1.00", "", "")
    assert row(FIGURES, "endless", "xai_httpx")[3:] == ("", "<= 1 MiB", "0.50 yes")
    assert row(FIGURES, "unary-1000", "xai_httpx")[3:] == ("", "<= 1.5 x itself at one", "2.00 NO")


@pytest.mark.parametrize("case", CASES)
def test_every_case_fits_a_terminal_and_the_page(case: str) -> None:
    remark = "p50 12.3, max 123, open 1234, end 123"
    figures = {(each, library): Figure(1234.5, remark) for each in CASES for library in CASES[each].libraries}
    lines = for_terminal(figures, case).splitlines()
    assert lines[0] == CASES[case].title
    assert [line[2:22].strip() for line in lines[2:]] == [LIBRARIES[each].label for each in CASES[case].libraries]
    assert all(len(line) <= 120 for line in lines)
    assert len({line.index(remark) for line in lines[2:]}) == 1
    table = [line for line in for_docs(figures, ["a fact"]).splitlines() if line.startswith("|")]
    assert {line.count("|") for line in table} == {7}


def test_targets_are_of_libraries_that_take_part() -> None:
    for about in CASES.values():
        assert set(about.targets) <= set(about.libraries) <= set(LIBRARIES)
        for target in about.targets.values():
            assert not target.library or target.library in about.libraries
            assert not target.case or target.case in CASES


def test_the_page_keeps_what_is_around_the_table() -> None:
    page = f"# Title\n\n{BEGIN}\nold\n{END}\n\nThe end.\n"
    new = rewritten(page, "| new |")
    assert new == f"# Title\n\n{BEGIN}\n\n| new |\n\n{END}\n\nThe end.\n"
    assert rewritten(new, "| new |") == new
    assert rewritten(PAGE.read_text(encoding="utf-8"), "| new |").startswith("# Performance")


@pytest.mark.parametrize("page", ["", BEGIN, END, f"{END}\n{BEGIN}"])
def test_a_page_without_its_markers_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="needs a line"):
        rewritten(page, "| new |")


def test_what_is_missing_is_named_with_the_reason() -> None:
    assert missing(["httpx", "xai_httpx"]) == {}
    assert facts({"openai": "No module named 'openai'"})[-1] == "Left out: openai (No module named 'openai')."


def test_a_small_size_keeps_what_makes_the_case() -> None:
    assert Size(1000, 2000, 0).quick() == Size(5, 10, 0)
    assert Size(calls=3, events=2000).quick() == Size(calls=2, events=20)


async def test_what_calls_at_once_count_is_added_up() -> None:
    async def call() -> int:
        await anyio.lowlevel.checkpoint()
        return 2

    assert await at_once(call, callers=5, times=3) == 30
    assert await at_once(call, callers=1, times=3) == 6


@pytest.mark.parametrize("case", MEASURES)
def test_every_measure_brings_a_figure(port: int, case: str) -> None:
    library = "trio" if "trio" in CASES[case].libraries else "xai_httpx"
    command = ["-W", "error", "-m", "benchmarks._measured", case, library, str(port), "--quick"]
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    value, remark = json.loads(done.stdout)
    assert value >= 0
    assert re.search(r"\d", remark)


def test_what_cannot_run_tells_why() -> None:
    found = rounds("unary", ["httpx"], {"_server": 1}, quick=True)  # where nothing listens
    assert "httpx.ConnectError" in str(found["httpx"])


def test_a_page_that_cannot_be_written_is_told_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", "--docs", str(tmp_path / "none.md")])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "--docs" in capsys.readouterr().err.splitlines()[-1]


def test_the_table_is_printed_and_written(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"# Performance\n\n{BEGIN}\n{END}\n", encoding="utf-8")
    options = [*("--only", "unary", "--only", "import", "--library", "httpx", "--library", "xai_httpx"), "--quick"]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "benchmarks.bench", *options, "--docs", str(page)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stderr == ""
    assert done.returncode == 0
    assert re.search(
        r"^  xai_httpx +[\d.]+ us  wall [\d.]+ us +[\d.]+  <= 0.95 x httpx +[\d.]+ (yes|NO)$", done.stdout, re.M
    )
    written = page.read_text(encoding="utf-8")
    assert "with CPython" in written
    assert re.search(r"^\| xai_httpx \| [\d.]+ us \| wall .* \| [\d.]+ \| ≤ 0.95 x httpx \|", written, re.M)
    assert re.search(r"^\| xai_httpx \| [\d.]+ ms \|  \| [\d.]+ \| ≤ 1.3 x httpx \|", written, re.M)
    assert written.endswith(f"\n\n{END}\n")
