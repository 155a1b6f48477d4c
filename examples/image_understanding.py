"""Ask about images: from a file, from bytes and from the web.

Run it with `python examples/image_understanding.py [IMAGE]`.
"""

import sys
from base64 import b64decode
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from _client import open_client

from xai_httpx import RequestValidationError
from xai_httpx.chat import image, user

PIXEL = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


async def main() -> None:
    """Show the model two images, then one more."""
    async with open_client() as client:
        with TemporaryDirectory() as folder:
            path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder, "pixel.png")
            if len(sys.argv) == 1:
                path.write_bytes(PIXEL)
            chat = client.chat.create(model="grok-4.6")
            reply = await chat.sample(user("What do these have in common?", image(path), image(PIXEL)))
            print("Two: ", reply.text)
            reply = await chat.sample(user("And this one?", image("https://x.ai/favicon.png")))
            print("One: ", reply.text)
            try:
                await chat.sample(user("What is this?", image(Path(folder, "missing.png"))))
            except RequestValidationError as error:
                print("None:", error.parameter, "cannot be read")
        print("History:", len(chat.messages), "entries")


if __name__ == "__main__":
    anyio.run(main)
