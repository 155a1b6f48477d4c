"""The tools that the model asks for in one turn, run side by side; whatever happens to one is its answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from typing import TypeAlias

import anyio

from .._tool_errors import ToolDeniedError, ToolError, ToolTimeoutError, UnknownToolError
from ._entries import ToolCall, ToolResult
from ._local_tool import LocalTool, ToolOutput
from ._run_events import RunEvent, ToolFinished, ToolStarted

Verdict: TypeAlias = bool | str
Approve: TypeAlias = Callable[[ToolCall], Verdict | Awaitable[Verdict]]
Tell: TypeAlias = Callable[[RunEvent], object]
LONGEST = 2000  # characters that the model is told of an error


@dataclass(frozen=True, slots=True)
class Calling:
    """How tools are called.

    Attributes:
        tools: Those that there are, by name.
        max_parallel: How many at once.
        timeout: Seconds that a tool without a `timeout` of its own may take; None for no limit.
        approve: Asked before each call.
        tell: Told of each call.
    """

    tools: Mapping[str, LocalTool]
    max_parallel: int
    timeout: float | None
    approve: Approve | None
    tell: Tell

    async def all(self, calls: Sequence[ToolCall], results: list[ToolResult | None]) -> list[Exception | None]:
        """Run those that have no result yet, begun in order.

        Args:
            calls: What the model asked for.
            results: The results, each in the place of its call as soon as it is there.

        Returns:
            For each call why it failed; None where it did not.

        Raises:
            Exception: What `approve` raised; the calls beside it have ended.
        """
        failures: list[Exception | None] = [None] * len(calls)
        stopped: list[Exception] = []
        waiting = iter([index for index, result in enumerate(results) if result is None])

        async def work() -> None:
            for index in waiting:
                call = calls[index]
                try:
                    allowed = await self._verdict(call)
                except Exception as error:
                    stopped.append(error)
                    continue
                output, failures[index] = await self._outcome(call, allowed)
                results[index] = ToolResult(call.id, output)
                self.tell(ToolFinished(call, output, failures[index]))

        async with anyio.create_task_group() as group:
            for _ in range(min(self.max_parallel, results.count(None))):
                group.start_soon(work)
        if stopped:
            raise stopped[0]
        return failures

    async def _verdict(self, call: ToolCall) -> Verdict:
        if self.approve is None or call.name not in self.tools:
            return True
        verdict = self.approve(call)
        return await verdict if isawaitable(verdict) else verdict

    async def _outcome(self, call: ToolCall, allowed: Verdict) -> tuple[ToolOutput, Exception | None]:
        try:
            return await self._run(call, allowed), None
        except Exception as error:
            return _told(call.name, error), error

    async def _run(self, call: ToolCall, allowed: Verdict) -> ToolOutput:
        tool = self.tools.get(call.name)
        if tool is None:
            raise UnknownToolError(f"there is no tool {call.name!r:.100}; there are {', '.join(self.tools)}")
        if allowed is not True:
            raise ToolDeniedError(allowed or f"{call.name} was not called: it was not allowed")
        self.tell(ToolStarted(call))
        timeout = self.timeout if tool.timeout is None else tool.timeout
        with anyio.move_on_after(timeout) as scope:
            return await tool.run(call.arguments)
        if scope.cancelled_caught and timeout is not None:
            raise ToolTimeoutError(f"{call.name} took longer than {timeout:g} s", name=call.name, timeout=timeout)
        raise ToolError(f"{call.name} was cancelled")  # by itself


def _told(name: str, error: Exception) -> str:
    """What the model is told of an error: the words of one that is made for it, else its class too."""
    words = str(error) if isinstance(error, ToolError) else f"{name} failed: {type(error).__name__}: {error}"
    return f"Error: {words}"[:LONGEST]
