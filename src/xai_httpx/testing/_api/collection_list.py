"""Lists of collections and of documents, page by page."""

from collections.abc import Callable, Container, Sequence
from typing import Any, TypeVar

from starlette.datastructures import QueryParams

from .._stores.collection_store import StoredCollection, StoredDocument
from .filter import Record, matcher
from .paging import list_choice, page_of

T = TypeVar("T")
_ORDERS = ("ORDERING_UNKNOWN", "ORDERING_ASCENDING", "ORDERING_DESCENDING")
_COLLECTION_KEYS: dict[str, Callable[[StoredCollection], Any]] = {
    "COLLECTIONS_SORT_BY_NAME": lambda one: one.settings["collection_name"],
    "COLLECTIONS_SORT_BY_AGE": lambda one: one.serial,
}
_DOCUMENT_KEYS: dict[str, Callable[[StoredDocument], Any]] = {
    "DOCUMENTS_SORT_BY_NAME": lambda one: one.file.filename,
    "DOCUMENTS_SORT_BY_SIZE": lambda one: one.file.size,
    "DOCUMENTS_SORT_BY_AGE": lambda one: one.serial,
}
_COLLECTION_FIELDS = frozenset({"collection_id", "collection_name", "created_at", "documents_count"})


class _DocumentFields(Container[str]):
    """The fields that every document has, and those of its own below `fields.`."""

    def __contains__(self, name: object) -> bool:
        own = ("name", "content_type", "size_bytes", "created_at", "status")
        return name in own or (isinstance(name, str) and name.startswith("fields."))


def page_of_collections(
    collections: Sequence[StoredCollection], query: QueryParams
) -> tuple[Sequence[StoredCollection], str | None]:
    """Cut one page out of the collections.

    Returns:
        The page, and the token of the page after it; None on the last.

    Raises:
        ApiError: 400 for a value that is not allowed, and for a token of another order.
    """
    matches = matcher(query.get("filter", ""), _COLLECTION_FIELDS, {"collection_name"})
    return _page([one for one in collections if matches(_collection_record(one))], query, _COLLECTION_KEYS)


def page_of_documents(
    documents: Sequence[StoredDocument], query: QueryParams
) -> tuple[Sequence[StoredDocument], str | None]:
    """Cut one page out of the documents, as `page_of_collections` does."""
    matches = matcher(query.get("filter", ""), _DocumentFields(), {"name", "content_type"})
    named = query.get("name")
    found = [one for one in documents if named in (None, one.file.filename) and matches(_document_record(one))]
    return _page(found, query, _DOCUMENT_KEYS)


def _page(found: list[T], query: QueryParams, keys: dict[str, Callable[[T], Any]]) -> tuple[Sequence[T], str | None]:
    sort_by = list_choice(query, "sort_by", list(keys), next(iter(keys)))
    order = list_choice(query, "order", _ORDERS, "ORDERING_DESCENDING")
    ordered = sorted(found, key=keys[sort_by], reverse=order != "ORDERING_ASCENDING")
    return page_of(ordered, query, [sort_by, order, query.get("filter", "")])


def _collection_record(one: StoredCollection) -> Record:
    return {
        "collection_id": one.id,
        "collection_name": one.settings["collection_name"],
        "created_at": one.created_at,
        "documents_count": len(one.documents),
    }


def _document_record(one: StoredDocument) -> Record:
    return {
        "name": one.file.filename,
        "content_type": one.file.content_type,
        "size_bytes": one.file.size,
        "created_at": one.file.created_at,
        "status": one.status,
        **{f"fields.{key}": value for key, value in one.fields.items()},
    }
