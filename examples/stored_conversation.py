"""A conversation that xAI keeps: each turn sends what is new alone, and another process can go on with it.

Run it with `python examples/stored_conversation.py`.
"""

import anyio
from _client import open_client

from xai_httpx.chat import Chat, system


async def main() -> None:
    """Talk, save, restore, branch off, and have xAI forget it."""
    async with open_client() as client:
        chat = client.chat.create(model="grok-4.6", messages=[system("Be brief.")], store=True)
        first = await chat.sample("Name a river of Norway.")
        print("First:  ", first.text)
        saved = chat.to_json()  # for a database

        restored = Chat.from_json(saved, client=client)
        second = await restored.sample("How long is it?")
        print("Second: ", second.text)
        branch = await chat.fork(temperature=0).sample("Name another.")
        print("Branch: ", branch.text)

        kept = await client.responses.retrieve(second.id)
        print("Kept:   ", kept.previous_response_id == first.id)
        for reply in (first, second, branch):
            await client.responses.delete(reply.id)
        print("Deleted:", 3)


if __name__ == "__main__":
    anyio.run(main)
