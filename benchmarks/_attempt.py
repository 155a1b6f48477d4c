"""One call of a campaign as a user would make it, and what became of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio

from benchmarks._cases import FILES, Case
from benchmarks._files import CallerError, Place
from benchmarks._measures import chat_stream
from xai_httpx import AsyncXAI, RequestOptions, Stream, StreamTruncatedError

HUNG = 30.0  # seconds after which a call is given up: each of its clocks is far shorter


@dataclass
class Outcome:
    """What became of a call.

    Attributes:
        call: The client request id.
        ended: succeeded, failed, left, silent or hung.
        error: What it failed with.
        result: The id of what it returned, and how many events came before it, or bytes with it.
        half: Whether it left something that is neither the whole file nor what was there before.
        seconds: From the first to the last line that a caller writes for it.
        left_at: When the caller had left it, by `time.monotonic()`.
    """

    case: Case
    call: str
    ended: str = "hung"
    error: Exception | None = None
    result: tuple[str, int] = ("", 0)
    half: bool = False
    seconds: float = 0
    left_at: float = 0


async def attempt(client: AsyncXAI, case: Case, call: str, folder: Path) -> Outcome:
    """Make a call, and leave it where the case says so; files are in a folder of its own below the given one."""
    outcome = Outcome(case, call)
    options: RequestOptions = {
        "headers": {"x-fault": case.fault, "x-client-request-id": call},
        "deadline": case.deadline,
    }
    place = Place(folder / call, case, call) if case.operation in FILES else None
    start = time.monotonic()
    with anyio.move_on_after(HUNG):
        try:
            with anyio.move_on_after(case.moment if case.leave == "cancel" else HUNG * 2) as cancelled:
                outcome.ended = await _used(client, case, options, outcome, place)
            if cancelled.cancelled_caught:
                outcome.ended = "left"
        except CallerError:
            outcome.ended = "left"
        except Exception as error:
            outcome.ended, outcome.error = "failed", error
    outcome.left_at = time.monotonic()
    outcome.seconds = outcome.left_at - start
    outcome.half = place is not None and place.cleared() not in place.allowed(outcome.ended)
    return outcome


async def _used(client: AsyncXAI, case: Case, options: RequestOptions, outcome: Outcome, place: Place | None) -> str:
    if place is not None:
        outcome.result = await place.transfer(client, options)
        return "succeeded"
    match case.operation:
        case "read":
            models = await client.models.list(options=options).collect()
            outcome.result = (models[0].id, 0)
        case "create":
            completion = await client.chat.completions.create(
                model="grok-4.6", messages=[{"role": "user", "content": "Tell of otters."}], options=options
            )
            outcome.result = (completion.id, 0)
        case "chat stream":
            return await _read(chat_stream(client, options), case, outcome)
        case _:
            stream = client.responses.stream(model="grok-4.6", input="Tell of otters.", options=options)
            return await _read(stream, case, outcome)
    return "succeeded"


async def _read(stream: Stream[Any, Any], case: Case, outcome: Outcome) -> str:
    """Read a stream to its end, or to where the caller leaves it."""
    async with stream:
        if case.leave == "aclose":
            return await _closed_by_another(stream, case)
        seen = 0
        async for _ in stream:
            seen += 1
            if case.leave == "break" and seen == case.moment:
                return "left"
            if case.leave == "exception" and seen == case.moment:
                raise CallerError
        try:
            final = await stream.final()
        except StreamTruncatedError:
            return "silent"  # the loop ended as if that were all
        outcome.result = (final.id, seen)
    return "succeeded"


async def _closed_by_another(stream: Stream[Any, Any], case: Case) -> str:
    """Read while another task closes the stream; that it was left has to be told by `final()`."""
    reached = anyio.Event()

    async def close() -> None:
        await reached.wait()
        await stream.aclose()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(close)
        seen = 0
        async for _ in stream:
            seen += 1
            if seen == case.moment:
                reached.set()
    try:
        await stream.final()
    except StreamTruncatedError:
        return "left"
    return "silent"


async def at_once(workers: int, jobs: list[Callable[[], Any]]) -> None:
    """Run async jobs, so many at once."""
    waiting = iter(jobs)

    async def work() -> None:
        for job in waiting:
            await job()

    async with anyio.create_task_group() as tasks:
        for _ in range(workers):
            tasks.start_soon(work)
