"""The same client under Trio: several questions at once in a nursery, and a limit of time from Trio itself.

Run it with `python examples/trio_app.py`.
"""

import trio
from _client import open_client

from xai_httpx import AsyncXAI

QUESTIONS = ["What is a nursery?", "What is a cancel scope?", "What is a checkpoint?"]


async def ask(client: AsyncXAI, question: str, answers: dict[str, str]) -> None:
    """Ask one question."""
    completion = await client.chat.completions.create(
        model="grok-4.6", messages=[{"role": "user", "content": question}]
    )
    answers[question] = completion.text


async def main() -> None:
    """Ask all questions at once, then stream one answer."""
    answers: dict[str, str] = {}
    async with open_client() as client:
        with trio.fail_after(120):
            async with trio.open_nursery() as nursery:
                for question in QUESTIONS:
                    nursery.start_soon(ask, client, question, answers)
        for question in QUESTIONS:
            print(f"{question} {answers[question]}")

        print("Streamed: ", end="")
        async with client.responses.stream(model="grok-4.6", input="Hello from Trio.") as stream:
            async for text in stream.text_stream:
                print(text, end="", flush=True)
        print()


if __name__ == "__main__":
    trio.run(main)
