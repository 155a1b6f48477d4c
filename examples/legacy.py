"""Call the endpoints that xAI keeps for code written for other APIs, and the one to move to.

Run it with `python examples/legacy.py`. Each legacy call gives a `DeprecationWarning`, which is left out here.
"""

# pyright: reportDeprecated=false

import warnings

import anyio
from _client import open_client

MODEL = "grok-4.6"


async def main() -> None:
    """Say the same in each form."""
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    async with open_client() as client:
        completion = await client.completions.create(model=MODEL, prompt="Hello", max_tokens=20)
        print("completions:", completion.choices[0].text)
        complete = await client.complete.create(model=MODEL, prompt="Hello", max_tokens_to_sample=20)
        print("complete:   ", complete.completion)
        message = await client.messages.create(
            model=MODEL, messages=[{"role": "user", "content": "Hello"}], max_tokens=20
        )
        print("messages:   ", message.text)
        response = await client.responses.create(model=MODEL, input="Hello")
        print("now:        ", response.output_text)


if __name__ == "__main__":
    anyio.run(main)
