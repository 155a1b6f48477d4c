"""The file of a cassette: its form, what is refused of it, and what becomes of it when several write."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from xai_httpx import XAIError
from xai_httpx.testing import Cassette, CassetteError, CassetteMissError, SimulatedXAI
from xai_httpx.testing._cassettes.recorded_reply import recorded_reply
from xai_httpx.testing._cassettes.recording import recorded_request
from xai_httpx.testing._cassettes.redaction import Redactor

REQUEST = {"method": "GET", "path": "/v1/models", "query": [], "body": {"format": "text", "content": ""}}
REPLY = {"status": 200, "headers": {}, "after": 0.1, "body": {"format": "json", "content": {}}, "end": "complete"}


def written(reply: dict[str, Any] | None = None, version: object = 1) -> str:
    return json.dumps(
        {"version": version, "interactions": [{"request": REQUEST, "reply": reply or REPLY, "error": None}]}
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is not a cassette: Expecting value"),
        ("[" * 200_000, "is not a cassette"),
        ("\xff", "is not a cassette"),
        ("[]", "is not a cassette: it has no version"),
        ("{}", "is not a cassette: it has no version"),
        (written(version=2), "is a cassette of version 2, and this xai-httpx reads version 1; record anew"),
        (written(version="1"), "is a cassette of version '1'"),
        ('{"version": 1}', "is a broken cassette: interactions: Field required"),
        (written({**REPLY, "end": "soon"}), r"is a broken cassette: interactions\.0\.reply\.end: Input should be"),
        (written({**REPLY, "status": 42}), r"interactions\.0\.reply\.status: Input should be greater"),
        (written({**REPLY, "more": 1}), r"interactions\.0\.reply\.more: Extra inputs"),
        (written({**REPLY, "body": {"format": "base64", "content": "?"}}), r"reply\.body\.base64\.content"),
    ],
)
def test_a_file_that_is_no_cassette_of_this_version_is_refused_by_its_name(
    tmp_path: Path, text: str, told: str
) -> None:
    path = tmp_path / "broken.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(CassetteError, match=told) as caught, Cassette(path):
        pass
    assert str(caught.value).startswith(f"{path}: ")
    assert path.read_text(encoding="latin-1") == text


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match="cannot be read: Is a directory"), Cassette(tmp_path):
        pass


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path, sim: SimulatedXAI) -> None:
    (tmp_path / "file").touch()
    with Cassette(tmp_path / "a.json") as cassette, cassette.sync_client(**sim._access) as client:
        cassette._tape.path = tmp_path / "file" / "a.json"
        with pytest.raises(CassetteError, match="cannot be written"):
            client.models.list()


@pytest.mark.parametrize("kind", [CassetteError, CassetteMissError])
def test_its_errors_are_of_the_package_and_pickle(kind: type[CassetteError]) -> None:
    error = pickle.loads(pickle.dumps(kind(Path("a.json"), "is gone")))
    assert isinstance(error, XAIError)
    assert (type(error), error.path, str(error)) == (kind, Path("a.json"), "a.json: is gone")


def test_recording_the_same_again_writes_the_same_but_for_times(tmp_path: Path) -> None:
    texts = []
    for name in ("a.json", "b.json"):
        with (
            SimulatedXAI() as sim,
            Cassette(tmp_path / name) as cassette,
            cassette.sync_client(**sim._access) as client,
        ):
            client.request("GET", "/language-models")
            client.models.retrieve("grok-4.6")
        document = json.loads((tmp_path / name).read_text())
        for interaction in document["interactions"]:
            del interaction["reply"]["after"], interaction["reply"]["headers"]["x-request-id"]
        texts.append(json.dumps(document))
    assert texts[0] == texts[1]


def test_many_at_once_leave_a_whole_file_and_nothing_beside_it(tmp_path: Path, sim: SimulatedXAI) -> None:
    path = tmp_path / "shared.json"

    def record(number: int) -> None:
        with Cassette(path, mode="record") as cassette, cassette.sync_client(**sim._access) as client:
            for _ in range(3):
                client.responses.create(model="grok-4.6", input=f"question {number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(record, range(8)))
    with Cassette(path, mode="replay"):
        inputs = {one["request"]["body"]["content"]["input"] for one in json.loads(path.read_text())["interactions"]}
    assert len(inputs) == 1  # the last that wrote has won
    assert list(tmp_path.iterdir()) == [path]


def test_whoever_reads_it_while_it_is_written_sees_the_one_before(tmp_path: Path, sim: SimulatedXAI) -> None:
    path = tmp_path / "a.json"
    with Cassette(path) as cassette, cassette.sync_client(**sim._access) as client:
        client.models.retrieve("grok-4.6")
        before = path.read_text()
        with path.open() as reader:
            client.models.retrieve("grok-4.3")
            assert reader.read() == before != path.read_text()


def test_replaying_needs_nothing_of_the_extra(tmp_path: Path, sim: SimulatedXAI) -> None:
    path = tmp_path / "a.json"
    program = f"""
