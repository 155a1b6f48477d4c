"""Lists, page by page: what the query asks for, and where the page after it begins."""

import base64
import json
from collections.abc import Sequence
from typing import Any, TypeVar

from starlette.datastructures import QueryParams

from .._contract.errors import ApiError
from .._json import JsonObject

T = TypeVar("T")
MOST = 100
"""Entries that a page has at most, unless the API says otherwise."""


def list_limit(query: QueryParams, *, default: int = MOST, most: int = MOST) -> int:
    """Read how many items a page is to have.

    Raises:
        ApiError: 400 if it is not between 1 and `most`.
    """
    limit = int(query.get("limit", default))  # which the gate has found to be an integer
    if not 1 <= limit <= most:
        raise ApiError(400, f"Invalid value for limit: it must be between 1 and {most}.")
    return limit


def list_choice(query: QueryParams, name: str, allowed: Sequence[str], default: str) -> str:
    """Read a parameter that is one of some words, such as the order in which the items come.

    Raises:
        ApiError: 400 for another one.
    """
    value = query.get(name, default)
    if value not in allowed:
        raise ApiError(400, f"Invalid value for {name}: it must be one of {', '.join(allowed)}.")
    return value


def token_for(sorting: Sequence[str], *place: Any) -> str:
    """Make the token of the page that begins at a place in a list that is sorted so."""
    return base64.urlsafe_b64encode(json.dumps([*sorting, *place]).encode()).decode()


def place_of(token: str, sorting: Sequence[str]) -> list[Any]:
    """Return the place that a token was made with.

    Raises:
        ApiError: 400 for what is no token, or one of a list that is sorted otherwise.
    """
    try:
        parts = list(json.loads(base64.urlsafe_b64decode(token)))
    except (ValueError, TypeError):
        raise ApiError(400, "Invalid pagination_token.") from None
    if parts[: len(sorting)] != [*sorting]:
        raise ApiError(400, "Invalid pagination_token: the other parameters must be those of the page before.")
    return parts[len(sorting) :]


def page_of(
    entries: Sequence[T], query: QueryParams, sorting: Sequence[str] = (), *, most: int = MOST
) -> tuple[Sequence[T], str | None]:
    """Cut the page out of sorted entries that `limit` and `pagination_token` ask for.

    Returns:
        The page, and the token of the page after it; None on the last.

    Raises:
        ApiError: 400 for a limit that is out of its range, or a token of another list.
    """
    limit, token = list_limit(query, most=most), query.get("pagination_token")
    place = place_of(token, sorting) if token else [0]
    if len(place) != 1 or not isinstance(place[0], int) or place[0] < 0:
        raise ApiError(400, "Invalid pagination_token.")
    end = place[0] + limit
    return entries[place[0] : end], token_for(sorting, end) if end < len(entries) else None


def page_after(items: Sequence[JsonObject], query: QueryParams, order: str, *, default: int = MOST) -> JsonObject:
    """Cut the page out of items that `limit`, `order` and `after` ask for, the id of the item before it.

    Args:
        items: The items, oldest first.
        query: The query of the request.
        order: In which order they come if it does not say so: `asc` or `desc`.
        default: How many there are if it does not say so.

    Returns:
        The body of the page.

    Raises:
        ApiError: 400 for a value that is not allowed, or if no item has the id `after`.
    """
    limit, order = list_limit(query, default=default), list_choice(query, "order", ("asc", "desc"), order)
    ordered, after, start = items[::-1] if order == "desc" else items, query.get("after"), 0
    if after is not None:
        ids = [item["id"] for item in ordered]
        if after not in ids:
            raise ApiError(400, f"Invalid value for after: no item has the id {after}.")
        start = ids.index(after) + 1
    page = ordered[start : start + limit]
    return {
        "data": page,
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
        "has_more": start + limit < len(ordered),
        "object": "list",
    }
