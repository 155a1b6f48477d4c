"""Tools that the model calls at once run side by side; one that fails answers with its error, the others go on.

Run it with `python examples/parallel_tools.py`.
"""

import anyio
from _client import open_simulator

from xai_httpx import AsyncXAI
from xai_httpx.chat import ToolFinished, ToolResult, ToolStarted, tool

PRICES = {"apples": 3, "pears": 4}


@tool(timeout=2)
async def get_price(fruit: str) -> str:
    """Look up what a kilogram of fruit costs.

    Args:
        fruit: Its name, in the plural.
    """
    await anyio.sleep(0.1)  # a slow shop
    return f"{fruit} cost {PRICES[fruit]} EUR"


async def main() -> None:
    """Ask for three prices, of which one is not known."""
    async with open_simulator() as sim, sim.client() if sim else AsyncXAI() as client:
        if sim:  # what a model would ask for
            sim.reply_tool_calls([("get_price", {"fruit": fruit}) for fruit in ("apples", "pears", "durians")])
        chat = client.chat.create(model="grok-4.6")
        running = most = 0
        async with chat.run_stream(
            "What do apples, pears and durians cost?", tools=[get_price], max_parallel=3
        ) as stream:
            async for event in stream:
                running += isinstance(event, ToolStarted) - isinstance(event, ToolFinished)
                most = max(most, running)
            reply = await stream.final()
        print("At once:", most)
        for entry in chat.messages:
            if isinstance(entry, ToolResult):
                print("Result: ", entry.output)
        print("Answer: ", reply.text)


if __name__ == "__main__":
    anyio.run(main)
