"""Answers as objects of your own types, checked; what does not fit is told to the model, which may try again.

Run it with `python examples/structured_output.py`.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import anyio
from _client import open_simulator
from pydantic import BaseModel, Field

from xai_httpx import AsyncXAI, OutputError
from xai_httpx.chat import ChatParams, system


class Item(BaseModel):
    """A line of an invoice."""

    name: str
    count: Annotated[int, Field(ge=1)]
    price: Decimal


class Invoice(BaseModel):
    """What stands on an invoice."""

    number: str
    day: date
    currency: Literal["EUR", "USD"]
    items: list[Item]


@dataclass
class Verdict:
    """Whether an invoice may be paid."""

    pay: bool
    reason: str


def clerk(language: str) -> ChatParams:
    """A template: a function that returns what a conversation begins with."""
    return {"model": "grok-4.6", "messages": [system(f"You check invoices. Answer in {language}.")], "temperature": 0}


async def main() -> None:
    """Read an invoice, judge it, and see what becomes of an answer that does not fit."""
    async with open_simulator() as sim, sim.client() if sim else AsyncXAI() as client:
        chat = client.chat.create(**clerk("English"))
        if sim:  # what a model would answer
            sim.reply_json({"number": "7", "day": "2026-11-26", "currency": "EUR", "items": []})
            sim.reply_json({"pay": "perhaps", "reason": "I cannot tell."})
            sim.reply_json({"pay": True, "reason": "It is in order."})
        invoice = (await chat.parse(Invoice, "Invoice 7 of today, 0 items, in euros.")).parsed
        print(f"Invoice: {invoice.number} of {invoice.day:%d %B %Y}, {len(invoice.items)} items, {invoice.currency}")
        verdict = await chat.parse(Verdict, "Is it to be paid?", ask_again=2)
        print(f"Verdict: {verdict.parsed.pay}, for: {verdict.parsed.reason}")
        print(f"History: {len(chat.messages)} entries")

        if sim:
            sim.reply("As far as I can see: five.")
        try:
            count = await chat.parse(int, "How many items are there?")
            print("Items:  ", count.parsed)
        except OutputError as error:
            print(f"Refused: {error} ({error.text!r}, {error.usage.total_tokens} tokens)")


if __name__ == "__main__":
    anyio.run(main)
