"""Make room in a long conversation: an encrypted summary takes the place of what was said.

Run it with `python examples/compaction.py`.
"""

import anyio
from _client import open_client

LONG = 200  # tokens; a real conversation would be near the window of its model


async def main() -> None:
    """Talk until there is too much, compact, and go on."""
    async with open_client() as client:
        chat = client.chat.create(model="grok-4.6")
        used = 0
        for number in range(1, 12):
            reply = await chat.sample(f"Tell me fact number {number} about the sea.")
            used = reply.usage.input_tokens if reply.usage else 0
            if used > LONG:
                break
        print(f"Before:  {len(chat.messages)} entries, more than {LONG} tokens: {used > LONG}")
        compacted = await chat.compact()
        print(f"Compact: {len(chat.messages)} entry, {compacted.object}")
        reply = await chat.sample("Which fact was the best?")
        print("After:  ", reply.text)


if __name__ == "__main__":
    anyio.run(main)
