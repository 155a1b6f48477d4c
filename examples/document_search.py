"""Documents in a collection, indexed and searched, and all of it deleted again.

Run it with `python examples/document_search.py`. With `XAI_API_KEY` set, collections need `XAI_MANAGEMENT_KEY` as well.
"""

import anyio
from _client import open_client

from xai_httpx import AsyncXAI

TEXTS = {
    "rivers.md": ("2020", "The Nile is the longest river of Africa."),
    "mountains.md": ("2021", "The Kilimanjaro is the highest mountain of Africa."),
    "birds.md": ("2022", "Penguins are birds that swim and do not fly."),
}


async def main() -> None:
    """Create a collection, fill it, search it, and delete what was made."""
    async with open_client() as client:
        collection = await client.collections.create(
            collection_name="Nature",
            chunk_configuration={"tokens_configuration": {"max_chunk_size_tokens": 200, "chunk_overlap_tokens": 20}},
            field_definitions=[{"key": "year", "required": True}, {"key": "language"}],
        )
        file_ids: list[str] = []
        try:
            await fill(client, collection.collection_id, file_ids)
            await search(client, collection.collection_id)
        finally:
            await client.collections.delete(collection.collection_id)
            for file_id in file_ids:
                await client.files.delete(file_id)
        print(f"deleted: 1 collection, {len(file_ids)} files")


async def fill(client: AsyncXAI, collection_id: str, file_ids: list[str]) -> None:
    """Upload each text and wait until searches find it."""
    for name, (year, text) in TEXTS.items():
        document = await client.collections.documents.upload(
            collection_id, file=(name, text.encode()), fields={"year": year, "language": "en"}, interval=0.2
        )
        file_ids.append(document.file_id)
        print(f"indexed: {document.file_metadata.name} ({len(document.fields or {})} fields)")


async def search(client: AsyncXAI, collection_id: str) -> None:
    """Ask for passages, then for those of a document with a certain field."""
    names = {
        document.file_id: document.file_metadata.name
        async for document in client.collections.documents.list(collection_id)
    }
    found = await client.collections.search(collection_id, "Which river is the longest?", limit=2)
    for match in found.matches:
        print(f"{names[match.file_id]}: {match.chunk_content}")
    found = await client.collections.search(collection_id, "Africa", filter='year = "2021"')
    print("only of 2021:", ", ".join(str(names[match.file_id]) for match in found.matches))


if __name__ == "__main__":
    anyio.run(main)
