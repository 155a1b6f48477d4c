"""Ask about files: one that is uploaded once and used twice, and one that goes with the message.

Run it with `python examples/file_chat.py`.
"""

import anyio
from _client import open_client

from xai_httpx.chat import file, user

REPORT = b"Quarter 1: 12 boats. Quarter 2: 15 boats.\n"
NOTE = b"Quarter 3: 9 boats.\n"


async def main() -> None:
    """Upload, ask twice, and clean up."""
    async with open_client() as client:
        report = await client.files.create(file=("report.txt", REPORT))
        try:
            chat = client.chat.create(model="grok-4.6")
            reply = await chat.sample(user("How many boats are there?", file(report)))
            print("Uploaded:", reply.text)
            reply = await chat.sample(user("And with this?", file(NOTE, name="note.txt", media_type="text/plain")))
            print("Inline:  ", reply.text)
        finally:
            deleted = await client.files.delete(report.id)
        print("Deleted: ", deleted.deleted)


if __name__ == "__main__":
    anyio.run(main)
