"""What is taken out of cassettes: row by row, and over whole flows, whose files are scanned for it."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest

from xai_httpx import AsyncXAI
from xai_httpx.testing import Cassette, SimulatedXAI
from xai_httpx.testing._cassettes.redaction import Redactor

KEY = "xai-" + "Ab1" * 26 + "Zz"
TOKEN = "xai-token-" + "Cd2" * 26
UUID = "bf3b2b34-79d4-a45c-7be8-d1e5f96386c2"
U = r"facade00-0000-4000-8[0-9a-f]{3}-[0-9a-f]{12}"
R = "redacted[0-9a-f]{12}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"my key is {KEY}.", r"my key is xai-REDACTED\."),
        (TOKEN, "xai-token-REDACTED"),
        ("sk-proj-abcDEF1234567890abcdef", "sk-REDACTED"),
        ("Authorization: Bearer abc.def-ghi_jkl/mno=", "Authorization: Bearer REDACTED"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl", "REDACTED"),
        ("https://ada:pass@host/x", "https://REDACTED@host/x"),
        ("https://host/a.png?sig=abc%20d&w=2", r"https://host/a\.png\?sig=REDACTED&w=2"),
        ("https://host/a?X-Amz-Signature=ab12&b", r"https://host/a\?X-Amz-Signature=REDACTED&b"),
        (UUID, U),
        (UUID.upper(), U),
        (f"rs_{UUID}_us-east-1", f"rs_{U}_us-east-1"),
        (f"https://host/xai-tmp-imgen-{UUID}.jpeg", rf"https://host/xai-tmp-imgen-{U}\.jpeg"),
        ("call_55117580", f"call_{R}"),
        ("file-AbCdEf0GhIjKlMnOpQrSt", f"file-{R}"),
        ("d41d8cd98f00b204e9800998ecf8427e", "facade00[0-9a-f]{24}"),
        ("mail ada.l@corp.co.uk now", r"mail person-\d{4}@example\.com now"),
        ("from 10.20.30.40:443", r"from 192\.0\.2\.\d{1,3}:443"),
        ("at 2a02:8388:6a00::1 and", r"at 2001:db8::[0-9a-f]{1,2} and"),
    ],
)
def test_is_replaced_the_same_each_time_and_only_once(text: str, told: str) -> None:
    first = Redactor().text(text)
    assert re.fullmatch(told, first)
    assert Redactor().text(text) == first
    assert Redactor().text(first) == first


@pytest.mark.parametrize(
    "text",
    [
        "grok-4.20-0309-reasoning",
        "grok-imagine-image-quality-20261001",
        "xai-httpx/0.1.0 xai-tmp-imgen",
        "call_function1 user_lookup2 tool_result",
        "sk-learn-pipeline-tutorial-for-beginners",
        "http://127.0.0.1:8100/v1 [::1] 0.0.0.0",
        "std::vector a[::2] 12:30:45 version 1.2.3 3.14159265358979323846264338",
        "fp_2a885414fb",
        "https://docs.x.ai/page?token_count=3&pagination=2",
        "@decorated name@ a@b",
    ],
)
def test_is_left_alone(text: str) -> None:
    assert Redactor().text(text) == text


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("authorization", "anything", "REDACTED"),
        ("redacted_api_key", "xai-...b14o", "REDACTED"),
        ("api_key", "", ""),
        ("user", "alice", r"redacted-\d{4}"),
        ("team_id", "blue", r"redacted-\d{4}"),
        ("openai-organization", "acme", r"redacted-\d{4}"),
        ("x-request-id", "0123456789abcXYZ", R),
        ("id", "a1B2c3D4e5F6g7", R),
        ("previous_response_id", "a1B2c3D4e5F6g7", R),
        ("pagination_token", "a1B2c3D4e5F6g7", R),
        ("id", "grok-4.6-fast", r"grok-4\.6-fast"),
        ("custom_id", "a1B2c3D4e5F6g7", "a1B2c3D4e5F6g7"),
        ("token", "Hello", "Hello"),
        ("content", "a1B2c3D4e5F6g7", "a1B2c3D4e5F6g7"),
    ],
)
def test_the_name_of_a_field_tells_what_is_in_it(name: str, value: str, told: str) -> None:
    first = Redactor().field(name, value)
    assert re.fullmatch(told, first)
    assert Redactor().field(name, first) == first


def test_what_a_field_has_told_is_known_in_texts_and_bytes() -> None:
    redactor = Redactor()
    redactor.learn_key("Bearer some-odd-key")
    told = redactor.json({"id": "a1B2c3D4e5F6g7"})["id"]
    assert redactor.text("of a1B2c3D4e5F6g7 by some-odd-key") == f"of {told} by REDACTED"
    assert redactor.data(b"\xff a1B2c3D4e5F6g7 some-odd-key") == b"\xff " + told.encode() + b" REDACTED"


def test_base64_is_read_and_written_again_only_where_something_was_in_it() -> None:
    redactor = Redactor()
    plain = base64.b64encode(bytes(range(256))).decode()
    secret = base64.b64encode(f"key: {KEY}, id: {UUID}".encode()).decode()
    told = redactor.json({"a": plain, "b": f"data:text/plain;base64,{secret}"})
    assert told["a"] == plain
    decoded = base64.b64decode(told["b"].removeprefix("data:text/plain;base64,"))
    assert re.fullmatch(f"key: xai-REDACTED, id: {U}", decoded.decode())


def test_escapes_hide_nothing() -> None:
    line = r'data: {"text": "ada\u0040corp.com", "id": "\u0062f3b2b34-79d4-a45c-7be8-d1e5f96386c2"}' + "\n"
    assert re.fullmatch(rf'data: {{"text":"person-\d{{4}}@example.com","id":"{U}"}}\n', Redactor().line(line))


@pytest.mark.parametrize("further", ["Project Falcon", re.compile(r"(?i)project\s+falcon")])
def test_further_strings_and_patterns_are_replaced(further: str | re.Pattern[str]) -> None:
    redactor = Redactor([further])
    assert redactor.json({"a": ["About Project Falcon."]}) == {"a": ["About REDACTED."]}
    assert redactor.data(b"\xffProject Falcon") == b"\xffREDACTED"


def decoded(text: str) -> str:
    """A cassette with all that is base64 in it appended as what it says."""
    found = re.findall(r"[A-Za-z0-9+/]{16,}={0,2}", text)
    return text + "".join(
        base64.b64decode(each + "=" * (-len(each) % 4)).decode("latin-1") for each in found if len(each) % 4 != 1
    )


SECRETS = {
    "key": KEY,
    "management key": "management-key-of-no-known-form",
    "user": "customer-of-ours",
    "email": "ada@corp.com",
    "address": "10.20.30.40",
    "project": "Project Falcon",
}


async def whole_flow(client: AsyncXAI) -> list[str]:
    """Calls of all kinds, with secrets in all places; returns the ids that the server gave."""
    said = " ".join(value for name, value in SECRETS.items() if name != "user")  # that is told by its field alone
    messages = [{"role": "user", "content": said}]
    file = await client.files.create(file=("notes.txt", said.encode()))
    binary = await client.files.create(
        file=("notes.bin", b"\xff\xfe" + f"{SECRETS['key']} {SECRETS['project']} {file.id}".encode())
    )
    await client.files.content(file.id)
    await client.files.content(binary.id)
    completion = await client.chat.completions.create(model="grok-4.6", messages=messages, user=SECRETS["user"])
    async with client.chat.completions.stream(model="grok-4.6", messages=[{"role": "user", "content": "Hi"}]) as stream:
        async for _ in stream:
            pass
    response = await client.responses.create(
        model="grok-4.6",
        input=[
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": said},
                    {"type": "input_file", "file_id": file.id},
                ],
            }
        ],
    )
    async with client.responses.stream(model="grok-4.6", input="Hi", previous_response_id=response.id) as events:
        async for _ in events:
            pass
    embedded = base64.b64encode(said.encode()).decode()
    await client.request("POST", "/tokenize-text", body={"model": "grok-4.6", "text": embedded})
    collection = await client.collections.create(collection_name=said[:200])
    await client.collections.retrieve(collection.collection_id)
    me = (await client.request("GET", "/me")).json()
    account = (await client.request("GET", "/api-key")).json()
    found = {text for each in (me, account) for text in flat(each) if re.search(r"[0-9a-z]{8}-|\*\*\*", text)}
    return [file.id, binary.id, completion.id, response.id, collection.collection_id, *found]


def flat(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for member in value.values() for text in flat(member)]
    return (
        [text for item in value for text in flat(item)] if isinstance(value, list) else [value] * isinstance(value, str)
    )


async def test_no_secret_and_no_id_is_in_the_file_of_a_whole_flow(tmp_path: Path) -> None:
    path = tmp_path / "flow.json"
    keys = {"api_key": SECRETS["key"], "management_key": SECRETS["management key"]}
    with SimulatedXAI(**keys) as sim, Cassette(path, redact=[SECRETS["project"]]) as cassette:
        async with cassette.client(**{**sim._access, **keys}) as client:
            await client.collections.list()  # what is sent first is known from then on
            ids = await whole_flow(client)
    scanned = decoded(path.read_text(encoding="utf-8"))
    assert len(ids) > 7
    for secret in (*SECRETS.values(), *ids):
        assert secret not in scanned
        assert secret.partition("_")[2] not in scanned or "_" not in secret
        assert base64.b64encode(secret.encode()).decode().rstrip("=") not in scanned
    with Cassette(path, mode="replay", redact=[SECRETS["project"]]) as cassette:
        async with cassette.client(**keys) as client:
            await client.collections.list()
            replayed = await whole_flow(client)
    assert replayed[:5] == [Redactor().field("id", each) for each in ids[:5]]


async def test_no_id_of_the_recorded_contract_is_in_a_cassette_of_it(
    tmp_path: Path, shared: Path, sim: SimulatedXAI
) -> None:
    path = tmp_path / "wire.json"
    for file in sorted((shared / "contract" / "wire").iterdir()):
        text = file.read_text(encoding="utf-8")
        streamed = file.name.endswith(".chunks.txt")
        events = "".join(f"data: {line}\n\n" for line in text.splitlines() if line) if streamed else text
        sim.raw(200, events.encode(), "text/event-stream" if streamed else "application/json")
        with Cassette(path) as cassette:
            async with cassette.http_client() as http:
                await http.get(f"{sim.base_url}/models", headers={"authorization": f"Bearer {sim.api_key}"})
                read = await http.post(f"{sim.base_url}/responses", json={"input": file.name})
                assert read.status_code in (200, 401)
        ids = set(re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|call_\d+", text))
        scanned = decoded(path.read_text(encoding="utf-8"))
        assert ids
        assert [each for each in ids if each in scanned] == []
        path.unlink()
