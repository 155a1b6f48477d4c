"""Have many requests worked off in a batch: from a list, from a file, and with one that fails.

Run it with `python examples/batches.py`.
"""

from collections.abc import Iterator

import anyio
from _client import open_client

from xai_httpx import AsyncXAI, BatchAddError, JobError, JobState
from xai_httpx.batches import chat_request, image_request
from xai_httpx.types import BatchRequestParam

MODEL = "grok-4.6"


def questions() -> Iterator[BatchRequestParam]:
    """One request a line; any number of them, for they are read as they are sent."""
    for number, question in enumerate(("What is a batch?", "What is a line?", "What is a file?"), 1):
        yield chat_request(f"question-{number}", model=MODEL, messages=[{"role": "user", "content": question}])
    yield image_request("picture", model="grok-imagine-image", prompt="A line of foxes")
    yield chat_request("mistake", model="grok-of-tomorrow", messages=[{"role": "user", "content": "Hello"}])


def show(state: JobState) -> None:
    """Tell how far a batch has got."""
    print(f"Waiting:    {state.progress or 0:g} %")


async def report(client: AsyncXAI, batch_id: str) -> None:
    """Wait for a batch and print its results, which come in no order."""
    batch = await client.batches.wait(batch_id, interval=1, on_progress=show)
    print("Finished:  ", batch.state.num_success, "succeeded,", batch.state.num_error, "failed")
    results = await client.batches.results_by_id(batch_id)
    for id, result in sorted(results.items()):
        if result.completion is not None:
            print(f"{id}: {result.completion.text}")
        elif result.images is not None:
            print(f"{id}: {len(result.images.data)} image for {result.cost_usd} USD")
        else:
            print(f"{id}: {result.error}")


async def main() -> None:
    """Work off the same questions twice."""
    async with open_client() as client:
        try:
            batch = await client.batches.create(name="questions", requests=questions())
            await report(client, batch.batch_id)

            good = (request for request in questions() if request.get("batch_request_id") != "mistake")
            file = await client.batches.upload(requests=good)
            print("Uploaded:  ", file.filename)
            batch = await client.batches.create(name="questions of a file", input_file_id=file.id)
            await report(client, batch.batch_id)
        except BatchAddError as error:
            print(f"{error}; {len(error.accepted)} requests are in batch {error.batch_id}")
        except JobError as error:
            print(f"{error}; `client.batches.wait({error.id!r})` goes on waiting for it")


if __name__ == "__main__":
    anyio.run(main)
