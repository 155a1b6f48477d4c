"""The simulated collections by themselves, spoken to with plain HTTP: state, chunks, rankings, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xai_httpx.testing import SimulatedXAI
from xai_httpx.testing._api.filter import matcher
from xai_httpx.testing._api.ranking import by_likeness, by_words, fused
from xai_httpx.testing._contract.errors import ApiError
from xai_httpx.testing._stores.chunking import chunks

TEXT = "The court ruled on a contract. Payment is due within thirty days."


@pytest.fixture
def http(sim: SimulatedXAI) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sim.base_url, headers={"authorization": f"Bearer {sim.api_key}"}) as client:
        yield client


@pytest.fixture
def manage(sim: SimulatedXAI) -> Iterator[httpx.Client]:
    key = {"authorization": f"Bearer {sim.management_key}"}
    with httpx.Client(base_url=sim.base_url, headers=key) as client:
        yield client


def made(manage: httpx.Client, **body: Any) -> str:
    reply = manage.post("/collections", json={"collection_name": "papers", **body})
    assert reply.status_code == 200, reply.text
    return str(reply.json()["collection_id"])


def uploaded(http: httpx.Client, name: str = "a.txt", content: bytes = TEXT.encode()) -> str:
    return str(http.post("/files", files={"file": (name, content)}).json()["id"])


def added(
    http: httpx.Client, manage: httpx.Client, collection: str, text: str, name: str = "a.txt", **fields: str
) -> str:
    file = uploaded(http, name, text.encode())
    assert manage.post(f"/collections/{collection}/documents/{file}", json={"fields": fields}).json() == {}
    return file


def search(http: httpx.Client, collection: str, query: str, **body: Any) -> list[Any]:
    reply = http.post("/documents/search", json={"query": query, "source": {"collection_ids": [collection]}, **body})
    assert reply.status_code == 200, reply.text
    return list(reply.json()["matches"])


# -------------------------------------------------------------------------------------------------------------- state


def test_a_document_is_processing_then_processed_and_only_then_found(
    sim: SimulatedXAI, http: httpx.Client, manage: httpx.Client
) -> None:
    sim.keep_indexing(3)
    collection = made(manage)
    file = added(http, manage, collection, TEXT)
    path = f"/collections/{collection}/documents/{file}"
    assert manage.get(path).json()["status"] == "DOCUMENT_STATUS_PROCESSING"
    assert search(http, collection, "court") == []
    assert (
        manage.get(f"/collections/{collection}/documents").json()["documents"][0]["status"]
        == "DOCUMENT_STATUS_PROCESSING"
    )
    document = manage.get(f"/collections/{collection}/documents:batchGet", params={"file_ids": [file]}).json()[
        "documents"
    ][0]
    assert (document["status"], document["file_metadata"]["size_bytes"]) == (
        "DOCUMENT_STATUS_PROCESSED",
        str(len(TEXT)),
    )
    assert document["last_indexed_at"].endswith("Z")
    assert len(document["file_metadata"]["hash"]) == 64
    assert [match["file_id"] for match in search(http, collection, "court")] == [file]
    assert manage.patch(path).json() == {}
    assert search(http, collection, "court") == []
    assert manage.get(f"/collections/{collection}").json()["documents_count"] == 1


def test_a_document_fails_when_told_to_and_when_there_is_no_text(
    sim: SimulatedXAI, http: httpx.Client, manage: httpx.Client
) -> None:
    sim.keep_indexing(0)
    sim.fail_indexing("the index is full")
    collection = made(manage)
    scripted, binary = added(http, manage, collection, TEXT), uploaded(http, "a.png", b"\x89PNG")
    manage.post(f"/collections/{collection}/documents/{binary}", json={})
    found = [manage.get(f"/collections/{collection}/documents/{file}").json() for file in (scripted, binary)]
    assert [document["status"] for document in found] == ["DOCUMENT_STATUS_FAILED"] * 2
    assert found[0]["error_message"] == "the index is full"
    assert "image/png" in found[1]["error_message"]
    manage.patch(f"/collections/{collection}/documents/{scripted}")
    assert manage.get(f"/collections/{collection}/documents/{scripted}").json()["status"] == "DOCUMENT_STATUS_PROCESSED"


def test_fields_are_required_unique_defined_anew_and_deleted(http: httpx.Client, manage: httpx.Client) -> None:
    collection = made(
        manage, field_definitions=[{"key": "year", "required": True}, {"key": "isbn", "unique": True}, {"key": "note"}]
    )
    first = added(http, manage, collection, TEXT, year="2020", isbn="1", note="x")
    other = uploaded(http)
    for fields, word in (({}, "year is required"), ({"year": "2021", "isbn": "1"}, "isbn must be unique")):
        reply = manage.post(f"/collections/{collection}/documents/{other}", json={"fields": fields})
        assert (reply.status_code, word in reply.json()["error"]) == (400, True)
    assert manage.post(
        f"/collections/{collection}/documents/{first}", json={"fields": {"year": "2022", "isbn": "1"}}
    ).is_success
    manage.post(
        f"/collections/{collection}/documents/{first}", json={"fields": {"year": "2022", "note": "y", "isbn": "1"}}
    )
    definition: Any = {"key": "note", "description": "A remark."}
    updates = [
        {"field_definition": {"key": "isbn"}, "operation": "FIELD_DEFINITION_DELETE"},
        {"field_definition": definition, "operation": "FIELD_DEFINITION_ADD"},
        {"field_definition": {"key": "year", "required": False}, "operation": "FIELD_DEFINITION_ADD"},
    ]
    changed = manage.put(f"/collections/{collection}", json={"field_definition_updates": updates}).json()
    assert changed["field_definitions"] == [{"key": "year", "required": False}, definition]
    assert manage.get(f"/collections/{collection}/documents/{first}").json()["fields"] == {"year": "2022", "note": "y"}
    new: Any = {"field_definition": {"key": "new", "required": True}, "operation": "FIELD_DEFINITION_ADD"}
    assert (
        manage.put(
            f"/collections/{collection}", json={"collection_name": "b", "field_definition_updates": [new]}
        ).status_code
        == 400
    )
    assert manage.get(f"/collections/{collection}").json()["collection_name"] == "papers"  # all of a change or nothing


def test_what_is_deleted_is_gone_and_the_file_stays(http: httpx.Client, manage: httpx.Client) -> None:
    collection = made(manage)
    file = added(http, manage, collection, TEXT)
    path = f"/collections/{collection}/documents/{file}"
    assert manage.delete(path).json() == {}
    assert [call(path).status_code for call in (manage.get, manage.delete, manage.patch)] == [404] * 3
    assert http.get(f"/files/{file}").is_success
    assert manage.delete(f"/collections/{collection}").json() == {}
    assert [call(f"/collections/{collection}").status_code for call in (manage.get, manage.delete)] == [404] * 2
    body = {"query": "x", "source": {"collection_ids": [collection]}}
    assert http.post("/documents/search", json=body).status_code == 404


def test_lists_are_sorted_filtered_and_cut_into_pages(http: httpx.Client, manage: httpx.Client) -> None:
    collection = made(manage)
    for name, text in (("b.txt", "bb"), ("a.md", "a"), ("c.txt", "ccc")):
        added(http, manage, collection, text, name, kind=text[0])
    path = f"/collections/{collection}/documents"

    def names(**query: Any) -> list[str]:
        reply = manage.get(path, params=query).json()
        return [each["file_metadata"]["name"] for each in reply["documents"]]

    assert names() == ["c.txt", "b.txt", "a.md"]
    assert names(order="ORDERING_ASCENDING", sort_by="DOCUMENTS_SORT_BY_SIZE") == ["a.md", "b.txt", "c.txt"]
    assert names(sort_by="DOCUMENTS_SORT_BY_AGE") == ["c.txt", "a.md", "b.txt"]
    assert names(filter="size_bytes:>1 AND fields.kind:!c") == ["b.txt"]
    assert names(filter="name:TXT", limit=1) == ["c.txt"]
    assert names(filter="status:DOCUMENT_STATUS_FAILED") == []
    assert names(name="a.md") == ["a.md"]
    assert names(filter="created_at:>2001-01-01T00:00:00Z") == ["c.txt", "b.txt", "a.md"]
    first = manage.get(path, params={"limit": 2}).json()
    second = manage.get(path, params={"limit": 2, "pagination_token": first["pagination_token"]}).json()
    assert (len(first["documents"]), len(second["documents"]), "pagination_token" in second) == (2, 1, False)
    for wrong in (
        {"order": "asc"},
        {"sort_by": "NAME"},
        {"limit": 101},
        {"filter": "colour = 1"},
        {"pagination_token": "nonsense"},
        {"pagination_token": first["pagination_token"], "order": "ORDERING_ASCENDING"},
    ):
        assert manage.get(path, params=wrong).status_code == 400, wrong


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "", {}, 422),
        ("POST", "", {"collection_name": 5}, 422),
        ("POST", "", {"collection_name": ""}, 400),
        ("POST", "", {"collection_name": "a", "metric_space": "L2"}, 422),
        ("POST", "", {"collection_name": "a", "chunk_configuration": {}}, 400),
        ("POST", "", {"collection_name": "a", "chunk_configuration": {"lines_configuration": {}}}, 400),
        ("POST", "", {"collection_name": "a", "field_definitions": [{}]}, 422),
        ("PUT", "/c", {}, 404),
        ("GET", "/c", None, 404),
        ("GET", "/c/documents", None, 404),
        ("PUT", "/c/documents", {}, 405),
    ],
)
def test_a_bad_request_has_the_status_of_the_api(
    manage: httpx.Client, method: str, path: str, body: Any, status: int
) -> None:
    reply = manage.request(method, "/collections" + path, json=body)
    assert (reply.status_code, reply.json().keys()) == (status, {"code", "error"})


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"query": None}, 422),
        ({"limit": 0}, 400),
        ({"source": {"collection_ids": []}}, 400),
        ({"retrieval_mode": {"type": "guess"}}, 422),
        ({"retrieval_mode": {"type": "hybrid", "search_multiplier": 101}}, 400),
        ({"retrieval_mode": {"type": "hybrid", "reranker": {"type": "luck"}}}, 422),
        ({"filter": "year ="}, 400),
        ({"group_by": {"keys": []}}, 400),
        ({"group_by": {"keys": ["a"], "aggregate": {"max_k": {"k": 0, "keys": ["#score"]}}}}, 400),
    ],
)
def test_a_bad_search_has_the_status_of_the_api(
    http: httpx.Client, manage: httpx.Client, change: Any, status: int
) -> None:
    body = {"query": "x", "source": {"collection_ids": [made(manage)]}, **change}
    assert http.post("/documents/search", json=body).status_code == status


def test_each_host_has_its_key(sim: SimulatedXAI, http: httpx.Client, manage: httpx.Client) -> None:
    assert http.get("/collections").status_code == 400
    assert "Incorrect API key" in http.get("/collections").json()["error"]
    assert httpx.get(f"{sim.base_url}/collections").status_code == 401
    with httpx.Client(base_url=sim.base_url, headers=manage.headers) as wrong:
        assert wrong.post("/documents/search", json={}).status_code == 400


# ------------------------------------------------------------------------------------------------------------- search


def test_each_mode_ranks_in_its_own_way(sim: SimulatedXAI, http: httpx.Client, manage: httpx.Client) -> None:
    sim.keep_indexing(0)
    collection = made(manage)
    texts = ["Contracts are signed.", "The contractual party.", "Birds sing."]
    files = [added(http, manage, collection, text) for text in texts]

    def found(mode: Any, **body: Any) -> list[str]:
        return [match["file_id"] for match in search(http, collection, "contract", retrieval_mode=mode, **body)]

    assert found({"type": "keyword"}) == [files[0]]  # of the same stem
    assert set(found({"type": "semantic"})[:2]) == set(files[:2])
    assert len(found({"type": "semantic"})) == 3
    assert found({"type": "hybrid"})[0] == files[0]
    by_meaning = {"type": "rrf", "text_weight": 0.0, "embedding_weight": 1.0}
    assert found({"type": "hybrid", "reranker": by_meaning, "search_multiplier": 10}) == found({"type": "semantic"})
    assert len(found({"type": "semantic"}, limit=1)) == 1


def test_pages_names_and_fields_are_in_the_chunks(sim: SimulatedXAI, http: httpx.Client, manage: httpx.Client) -> None:
    sim.keep_indexing(0)
    collection = made(
        manage,
        chunk_configuration={"bytes_configuration": {"max_chunk_size_bytes": 100}, "inject_name_into_chunks": True},
        field_definitions=[{"key": "author", "inject_into_chunk": True}],
    )
    added(http, manage, collection, "one\ftwo", "book.txt", author="Ann")
    added(http, manage, collection, "three", "leaf.txt")
    assert search(http, collection, "three", limit=1)[0]["page_number"] == 0
    matches = search(http, collection, "two", retrieval_mode={"type": "keyword"})
    assert [(match["chunk_content"], match["page_number"]) for match in matches] == [("book.txt\nauthor: Ann\ntwo", 2)]
    assert search(http, collection, "book ann", limit=1)[0]["fields"] == {"author": "Ann"}


def test_groups_do_not_reach_across_collections(sim: SimulatedXAI, http: httpx.Client, manage: httpx.Client) -> None:
    sim.keep_indexing(0)
    collections = [made(manage), made(manage)]
    for collection in collections:
        for year in ("2019", "2020"):
            added(http, manage, collection, f"river {year}", author="Ann", year=year)
        added(http, manage, collection, "river")
    body = {"query": "river", "source": {"collection_ids": collections}, "group_by": {"keys": ["author"]}}
    assert len(http.post("/documents/search", json=body).json()["matches"]) == 4
    body["group_by"]["aggregate"] = {"max_k": {"k": 1, "keys": ["year"]}}
    years = [match["fields"].get("year") for match in http.post("/documents/search", json=body).json()["matches"]]
    assert sorted(years, key=str) == ["2020", "2020", None, None]


@given(st.text(), st.lists(st.text(), max_size=5))
def test_any_text_can_be_searched_for_in_any(query: str, texts: list[str]) -> None:
    query, *texts = (text.encode("utf-8", "replace").decode() for text in (query, *texts))
    words, likeness = by_words(query, texts), by_likeness(query, texts)
    assert {position for position, _ in words} <= set(range(len(texts)))
    assert [score for _, score in likeness] == sorted((score for _, score in likeness), reverse=True)
    assert {position for position, _ in fused([(words, 0.5), (likeness, 0.5)], 60)} == set(range(len(texts)))


# ------------------------------------------------------------------------------------------------------------- chunks

SIZED = {
    "chars": (len, "chars_configuration"),
    "bytes": (lambda text: len(text.encode()), "bytes_configuration"),
}


@pytest.mark.parametrize("unit", SIZED)
@given(text=st.text(), size=st.integers(4, 20), overlap=st.integers(0, 25))
def test_chunks_keep_within_their_size_and_lose_nothing(unit: str, text: str, size: int, overlap: int) -> None:
    text = text.encode("utf-8", "replace").decode()
    measure, name = SIZED[unit]
    configuration = {name: {f"max_chunk_size_{unit}": size, f"chunk_overlap_{unit}": overlap}}
    found = chunks(text, configuration)
    assert all(measure(chunk) <= size for chunk in found)
    rest = text
    for chunk in found:  # each begins at or before the end of the one before it
        assert chunk in text
        rest = rest.replace(chunk, "", 1)
    if overlap == 0:
        assert not rest.strip()


@pytest.mark.parametrize(
    ("strategy", "size", "text", "expected"),
    [
        ("tokens", 2, "one two three", ["one two", " three"]),
        ("markdown_chars", 50, "intro\n# A\na\n## B\nb", ["intro\n", "# A\na\n", "## B\nb"]),
        ("code_tokens", 50, "import a\ndef b():\n  pass\nclass C:\n  pass", None),
        ("table", 4, "a,b\nc,d\ne,f\n", ["a,b\n", "c,d\n", "e,f\n"]),
        ("ast", 50, "x = 1\nclass C:\n  pass", ["x = 1\n", "class C:\n  pass"]),
    ],
)
def test_strategies_cut_where_they_say(strategy: str, size: int, text: str, expected: list[str] | None) -> None:
    unit = "chars" if strategy.endswith("chars") else "tokens"
    found = chunks(text, {f"{strategy}_configuration": {f"max_chunk_size_{unit}": size}})
    assert found == (expected or ["import a\n", "def b():\n  pass\n", "class C:\n  pass"])


def test_chunks_overlap_and_are_stripped() -> None:
    sizes = {"max_chunk_size_chars": 4, "chunk_overlap_chars": 2}
    assert chunks("éééé", {"bytes_configuration": {"max_chunk_size_bytes": 6, "chunk_overlap_bytes": 3}}) == [
        "ééé",
        "éé",
    ]
    assert chunks("abcdefgh", {"chars_configuration": sizes}) == ["abcd", "cdef", "efgh"]
    assert chunks("ab   cd ", {"chars_configuration": {"max_chunk_size_chars": 3}, "strip_whitespace": True}) == [
        "ab",
        "c",
        "d",
    ]


# ------------------------------------------------------------------------------------------------------------- filters

RECORD = {"n": 12, "year": "2021", "name": "Big Law", "status": "DONE", "when": 1.8e9, "none": None}


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("n:>10", True),
        ("n:<10", False),
        ("n:>=12 AND n:<=12", True),
        ("n:10..12", True),
        ("n:13..20", False),
        ("year:2020..2024", True),
        ("year > 2021 OR n = 12", True),
        ("year >= 2021.0", True),
        ("name:law", True),
        ("name = LAW", True),
        ("name:!law", False),
        ('name:"big law"', True),
        ("status:DON", False),
        ("status:!DONE", False),
        ("NOT (status:DONE)", False),
        ("status > A", True),
        ("when:>2026-01-01T00:00:00Z", True),
        ("when:2020-01-01T00:00:00Z..2026-01-01T00:00:00Z", False),
        ("none:1", False),
    ],
)
def test_a_filter_with_colons_and_ranges(text: str, matches: bool) -> None:
    assert matcher(text, RECORD, {"name"})(RECORD) == matches


@pytest.mark.parametrize("text", ["n:", "n:>", "m:1", "n ! 5", "n:1 2", "AND", "n = 1 OR"])
def test_a_filter_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ApiError) as caught:
        matcher(text, RECORD)
    assert caught.value.status == 400


def test_what_the_simulator_is_told_has_to_make_sense(sim: SimulatedXAI) -> None:
    for call in (lambda: sim.keep_indexing(-1), lambda: sim.fail_indexing(""), lambda: sim.fail_indexing("x", 0)):
        with pytest.raises(ValueError, match="must be"):
            call()
