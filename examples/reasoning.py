"""See what a model thinks, and give its thoughts back to it in the next turn, encrypted as they came.

Run it with `python examples/reasoning.py`.
"""

import anyio
from _client import open_client


async def main() -> None:
    """Stream a turn with its reasoning, then go on from it."""
    async with open_client() as client:
        chat = client.chat.create(model="grok-3-mini", reasoning_effort="high")
        thoughts = answer = ""
        async with chat.stream("What is the shortest day?") as stream:
            async for delta in stream:
                thoughts += delta.reasoning
                answer += delta.text
            reply = await stream.final()
        print("Thought: ", thoughts)
        print("Answered:", answer)
        print("Tokens:  ", reply.usage is not None and reply.usage.reasoning_tokens > 0)

        sent_back = [item for item in reply.answer.items if item["type"] == "reasoning"]
        print("Goes back encrypted:", all(item.get("encrypted_content") for item in sent_back))
        print("Then:    ", (await chat.sample("And the longest?")).text)


if __name__ == "__main__":
    anyio.run(main)
