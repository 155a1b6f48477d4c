"""`python -m xai_httpx.testing.load` as a process: what it prints, what it refuses, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from xai_httpx.testing import Fault, SimulatedXAI
from xai_httpx.testing.load import _parser, _plan, main

COMMAND = [sys.executable, "-W", "error", "-m", "xai_httpx.testing.load"]
NAME = "python -m xai_httpx.testing.load: error: "
posix = pytest.mark.skipif(os.name != "posix", reason="signals and terminals are others on Windows")


def run(*arguments: str, key: str = "") -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **({"XAI_API_KEY": key} if key else {})}
    return subprocess.run([*COMMAND, *arguments], env=env, capture_output=True, text=True, timeout=60)


def aimed_at(sim: SimulatedXAI, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run("--base-url", sim.base_url, *arguments, key=sim.api_key)


def test_it_starts_a_simulator_and_prints_a_report_and_no_bar() -> None:
    done = run("--calls", "20", "--at-once", "5", "--stream")
    told = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert told[1:3] == ["  succeeded                   20", "  failed                       0"]
    assert {line[:22].strip() for line in told} >= {"calls", "tokens out", "latency", "to the first token"}
    (notice,) = done.stderr.splitlines()  # no bar, and no warning
    assert notice.startswith("calls: 20, 5 at once, to http://127.0.0.1:")
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize("backend", ["asyncio", "trio", "uvloop", "asyncio --transport aiohttp"])
def test_calls_go_to_the_base_url_as_the_options_say(sim: SimulatedXAI, backend: str) -> None:
    options = ["--calls", "12", "--endpoint", "responses", "--model", "grok-4.5", "--prompt", "Hi", "--max-tokens", "1"]
    done = aimed_at(sim, *options, "--backend", *backend.split(), "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["succeeded"], len(sim.requests)) == (0, 12, 12)
    assert {
        tuple(request.body[name] for name in ("model", "input", "max_output_tokens")) for request in sim.requests
    } == {("grok-4.5", "Hi", 1)}
    assert report["latency"]["max"] >= report["latency"]["p50"] > 0


def test_failed_calls_are_told_of_and_are_status_1(sim: SimulatedXAI) -> None:
    sim.fail(429, message="slow down", calls=(2, 4), route="POST /v1/chat/completions")
    done = aimed_at(sim, "--calls", "10")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].startswith("      2  RateLimitError: slow down (HTTP 429")
    again = aimed_at(sim, "--calls", "10", "--retries", "1")
    assert again.returncode == 0


def test_the_simulator_can_be_slow_and_fail() -> None:
    done = run("--calls", "3", "--tokens-per-second", "100", "--fail-rate", "1", "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["failed"], report["latency"]) == (1, 3, None)
    assert report["failures"][0]["error"] == "ServiceUnavailableError"


def test_calls_are_dealt_out_to_several_clients(sim: SimulatedXAI) -> None:
    done = aimed_at(sim, "--calls", "20", "--at-once", "5", "--clients", "2", "--json")
    assert (done.returncode, json.loads(done.stdout)["succeeded"], len(sim.requests)) == (0, 20, 20)


def test_a_rate_and_a_duration(sim: SimulatedXAI) -> None:
    report = json.loads(aimed_at(sim, "--duration", "0.5", "--rate", "20", "--json").stdout)
    assert report["calls"] + report["missed"] == 10
    assert report["calls"] == len(sim.requests)


@posix
@pytest.mark.parametrize("backend", ["asyncio", "trio", "uvloop"])
def test_ctrl_c_prints_what_was_done_until_then(sim: SimulatedXAI, backend: str) -> None:
    sim.fault(Fault.stall_after(0), calls=range(4, 100))
    command = [*COMMAND, "--base-url", sim.base_url, "--calls", "100", "--at-once", "5", "--backend", backend, "--json"]
    env = {**os.environ, "XAI_API_KEY": sim.api_key}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while len(sim.requests) < 3 + 5 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=30)
    report = json.loads(stdout)
    assert process.returncode == 130
    assert (report["calls"], report["succeeded"], report["unfinished"]) == (3, 3, 5)
    assert len(stderr.splitlines()) == 1, stderr


@posix
def test_ctrl_c_ends_the_simulator_as_well() -> None:
    """A terminal sends it to both processes."""
    process = subprocess.Popen(
        [*COMMAND, "--duration", "600", "--tokens-per-second", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("calls: for 600 s")
        os.killpg(process.pid, signal.SIGINT)
        stdout, stderr = process.communicate(timeout=30)  # ends only when the simulator has closed its stderr as well
    assert (process.returncode, stderr) == (130, "")
    assert stdout.startswith("calls  ")


@posix
def test_a_reader_who_has_read_enough_is_no_failure(sim: SimulatedXAI) -> None:
    command = [*COMMAND, "--base-url", sim.base_url, "--calls", "2"]
    env = {**os.environ, "XAI_API_KEY": sim.api_key}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        told = process.stderr.read()
    assert (process.returncode, told.count("\n")) == (0, 1), told


@posix
def test_a_terminal_shows_a_bar(sim: SimulatedXAI) -> None:
    import pty
    import termios

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    sim.tokens_per_second = 10
    command = [*COMMAND, "--base-url", sim.base_url, "--calls", "4", "--at-once", "2"]
    env = {**os.environ, "XAI_API_KEY": sim.api_key, "TERM": "xterm"}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 4096):
                shown += part
        except OSError:  # on Linux the end of a terminal is an error
            pass
        assert process.stdout is not None
        report = process.stdout.read().decode()
    os.close(ours)
    assert process.returncode == 0
    assert "2 open" in shown.decode()
    assert "calls" in shown.decode()
    assert "\x1b" not in report


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--calls", "0"], "--calls must be from 1 to 10,000,000, not 0."),
        (["--calls", "x"], "argument --calls: must be a whole number, not 'x'."),
        (["--at-once", "1.5"], "argument --at-once: must be a whole number, not '1.5'."),
        (["--rate", "-1"], "--rate must be above 0, not -1.0."),
        (["--duration", "soon"], "argument --duration: must be a number, not 'soon'."),
        (["--duration", "1", "--calls", "1"], "--duration cannot be combined with calls: give either of them."),
        (["--stream", "--endpoint", "embeddings"], "--stream must be left out for embeddings, which have no streams."),
        (["--timeout", "0"], "--timeout must be above 0, not 0."),
        (["--clients", "11"], "--clients must be from 1 to --at-once, 10, not 11."),
        (["--retries", "-1"], "--retries must be 0 or more, not -1."),
        (["--fail-rate", "2"], "--fail-rate must be from 0 to 1, not 2."),
        (["--tokens-per-second", "0"], "--tokens-per-second must be above 0, not 0."),
        (
            ["--base-url", "http://127.0.0.1:1/v1", "--fail-rate", "0"],
            "--tokens-per-second and --fail-rate are for the simulator, not for --base-url.",
        ),
        (
            ["--base-url", "https://api.x.ai/v1"],
            "--base-url https://api.x.ai/v1 is the real API, where calls cost money: add --yes if they may.",
        ),
        (
            ["--base-url", "https://X.AI/v1"],
            "--base-url https://X.AI/v1 is the real API, where calls cost money: add --yes if they may.",
        ),
        (
            ["--base-url", "http://127.0.0.1:1/v1"],
            "no API key: pass AsyncXAI(api_key=...) or set the environment variable XAI_API_KEY",
        ),
    ],
)
def test_a_bad_option_is_told_of_in_one_line(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert (ended.value.code, *capsys.readouterr()) == (2, "", f"{NAME}{told}\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--transport", "aiohttp", "--backend", "trio"], ["--transport", "--backend trio"]),
        (["--backend", "curio"], ["--backend", "'asyncio'", "'trio'", "'uvloop'", "'curio'"]),
        (["--endpoint", "videos"], ["--endpoint", "'chat'", "'responses'", "'embeddings'", "'videos'"]),
        (["--nope"], ["--nope"]),
        (["--base-url", "http://example.org/v1"], ["http"]),
    ],
)
def test_other_bad_options_name_what_they_are_about(
    arguments: list[str], told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    stdout, stderr = capsys.readouterr()
    assert (ended.value.code, stdout, stderr.count("\n")) == (2, "", 1)
    assert all(word in stderr for word in told), stderr


def test_calls_that_would_be_refused_end_it_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XAI_API_KEY", "k")
    with pytest.raises(SystemExit) as ended:
        main(["--base-url", "http://127.0.0.1:1/v1", "--endpoint", "embeddings", "--prompt", ""])
    _, refusal = capsys.readouterr().err.splitlines()
    assert (ended.value.code, refusal) == (2, f"{NAME}input must have at least 1 character or be a list, got ''")


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "starlette", None)
    with pytest.raises(SystemExit):
        main([])
    assert capsys.readouterr().err.endswith("pip install 'xai-httpx[simulator]'\n")


@posix
def test_more_connections_than_open_files_are_refused() -> None:
    done = run("--at-once", "10000000")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "--at-once 10000000 needs 10000064 open files, and a process may have" in done.stderr


def test_help_names_every_option() -> None:
    done = run("--help")
    assert done.returncode == 0
    for option in ("--calls", "--at-once", "--rate", "--duration", "--stream", "--json", "--yes", "--backend"):
        assert option in done.stdout


def test_the_commands_of_the_documentation_are_right() -> None:
    page = (Path(__file__).parents[1] / "docs" / "load.md").read_text(encoding="utf-8")
    commands = re.findall(r"^python -m xai_httpx\.testing\.load (.*)$", page, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        given = _parser().parse_args(command.split())
        assert _plan(_parser(), given).at_once >= 20
    described = set(re.findall(r"`(--[a-z-]+)", page))
    assert described == set(re.findall(r"(?m)^  (--[a-z-]+)", _parser().format_help()))
