"""A conversation whose next turn is answered in the background.

Run it with `python examples/deferred_chat.py`. The connection is free while the model thinks; `deferred.py` shows the
same without a conversation.
"""

import anyio
from _client import open_client

from xai_httpx import JobError, JobState
from xai_httpx.chat import system


def show(state: JobState) -> None:
    """Tell of a wait that goes on."""
    print(f"Waiting: {state.status}")


async def main() -> None:
    """Have one turn, and then several answers, made in the background."""
    async with open_client() as client:
        chat = client.chat.create(model="grok-4.6", messages=[system("You think slowly.")])
        try:
            reply = await chat.defer("What is a tide?", interval=0.2, timeout=300, on_progress=show)
        except JobError as error:
            raise SystemExit(f"{error}; client.chat.completions.wait_deferred({error.id!r}) goes on waiting") from None
        print("Answer: ", reply.text)
        chat.append("And a dune?")
        replies = await chat.defer_batch(2, interval=0.2)
        for reply in replies:
            print(f"Choice {reply.index}:", reply.text)
        chat.append(replies[1])
        print("History:", len(chat.messages), "entries")


if __name__ == "__main__":
    anyio.run(main)
