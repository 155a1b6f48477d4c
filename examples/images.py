"""Make images, edit them, and have one made in the background.

Run it with `python examples/images.py [FOLDER]`; without a folder, nothing is kept.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from _client import open_client

from xai_httpx import AsyncXAI

MODEL = "grok-imagine-image"


async def make(client: AsyncXAI, folder: Path) -> list[Path]:
    """Make two images from words and save those that moderation did not withhold."""
    result = await client.images.generate(model=MODEL, prompt="A fox in the snow", n=2, aspect_ratio="16:9")
    saved: list[Path] = []
    for number, image in enumerate(result.data):
        if image.moderated:
            print(f"Image {number} was withheld by moderation.")
        else:
            saved.append(await client.images.save(image, folder / f"fox-{number}.png"))
    print("Made:    ", ", ".join(path.name for path in saved), "for", result.usage and result.usage.cost_usd, "USD")
    return saved


async def main() -> None:
    """Make, edit, combine, wait."""
    with TemporaryDirectory() as scratch:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else scratch)
        async with open_client() as client:
            foxes = await make(client, folder)
            if not foxes:
                return

            night = await client.images.edit(
                model=MODEL, prompt="Make it night", image=foxes[0], response_format="b64_json"
            )
            content = await client.images.content(night.data[0])  # decoded here: nothing is fetched
            print("Edited:  ", (await client.images.save(night.data[0], folder / "night.png")).name)

            both = await client.images.edit(
                model=MODEL, prompt="The fox of <IMAGE_0> under the sky of <IMAGE_1>", images=[foxes[-1], content]
            )
            print("Combined:", (await client.images.save(both.data[0], folder / "both.png")).name)

            started = await client.images.defer_generate(model=MODEL, prompt="A fox at sea")
            later = await client.images.wait(started.request_id)
            print("Waited:  ", (await client.images.save(later.data[0], folder / "sea.png")).name)


if __name__ == "__main__":
    anyio.run(main)
