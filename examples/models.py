"""Pick a model by what it can do and costs, guess the price of a prompt, and compare texts by their embeddings.

Run it with `python examples/models.py`.
"""

from operator import mul

import anyio
from _client import open_client

from xai_httpx import AsyncXAI, ModelInfo

PROMPT = "Summarise the history of the bicycle in three sentences."
TEXTS = ["A bicycle has two wheels.", "A bike has a pair of wheels.", "Rain is expected tomorrow."]


async def estimate(client: AsyncXAI, model: ModelInfo) -> None:
    """Count the tokens of a prompt and price them."""
    tokens = (await client.tokenizer.encode(model=model.id, text=PROMPT)).token_ids
    price = model.prices.input
    if price is not None:
        print(f"Prompt:     {len(tokens)} tokens, {len(tokens) * price / 1_000_000} USD")


async def compare(client: AsyncXAI, model: ModelInfo) -> None:
    """Tell how close two texts are to the first."""
    vectors = [one.embedding for one in (await client.embeddings.create(model=model.id, input=TEXTS)).data]
    first, *others = [vector for vector in vectors if not isinstance(vector, str)]
    print("Closeness: ", ", ".join(f"{sum(map(mul, first, other)):.2f}" for other in others))


async def main() -> None:
    """Show what the key may use."""
    async with open_client() as client:
        key = await client.account.api_key()
        print(f"Key:        {key.name}, {key.redacted_api_key}")

        catalogue = await client.models.catalogue()
        for model in catalogue.select(modality="text", min_context=200_000, max_input_price=3):
            print(f"Writes:     {model.id}, {model.context_length} tokens, {model.prices.input} USD a million")
        [cheapest, *_] = catalogue.select(modality="text")
        await estimate(client, cheapest)
        for model in catalogue.select(modality="embedding"):
            await compare(client, model)


if __name__ == "__main__":
    anyio.run(main)
