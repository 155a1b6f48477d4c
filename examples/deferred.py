"""Have several questions answered in the background, and collect the answers as they are ready.

Run it with `python examples/deferred.py`. An answer can be read once, so each is printed by whoever fetched it.
"""

import anyio
from _client import open_client

from xai_httpx import AsyncXAI, JobError, JobState

QUESTIONS = ["What is a tide?", "What is a dune?", "What is a fjord?"]


def show(state: JobState) -> None:
    """Tell of a wait that goes on."""
    print(f"Waiting:  {state.status} after {state.polls} poll{'' if state.polls == 1 else 's'}")


async def collect(client: AsyncXAI, request_id: str) -> None:
    """Wait for one answer."""
    try:
        completion = await client.chat.completions.wait_deferred(
            request_id, interval=0.5, timeout=300, on_progress=show
        )
        print(f"Answer:   {completion.text}")
    except JobError as error:
        print(f"{error}; `client.chat.completions.wait_deferred({error.id!r})` goes on waiting")


async def main() -> None:
    """Defer, then wait for all at once."""
    async with open_client() as client:
        started = [
            await client.chat.completions.defer(model="grok-4.6", messages=[{"role": "user", "content": question}])
            for question in QUESTIONS
        ]
        print(f"Deferred: {len(started)} questions")
        async with anyio.create_task_group() as tasks:
            for job in started:
                tasks.start_soon(collect, client, job.request_id)


if __name__ == "__main__":
    anyio.run(main)
