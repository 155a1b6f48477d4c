"""Collections: what is decided of a call before it is made, and what a document tells of its indexing. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from ._arguments import one_of, within
from ._errors import RequestValidationError
from ._jobs import Look

if TYPE_CHECKING:
    from .types.collections import Document
    from .types.documents_params import SearchParams

Order: TypeAlias = Literal["asc", "desc"]
CollectionSort: TypeAlias = Literal["name", "age"]
DocumentSort: TypeAlias = Literal["name", "size", "age"]

LARGEST_PAGE = 100
COLLECTION_SORTS = {"name": "COLLECTIONS_SORT_BY_NAME", "age": "COLLECTIONS_SORT_BY_AGE"}
DOCUMENT_SORTS = {
    "name": "DOCUMENTS_SORT_BY_NAME",
    "size": "DOCUMENTS_SORT_BY_SIZE",
    "age": "DOCUMENTS_SORT_BY_AGE",
}
_ORDERS = {"asc": "ORDERING_ASCENDING", "desc": "ORDERING_DESCENDING"}
_ENDS = {"processed": "done", "failed": "failed"}


def look_at(document: Document) -> Look[Document]:
    """What a document tells the wait for it; with a status that is newer than this version the wait goes on."""
    return Look(
        status=_ENDS.get(document.state, document.state),
        meta=document.meta,
        result=document,
        progress=document.progress,
        reason=str(document.error_message or "") or None,  # whatever a reply that did not fit has in its place
        reply=document,
    )


def listing(
    sorts: Mapping[str, str], *, limit: int | None, order: str | None, sort_by: str | None, **others: str | None
) -> dict[str, Any]:
    """The query of a list, in the words of the API.

    Args:
        sorts: What `sort_by` may be, in our words and in those of the API.
        limit: Entries of a page.
        order: In our words, as is `sort_by`.
        sort_by: What the entries are sorted by.
        others: What is the same in both.

    Raises:
        RequestValidationError: `limit`, `order` or `sort_by` is none that there is.
    """
    if limit is not None:
        within(limit, "limit", 1, LARGEST_PAGE)
    words = {"order": _word("order", order, _ORDERS), "sort_by": _word("sort_by", sort_by, sorts)}
    return {"limit": limit, **words, **others}


def _word(name: str, value: str | None, words: Mapping[str, str]) -> str | None:
    one_of(value, name, *words)
    return None if value is None else words[value]


def id_list(values: str | Sequence[str], name: str) -> list[str]:
    """One id or several as a list.

    Raises:
        RequestValidationError: There is none, or one is empty or no string.
    """
    try:
        ids: list[Any] = [values] if isinstance(values, str) else list(values)
    except TypeError:
        ids = []
    if not ids or not all(isinstance(each, str) and each for each in ids):
        raise RequestValidationError(
            f"{name} must be one id or more, got {values!r:.100}", name, "one id or more", values
        )
    return ids


def search_params(collection_ids: Sequence[str], given: Mapping[str, Any]) -> SearchParams:
    """The parameters of a search in these collections, of those that were given."""
    params = {name: value for name, value in given.items() if value is not None}
    return cast("SearchParams", {"source": {"collection_ids": collection_ids}, **params})
