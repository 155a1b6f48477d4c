"""Every example, run as a user runs it: in a process of its own, with and without a key."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.needs import MCP
from xai_httpx.testing import SimulatedXAI

EXAMPLES = Path(__file__).parents[1] / "examples"
SCRIPTS = sorted(path.name for path in EXAMPLES.glob("*.py") if not path.name.startswith("_"))
RUN = [pytest.param(script, marks=[MCP] if script == "mcp_tools.py" else []) for script in SCRIPTS]
NOTICE = "XAI_API_KEY is not set: talking to the embedded simulator, which echoes what it is told.\n"
EXPECTED = {
    "batches.py": [
        "mistake: The model grok-of-tomorrow does not exist or your team does not have access to it.\n",
        "picture: 1 image for 0.02 USD\nquestion-1: You said: What is a batch?\n",
        "Uploaded:   requests.jsonl\n",
        "Finished:   4 succeeded, 0 failed\n",
    ],
    "cassettes.py": [
        "Recorded:\n  First:  You said: Name a river of Norway.\n  Second: You said: How long is it? (turn 2)\n",
        "Replayed:\n  First:  You said: Name a river of Norway.\n  Second: You said: How long is it? (turn 2)\n",
        "Missing:  has no reply to GET /v1/models\n",
    ],
    "chat.py": ["You: \nTotal: 0 tokens, 0 USD\n"],
    "compaction.py": [
        "Before:  18 entries, more than 200 tokens: True\nCompact: 1 entry, response.compaction\n",
        "After:   You said: Which fact was the best? (turn 10)\n",
    ],
    "deferred_chat.py": [
        "Waiting: pending\nAnswer:  You said: What is a tide?\n",
        "Choice 0: You said: And a dune? (turn 2)\nChoice 1: I heard: And a dune? (turn 2)\nHistory: 5 entries\n",
    ],
    "cost.py": [
        "Asked:   3 questions of grok-4.6, 39 tokens, 0.000174 USD\n",
        "Drawn:   2 pictures, for 0.04 of 0.03 USD\n",
        "Total:   5 calls, 0.040174 USD, 0 of unknown cost\n",
    ],
    "deferred.py": [
        "Deferred: 3 questions\n",
        "Waiting:  pending after 1 poll\n",
        "Answer:   You said: What is a fjord?\n",
    ],
    "document_search.py": [
        "indexed: rivers.md (2 fields)\n",
        "rivers.md: The Nile is the longest river of Africa.\n",
        "only of 2021: mountains.md\n",
        "deleted: 1 collection, 3 files\n",
    ],
    "errors.py": [
        "RequestValidationError: temperature must be at least 0 and at most 2, got 7",
        "NotFoundError: The model grok-of-tomorrow does not exist",
        "[retry after 30 s, 1 attempt]",
    ],
    "file_chat.py": [
        "Uploaded: You said: How many boats are there?\n",
        "Inline:   You said: And with this? (turn 2)\nDeleted:  True\n",
    ],
    "files.py": [
        "Not uploaded: file cannot be read: [Errno 2] No such file or directory: 'missing.txt'\n",
        "Uploaded: notes.txt, 18 bytes, and pixel.png, 70 bytes\n",
        "Listed:   True\nContent:  Otters hold hands.\nSaved:    70 bytes\nPublic:   True\nRevoked:  True\n",
    ],
    "image_understanding.py": [
        "Two:  You said: What do these have in common?\nOne:  You said: And this one? (turn 2)\n",
        "None: messages[4].content[1] cannot be read\nHistory: 4 entries\n",
    ],
    "images.py": [
        "Made:     fox-0.png, fox-1.png for 0.04 USD\n",
        "Edited:   night.png\nCombined: both.png\nWaited:   sea.png\n",
    ],
    "legacy.py": ["messages:    You said: Hello\nnow:         You said: Hello\n"],
    "mcp_tools.py": [
        "Tool:   find_books, Find the books on a topic.\nTool:   lend_book, Lend a book.\n",
        "Answer: The tools say: Walking in Norway\nDeep Water; Deep Water is yours until Friday.\n",
    ],
    "models.py": [
        "Writes:     grok-4.3, 1000000 tokens, 1.25 USD a million\n",
        "Prompt:     10 tokens, 0.000002 USD\n",
        "Closeness:  ",
    ],
    "parallel_tools.py": [
        "At once: 3\nResult:  apples cost 3 EUR\nResult:  pears cost 4 EUR\n",
        "Result:  Error: get_price failed: KeyError: 'durians'\nAnswer:  The tools say: apples cost 3 EUR; pears",
    ],
    "reasoning.py": [
        "Thought:  The user said What is the shortest day?, so I answer that.\n",
        "Answered: You said: What is the shortest day?\nTokens:   True\nGoes back encrypted: True\n",
        "Then:     You said: And the longest? (turn 2)\n",
    ],
    "quickstart.py": [
        "Completion: You said: Say hello in one sentence.\n",
        "Streamed:   You said: Count from one to five.\n",
        "Usage:      15 tokens, 0.000066 USD\n",
        "Response:   You said: Name a colour.\n",
    ],
    "search_citations.py": [
        "Answer:   A fjord is a long, narrow inlet.\nSearched: web_search_call completed\n",
        "Source 1: https://en.wikipedia.org/wiki/Fjord\nSource 2: https://x.com/fjords/status/1\nTo run:   0\n",
    ],
    "skills.py": [
        "Created: release-notes, version 1: Writes release notes from a list of commits.\nListed:  True\n",
        "Files:   release-notes/SKILL.md, release-notes/scripts/check.py\nDeleted: True\n",
    ],
    "stored_conversation.py": [
        "First:   You said: Name a river of Norway.\nSecond:  You said: How long is it? (turn 2)\n",
        "Branch:  You said: Name another. (turn 2)\nKept:    True\nDeleted: 3\n",
    ],
    "streamed_structured_output.py": [
        "So far: {'title': 'Tea', 'minutes': 4, 'steps': ['Boil']}\n",
        "Recipe: Tea, 4 minutes, 2 steps\n",
    ],
    "structured_output.py": [
        "Invoice: 7 of 26 November 2026, 0 items, EUR\nVerdict: True, for: It is in order.\nHistory: 7 entries\n",
        "Refused: the answer is not JSON: expected value at line 1 column 1 ('As far as I can see: five.', ",
    ],
    "sync_script.py": [
        "grok-4.6\n",
        "Completion: You said: Hello from a script.\n",
        "Streamed:   You said: Stream this.\n",
    ],
    "tools.py": [
        'Answer:   The tools say: {"place":"text","degrees":7.5}\n',
        "Refused:  Error: The window stays shut tonight.\nThe tools say: Error: The window stays shut tonight.\n",
        "History:  8 entries\n",
    ],
    "videos.py": ["Waiting:   pending, 0 %\nMade:      4 s for 0.2 USD\nExtended:  longer.mp4\n"],
    "trio_app.py": ["What is a nursery? You said: What is a nursery?\n", "Streamed: You said: Hello from Trio.\n"],
}


def test_every_resource_has_one() -> None:
    paths = tomllib.loads((EXAMPLES.parent / "openapi" / "paths.toml").read_text())
    resources = {method.partition(".")[0] for method in paths.values() if isinstance(method, str)}
    used = {name for script in SCRIPTS for name in re.findall(r"client\.(\w+)\.", (EXAMPLES / script).read_text())}
    # A collection is searched in the API's words by `documents`, and with less to write by `collections`.
    assert resources - {"documents"} == used - {"documents"}


ON_TRIO = (
    "import functools, runpy, sys, anyio; anyio.run = functools.partial(anyio.run, backend='trio'); "
    "sys.path.insert(0, sys.argv[1]); sys.argv = sys.argv[2:]; runpy.run_path(sys.argv[0], run_name='__main__')"
)


def run(
    script: str, *arguments: str, stdin: str = "", env: Mapping[str, str] | None = None, trio: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run an example with warnings as errors."""
    started = ["-c", ON_TRIO, str(EXAMPLES), str(EXAMPLES / script)] if trio else [str(EXAMPLES / script)]
    return subprocess.run(
        [sys.executable, "-W", "error", *started, *arguments],
        input=stdin,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=60,
    )


