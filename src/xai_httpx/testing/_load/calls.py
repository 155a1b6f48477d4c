"""One call of a load, and what it brought."""

import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from ..._client import AsyncXAI
from ..._streams import Stream
from ...types import ChatCompletionChunk, ChatCompletionParams, ResponseParams
from .plan import LoadPlan

E = TypeVar("E")
R = TypeVar("R")


class Outcome(NamedTuple):
    """What a call that succeeded brought.

    Attributes:
        input_tokens: Tokens of the prompt.
        output_tokens: Tokens of the answer, its reasoning included.
        cost: US dollars.
        first: When the first token of a stream came, on the clock `time.perf_counter`.
        last: When the last one came.
    """

    input_tokens: int
    output_tokens: int
    cost: Decimal
    first: float | None = None
    last: float | None = None


async def make_call(client: AsyncXAI, plan: LoadPlan) -> Outcome:
    """Make one call.

    Raises:
        XAIError: It failed.
    """
    match plan.endpoint:
        case "chat":
            return await _chat(client, plan)
        case "responses":
            return await _respond(client, plan)
        case "embeddings":
            reply = await client.embeddings.create(model=plan.model_name, input=plan.prompt)
            return Outcome(0 if reply.usage is None else reply.usage.prompt_tokens, 0, Decimal(0))


async def _chat(client: AsyncXAI, plan: LoadPlan) -> Outcome:
    params: ChatCompletionParams = {
        "model": plan.model_name,
        "messages": [{"role": "user", "content": plan.prompt}],
    }
    if plan.max_tokens is not None:
        params["max_tokens"] = plan.max_tokens
    times: tuple[float, ...] = ()
    if plan.stream:
        completion, times = await _read(client.chat.completions.stream(**params), _brings_tokens)
    else:
        completion = await client.chat.completions.create(**params)
    usage = completion.usage
    if usage is None:
        return Outcome(0, 0, Decimal(0), *times)
    output = usage.total_tokens - usage.prompt_tokens  # `completion_tokens` leaves the reasoning out
    return Outcome(usage.prompt_tokens, output, usage.cost_usd or Decimal(0), *times)


async def _respond(client: AsyncXAI, plan: LoadPlan) -> Outcome:
    # Not stored: nobody comes back for the answers, and the API keeps them for 30 days.
    params: ResponseParams = {"model": plan.model_name, "input": plan.prompt, "store": False}
    if plan.max_tokens is not None:
        params["max_output_tokens"] = plan.max_tokens
    times: tuple[float, ...] = ()
    if plan.stream:
        response, times = await _read(client.responses.stream(**params), _is_delta)
    else:
        response = await client.responses.create(**params)
    usage = response.usage
    if usage is None:
        return Outcome(0, 0, Decimal(0), *times)
    return Outcome(usage.input_tokens, usage.output_tokens, usage.cost_usd or Decimal(0), *times)


async def _read(stream: Stream[E, R], brings_tokens: Callable[[E], bool]) -> tuple[R, tuple[float, ...]]:
    """Read a stream; return also when its first token came and when its last one, if it had any."""
    first = last = None
    async with stream:
        async for event in stream:
            if brings_tokens(event):
                last = time.perf_counter()
                first = last if first is None else first
        result = await stream.final()
    return result, () if first is None or last is None else (first, last)


def _brings_tokens(chunk: ChatCompletionChunk) -> bool:
    return any(
        choice.delta.content or choice.delta.reasoning_content or choice.delta.tool_calls for choice in chunk.choices
    )


def _is_delta(event: Any) -> bool:
    return str(event.type).endswith(".delta")
