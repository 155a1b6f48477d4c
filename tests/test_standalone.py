"""`python -m xai_httpx.testing`: the simulator, the recorder and cassettes as a server."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.rawserver import CUT, WAIT, RawServer, head, reply
from tests.standalone import Standalone, refused
from xai_httpx import XAI, APIConnectionError, InternalServerError, NotFoundError, StreamTruncatedError
from xai_httpx.testing import SimulatedXAI


@pytest.fixture(scope="module")
def simulator() -> Iterator[Standalone]:
    with Standalone(
        "--api-key", "it's-one-key", "--management-key", "other-key", "--tokens-per-second", "500"
    ) as running:
        yield running


@pytest.fixture
def recorder(sim: SimulatedXAI, tmp_path: Path) -> Iterator[Standalone]:
    with Standalone("--record", sim.base_url, "--cassette", tmp_path / "a.json") as running:
        yield running


def client_of(server: Standalone, key: str = "xai-simulated-key", **options: Any) -> XAI:
    management = {"management_key": "xai-simulated-management-key", "management_base_url": server.url}
    return XAI(base_url=server.url, api_key=key, **{"retries": 0, **management, **options})


def flow(client: XAI) -> tuple[Any, ...]:
    file = client.files.create(file=("a.txt", b"Otters hold hands."))
    content = client.files.content(file.id).content
    with client.responses.stream(model="grok-4.6", input="Hello there") as stream:
        kinds = [event.type for event in stream]
    with pytest.raises(NotFoundError):
        client.models.retrieve("none")
    collection = client.collections.create(collection_name="rivers")
    return content, kinds, collection.collection_name, client.files.delete(file.id).deleted


def test_it_serves_the_simulator(simulator: Standalone) -> None:
    with client_of(simulator, "it's-one-key") as client:
        assert client.responses.create(model="grok-4.6", input="Hello").output_text == "You said: Hello"
    assert simulator.printed.startswith("Simulated xAI API at http://127.0.0.1:")
    assert "On this machine only." in simulator.printed


def test_its_state_is_there_again_after_it_was_killed(tmp_path: Path) -> None:
    with Standalone("--persist", tmp_path / "state") as killed:
        with client_of(killed) as client:
            stored = client.responses.create(model="grok-4.6", input="Hello")
        code, told = refused("--port", "0", "--persist", tmp_path / "state")
        assert (code, told.count("\n")) == (2, 1)
        assert f"{tmp_path / 'state'} cannot be used: another simulator runs with it" in told
        killed.stop(signal.SIGKILL)
    with Standalone("--persist", tmp_path / "state") as again, client_of(again) as client:
        assert client.responses.retrieve(stored.id).output_text == "You said: Hello"


def test_what_it_prints_for_the_shell_works_in_one(simulator: Standalone) -> None:
    commands = [line.strip() for line in simulator.printed.splitlines() if line.startswith("    ")]
    curl = " ".join(line.removesuffix("\\") for line in commands if line.startswith(("curl ", "-H ")))
    done = subprocess.run(["bash", "-c", f"{curl} -sS"], capture_output=True, text=True, timeout=60)
    assert json.loads(done.stdout)["choices"][0]["message"]["content"] == "You said: Hello", done.stderr
    exports = "; ".join(line for line in commands if line.startswith("export "))
    program = "from xai_httpx import XAI; print(XAI().models.retrieve('grok-4.6').id)"
    done = subprocess.run(
        ["bash", "-c", f'{exports}; "$PYTHON" -c "{program}"'],
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "grok-4.6\n", done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_0_and_without_a_word_even_within_a_stream(number: signal.Signals) -> None:
    with Standalone("--tokens-per-second", "1") as running, client_of(running) as client:
        with client.responses.stream(model="grok-4.6", input="one two three four five six") as stream:
            next(iter(stream))
            assert running.stop(number) == (0, "")
            with pytest.raises((StreamTruncatedError, APIConnectionError)):
                list(stream)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--port", "x"], "argument --port: must be a number from 0 to 65535, got 'x'"),
        (["--port", "65536"], "argument --port: must be a number from 0 to 65535, got '65536'"),
        (["--tokens-per-second", "0"], "argument --tokens-per-second: must be a number above 0, got '0'"),
        (["--tokens-per-second", "nan"], "argument --tokens-per-second: must be a number above 0, got 'nan'"),
        (["--api-key", "a b"], "argument --api-key: must be of ASCII characters without spaces, got 'a b'"),
        (["--host", "0.0.0.0"], "unrecognized arguments: --host 0.0.0.0"),
        (["--record"], "--record needs --cassette FILE, the file to write"),
        (["--cassette", "none.json"], "there is no cassette none.json; to write it: --record --cassette none.json"),
        (["--replay", "none.json"], "there is no cassette none.json; to write it: --record --cassette none.json"),
        (["--replay", "a", "--record"], "--replay FILE serves a cassette: it goes without --record and --cassette"),
        (
            ["--record", "--cassette", "a", "--api-key", "k"],
            "--api-key is for the simulator: it goes without --record and cassettes",
        ),
        (["--record", "api.x.ai", "--cassette", "a"], "--record: must look like https://host/v1, got 'api.x.ai'"),
        (
            ["--record", "https://host/v2", "--cassette", "a"],
            "--record must be scheme and host, with or without /v1, got 'https://host/v2'",
        ),
    ],
)
def test_bad_options_are_refused_in_one_line(arguments: list[str], told: str) -> None:
    assert refused(*arguments) == (2, f"error: {told}\n")


def test_keys_are_not_sent_in_clear_text() -> None:
    code, told = refused("--record", "http://api.x.ai", "--cassette", "a")
    assert code == 2
    assert told.startswith("error: --record: must be https, for the key is sent to it")


def test_a_port_in_use_is_refused_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, told = refused("--port", str(port))
    assert (code, told) == (2, f"error: Port {port} on 127.0.0.1 is in use; port=0 takes a free one.\n")


def test_a_cassette_that_cannot_be_written_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, told = refused("--record", "--cassette", tmp_path / "file" / "a.json")
    assert (code, told.count("\n")) == (2, 1)
    assert told.startswith(f"error: {tmp_path}/file/a.json: cannot be written: ")


def test_a_broken_cassette_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    assert refused("--replay", tmp_path / "a.json") == (
        2,
        f"error: {tmp_path}/a.json: is not a cassette: it has no version\n",
    )


def test_what_was_passed_on_and_recorded_is_served_again_and_again(
    recorder: Standalone, sim: SimulatedXAI, tmp_path: Path
) -> None:
    path = tmp_path / "a.json"
    with client_of(recorder) as client:
        first = flow(client)
    assert recorder.stop() == (0, "")
    assert f"Recording {sim.base_url.removesuffix('/v1')} into {path} at" in recorder.printed
    assert "xai-simulated-key" not in path.read_text()
    with Standalone("--replay", path) as replaying:
        for _ in range(2):
            with client_of(replaying, "any-key", management_key="any-key") as client:
                assert flow(client) == first
        assert replaying.stop() == (0, "")


def test_a_request_is_passed_on_as_it_is_and_without_what_is_for_the_next_machine(
    recorder: Standalone, sim: SimulatedXAI
) -> None:
    headers = {
        "authorization": f"Bearer {sim.api_key}",
        "connection": "close, x-hop",
        "x-hop": "1",
        "x-end": "2",
        "te": "trailers",
        "accept-encoding": "gzip, br",
        "user-agent": "curl/8",
        "cookie": "a=b",
    }
    body = {"model": "grok-4.6", "messages": [{"role": "user", "content": "Hello"}]}
    got = httpx.post(f"{recorder.url}/chat/completions", headers=headers, json=body)
    (seen,) = sim.requests
    assert got.json()["choices"][0]["message"]["content"] == "You said: Hello"
    assert len(got.headers.get_list("date")) == 1
    assert seen.body == body
    sent = {name: seen.headers.get(name) for name in ("authorization", "x-hop", "x-end", "te", "user-agent", "cookie")}
    assert sent == {name: None if name in ("x-hop", "te") else headers[name] for name in sent}
    assert seen.headers["accept-encoding"] == "identity"
    assert seen.headers["host"] == sim.base_url.removeprefix("http://").removesuffix("/v1")


def test_chunks_are_passed_on_as_they_come(server: RawServer, tmp_path: Path) -> None:
    read = threading.Event()
    server.answer(head(), b"data: 1\n\n", lambda: read.wait(30), b"data: 2\n\n", CUT)
    with Standalone("--record", server.base_url, "--cassette", tmp_path / "a.json") as recorder:
        with httpx.stream("POST", f"{recorder.url}/responses") as got:
            chunks = got.iter_raw()
            assert next(chunks) == b"data: 1\n\n"  # the server says the second only after this was read
            read.set()
            assert b"".join(chunks) == b"data: 2\n\n"
        assert recorder.stop() == (0, "")


def test_a_server_that_cannot_be_reached_is_a_502_of_the_api_and_told(tmp_path: Path) -> None:
    with Standalone("--record", "http://127.0.0.1:9", "--cassette", tmp_path / "a.json") as recorder:
        with client_of(recorder) as client, pytest.raises(InternalServerError) as caught:
            client.models.list()
        code, told = recorder.stop()
    assert caught.value.status_code == 502
    assert "http://127.0.0.1:9/v1/models cannot be reached" in caught.value.message
    assert (code, told.count("\n")) == (0, 1)
    assert told.startswith("GET /v1/models: http://127.0.0.1:9/v1/models cannot be reached: ")


def test_a_reply_that_breaks_off_breaks_off_for_the_client_too(server: RawServer, tmp_path: Path) -> None:
    broken = reply(b'{"a": "b"}').removesuffix(b'"b"}')
    server.answer(broken, CUT)
    path = tmp_path / "a.json"
    with Standalone("--record", server.base_url, "--cassette", path) as recorder:
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(f"{recorder.url}/models")
        code, told = recorder.stop()
    assert (code, told.count("\n")) == (0, 1)
    assert told.startswith("GET /v1/models: the reply broke off: ")
    assert json.loads(path.read_text())["interactions"][0]["reply"]["end"] == "broken"


def test_a_client_that_leaves_is_left_by_the_server_too(server: RawServer, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    server.answer(head(), b"data: 1\n\n", WAIT)
    with Standalone("--record", server.base_url, "--cassette", path) as recorder:
        with httpx.stream("POST", f"{recorder.url}/responses") as got:
            next(got.iter_raw())
        server.wait_until_idle()
        assert recorder.stop() == (0, "")
    assert json.loads(path.read_text())["interactions"][0]["reply"]["end"] == "left"


def test_what_is_not_recorded_is_a_404_of_the_api_and_told(recorder: Standalone, tmp_path: Path) -> None:
    with client_of(recorder) as client:
        client.models.list()
    recorder.stop()
    with Standalone("--cassette", tmp_path / "a.json") as replaying, client_of(replaying) as client:
        with pytest.raises(NotFoundError, match="has no reply to GET /v1/files"):
            client.files.list()
        code, told = replaying.stop()
    assert code == 0
    assert told.startswith(f"GET /v1/files: {tmp_path}/a.json: has no reply to GET /v1/files.")
