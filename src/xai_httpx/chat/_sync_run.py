"""A run that the sync client watches: it goes on in the client's thread, and its events come here."""

from __future__ import annotations

from concurrent.futures import Future
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

from .._errors import XAIError
from .._runner import INTERRUPTED, Runner
from ._reply import Reply
from ._run import Run
from ._run_events import RunEvent


class SyncRunStream:
    """The sync form of a `RunStream`: a context manager and a plain iterator; leaving the block ends the run."""

    def __init__(self, run: Run, runner: Runner) -> None:
        self._run = run
        self._runner = runner
        self._events: SimpleQueue[RunEvent | None] = SimpleQueue()  # None is the end
        self._future: Future[Reply[None]] | None = None
        self._over = False

    def __enter__(self) -> Self:
        if self._future is not None:
            raise XAIError("a run can be opened once; call run_stream() again for another")
        self._future = self._runner.start(self._drive)
        return self

    async def _drive(self) -> Reply[None]:
        try:
            return await self._run.drive(self._events.put)
        finally:
            self._events.put(None)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        future = self._opened()
        if not future.done():
            future.cancel()
            self._await_end()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> RunEvent:
        future = self._opened()
        event = None if self._over else self._events.get()
        if event is not None:
            return event
        self._over = True
        if future.cancelled():
            raise XAIError("the run was left before its end: its `state` can be resumed")
        future.result()
        raise StopIteration

    @property
    def state(self) -> str:
        """How far it has come, as JSON text; `client.chat.resume(state, tools=[...])` takes it up."""
        return self._run.state

    def final(self) -> Reply[None]:
        """Read what is left and return the last reply; raises as `RunStream.final` does."""
        for _ in self:
            pass
        return self._opened().result()

    def _opened(self) -> Future[Reply[None]]:
        if self._future is None:
            raise XAIError("the run is not open: use it as `with ... as stream`")
        return self._future

    def _await_end(self) -> None:
        """Wait until the tools have ended that were cancelled, but not for ever."""
        try:
            while self._events.get(timeout=INTERRUPTED) is not None:
                pass
        except Empty:
            pass
        self._over = True
