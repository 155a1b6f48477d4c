"""A conversation recorded into a file, and replayed from it without network or key."""

import tempfile
from pathlib import Path

import anyio
from _client import open_simulator

from xai_httpx import AsyncXAI
from xai_httpx.testing import Cassette, CassetteMissError


async def converse(client: AsyncXAI) -> None:
    """Ask, and ask again about the answer."""
    first = await client.responses.create(model="grok-4.6", input="Name a river of Norway.")
    print("  First: ", first.output_text)
    async with client.responses.stream(
        model="grok-4.6", input="How long is it?", previous_response_id=first.id
    ) as stream:
        print("  Second:", (await stream.final()).output_text)


async def main() -> None:
    """Record, replay, and ask something that was not recorded."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "river.json"

        async with open_simulator() as sim:
            with Cassette(path) as cassette:
                url, key = (sim.base_url, sim.api_key) if sim else (None, None)
                async with cassette.client(base_url=url, api_key=key) as client:
                    print("Recorded:")
                    await converse(client)

        with Cassette(path, mode="replay") as cassette:
            async with cassette.client() as client:
                print("Replayed:")
                await converse(client)
                try:
                    await client.models.list()
                except CassetteMissError as error:
                    print("Missing: ", str(error).partition(": ")[2].partition(".")[0])


if __name__ == "__main__":
    anyio.run(main)
