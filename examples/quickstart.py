"""The shortest way through the SDK: a completion, a streamed one, what it cost, and the Responses API.

Run it with `python examples/quickstart.py`.
"""

import anyio
from _client import open_client

MODEL = "grok-4.6"


async def main() -> None:
    """Make three calls, one after the other."""
    async with open_client() as client:
        completion = await client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "Say hello in one sentence."}]
        )
        print("Completion:", completion.text)

        print("Streamed:   ", end="")
        async with client.chat.completions.stream(
            model=MODEL, messages=[{"role": "user", "content": "Count from one to five."}]
        ) as stream:
            async for text in stream.text_stream:
                print(text, end="", flush=True)
            completion = await stream.final()
        print()
        if completion.usage:
            print(f"Usage:      {completion.usage.total_tokens} tokens, {completion.usage.cost_usd} USD")

        response = await client.responses.create(model=MODEL, input="Name a colour.")
        print("Response:  ", response.output_text)


if __name__ == "__main__":
    anyio.run(main)
