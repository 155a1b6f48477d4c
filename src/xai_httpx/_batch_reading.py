"""The requests of a batch as a caller gives them: one after the other, never all in memory, and unique."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self, TypeAlias, Union, cast

import anyio
import anyio.lowlevel

from ._batch_requests import Entry, Rules, entry_of
from ._errors import RequestValidationError
from ._sources import CLOSING

if TYPE_CHECKING:
    from .types.batches_params import BatchRequestParam

BatchRequests: TypeAlias = Union["Iterable[BatchRequestParam]", "AsyncIterable[BatchRequestParam]"]
EXPECTED = "an iterable or async iterable of requests"
AT_ONCE = 1_000  # requests of one chunk
A_WHILE = 100  # requests that are checked in one go, unless one of them is
LARGE = 50_000  # bytes
CHUNK = 5_000_000  # bytes of one chunk, unless a single request has more


def bare(error: RequestValidationError) -> RequestValidationError:
    """An error without the frames behind it, which hold what the caller gave."""
    error.__context__ = None
    return error.with_traceback(None)


async def let_others_run(number: int, size: int) -> None:
    """Let other tasks run, and hear a cancellation, between requests; not at each of them, for that costs as much."""
    if number % A_WHILE == 0 or size > LARGE:
        await anyio.lowlevel.checkpoint()


class Unique:
    """Ids that were seen."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._seen: set[str] = set()

    def add(self, entry: Entry, place: str) -> None:
        """See a request.

        Raises:
            RequestValidationError: Another one has its id.
        """
        if entry.id in self._seen:
            path = f"{place}{self._name}"
            raise RequestValidationError(f"{path} must be unique, got {entry.id!r} again", path, "unique", entry.id)
        self._seen.add(entry.id)


class Reader:
    """Reads requests in chunks.

    Args:
        requests: Those of the caller; an async generator is closed in the end.
        rules: How to check them.
    """

    def __init__(self, requests: BatchRequests, rules: Rules) -> None:
        self._given: Any = requests
        self._iterator: Any = None
        self._is_async = isinstance(requests, AsyncIterable)
        self._is_sequence = isinstance(requests, Sequence)
        self._rules = rules
        self._count = 0
        self._ids = Unique(".batch_request_id")
        self._left: Entry | None = None

    async def __aenter__(self) -> Self:
        """Begin to read.

        Raises:
            RequestValidationError: There is nothing that can be iterated.
        """
        if not _holds_requests(self._given):
            got = type(self._given).__name__
            if isinstance(self._given, str | os.PathLike):
                got += "; upload() takes the path of a file, as Path(...)"
            raise RequestValidationError(f"requests must be {EXPECTED}, got {got}", "requests", EXPECTED)
        self._iterator = aiter(self._given) if self._is_async else iter(self._given)
        return self

    async def __aexit__(self, *error: object) -> None:
        iterator: object = self._iterator
        if isinstance(iterator, AsyncGenerator):  # Trio warns of one that is left before its end
            with anyio.move_on_after(CLOSING, shield=True), suppress(Exception):
                await cast("AsyncGenerator[object]", iterator).aclose()

    async def check_ahead(self) -> None:
        """Check all requests, if they are in a sequence and can so be read again.

        Raises:
            RequestValidationError: One of them is refused; as for `chunk`.
        """
        if not self._is_sequence:
            return
        try:
            await self._check_all(self._given)
        except RequestValidationError as error:
            refused = bare(error)
        else:
            # Only what clamping moves has to be moved once more.
            self._rules = replace(self._rules, validate=self._rules.validate and self._rules.clamp)
            return
        raise refused

    async def chunk(self) -> list[Entry]:
        """The next requests, of `AT_ONCE` and `CHUNK` at most; none at the end.

        Raises:
            RequestValidationError: One of them is refused. Behind it are no frames that hold requests.
            Exception: What the caller's iterable raised.
        """
        try:
            return await self._chunk()
        except RequestValidationError as error:
            refused = bare(error)
        raise refused

    async def _check_all(self, requests: Sequence[BatchRequestParam]) -> None:
        ids = Unique(".batch_request_id")
        for number, request in enumerate(requests):
            await self._entry(request, number, ids)

    async def _entry(self, request: object, number: int, ids: Unique) -> Entry:
        place = f"requests[{number}]"
        entry = await entry_of(request, place, self._rules)
        await let_others_run(number, entry.size)
        ids.add(entry, place)
        return entry

    async def _chunk(self) -> list[Entry]:
        found: list[Entry] = []
        size = 0
        while len(found) < AT_ONCE:
            entry, self._left = self._left or await self._next(), None
            if entry is None:
                break
            if found and size + entry.size > CHUNK:
                self._left = entry
                break
            found.append(entry)
            size += entry.size
        return found

    async def _next(self) -> Entry | None:
        try:
            request = await anext(self._iterator) if self._is_async else next(self._iterator)
        except (StopIteration, StopAsyncIteration):
            return None
        self._count += 1
        return await self._entry(request, self._count - 1, self._ids)


def _holds_requests(given: object) -> bool:
    return isinstance(given, Iterable | AsyncIterable) and not isinstance(given, str | bytes | Mapping)