import sys
sys.modules |= dict.fromkeys(["starlette", "uvicorn", "jsonschema_rs"])
from xai_httpx.testing import Cassette
with Cassette({str(path)!r}, mode="replay") as cassette, cassette.sync_client() as client:
    print(client.models.retrieve("grok-4.6").id)
"""
    with Cassette(path) as cassette, cassette.sync_client(**sim._access) as client:
        client.models.retrieve("grok-4.6")
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("grok-4.6\n", "")


def form(boundary: str, body: bytes = b"hello") -> bytes:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'.encode()
    return head + body + f"\r\n--{boundary}--\r\n".encode()


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (("application/json", b'{"a": 1, "b": [1.5]}'), ("application/json", b'{"b":[1.5],"a":1}'), True),
        (("application/json", b'{"a": 1}'), ("application/json", b'{"a": true}'), False),
        (("application/json", b'{"a": 1}'), ("application/json", b'{"a": 2}'), False),
        (("application/json", b"{broken"), ("application/json", b"{broken"), True),
        (("multipart/form-data; boundary=x", form("x")), ('multipart/form-data; boundary="y"', form("y")), True),
        (("multipart/form-data; boundary=x", form("x")), ("multipart/form-data; boundary=y", form("y", b"bye")), False),
        (("image/png", b"\xff" * 9000), ("image/png", b"\xff" * 9000), True),
        (("image/png", b"\xff" * 9000), ("image/png", b"\xff" * 9001), False),
    ],
)
def test_equal_requests_are_told_from_others(one: tuple[str, bytes], other: tuple[str, bytes], equal: bool) -> None:
    first, second = (recorded_request(Redactor(), "POST", "/v1/x", "b=2&a=1", *each) for each in (one, other))
    assert (first.identity == second.identity) is equal
    swapped = recorded_request(Redactor(), "POST", "/v1/x", "a=1&b=2", *one)
    assert first.identity == swapped.identity


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("limit=5&filter=a%20b", [("limit", "5"), ("filter", "a b")]),
        (
            "sig=abc&X-Amz-Signature=def&key=k",
            [("sig", "REDACTED"), ("X-Amz-Signature", "REDACTED"), ("key", "REDACTED")],
        ),
        ("pagination_token=&after=grok-4.6", [("pagination_token", ""), ("after", "grok-4.6")]),
    ],
)
def test_parameters_are_kept_but_for_secrets(query: str, told: list[tuple[str, str]]) -> None:
    assert recorded_request(Redactor(), "GET", "/v1/x", query, "", b"").query == told


def test_a_long_binary_request_is_kept_as_its_digest() -> None:
    kept = recorded_request(Redactor(), "POST", "/v1/x", "", "image/png", b"\xff" * 9000).body.model_dump()
    assert kept["format"] == "sha256"
    assert kept["bytes"] == 9000


def chunks_of(*pieces: bytes) -> list[tuple[float, str]]:
    headers = [("content-type", "text/event-stream")]
    timed = [(0.1, piece) for piece in pieces]
    body = recorded_reply(Redactor(["SECRET"]), 200, headers, 0.2, timed, "complete").body.model_dump()
    return [(chunk["after"], chunk["text"]) for chunk in body["content"]]


@pytest.mark.parametrize(
    ("pieces", "told"),
    [
        ([b"data: a\n\n", b"data: b\n\n"], [(0.1, "data: a\n\n"), (0.1, "data: b\n\n")]),
        ([b"da", b"ta: a\n", b"\n"], [(0.1, "da"), (0.1, "ta: a\n"), (0.1, "\n")]),
        ([b"data: SEC", b"RET\n\ndata: b\n\n"], [(0.1, "data: REDACTED\n"), (0.1, "\ndata: b\n\n")]),
        ([b"data: SE", b"CR", b"ET\n\n"], [(0.1, "data: REDACTED\n"), (0.2, "\n")]),
        ([b"data: \xc3", b"\xa4\n\n"], [(0.1, "data: "), (0.1, "ä\n\n")]),
        ([b'data: {"a": "SECRET"}\r\n\r\n'], [(0.1, 'data: {"a":"REDACTED"}\r\n\r\n')]),
    ],
)
def test_the_chunks_of_a_stream_stay_where_nothing_is_taken_out_of_them(
    pieces: list[bytes], told: list[tuple[float, str]]
) -> None:
    assert chunks_of(*pieces) == told


def test_a_stream_that_is_no_text_is_kept_as_bytes() -> None:
    kept = recorded_reply(Redactor(), 200, [("content-type", "text/event-stream")], 0, [(0.1, b"\xff")], "broken")
    assert kept.body.model_dump()["format"] == "base64"
