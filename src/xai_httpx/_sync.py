"""The machinery of the sync shim: the async resources, run in the one event loop of a `Runner`.

There is one implementation. `to_sync` and its relatives keep the signature of the method that they wrap, so that type
checkers report a missing, misspelt or mistyped argument as they do for the async client.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from types import TracebackType
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, Protocol, Self, TypeVar

if TYPE_CHECKING:
    from ._meta import Meta
    from ._pages import Page
    from ._runner import Runner
    from ._streams import Stream, TextStream

A = TypeVar("A")
E = TypeVar("E")
P = ParamSpec("P")
R = TypeVar("R")
E_co = TypeVar("E_co", covariant=True)
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")


class SyncResource(Generic[A]):
    """The sync form of an async resource."""

    def __init__(self, resource: A, runner: Runner) -> None:
        self._resource = resource
        self._runner = runner


class Streamed(Protocol[E_co, R_co]):
    """What is read as a `Stream` is."""

    @property
    def meta(self) -> Meta: ...
    @property
    def text_stream(self) -> TextStream[Any]: ...
    async def __aenter__(self) -> object: ...
    async def __anext__(self) -> E_co: ...
    async def final(self) -> R_co: ...
    async def aclose(self) -> None: ...


class SyncStreamed(Generic[E, R]):
    """The sync form of what is read as a `Stream` is: a context manager and a plain iterator."""

    def __init__(self, stream: Streamed[E, R], runner: Runner) -> None:
        self._stream = stream
        self._runner = runner

    def __enter__(self) -> Self:
        self._runner.run(self._stream.__aenter__)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> E:
        try:
            return self._runner.run(self._stream.__anext__)
        except StopAsyncIteration:
            raise StopIteration from None

    @property
    def meta(self) -> Meta:
        """Status, headers and ids; known as soon as the block is entered."""
        return self._stream.meta

    @property
    def text_stream(self) -> Iterator[str]:
        """The pieces of the answer's text as they come."""
        pieces = self._stream.text_stream
        while True:
            try:
                yield self._runner.run(pieces.__anext__)
            except StopAsyncIteration:
                return

    def final(self) -> R:
        """Read what is left and return the whole."""
        return self._runner.run(self._stream.final)

    def close(self) -> None:
        """Close the connection; what was read stays available."""
        if not self._runner.closed:  # closing the client has closed its streams
            self._runner.run(self._stream.aclose)


class SyncStream(SyncStreamed[E, R]):
    """The sync form of a `Stream`."""

    _stream: Stream[E, R]

    @property
    def partial(self) -> R | None:
        """What the events until now add up to; None before the first."""
        return self._stream.partial


class SyncPage(Generic[T]):
    """The sync form of a `Page`, loaded; iterating it goes on over the pages after it."""

    def __init__(self, page: Page[T], runner: Runner) -> None:
        self._page = runner.run(partial(_loaded, page))
        self._runner = runner

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page.items

    @property
    def items(self) -> list[T]:
        """The items of this page."""
        return self._page.items

    @property
    def raw(self) -> Any:
        """The reply of this page, whole."""
        return self._page.raw

    @property
    def meta(self) -> Meta:
        """Status, headers and ids of this page's reply."""
        return self._page.meta

    @property
    def has_next(self) -> bool:
        """Whether there is a page after this one."""
        return self._page.has_next

    def next(self) -> SyncPage[T] | None:
        """The page after this one; None when this is the last."""
        page = self._runner.run(self._page.next)
        return None if page is None else SyncPage(page, self._runner)

    def pages(self) -> Iterator[SyncPage[T]]:
        """This page and all after it."""
        pages = self._page.pages()
        while True:
            try:
                page = self._runner.run(pages.__anext__)
            except StopAsyncIteration:
                return
            yield SyncPage(page, self._runner)

    def collect(self, limit: int | None = None) -> list[T]:
        """Items of this page and those after it, at most `limit` of them."""
        return self._runner.run(partial(self._page.collect, limit))


async def _loaded(page: Page[T]) -> Page[T]:
    return await page


@contextmanager
def forgetting(parameters: dict[str, Any]) -> Generator[None, None, None]:
    """Empty the parameters of a call that fails: they are locals of its frame, which tracebacks may show."""
    try:
        yield
    except BaseException:
        parameters.clear()
        raise


def to_sync(
    method: Callable[Concatenate[A, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[SyncResource[A], P], T]:
    """The sync form of an async method."""

    @wraps(method)
    def call(self: SyncResource[A], /, *args: P.args, **kwargs: P.kwargs) -> T:
        with forgetting(kwargs):
            try:
                return self._runner.run(lambda: method(self._resource, *args, **kwargs))  # noqa: F821 - not yet deleted
            finally:
                del args  # no locals of this frame, for tracebacks may be logged with them

    return call


def returning(shim: Callable[[Any, Runner], Any], method: Callable[..., Any]) -> Callable[..., Any]:
    """The sync form of a method that is not async, but returns what is; who calls this says what it is typed as."""

    @wraps(method)
    def call(self: SyncResource[Any], /, *args: Any, **kwargs: Any) -> Any:
        with forgetting(kwargs):
            try:
                return shim(method(self._resource, *args, **kwargs), self._runner)
            finally:
                del args  # no locals of this frame, for tracebacks may be logged with them

    return call


def to_sync_stream(
    method: Callable[Concatenate[A, P], Stream[E, R]],
) -> Callable[Concatenate[SyncResource[A], P], SyncStream[E, R]]:
    """The sync form of a method that returns a stream."""
    return returning(SyncStream, method)


def to_sync_page(
    method: Callable[Concatenate[A, P], Page[T]],
) -> Callable[Concatenate[SyncResource[A], P], SyncPage[T]]:
    """The sync form of a method that returns a list."""
    return returning(SyncPage, method)
