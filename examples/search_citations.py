"""Let the server search the web and X, and show the sources of the answer.

Run it with `python examples/search_citations.py`.
"""

from datetime import date

import anyio
from _client import open_simulator

from xai_httpx import AsyncXAI
from xai_httpx.chat import web_search, x_search

SOURCES = ["https://en.wikipedia.org/wiki/Fjord", "https://x.com/fjords/status/1"]


async def main() -> None:
    """Ask, and list what was searched and what was found."""
    async with open_simulator() as sim, sim.client() if sim else AsyncXAI() as client:
        if sim:  # it does not search
            sim.reply("A fjord is a long, narrow inlet.", citations=SOURCES)
        tools = [
            web_search(allowed_domains=["wikipedia.org"]),
            x_search(from_date=date(2026, 1, 1), allowed_x_handles=["fjords"]),
        ]
        chat = client.chat.create(model="grok-4.6", tools=tools)
        reply = await chat.sample("What is a fjord?")
        print("Answer:  ", reply.text)
        for call in reply.server_tool_calls:
            print("Searched:", call.type, call.status)
        for number, url in enumerate(reply.citations, 1):
            print(f"Source {number}:", url)
        for citation in reply.inline_citations:
            if citation.start is not None:
                print("Cited:   ", citation.url, "at", citation.start)
        print("To run:  ", len(reply.tool_calls))


if __name__ == "__main__":
    anyio.run(main)