def output(
    script: str, *arguments: str, stdin: str = "", env: Mapping[str, str] | None = None, trio: bool = False
) -> str:
    """What an example prints when all goes well."""
    done = run(script, *arguments, stdin=stdin, env=env, trio=trio)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def settings(sim: SimulatedXAI) -> dict[str, str]:
    return {
        "XAI_API_KEY": sim.api_key,
        "XAI_BASE_URL": sim.base_url,
        "XAI_MANAGEMENT_KEY": sim.management_key,
        "XAI_MANAGEMENT_BASE_URL": sim.base_url,
    }


@pytest.mark.parametrize("script", RUN)
def test_without_a_key_it_says_so_in_one_line_and_talks_to_the_simulator(script: str) -> None:
    printed = output(script)
    assert printed.startswith(NOTICE)
    assert printed.count("simulator") == 1
    for text in EXPECTED.get(script, []):
        assert text in printed


@pytest.mark.parametrize("script", RUN)
def test_with_a_key_it_talks_to_the_server_of_the_settings_on_trio_as_well(script: str, sim: SimulatedXAI) -> None:
    printed = output(script, stdin="Hello\n", env=settings(sim), trio=True)
    assert "simulator" not in printed
    assert sim.requests
    for request in sim.requests:  # what is public needs no key, and must not get one
        key = sim.management_key if request.path.startswith("/v1/collections") else sim.api_key
        expected = None if request.path.startswith("/public/") else f"Bearer {key}"
        assert request.headers.get("authorization") == expected


