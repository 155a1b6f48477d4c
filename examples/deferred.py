"""A chat completion that is made in the background, looked at once and waited for.

Run it with `python examples/deferred.py`.
"""

import anyio
from _client import open_client

from xai_httpx import JobState


def show(state: JobState) -> None:
    """Say how far it is."""
    print(f"Waiting:   {state.status}")


async def main() -> None:
    """Defer a completion, look whether it is there, and wait for it."""
    async with open_client() as client:
        started = await client.chat.completions.defer(
            model="grok-4.6", messages=[{"role": "user", "content": "Tell a long story."}]
        )
        # The id is all that has to be kept: any process that has the key can go on with it.
        story = await client.chat.completions.retrieve_deferred(started.request_id)
        if story is None:  # it is given once, so what a look has found is not waited for any more
            story = await client.chat.completions.wait_deferred(started.request_id, interval=0.2, on_progress=show)
        print(f"Completed: {story.text}")


if __name__ == "__main__":
    anyio.run(main)
