"""What the tests of runs share: tools, answers byte by byte, and the shape of a history."""

from __future__ import annotations

import json
from typing import Any

from tests.samples import sample
from xai_httpx import AsyncXAI
from xai_httpx.chat import Answer, Chat, Message, ToolResult, tool
from xai_httpx.testing import SimulatedXAI

FORMS = ["responses", "completions"]


@tool
async def weather(city: str) -> str:
    """Weather of a city."""
    return f"{city}: 7 C"


@tool
def fails(x: int) -> int:
    """Fails."""
    raise ValueError(f"no {x}")


def chat_of(client: AsyncXAI, api: Any = "responses", **settings: Any) -> Chat:
    return client.chat.create(model="grok-4.6", api=api, **settings)


def call_weather(sim: SimulatedXAI, *cities: str) -> None:
    """Have the next answer of the model call the tool for each city."""
    sim.reply_tool_calls([("weather", {"city": city}) for city in cities])


def call_item(id: str, name: str, arguments: str = "{}", **fields: Any) -> dict[str, Any]:
    """A call of a function as the Responses API writes it."""
    call = {"type": "function_call", "call_id": id, "name": name, "arguments": arguments}
    return {**call, "id": f"fc_{id}", "status": "completed", **fields}


def answer_with_items(sim: SimulatedXAI, *items: dict[str, Any]) -> None:
    """Have the next call answered by these output items."""
    body = {**json.loads(sample("response.json")), "output": items}
    sim.raw(200, json.dumps(body).encode(), "application/json")


def answer_with_message(sim: SimulatedXAI, **message: Any) -> None:
    """Have the next call answered by this message of Chat Completions."""
    body = json.loads(sample("chat-completion.json"))
    body["choices"] = [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": "tool_calls"}]
    sim.raw(200, json.dumps(body).encode(), "application/json")


def shape(chat: Chat) -> str:
    """The history, a letter for each entry: message, answer, result."""
    letters = {Message: "m", Answer: "a", ToolResult: "r"}
    return "".join(letters[type(entry)] for entry in chat.messages)  # type: ignore[index]


def outputs(chat: Chat) -> list[Any]:
    """What the model was told by tools, in order."""
    return [entry.output for entry in chat.messages if isinstance(entry, ToolResult)]
