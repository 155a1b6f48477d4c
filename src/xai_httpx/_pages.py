"""Lists: await one for its first page, iterate it for all items."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from ._bases import models
from ._call import Call
from ._config import RequestOptions
from ._encode import query_string
from ._errors import RequestValidationError, XAIError
from ._meta import Meta

if TYPE_CHECKING:
    from ._calls import Calls

T = TypeVar("T")


class Page(Generic[T]):
    """A page of a list, and the way to the pages after it.

        page = await client.models.list()              # the first page
        async for model in client.models.list(): ...   # all items, page by page
        models = await client.models.list().collect()

    Args:
        client: The client that fetches pages.
        call: The request of this page.
        options: Its options.
        items: The items of the reply.
        after: Query parameters of the page after a reply; None when it is the last.
    """

    def __init__(
        self,
        client: Calls,
        call: Call[Any],
        options: RequestOptions | None,
        items: Callable[[Any], list[T]],
        after: Callable[[Any], Mapping[str, Any] | None] = lambda reply: None,
    ) -> None:
        self._client = client
        self._call = call
        self._options = options
        self._items_of = items
        self._after = after
        self._reply: Any = None

    def __await__(self) -> Generator[Any, Any, Self]:
        return self._load().__await__()

    @property
    def items(self) -> list[T]:
        """The items of this page."""
        return models(self._items_of(self._loaded()))

    @property
    def raw(self) -> Any:
        """The reply of this page, whole."""
        return self._loaded()

    @property
    def meta(self) -> Meta:
        """Status, headers and ids of this page's reply."""
        meta: Meta = self._loaded().meta
        return meta

    @property
    def has_next(self) -> bool:
        """Whether there is a page after this one."""
        return self._following(self._loaded()) is not None

    async def next(self) -> Page[T] | None:
        """The page after this one; None when this is the last."""
        following = (await self)._after_this()
        return None if following is None else await following

    def pages(self) -> Pages[T]:
        """This page and all after it, as an async iterator."""
        return Pages(self)

    def __aiter__(self) -> Items[T]:
        return Items(self)

    async def collect(self, limit: int | None = None) -> list[T]:
        """Items of this page and those after it, at most `limit` of them.

        Raises:
            RequestValidationError: `limit` is negative.
        """
        if limit is not None and limit < 0:
            raise RequestValidationError(f"limit must be at least 0, got {limit}", "limit", "at least 0", limit)
        found: list[T] = []
        items = aiter(self)
        while len(found) != limit:
            try:
                found.append(await anext(items))
            except StopAsyncIteration:
                break
        return found

    @property
    def _query(self) -> str:
        """What tells it from the other pages of its list."""
        return query_string(self._call.query or {})

    def _after_this(self) -> Page[T] | None:
        """The page after this one, not loaded yet."""
        query = self._following(self._loaded())
        if query is None:
            return None
        call = replace(self._call, query=query)
        return Page(self._client, call, self._options, self._items_of, self._after)

    def _following(self, reply: Any) -> Mapping[str, Any] | None:
        """The query of the page after a reply; None at the end, or where the server would send the same page again."""
        query, after = self._call.query or {}, self._after(reply)
        return None if after is None or {**query, **after} == query else {**query, **after}

    async def _load(self) -> Self:
        if self._reply is None:
            self._reply = await self._client._call(self._call, self._options)
        return self

    def _loaded(self) -> Any:
        if self._reply is None:
            raise XAIError("the page is not loaded yet: await it first")
        return self._reply


class Pages(Generic[T]):
    """The pages of a list, one after the other; a list that leads back to one of them has ended there."""

    def __init__(self, first: Page[T]) -> None:
        self._first = first
        self._last: Page[T] | None = None
        self._queries: set[str] = set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Page[T]:
        page = self._first if self._last is None else self._last._after_this()
        if page is None or page._query in self._queries:
            raise StopAsyncIteration
        self._last = await page
        self._queries.add(page._query)  # only now: after a failure it can be asked for again
        return self._last


class Items(Generic[T]):
    """The items of a list, over all its pages."""

    def __init__(self, first: Page[T]) -> None:
        self._pages = Pages(first)
        self._rest: list[T] = []

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        while not self._rest:
            self._rest = list(reversed((await self._pages.__anext__()).items))
        return self._rest.pop()


def by_token(page: Any) -> dict[str, Any] | None:
    """What the query of the page after one has; the token is null, absent or empty on the last."""
    return {"pagination_token": page.pagination_token} if page.pagination_token else None


def by_cursor(page: Any) -> dict[str, Any] | None:
    """What the query of the page after one has, in lists that go on after an id."""
    return {"after": page.last_id} if page.has_more and page.last_id else None