def test_without_the_extra_it_tells_what_to_install() -> None:
    program = (
        "import runpy, sys; sys.modules['starlette'] = None; sys.path.insert(0, sys.argv[1]); "
        "runpy.run_path(sys.argv[1] + '/quickstart.py', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", program, str(EXAMPLES)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "pip install 'xai-httpx[simulator]'" in done.stderr
    assert done.stderr.count("\n") == 1


class TestChat:
    TURNS = "Hello\n\n  Again  \nexit\nnever read\n"

    def test_it_answers_turn_by_turn_and_adds_up(self) -> None:
        assert output("chat.py", stdin=self.TURNS) == NOTICE + (
            "You: Hello\nGrok: You said: Hello\n"
            "You: \n"
            "You:   Again  \nGrok: You said: Again (turn 2)\n"
            "You: exit\nTotal: 19 tokens, 0.000086 USD\n"
        )

    def test_streamed_it_prints_the_same(self) -> None:
        assert output("chat.py", "--stream", stdin=self.TURNS) == output("chat.py", stdin=self.TURNS)

    def test_the_end_of_input_ends_it(self) -> None:
        assert output("chat.py", stdin="Hello").endswith(
            "Grok: You said: Hello\nYou: \nTotal: 5 tokens, 0.000026 USD\n"
        )

    @pytest.mark.parametrize("mode", [(), ("--stream",)])
    def test_several_answers_have_numbers_and_the_first_goes_on(self, sim: SimulatedXAI, mode: tuple[str, ...]) -> None:
        printed = output("chat.py", "--n", "2", *mode, stdin="Hello\nAgain\n", env=settings(sim))
        assert "You: Hello\nGrok [1]: You said: Hello\nGrok [2]: I heard: Hello\nYou: Again\n" in printed
        assert [request.body["n"] for request in sim.requests] == [2, 2]
        assert [message["role"] for message in sim.requests[1].body["messages"]] == ["user", "assistant", "user"]
        assert sim.requests[1].body["messages"][1]["content"] == "You said: Hello"

    def test_a_script_takes_the_place_of_the_keyboard(self) -> None:
        printed = output("chat.py", "--stream", "--script", str(EXAMPLES / "conversation.txt"), stdin="not read\n")
        assert "You: Hello, who are you?\nGrok: You said: Hello, who are you?\n" in printed
        assert "Grok: You said: And what did I say first? (turn 3)\nYou: exit\nTotal: 108 tokens" in printed
        assert "not read" not in printed

    def test_the_model_can_be_chosen(self, sim: SimulatedXAI) -> None:
        output("chat.py", "--model", "grok-3-mini", stdin="Hello\n", env=settings(sim))
        assert sim.requests[0].body["model"] == "grok-3-mini"

    @pytest.mark.parametrize("mode", [(), ("--stream",)])
    def test_a_turn_that_fails_is_one_line_and_the_chat_goes_on(self, mode: tuple[str, ...]) -> None:
        lines = output("chat.py", "--model", "nope", *mode, stdin="Hello\nAgain\n").splitlines()
        assert [line.split(":")[0] for line in lines[1:]] == ["You", "error", "You", "error", "You", "Total"]
        assert "The model nope does not exist" in lines[2]

    def test_a_turn_that_fails_is_not_remembered(self, sim: SimulatedXAI) -> None:
        sim.fail(400, message="Not\nthis.")
        printed = output("chat.py", stdin="Hello\nAgain\n", env=settings(sim))
        assert "error: Not this. (HTTP 400" in printed
        assert sim.requests[-1].body["input"] == [{"role": "user", "content": "Again"}]

    def test_it_refuses_what_it_cannot_do(self) -> None:
        assert "--n must be at least 1" in run("chat.py", "--n", "0").stderr
        assert "there is no file nowhere.txt" in run("chat.py", "--script", "nowhere.txt").stderr

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
    def test_an_interrupt_ends_it_without_a_traceback(self) -> None:
        process = subprocess.Popen(
            [sys.executable, "-u", str(EXAMPLES / "chat.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # CI may have it ignored
        )
        with process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(b"Hello\n")
            process.stdin.flush()
            printed = b""
            while not printed.endswith(b"Hello\nYou: "):
                printed += process.stdout.read(1)
            # asyncio misses a signal that comes between its last look and its sleep, until the next: so does a user.
            for _ in range(5):
                process.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(3)
                    break
            assert process.wait(0) == 0
            assert process.stdout.read() == b"\nTotal: 5 tokens, 0.000026 USD\n"
            assert process.stderr is not None
            assert process.stderr.read() == b""
