"""Which models the key may use, what they cost, and what a text comes to before it is sent.

Run it with `python examples/choose_model.py`.
"""

import anyio
from _client import open_client

TEXT = "How many tokens is this, and what does it cost?"


async def main() -> None:
    """Look the key up, choose a model by what it can do and by its price, and count tokens."""
    async with open_client() as client:
        key = await client.account.api_key()
        print(f"Key:      {key.name}, blocked: {key.api_key_blocked}")

        catalogue = await client.models.catalogue()
        print(f"Models:   {len(catalogue)}; grok-latest is {catalogue['grok-latest'].id}")
        cheapest, *_ = catalogue.select(modality="text", min_context=200_000, max_input_price=3)
        print(f"Cheapest: {cheapest.id}, {cheapest.prices.input} USD per million tokens")

        counted = await client.tokenizer.encode(model=cheapest.id, text=TEXT)
        tokens = len(counted.token_ids)
        if cheapest.prices.input is not None:
            print(f"Counted:  {tokens} tokens for {cheapest.prices.input * tokens / 1_000_000:f} USD")


if __name__ == "__main__":
    anyio.run(main)
