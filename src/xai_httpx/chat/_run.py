"""A run: the model is asked, and its calls are answered, until it has no more of them."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from .._errors import XAIError
from .._tool_errors import ToolRepeatedFailureError, ToolTurnsExceededError
from ._adapters import ADAPTERS
from ._calling import Calling, Tell
from ._conversation import first
from ._reply import Reply
from ._run_events import RunEvent, TurnFinished, TurnStarted
from ._run_saving import to_text
from ._run_settings import RunPlan, forced
from ._run_state import RunState

if TYPE_CHECKING:
    from ._chat import Chat


class Run:
    """The model is asked, and the tools that it calls are run, until it answers without calling any.

        run = chat.run("How warm is it in Oslo?", tools=[get_weather])
        reply = await run

    Each turn joins the conversation when its calls are answered. A run that fails, is cancelled or is cut off can be
    taken up from its `state`: `client.chat.resume(state, tools=[...])`.

    Args:
        state: How far it has come.
        plan: How it goes.
    """

    def __init__(self, state: RunState, plan: RunPlan) -> None:
        self._state = state
        self._plan = plan
        self._tools = plan.tools_beside(state.chat.settings.get("tools", ()))
        self._begun = False
        state.need(self._tools.local)

    def __await__(self) -> Generator[Any, Any, Reply[None]]:
        return self.drive(None).__await__()

    @property
    def chat(self) -> Chat:
        """The conversation."""
        return self._state.chat

    @property
    def state(self) -> str:
        """How far it has come, as JSON text: the conversation, what is asked of tools, what they have answered.

        It can be read at any time, also in `approve` and in tools.
        """
        return to_text(self._state)

    @property
    def reply(self) -> Reply[None] | None:
        """The last answer of the model; None before the first."""
        return self._state.reply

    @property
    def turns(self) -> int:
        """How often the model has answered, before it was taken up too."""
        return self._state.turns

    async def drive(self, tell: Tell | None) -> Reply[None]:
        """Do it; `tell` is told of each event, and None has the answers come whole."""
        if self._begun or self._state.done:
            raise XAIError("a run is done once: call run() for another, or resume the state of one that stopped")
        with self._state, self._plan.budget or nullcontext():
            self._begun = True
            while True:
                if self._state.answer is None:
                    reply = await self._ask(tell)
                    if not reply.tool_calls:
                        self._state.finish(reply.answer)
                        return reply
                    self._state.expect(reply.answer)
                await self._answer_calls(tell or _nobody)

    async def _ask(self, tell: Tell | None) -> Reply[None]:
        state = self._state
        if state.turns >= self._plan.max_turns:
            raise ToolTurnsExceededError(
                f"the model still called tools after {state.turns} turns (max_turns)",
                state=self.state,
                reply=state.reply,
                turns=state.turns,
            )
        if tell is None:
            reply = await self.chat._answer(self._settings(), self._plan.options)
        else:
            tell(TurnStarted(state.turns + 1))
            reply = await self._streamed(tell)
        state.turns += 1
        state.reply = reply
        if tell is not None:
            tell(TurnFinished(state.turns, reply))
        return reply

    async def _streamed(self, tell: Tell) -> Reply[None]:
        adapter = ADAPTERS[self.chat.api]
        stream = await self.chat._opened(self.chat.api, self._settings(), self._plan.options)
        async with stream:
            async for event in stream:
                for delta in adapter.deltas(event):
                    tell(delta)
            return first(adapter.read(await stream.final()))

    def _settings(self) -> Mapping[str, Any]:
        """A choice that forces a call holds for the first turn: it would be made for ever."""
        tools: dict[str, Any] = {"tools": self._tools.declared} if self._tools.declared else {}
        free = self._state.turns and forced(self.chat.settings.get("tool_choice"))
        return {**tools, **({"tool_choice": "auto"} if free else {})}

    async def _answer_calls(self, tell: Tell) -> None:
        state, plan = self._state, self._plan
        calling = Calling(
            tools=self._tools.local,
            form=self.chat.api,
            max_parallel=plan.max_parallel,
            timeout=plan.tool_timeout,
            approve=plan.approve,
            count=state.count,
            tell=tell,
        )
        await calling.all(state.calls, state.results)
        state.take()
        for call in state.calls:
            times = state.failures.get((call.name, call.arguments), 0)
            if times >= plan.max_same_failures:
                raise ToolRepeatedFailureError(
                    f"{call.name} failed {times} times in a row with the same arguments (max_same_failures)",
                    name=call.name,
                    arguments=call.arguments,
                    times=times,
                    state=self.state,
                    reply=state.reply,
                    turns=state.turns,
                )


def _nobody(event: RunEvent) -> None:
    """Told of what nobody watches."""
