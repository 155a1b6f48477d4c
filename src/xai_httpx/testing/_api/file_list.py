"""The list of files, page by page."""

from operator import gt, lt
from typing import Any

from starlette.datastructures import QueryParams

from .._contract.errors import ApiError
from .._stores.file_store import StoredFile
from .filter import Record, matcher
from .paging import list_choice, list_limit, place_of, token_for

_SORTS = ("created_at", "filename", "size")
_FIELDS = frozenset(
    {
        "name",
        "file_name",
        "file_id",
        "size_bytes",
        "content_type",
        "created_at",
        "expires_at",
        "upload_status",
        "user_defined_id",
        "public_url",
    }
)
_PARTIAL = frozenset({"name", "file_name", "content_type"})


def page_of_files(files: list[StoredFile], query: QueryParams) -> tuple[list[StoredFile], str | None]:
    """Cut one page out of the files.

    The token is there on the last page as well, as the API's description has it: what tells the end is a page that is
    shorter than its limit.

    Args:
        files: All of them.
        query: The query of the request.

    Returns:
        The files of the page, and the token of the page after it.

    Raises:
        ApiError: 400 for a value that is not allowed, and for a token of another order.
    """
    limit, order = list_limit(query), list_choice(query, "order", ("asc", "desc"), "desc")
    sort_by = list_choice(query, "sort_by", _SORTS, "created_at")
    matches = matcher(query.get("filter", ""), _FIELDS, _PARTIAL)
    found = sorted((file for file in files if matches(_record(file))), key=lambda file: _key(file, sort_by))
    if order == "desc":
        found.reverse()
    token, after = query.get("pagination_token"), query.get("after")
    if token:
        last, comes_after = place_of(token, [sort_by, order]), gt if order == "asc" else lt
        if [*map(type, last)] != [str if sort_by == "filename" else int, int]:
            raise ApiError(400, "Invalid pagination_token.")
        found = [file for file in found if comes_after(_key(file, sort_by), last)]
    elif after:
        ids = [file.id for file in found]
        if after not in ids:
            raise ApiError(400, f"Invalid value for after: no file has the id {after}.")
        found = found[ids.index(after) + 1 :]
    page = found[:limit]
    return page, token_for([sort_by, order], *_key(page[-1], sort_by)) if page else token


def _key(file: StoredFile, sort_by: str) -> list[Any]:
    """What files are sorted by; those that are equal, by the order of their uploads."""
    return [getattr(file, sort_by), file.serial]


def _record(file: StoredFile) -> Record:
    return {
        "name": file.filename,
        "file_name": file.filename,
        "file_id": file.id,
        "size_bytes": file.size,
        "content_type": file.content_type,
        "created_at": file.created_at,
        "expires_at": file.expires_at,
        "upload_status": "complete",
        "user_defined_id": None,
        "public_url": None if file.public is None else file.public.token,
    }
