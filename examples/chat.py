"""A conversation on the terminal.

    python examples/chat.py --stream
    python examples/chat.py --script examples/conversation.txt

`exit`, Ctrl-D and Ctrl-C end it; tokens and cost of the whole conversation come last.
"""

import argparse
import asyncio  # noqa: TID251
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TextIO

import anyio
import anyio.to_thread
from _client import open_client

from xai_httpx import AsyncXAI, ConfigurationError, XAIError
from xai_httpx.types import ChatCompletion, ChatCompletionParams, ChatMessageParam, ChatUsage


@dataclass
class Options:
    """What the command line says."""

    model: str
    stream: bool
    n: int
    script: Path | None


@dataclass
class Conversation:
    """The messages so far, and what they have used."""

    client: AsyncXAI
    options: Options
    history: list[ChatMessageParam] = field(default_factory=list[ChatMessageParam])
    tokens: int = 0
    cost: Decimal = Decimal(0)

    async def turn(self, said: str) -> None:
        """Answer what the user said; a turn that fails leaves nothing in the history."""
        before = len(self.history)
        self.history.append({"role": "user", "content": said})
        params: ChatCompletionParams = {"model": self.options.model, "messages": self.history}
        if self.options.n > 1:
            params["n"] = self.options.n
        try:
            completion = await (self._streamed(params) if self.options.stream else self._whole(params))
        except XAIError as error:
            del self.history[before:]
            print("error:", " ".join(str(error).split()), flush=True)
            return
        if completion.message is not None:
            self.history.append(completion.message)
        self._count(completion.usage)

    async def _whole(self, params: ChatCompletionParams) -> ChatCompletion:
        completion = await self.client.chat.completions.create(**params)
        for choice in completion.choices:
            print(self._name(choice.index) + (choice.message.content or ""))
        return completion

    async def _streamed(self, params: ChatCompletionParams) -> ChatCompletion:
        """Print the first answer as it comes; those beside it are held back until it is whole."""
        others: dict[int, str] = {}
        begun = False
        try:
            async with self.client.chat.completions.stream(**params) as stream:
                async for chunk in stream:
                    for choice in chunk.choices:
                        text = choice.delta.content or ""
                        if choice.index > 0:
                            others[choice.index] = others.get(choice.index, "") + text
                        elif text:
                            print(text if begun else self._name(0) + text, end="", flush=True)
                            begun = True
                completion = await stream.final()
        finally:
            if begun:
                print()
        for index in sorted(others):
            print(self._name(index) + others[index])
        return completion

    def _name(self, index: int) -> str:
        return f"Grok [{index + 1}]: " if self.options.n > 1 else "Grok: "

    def _count(self, usage: ChatUsage | None) -> None:
        if usage is not None:
            self.tokens += usage.total_tokens
            self.cost += usage.cost_usd or 0


async def next_line(source: TextIO) -> str | None:
    """Wait for the user's next line without blocking the loop; None at the end."""
    print("You: ", end="", flush=True)
    line = await anyio.to_thread.run_sync(source.readline, abandon_on_cancel=True)
    if not (line and source.isatty()):  # a terminal shows what is typed; the end of input is shown nowhere
        print(line.removesuffix("\n"), flush=True)
    return line.strip() if line else None


async def chat(options: Options, source: TextIO) -> None:
    """Talk until the user has enough."""
    async with open_client() as client:
        conversation = Conversation(client, options)
        try:
            while (line := await next_line(source)) not in (None, "exit"):
                if line:
                    await conversation.turn(line)
        finally:
            if sys.exc_info()[0] is not None:
                print()  # Ctrl-C left the cursor in the middle of a line
            print(f"Total: {conversation.tokens} tokens, {conversation.cost:f} USD", flush=True)


def parsed(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Talk with a model of xAI.")
    parser.add_argument("--model", default="grok-4.6", help="the model to talk to (default: %(default)s)")
    parser.add_argument("--stream", action="store_true", help="print answers as they are written")
    parser.add_argument("--n", type=int, default=1, help="answers a turn; the first one goes on (default: 1)")
    parser.add_argument("--script", type=Path, metavar="FILE", help="read the user's lines from a file")
    given = parser.parse_args(arguments)
    if given.n < 1:
        parser.error("--n must be at least 1")
    if given.script is not None and not given.script.is_file():
        parser.error(f"--script: there is no file {given.script}")
    return Options(given.model, given.stream, given.n, given.script)


def main() -> None:
    """Run the conversation."""
    options = parsed()
    with options.script.open(encoding="utf-8") if options.script else nullcontext(sys.stdin) as source:
        try:
            anyio.run(chat, options, source)
        except ConfigurationError as error:
            raise SystemExit(f"error: {error}") from None
        except (KeyboardInterrupt, asyncio.CancelledError):  # asyncio makes Ctrl-C the one or, now and then, the other
            # The thread that waits for a line cannot be interrupted, and a normal exit would wait for it.
            sys.stdout.flush()
            os._exit(0)


if __name__ == "__main__":
    main()
