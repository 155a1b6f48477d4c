"""A run that is watched: its events as they come."""

from __future__ import annotations

import math
from types import TracebackType
from typing import Self

import anyio
from anyio.abc import TaskGroup
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from .._errors import XAIError
from ._cancelling import uncancelled
from ._reply import Reply
from ._run import Run
from ._run_events import RunEvent


class RunStream:
    """A run whose events are read while it goes on; leaving the block ends it, and its tools with it.

        async with chat.run_stream("How warm is it in Oslo?", tools=[get_weather]) as stream:
            async for event in stream:
                match event:
                    case Delta():
                        print(event.text, end="")
                    case ToolStarted():
                        print(f"calling {event.call.name} ...")
            reply = await stream.final()

    Args:
        run: The run.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self._events: MemoryObjectReceiveStream[RunEvent] | None = None
        self._group: TaskGroup | None = None
        self._outcome: list[Reply[None] | BaseException] = []

    async def __aenter__(self) -> Self:
        if self._events is not None:
            raise XAIError("a run can be opened once; call run_stream() again for another")
        send, self._events = anyio.create_memory_object_stream[RunEvent](math.inf)
        self._group = anyio.create_task_group()
        await self._group.__aenter__()
        self._group.start_soon(self._drive, send)
        return self

    async def _drive(self, send: MemoryObjectSendStream[RunEvent]) -> None:
        _, group = self._opened()
        with send:
            try:
                self._outcome.append(await self.run.drive(send.send_nowait))
            except BaseException as error:
                left = uncancelled(error)
                if left is None:
                    raise
                self._outcome.append(left)  # for the group would put it into an ExceptionGroup
                if not isinstance(left, Exception):  # such as KeyboardInterrupt: the block ends, whatever it does
                    group.cancel_scope.cancel()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        events, group = self._opened()
        group.cancel_scope.cancel()
        try:
            if isinstance(error, anyio.get_cancelled_exc_class()):
                await group.__aexit__(kind, error, traceback)
            else:  # the group would put what the block raised into an ExceptionGroup
                await group.__aexit__(None, None, None)
        finally:
            events.close()
        outcome = next(iter(self._outcome), None)
        if isinstance(outcome, BaseException) and not isinstance(outcome, Exception):
            raise outcome

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> RunEvent:
        try:
            return await self._opened()[0].receive()
        except (anyio.EndOfStream, anyio.ClosedResourceError):
            self._result()
        raise StopAsyncIteration

    @property
    def state(self) -> str:
        """How far it has come, as JSON text; `client.chat.resume(state, tools=[...])` takes it up."""
        return self.run.state

    async def final(self) -> Reply[None]:
        """Read what is left and return the last reply.

        Raises:
            ToolRunError: It stopped before the model had answered.
            BudgetExceededError: Its budget is used.
            APIError: A call to the API failed.
        """
        async for _ in self:
            pass
        return self._result()

    def _opened(self) -> tuple[MemoryObjectReceiveStream[RunEvent], TaskGroup]:
        if self._events is None or self._group is None:
            raise XAIError("the run is not open: use it as `async with ... as stream`")
        return self._events, self._group

    def _result(self) -> Reply[None]:
        if not self._outcome:
            raise XAIError("the run was left before its end: its `state` can be resumed")
        outcome = self._outcome[0]
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome
