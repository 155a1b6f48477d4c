"""Collections: what their models tell beside their fields, and what is decided of a call before it is made. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from ._encode import encode
from ._errors import RequestValidationError
from ._models import XAIModel, from_lax_json

if TYPE_CHECKING:
    from ._jobs import Look
    from .types.collections import CollectionList, Document, DocumentList
    from .types.documents_params import SearchParams

Order: TypeAlias = Literal["asc", "desc"]
CollectionSort: TypeAlias = Literal["name", "age"]
DocumentSort: TypeAlias = Literal["name", "size", "age"]

LARGEST_PAGE = 100
_STATUS = "DOCUMENT_STATUS_"
_ORDERS = {"asc": "ORDERING_ASCENDING", "desc": "ORDERING_DESCENDING"}
_ENDS = {"processed": "done", "failed": "failed"}


class CollectionBase(XAIModel):
    """A set of documents that can be searched."""

    @property
    def created(self) -> datetime | None:
        """When it was made; None where the server did not say."""
        return _moment(self, "created_at")


class FileMetadataBase(XAIModel):
    """A file as the management host describes it."""

    @property
    def size(self) -> int | None:
        """Its size in bytes; None where the server did not say."""
        size: Any = getattr(self, "size_bytes", None)
        return int(size) if isinstance(size, int) or (isinstance(size, str) and size.isdecimal()) else None

    @property
    def created(self) -> datetime | None:
        """When it was uploaded; None where the server did not say."""
        return _moment(self, "created_at")

    @property
    def expires(self) -> datetime | None:
        """When it is to be deleted; None for never."""
        return _moment(self, "expires_at")


class DocumentBase(XAIModel):
    """A file in a collection."""

    if TYPE_CHECKING:
        file_metadata: FileMetadataBase

    @property
    def file_id(self) -> str:
        """The id of its file, which is its own id within the collection."""
        file_id: str = getattr(self.file_metadata, "file_id", "")
        return file_id

    @property
    def state(self) -> str:
        """Its status as one word: `processing`, `processed`, `failed`, or one that is newer; `unknown` without one."""
        return (getattr(self, "status", None) or "unknown").removeprefix(_STATUS).lower()

    @property
    def indexed(self) -> bool:
        """Whether searches find it."""
        return self.state == "processed"

    @property
    def progress(self) -> float | None:
        """How much of it is indexed, in percent; None where the server does not tell."""
        chunks, processed = getattr(self, "chunk_count", None), getattr(self, "chunks_processed_count", None)
        if not isinstance(chunks, int) or not isinstance(processed, int) or chunks < 1:
            return None
        return min(100.0, 100.0 * processed / chunks)

    @property
    def last_indexed(self) -> datetime | None:
        """When it was indexed last; None for never."""
        return _moment(self, "last_indexed_at")


def _moment(model: XAIModel, name: str) -> datetime | None:
    try:
        return datetime.fromisoformat(getattr(model, name))
    except (AttributeError, TypeError, ValueError):
        return None


def look_at(document: Document) -> Look[Document]:
    """What a document tells the wait for it; with a status that is newer than this version the wait goes on."""
    from ._jobs import Look

    return Look(
        status=_ENDS.get(document.state, document.state),
        meta=document.meta,
        result=document,
        progress=document.progress,
        reason=document.error_message or None,
    )


def listing(sorts: str, query: Mapping[str, Any]) -> dict[str, Any]:
    """The query of a list, in the words of the API; those that it already has are taken as well.

    Args:
        sorts: What the values of `sort_by` begin with, such as `COLLECTIONS_SORT_BY_`.
        query: The query in our words.

    Raises:
        RequestValidationError: `limit`, `order` or `sort_by` is none that there is.
    """
    limit, kinds = query["limit"], ("name", "age") if sorts.startswith("COLLECTIONS") else ("name", "size", "age")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= LARGEST_PAGE):
        expected = f"at least 1 and at most {LARGEST_PAGE}"
        raise RequestValidationError(f"limit must be {expected}, got {limit!r}", "limit", expected, limit)
    return {
        **query,
        "order": _word("order", query["order"], _ORDERS),
        "sort_by": _word("sort_by", query["sort_by"], {kind: sorts + kind.upper() for kind in kinds}),
    }


def _word(name: str, value: Any, words: Mapping[str, str]) -> str | None:
    if value is None or value in words.values():
        return value
    if value not in words:
        expected = " or ".join(map(repr, words))
        raise RequestValidationError(f"{name} must be {expected}, got {value!r}", name, expected, value)
    return words[value]


def following(page: CollectionList | DocumentList) -> dict[str, Any] | None:
    """What the query of the page after this one has; None after the last."""
    return {"pagination_token": page.pagination_token} if page.pagination_token else None


def id_list(values: str | Sequence[str], name: str) -> list[str]:
    """One id or several as a list.

    Raises:
        RequestValidationError: There is none, or one is empty or no string.
    """
    ids: list[Any] = [values] if isinstance(values, str) else list(values)
    if not ids or not all(isinstance(each, str) and each for each in ids):
        raise RequestValidationError(f"{name} must be one id or more, got {values!r}", name, "one id or more", values)
    return ids


def refuse_required(updates: Any) -> None:
    """Refuse a new field that is required, as the server does: the documents that are there do not have it.

    Raises:
        RequestValidationError: It names the field, or what has no JSON form.
    """
    plain = from_lax_json(encode({"field_definition_updates": updates}))["field_definition_updates"]
    for number, update in enumerate(plain if isinstance(plain, list) else ()):
        match update:
            case {"operation": "FIELD_DEFINITION_ADD", "field_definition": {"required": True, "key": key}}:
                place = f"field_definition_updates[{number}].field_definition.required"
                raise RequestValidationError(
                    f"{place} must not be true: {key!r} cannot be required of documents that are there already "
                    "(options={'extra_body': ...} sends it all the same)",
                    place,
                    "false or left out",
                    True,
                )
            case _:
                pass


def search_params(collection_ids: str | Sequence[str], given: Mapping[str, Any]) -> SearchParams:
    """The parameters of a search in these collections, of those that were given.

    Raises:
        RequestValidationError: There is no collection.
    """
    source = {"collection_ids": id_list(collection_ids, "collection_ids")}
    return cast("SearchParams", {"source": source, **{key: value for key, value in given.items() if value is not None}})
