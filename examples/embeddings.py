"""Texts by likeness of their meaning: one vector each, and the cosine between them.

Run it with `python examples/embeddings.py`.
"""

import math
from collections.abc import Sequence

import anyio
from _client import open_client

QUESTION = "Which animal swims?"
TEXTS = ("Penguins are birds that swim.", "The Kilimanjaro is a mountain.", "Interest rates rose again.")


async def main() -> None:
    """Embed a question and some texts, and order the texts."""
    async with open_client() as client:
        reply = await client.embeddings.create(model="grok-embedding-small", input=[QUESTION, *TEXTS])
        in_order = sorted(reply.data, key=lambda one: one.index)
        # Text it is where `encoding_format="base64"` asked for that.
        question, *vectors = [one.embedding for one in in_order if not isinstance(one.embedding, str)]
        likeness = {text: cosine(question, vector) for text, vector in zip(TEXTS, vectors, strict=True)}
        for text in sorted(TEXTS, key=lambda text: -likeness[text]):
            print(f"{likeness[text]:+.2f} {text}")


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """How alike two vectors are, from -1 to 1."""
    product = sum(x * y for x, y in zip(one, other, strict=True))
    return product / (math.hypot(*one) * math.hypot(*other))


if __name__ == "__main__":
    anyio.run(main)
