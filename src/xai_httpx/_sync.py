"""The machinery of the sync shim: the async resources, run in one event loop in a thread of its own.

There is one implementation. `to_sync` and its relatives keep the signature of the method that they wrap, so that type
checkers report a missing, misspelt or mistyped argument as they do for the async client.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine, Generator, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import partial, wraps
from threading import Event, Lock, Thread, main_thread
from types import TracebackType
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, Self, TypeVar
from weakref import finalize

import anyio
from anyio.from_thread import BlockingPortal

from ._errors import ConfigurationError
from ._meta import Meta
from ._pages import Page
from ._streams import Stream, TextStream

A = TypeVar("A")
E = TypeVar("E")
P = ParamSpec("P")
R = TypeVar("R")
E_co = TypeVar("E_co", covariant=True)
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")
Last = Callable[[], Coroutine[Any, Any, None]]
INTERRUPTED = 5.0  # seconds that an interrupted call may take to clean up


class Runner:
    """Runs coroutines in an event loop in its own thread.

    The thread starts with the first, and ends when this is stopped, is dropped, or the interpreter exits.

    Args:
        last: Awaited in the event loop at its end.
    """

    def __init__(self, last: Last) -> None:
        self.closed = False
        self._last = last
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = Lock()
        self._portal: BlockingPortal | None = None
        self._watched: set[Future[Any]] = set()
        self._end: finalize[Any, Any] | None = None

    def run(
        self,
        function: Callable[[], Coroutine[Any, Any, T]],
        serve: Callable[[Future[Any], BlockingPortal], None] | None = None,
    ) -> T:
        """Await `function()` there and return its result; an interrupt (Ctrl-C) cancels it and waits for its end.

        Args:
            function: What to run.
            serve: Does in this thread what it needs, until it has ended.

        Raises:
            ConfigurationError: The client is closed.
        """
        ended = Event()
        notes: list[str] = []

        async def tracked() -> T:
            try:
                return await function()
            except BaseException as error:
                notes.extend(getattr(error, "__notes__", ()))
                raise
            finally:
                ended.set()

        portal = self._started()
        future: Future[T] = portal.start_task_soon(tracked)
        try:
            if serve is not None:
                serve(future, portal)
            return future.result()
        except BaseException as error:
            if not future.done():
                future.cancel()
                ended.wait(INTERRUPTED)
                for note in notes:  # such as the id of the job that was waited for
                    error.add_note(note)
            raise

    def start(self, function: Callable[[], Coroutine[Any, Any, T]]) -> Future[T]:
        """Begin `function()` there; cancelling the future cancels it, and so does the end of this.

        Raises:
            ConfigurationError: The client is closed.
        """
        future: Future[T] = self._started().start_task_soon(function)
        self._watched.add(future)
        future.add_done_callback(self._watched.discard)
        return future

    def stop(self) -> None:
        """Await `last()` and end the thread; nothing can be run any more. A second call does nothing."""
        self._forked()
        with self._lock:
            self.closed = True
            portal, end, self._portal, self._end = self._portal, self._end, None, None
        for future in tuple(self._watched):
            future.cancel()
        if portal is not None and end is not None and (detached := end.detach()) is not None:
            portal.start_task_soon(_finish, portal, self._last).result()
            thread: Thread = detached[2][1]
            thread.join()

    def _started(self) -> BlockingPortal:
        self._forked()
        with self._lock:
            if self.closed:
                raise ConfigurationError("the client is closed; make a new XAI")
            if self._portal is None:
                started: Future[BlockingPortal] = Future()
                thread = Thread(target=anyio.run, args=(_serve, started), name="xai-httpx", daemon=True)
                thread.start()
                self._portal = started.result()
                self._end = finalize(self, _end, self._portal, thread, self._process, self._last)
            return self._portal

    def _forked(self) -> None:
        """Begin anew in the child of a fork: the thread, and whoever held the lock, are in the parent alone."""
        if self._process != os.getpid():
            self._begin()


async def _serve(started: Future[BlockingPortal]) -> None:
    async with BlockingPortal() as portal:
        started.set_result(portal)
        await portal.sleep_until_stopped()


async def _finish(portal: BlockingPortal, last: Last) -> None:
    try:
        await last()
    finally:
        await portal.stop()


def _end(portal: BlockingPortal, thread: Thread, process: int, last: Last) -> None:
    """End the thread of a runner that is gone; it is waited for only where all ends with it."""
    if process == os.getpid():
        with suppress(RuntimeError):  # it has ended, or the garbage collector runs within it
            portal.start_task_soon(_finish, portal, last)
        if not main_thread().is_alive():
            thread.join(INTERRUPTED)


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
