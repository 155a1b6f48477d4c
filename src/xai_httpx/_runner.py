"""The event loop of the sync client, in a thread of its own; only that client loads it."""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from threading import Event, Lock, Thread, main_thread
from typing import Any, TypeVar
from weakref import finalize

import anyio
from anyio.from_thread import BlockingPortal

from ._errors import ConfigurationError

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
