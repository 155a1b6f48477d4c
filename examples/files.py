"""Upload files, several at once, then list, read, publish, download and delete them.

Run it with `python examples/files.py`.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from _client import open_client

from xai_httpx import AsyncXAI, UploadResult
from xai_httpx.types.files import File

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@asynccontextmanager
async def uploaded(client: AsyncXAI, *files: tuple[str, bytes] | Path) -> AsyncGenerator[list[File]]:
    """Keep files at xAI for as long as the block lasts, and for an hour should it never end."""
    kept: list[File] = []

    def keep(result: UploadResult) -> None:
        if result.file is None:
            print(f"Not uploaded: {result.error}")
        else:
            kept.append(result.file)

    try:
        await client.files.upload_many(files, concurrency=4, expires_after=3600, on_result=keep)
        yield sorted(kept, key=lambda file: file.filename)
    finally:
        with anyio.CancelScope(shield=True):
            for file in kept:
                await client.files.delete(file.id)


async def main() -> None:
    """Upload two files, and one that is not there."""
    async with open_client() as client:
        given = (("notes.txt", b"Otters hold hands."), ("pixel.png", PIXEL), Path("missing.txt"))
        async with uploaded(client, *given) as (notes, pixel):
            print(f"Uploaded: {notes.filename}, {notes.bytes} bytes, and {pixel.filename}, {pixel.bytes} bytes")

            names = {file.filename async for file in client.files.list(filter="size_bytes < 1000")}
            print("Listed:  ", "notes.txt" in names)

            content = await client.files.content(notes.id, format="text")
            print("Content: ", content.text)

            with TemporaryDirectory() as folder:
                saved = await client.files.download(pixel.id, Path(folder, "pixel.png"))
                print("Saved:   ", saved.size, "bytes")

            public = await client.files.create_public_url(pixel.id)
            print("Public:  ", public.public_url.startswith("http"))
            print("Revoked: ", (await client.files.revoke_public_url(pixel.id)).revoked)


if __name__ == "__main__":
    anyio.run(main)
