"""What a turn costs in a long conversation: `python -m benchmarks.conversations`.

The server is a function in the same process, so what is measured is the package's own work. The yardstick is
`json.dumps` of the history, once: what it costs at least to send it without remembering how it was encoded.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any

import anyio
import httpx  # noqa: TID251 - the server is a function of its

from xai_httpx import AsyncXAI
from xai_httpx.chat import Chat, assistant, user

TURNS = 1_000
TEXT = "The tide comes in twice a day, and goes out as often. " * 8
DETAILS = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
USAGE = {"input_tokens": 9, "output_tokens": 9, "total_tokens": 18, "num_sources_used": 0, **DETAILS}
ITEMS: list[Any] = [
    {"type": "reasoning", "id": "rs", "summary": [], "encrypted_content": "gAAAA" * 200},
    {"type": "message", "id": "msg", "role": "assistant", "content": [{"type": "output_text", "text": TEXT}]},
]
WHOLE: dict[str, Any] = {
    "parallel_tool_calls": True,
    "store": False,
    "text": {},
    "tool_choice": "auto",
    "tools": [],
    "usage": USAGE,
}
HEAD = {"id": "r", "object": "response", "created_at": 1, "model": "m", "status": "completed"}
RESPONSE = json.dumps({**HEAD, **WHOLE, "output": ITEMS}).encode()


async def measured(turns: int, repeats: int) -> tuple[float, float, float, int]:
    """Medians in milliseconds of a turn and of `json.dumps`, that of the first turn, and the size of the history."""
    http = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, content=RESPONSE)))
    async with http, AsyncXAI(api_key="k", http_client=http) as client:
        chat = client.chat.create(model="m")
        for _ in range(turns):
            chat.append(user(TEXT), assistant(TEXT), *ITEMS)

        async def turn() -> None:
            await chat.append(user(TEXT)).sample()

        first = await timed(turn, 1)
        each = await timed(turn, repeats)
        body = chat.render()
        return first, each, await timed(lambda: dumped(body), repeats), len(json.dumps(body))


async def dumped(body: Any) -> None:
    """The yardstick."""
    json.dumps(body, ensure_ascii=False).encode()


async def timed(call: Callable[[], Awaitable[object]], repeats: int) -> float:
    """The median of the time that a call takes, in milliseconds."""
    times: list[float] = []
    for _ in range(repeats):
        start = time.perf_counter()
        await call()
        times.append((time.perf_counter() - start) * 1_000)
    return median(times)


def resumed(turns: int) -> tuple[float, float]:
    """The time in milliseconds that `to_json` and `from_json` take."""
    client = AsyncXAI(api_key="k")
    chat = client.chat.create(model="m", messages=[user(TEXT), *ITEMS] * turns)
    start = time.perf_counter()
    text = chat.to_json()
    written = time.perf_counter()
    Chat.from_json(text, client=client)
    return (written - start) * 1_000, (time.perf_counter() - written) * 1_000


async def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--repeats", type=int, default=50)
    options = parser.parse_args()
    _, alone, _, _ = await measured(0, options.repeats)
    first, each, once, size = await measured(options.turns, options.repeats)
    written, read = resumed(options.turns)
    print(f"{options.turns} turns, {size / 1_000_000:.1f} MB of history")
    print(f"json.dumps of it, once:             {once:8.2f} ms")
    print(f"the first append+sample:            {first:8.2f} ms, {first / once:5.2f} times that")
    print(f"each further append+sample:         {each:8.2f} ms, {each / once:5.2f} times that")
    print(f"the same without a history:         {alone:8.2f} ms")
    print(f"to_json and from_json:              {written:8.2f} ms and {read:.2f} ms")


if __name__ == "__main__":
    anyio.run(main)
