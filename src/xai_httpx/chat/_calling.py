"""The tools that the model asks for in one turn, run side by side; whatever happens to one is its answer."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from typing import TypeAlias, cast

import anyio
from anyio.lowlevel import checkpoint_if_cancelled

from .._encode import encode
from .._tool_errors import ToolDeniedError, ToolTimeoutError, UnknownToolError
from ._adapters import ADAPTERS
from ._cancelling import uncancelled, unless_cancelled
from ._entries import Form, ToolCall, ToolResult
from ._failure_words import words_for
from ._loading import loaded
from ._local_tool import LocalTool, ToolOutput
from ._parts import File, Image, Text
from ._run_events import RunEvent, ToolFinished, ToolStarted

Verdict: TypeAlias = bool | str
Approve: TypeAlias = Callable[[ToolCall], Verdict | Awaitable[Verdict]]
Tell: TypeAlias = Callable[[RunEvent], object]


@dataclass(frozen=True, slots=True)
class Calling:
    """How tools are called.

    Attributes:
        tools: Those that there are, by name.
        form: The API that results go to.
        max_parallel: How many at once.
        timeout: Seconds that a tool without a `timeout` of its own may take; None for no limit.
        approve: Asked before each call.
        count: Told how each call went: why it failed, or None.
        tell: Told of each event.
    """

    tools: Mapping[str, LocalTool]
    form: Form
    max_parallel: int
    timeout: float | None
    approve: Approve | None
    count: Callable[[ToolCall, Exception | None], object]
    tell: Tell

    async def all(self, calls: Sequence[ToolCall], results: list[ToolResult | None]) -> None:
        """Run those that have no result yet, begun in order.

        Args:
            calls: What the model asked for.
            results: The results, each in the place of its call as soon as it is there.

        Raises:
            Exception: What `approve` raised; calls that were under way have ended, and no more were begun.
            BaseException: What is no error, such as `KeyboardInterrupt`, from a tool; the others were cancelled.
        """
        stopped: list[BaseException] = []
        waiting = iter([index for index, result in enumerate(results) if result is None])

        async def work() -> None:
            for index in waiting:
                await checkpoint_if_cancelled()  # which the tool before may have kept to itself
                if stopped:
                    return
                try:
                    result, failure = await self._answer(calls[index])
                except BaseException as error:
                    left = uncancelled(error)
                    if left is None or isinstance(left, Exception):
                        await checkpoint_if_cancelled()  # then that is all there is to say
                    if left is None:
                        raise
                    stopped.append(left)  # for the group would put it into an ExceptionGroup
                    if not isinstance(left, Exception):
                        group.cancel_scope.cancel()
                    return
                results[index] = result
                self.count(calls[index], failure)
                self.tell(ToolFinished(calls[index], result.output, failure))

        async with anyio.create_task_group() as group:
            for _ in range(min(self.max_parallel, results.count(None))):
                group.start_soon(work)
        if stopped:
            raise stopped[0]

    async def _answer(self, call: ToolCall) -> tuple[ToolResult, Exception | None]:
        allowed = await unless_cancelled(self._verdict(call), "approve")
        try:
            output = _checked(await self._run(call, allowed))
            result = await loaded(ToolResult(call.id, output), call.name)
            encode(ADAPTERS[self.form].items(result))  # one that cannot be sent would spoil the conversation
            return result, None
        except Exception as error:
            await checkpoint_if_cancelled()  # of which some make another error: that is no answer
            return ToolResult(call.id, words_for(call.name, error)), error

    async def _verdict(self, call: ToolCall) -> Verdict:
        if self.approve is None or call.name not in self.tools:
            return True
        verdict = self.approve(call)
        return await verdict if isawaitable(verdict) else verdict

    async def _run(self, call: ToolCall, allowed: Verdict) -> ToolOutput:
        tool = self.tools.get(call.name)
        if tool is None:
            there = f"there are {', '.join(self.tools)}" if self.tools else "there are none"
            raise UnknownToolError(f"there is no tool {call.name!r:.100}; {there}")
        if allowed is not True:
            words = isinstance(allowed, str) and allowed
            raise ToolDeniedError(words or f"{call.name} was not called: it was not allowed")
        self.tell(ToolStarted(call))
        timeout = self.timeout if tool.timeout is None else tool.timeout
        seconds = math.inf if timeout is None else timeout
        with anyio.move_on_after(seconds):
            return await unless_cancelled(tool.run(call.arguments), call.name)
        raise ToolTimeoutError(f"{call.name} took longer than {seconds:g} s", name=call.name, timeout=seconds)


def _checked(output: object) -> ToolOutput:
    """What a tool of the caller's own making returned."""
    kind = type(output).__name__
    if isinstance(output, str):
        return output
    parts = cast("tuple[object, ...]", output) if isinstance(output, tuple) else ()
    if parts and all(isinstance(part, Text | Image | File) for part in parts):
        return cast("ToolOutput", parts)
    raise TypeError(f"it returned a {kind} instead of text or a tuple of parts")
