"""An object that grows while the model writes it.

Run it with `python examples/streamed_structured_output.py`.
"""

import anyio
from _client import open_simulator
from pydantic import BaseModel

from xai_httpx import AsyncXAI


class Recipe(BaseModel):
    """How to cook something."""

    title: str
    minutes: int
    steps: list[str]


async def main() -> None:
    """Print each form of the object once."""
    async with open_simulator() as sim, sim.client() if sim else AsyncXAI() as client:
        if sim:  # what a model would answer
            sim.reply_json({"title": "Tea", "minutes": 4, "steps": ["Boil water.", "Pour it over the leaves."]})
        chat = client.chat.create(model="grok-4.6")
        shown = ""
        async with chat.parse_stream(Recipe, "How do I make tea?") as stream:
            async for _ in stream:
                now = str(stream.partial_object)
                if now != shown:
                    print("So far:", now)
                    shown = now
            recipe = (await stream.final()).parsed
        print(f"Recipe: {recipe.title}, {recipe.minutes} minutes, {len(recipe.steps)} steps")


if __name__ == "__main__":
    anyio.run(main)
