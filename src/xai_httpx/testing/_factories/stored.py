"""Factories of what the API keeps: files, skills, collections and their documents, and what a search finds."""

from collections.abc import Sequence
from typing import Any

from ...types.collections import Collection, Document
from ...types.documents import SearchMatch, SearchResponse
from ...types.files import File
from ...types.skills import Skill
from .._api.collection_bodies import collection_body, document_body
from .._json import JsonObject
from .._saving.blob import Blob
from .._stores.chunking import DEFAULT
from .._stores.collection_store import FAILED, PROCESSED, StoredCollection, StoredDocument
from .._stores.file_store import StoredFile
from .making import CREATED, made

_FILE, _COLLECTION = "file_made", "collection_made"
_CONTENT = b"Made by a factory.\n"


def make_file(filename: str = "made.txt", **fields: Any) -> File:
    """Make a file.

    Args:
        filename: Its name.
        **fields: Any other field of `File`; `bytes` is its size.

    Raises:
        TypeError: `File` has no such field.
        ValueError: A field cannot have such a value.
    """
    body: JsonObject = {"id": _FILE, "object": "file", "bytes": len(_CONTENT), "created_at": CREATED}
    return made(File, body | {"filename": filename, "purpose": "assistants", "expires_at": None}, fields)


def make_skill(name: str = "made", **fields: Any) -> Skill:
    """Make a skill; `fields` are those of `Skill`."""
    versions = {"default_version": "1", "latest_version": "1"}
    body: JsonObject = {"id": "skill_made", "object": "skill", "name": name, "description": "Made by a factory."}
    return made(Skill, {**body, **versions, "created_at": CREATED}, fields)


def make_collection(collection_name: str = "made", **fields: Any) -> Collection:
    """Make a collection, without documents; `fields` are those of `Collection`."""
    settings: JsonObject = {
        "collection_name": collection_name,
        "index_configuration": {"model_name": "grok-embedding-small"},
        "chunk_configuration": DEFAULT,
    }
    return made(Collection, collection_body(StoredCollection(_COLLECTION, settings, {}, CREATED, 0)), fields)


def make_document(name: str = "made.txt", *, status: str = PROCESSED, **fields: Any) -> Document:
    """Make a document of a collection.

    Args:
        name: The name of its file.
        status: "DOCUMENT_STATUS_PROCESSED", "DOCUMENT_STATUS_PROCESSING" or "DOCUMENT_STATUS_FAILED".
        **fields: Any other field of `Document`; `fields` are its own fields.

    Raises:
        TypeError: `Document` has no such field.
        ValueError: A field cannot have such a value.
    """
    file = StoredFile(_FILE, name, Blob(_CONTENT), "text/plain", CREATED, None, "assistants", 0)
    indexed = CREATED if status == PROCESSED else None
    message = "The document could not be indexed (made)." if status == FAILED else ""
    stored = StoredDocument(file, {}, 0, status, 0, message, indexed)
    return made(Document, document_body(stored), fields)


def make_search_match(chunk_content: str = "Made by a factory.", *, score: float = 0.9, **fields: Any) -> SearchMatch:
    """Make a match of a search; `fields` are those of `SearchMatch`."""
    body: JsonObject = {"chunk_content": chunk_content, "chunk_id": "chunk_made", "collection_ids": [_COLLECTION]}
    return made(SearchMatch, {**body, "fields": {}, "file_id": _FILE, "page_number": 0, "score": score}, fields)


def make_search_response(chunk_contents: Sequence[str] = ("Made by a factory.",), **fields: Any) -> SearchResponse:
    """Make what a search finds.

    Args:
        chunk_contents: The texts of the matches, the best first.
        **fields: Any other field of `SearchResponse`; `matches` takes those of `make_search_match`.

    Raises:
        TypeError: `SearchResponse` has no such field.
        ValueError: A field cannot have such a value.
    """
    matches = [
        make_search_match(content, score=round(0.9 / (1 + rank), 4), chunk_id=f"chunk_made_{rank}")
        for rank, content in enumerate(chunk_contents)
    ]
    return made(SearchResponse, {"matches": matches}, fields)
