"""Let the model call functions: the loop runs them and gives it what they return.

Run it with `python examples/tools.py`. The schema that the model sees comes from the signature and the docstring.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

import anyio
from _client import open_client
from pydantic import Field

from xai_httpx.chat import Delta, ToolCall, ToolFinished, ToolStarted, tool


@dataclass
class Reading:
    """What a thermometer says."""

    place: str
    degrees: float


@tool
async def get_temperature(place: str, unit: Literal["celsius", "fahrenheit"] = "celsius") -> Reading:
    """Measure how warm it is.

    Args:
        place: A city.
        unit: The scale to answer in.
    """
    return Reading(place, 7.5 if unit == "celsius" else 45.5)


@tool(timeout=5)
def open_window(percent: Annotated[int, Field(ge=0, le=100)]) -> str:
    """Open the window; a function that is not async runs in a thread."""
    return f"The window is open by {percent} %."


def approve(call: ToolCall) -> bool | str:
    """Have a say before a tool is called; words are for the model."""
    return call.name != "open_window" or "The window stays shut tonight."


async def main() -> None:
    """Run the tools that the model calls, and then watch it."""
    async with open_client() as client:
        chat = client.chat.create(model="grok-4.6", tools=[get_temperature, open_window])
        reply = await chat.run("How warm is it in Oslo? Ask get_temperature.")
        print("Answer:  ", reply.text)
        async with chat.run_stream("Then call open_window, please.", approve=approve, max_turns=5) as stream:
            async for event in stream:
                match event:
                    case ToolStarted(call):
                        print("Calling: ", call.name, call.arguments)
                    case ToolFinished(call, output, error):
                        print("Refused: " if error else "Told:    ", output)
                    case Delta(text) if text:
                        print(text, end="", flush=True)
                    case _:
                        pass
        print()
        print("History: ", len(chat.messages), "entries")


if __name__ == "__main__":
    anyio.run(main)
