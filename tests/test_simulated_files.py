"""The simulated Files API by itself, spoken to with plain HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xai_httpx.testing import SimulatedXAI
from xai_httpx.testing._api.filter import matcher
from xai_httpx.testing._contract.errors import ApiError
from xai_httpx.testing._form import form_parts

HOUR = 3_600
PNG = ("a.png", b"\x89PNG", "image/png")


@pytest.fixture
def http(sim: SimulatedXAI) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sim.base_url, headers={"authorization": f"Bearer {sim.api_key}"}) as client:
        yield client


def post(http: httpx.Client, *parts: tuple[str, Any]) -> httpx.Response:
    """Upload a form; a part is a field, or a file when it has a filename."""
    return http.post(
        "/files", files=[(name, part if isinstance(part, tuple) else (None, part)) for name, part in parts]
    )


def upload(http: httpx.Client, name: str = "a.txt", content: bytes = b"hello", **fields: str) -> Any:
    reply = post(http, *fields.items(), ("file", (name, content)))
    assert reply.status_code == 200, reply.text
    return reply.json()


def names(reply: httpx.Response) -> list[str]:
    assert reply.status_code == 200, reply.text
    return [file["filename"] for file in reply.json()["data"]]


def test_an_uploaded_file_is_listed_read_and_deleted(sim: SimulatedXAI, http: httpx.Client) -> None:
    file = upload(http, "a.txt", b"\x00\r\n--x\xff", purpose="assistants")
    assert file.items() >= {"object": "file", "bytes": 7, "filename": "a.txt", "purpose": "assistants"}.items()
    assert file["expires_at"] is None
    assert http.get("/files").json()["data"] == [file]
    assert http.get(f"/files/{file['id']}").json() == file
    reply = http.get(f"/files/{file['id']}/content")
    assert (reply.content, reply.headers["content-type"]) == (b"\x00\r\n--x\xff", "application/octet-stream")
    assert http.delete(f"/files/{file['id']}").json() == {"id": file["id"], "object": "file", "deleted": True}
    for call in (http.get, http.delete):
        assert call(f"/files/{file['id']}").status_code == 404
    assert http.get(f"/files/{file['id']}/content").status_code == 404
    assert sim.requests[0].body is None
    assert b"hello" not in sim.requests[0].raw


@pytest.mark.parametrize(
    "fields",
    [
        [("expires_after", "3600")],
        [("expires_after[anchor]", "created_at"), ("expires_after[seconds]", "3600")],
    ],
)
def test_a_file_expires(sim: SimulatedXAI, http: httpx.Client, fields: list[tuple[str, str]]) -> None:
    file = post(http, *fields, ("file", ("a.txt", b"x"))).json()
    assert file["expires_at"] == file["created_at"] + HOUR
    sim.advance(HOUR - 60)
    assert http.get(f"/files/{file['id']}").status_code == 200
    sim.advance(60)
    assert http.get(f"/files/{file['id']}").status_code == 404
    assert http.get("/files").json()["data"] == []


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ([("file", ("a.txt", b"x")), ("expires_after", "3600")], "before"),
        ([("expires_after", "3599"), ("file", ("a.txt", b"x"))], "between"),
        ([("expires_after", "2592001"), ("file", ("a.txt", b"x"))], "between"),
        ([("expires_after", "soon"), ("file", ("a.txt", b"x"))], "integer"),
        ([("expires_after[seconds]", "3600"), ("file", ("a.txt", b"x"))], "anchor"),
        ([("purpose", "x")], "no file part"),
        ([("file", "x")], "filename"),
        ([("file", ("a;b.txt", b"x"))], "Invalid filename"),
        ([("file", ("a" * 256, b"x"))], "Invalid filename"),
    ],
)
def test_a_bad_form_is_refused(http: httpx.Client, parts: list[tuple[str, Any]], says: str) -> None:
    reply = post(http, *parts)
    assert reply.status_code == 400
    assert says in reply.json()["error"]


def test_a_file_above_the_cap_is_refused(sim: SimulatedXAI, http: httpx.Client) -> None:
    sim.limit_uploads(4)
    assert post(http, ("file", ("a.txt", b"1234"))).status_code == 200
    assert post(http, ("file", ("a.txt", b"12345"))).status_code == 413


def test_pages_go_on_where_the_one_before_ended(http: httpx.Client) -> None:
    files = [upload(http, f"{name}.txt", name.encode() * size) for name, size in zip("cadb", (2, 1, 2, 3), strict=True)]
    assert names(http.get("/files")) == ["b.txt", "d.txt", "a.txt", "c.txt"]
    assert names(http.get("/files", params={"order": "asc", "sort_by": "filename"})) == [f"{x}.txt" for x in "abcd"]
    assert names(http.get("/files", params={"order": "asc", "after": files[1]["id"]})) == ["d.txt", "b.txt"]
    sizes = {"sort_by": "size", "limit": "2"}
    first = http.get("/files", params=sizes)
    http.delete(f"/files/{first.json()['data'][1]['id']}")  # nothing is left out for it
    second = http.get("/files", params={**sizes, "pagination_token": first.json()["pagination_token"]})
    last = http.get("/files", params={**sizes, "pagination_token": second.json()["pagination_token"]})
    assert [names(page) for page in (first, second, last)] == [["b.txt", "d.txt"], ["c.txt", "a.txt"], []]
    other = http.get("/files", params={"order": "asc", "pagination_token": first.json()["pagination_token"]})
    assert other.status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "101"},
        {"order": "up"},
        {"sort_by": "age"},
        {"pagination_token": "x"},
        {"after": "file_x"},
        {"filter": "name = "},
        {"filter": "colour = red"},
    ],
)
def test_a_bad_list_is_refused(http: httpx.Client, query: dict[str, str]) -> None:
    assert http.get("/files", params=query).status_code == 400


def test_a_list_is_filtered(http: httpx.Client) -> None:
    for name, content in (("Report one.txt", b"12"), ("report two.csv", b"1234"), ("notes.txt", b"1")):
        upload(http, name, content)
    assert names(http.get("/files", params={"filter": 'name = "REPORT" AND NOT size_bytes > 3'})) == ["Report one.txt"]
    assert names(http.get("/files", params={"filter": "content_type = csv OR size_bytes = 1"})) == [
        "notes.txt",
        "report two.csv",
    ]
    assert len(names(http.get("/files", params={"filter": "created_at > 2020-01-01T00:00:00Z"}))) == 3
    assert names(http.get("/files", params={"filter": "public_url != null"})) == []


def test_a_time_without_an_offset_is_the_same_on_every_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert matcher("created_at = 2026-01-01", {"created_at"})({"created_at": 1_767_225_600})
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("name", ["a.txt", "ä b.txt", "наме.txt"])
def test_a_name_comes_as_it_was_sent(http: httpx.Client, name: str) -> None:
    assert upload(http, name)["filename"] == name


def test_text_is_extracted_where_there_is_some(http: httpx.Client) -> None:
    text, image = upload(http, "a.txt", "ä".encode()), post(http, ("file", PNG)).json()
    assert http.get(f"/files/{text['id']}/content", params={"format": "text"}).text == "ä"
    assert http.get(f"/files/{image['id']}/content", params={"format": "text"}).status_code == 400
    assert http.get(f"/files/{image['id']}/content", params={"format": "html"}).status_code == 400


def test_a_public_url_needs_no_key_until_it_is_revoked(http: httpx.Client) -> None:
    file = post(http, ("file", PNG)).json()
    made = http.post(f"/files/{file['id']}/public-url", json={}).json()
    assert made == http.post(f"/files/{file['id']}/public-url", json={}).json()
    assert made.keys() == {"public_url"}
    reply = httpx.get(made["public_url"])
    assert (reply.content, reply.headers["content-type"]) == (b"\x89PNG", "image/png")
    assert http.get(f"/files/{file['id']}").json()["public_url"] == made["public_url"]
    revoked = {"id": file["id"], "revoked": True, **made}
    assert http.post(f"/files/{file['id']}/public-url/revoke").json() == revoked
    assert http.post(f"/files/{file['id']}/public-url/revoke").json() == {"id": file["id"], "revoked": False}
    assert httpx.get(made["public_url"]).status_code == 404
    assert http.post(f"/files/{file['id']}/public-url", json={}).json() != made
    http.delete(f"/files/{file['id']}")
    assert http.post(f"/files/{file['id']}/public-url", json={}).status_code == 404
    assert not http.post(f"/files/{file['id']}/public-url/revoke").json()["revoked"]


def test_a_public_url_ends_before_its_file(sim: SimulatedXAI, http: httpx.Client) -> None:
    file = post(http, ("expires_after", str(3 * HOUR)), ("file", PNG)).json()
    path = f"/files/{file['id']}/public-url"
    assert http.post(path, json={"expires_after": 4 * HOUR}).status_code == 400
    assert http.post(path, json={}).json()["expires_at"] == file["expires_at"]
    assert "public_url_expires_at" not in http.get(f"/files/{file['id']}").json()
    made = http.post(path, json={"expires_after": HOUR}).json()
    assert http.get(f"/files/{file['id']}").json()["public_url_expires_at"] == made["expires_at"]
    sim.advance(HOUR + 1)
    assert httpx.get(made["public_url"]).status_code == 404
    assert "public_url" not in http.get(f"/files/{file['id']}").json()


def test_not_every_file_can_be_public(sim: SimulatedXAI, http: httpx.Client) -> None:
    text, empty, image = (post(http, ("file", file)).json()["id"] for file in (("a.txt", b"x"), ("a.png", b""), PNG))
    reply = http.post(f"/files/{text}/public-url", json={})
    assert (reply.status_code, reply.json()["code"]) == (400, "invalid-argument")
    assert "text/plain" in reply.json()["error"]
    assert http.post(f"/files/{empty}/public-url", json={}).status_code == 400
    assert http.post(f"/files/{image}/public-url", json={"expires_after": 60}).status_code == 400
    sim._state.files.max_public_urls = 0
    assert http.post(f"/files/{image}/public-url", json={}).status_code == 429


FIELDS = st.tuples(st.text("abc[]", min_size=1), st.none() | st.text('aä ю."\\\r\n;=', min_size=1), st.binary())


@given(st.lists(FIELDS, min_size=1))
def test_any_form_is_read_as_it_was_written(fields: list[tuple[str, str | None, bytes]]) -> None:
    request = httpx.Request("POST", "http://x", files=[(name, (file, content)) for name, file, content in fields])
    parts = form_parts(request.headers["content-type"], request.read())
    assert [(part.name, part.filename, part.content) for part in parts] == fields


@given(st.lists(st.sampled_from([*"()<=ab", "!=", "NOT", "AND", "OR", "null", "'x'", "1"])).map(" ".join) | st.text())
@example("(" * 5000)
def test_any_filter_is_understood_or_refused(text: str) -> None:
    with suppress(ApiError):
        matcher(text, frozenset({"a", "b"}))({"a": 1, "b": "x"})


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", "application/json", 415),
        (b"--x--\r\n", "multipart/form-data", 400),
        (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\ncut', "multipart/form-data; boundary=x", 400),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\nv\r\n--x--\r\n", "multipart/form-data; boundary=x", 400),
        (b"--x\r\nno end\r\n--x--\r\n", "multipart/form-data; boundary=x", 400),
    ],
)
def test_a_broken_form_is_refused(http: httpx.Client, body: bytes, content_type: str, status: int) -> None:
    assert http.post("/files", content=body, headers={"content-type": content_type}).status_code == status
