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
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import anyio
import anyio.to_thread
from _client import open_client

from xai_httpx import ConfigurationError, Meter, XAIError
from xai_httpx.chat import Chat


@dataclass
class Options:
    """What the command line says."""

    model: str
    stream: bool
    n: int
    script: Path | None


async def turn(chat: Chat, said: str, options: Options) -> Chat:
    """Answer what the user said; a turn that fails leaves nothing in the conversation that goes on."""
    try:
        if options.n > 1:
            return await answered_in_several_ways(chat.fork().append(said), options)
        if options.stream:
            await answer_in_pieces(chat, said)
        else:
            print(f"Grok: {(await chat.sample(said)).text}")
    except XAIError as error:
        print("error:", " ".join(str(error).split()), flush=True)
    return chat


async def answer_in_pieces(chat: Chat, said: str) -> None:
    """Print the answer as it comes."""
    begun = False
    try:
        async with chat.stream(said) as stream:
            async for text in stream.text_stream:
                print(text if begun else f"Grok: {text}", end="", flush=True)
                begun = True
    finally:
        if begun:
            print()


async def answered_in_several_ways(chat: Chat, options: Options) -> Chat:
    """Print several answers, the first as it comes if wanted; the conversation goes on with it."""
    if options.stream:
        begun = False
        try:
            async with chat.stream_batch(options.n) as stream:
                async for text in stream.text_stream:  # of the first
                    print(text if begun else f"Grok [1]: {text}", end="", flush=True)
                    begun = True
                replies = await stream.final()
        finally:
            if begun:
                print()
    else:
        replies = await chat.sample_batch(options.n)
        print(f"Grok [1]: {replies[0].text}")
    for reply in replies[1:]:
        print(f"Grok [{reply.index + 1}]: {reply.text}")
    return chat.append(replies[0])


async def next_line(source: TextIO) -> str | None:
    """Wait for the user's next line without blocking the loop; None at the end."""
    print("You: ", end="", flush=True)
    line = await anyio.to_thread.run_sync(source.readline, abandon_on_cancel=True)
    if not (line and source.isatty()):  # a terminal shows what is typed; the end of input is shown nowhere
        print(line.removesuffix("\n"), flush=True)
    return line.strip() if line else None


async def talk(options: Options, source: TextIO) -> None:
    """Talk until the user has enough."""
    async with open_client() as client:
        chat = client.chat.create(model=options.model)
        with Meter() as meter:
            try:
                while (line := await next_line(source)) not in (None, "exit"):
                    if line:
                        chat = await turn(chat, line, options)
            finally:
                if sys.exc_info()[0] is not None:
                    print()  # Ctrl-C left the cursor in the middle of a line
                print(f"Total: {meter.usage.total_tokens} tokens, {meter.cost_usd:f} USD", flush=True)


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
            anyio.run(talk, options, source)
        except ConfigurationError as error:
            raise SystemExit(f"error: {error}") from None
        except (KeyboardInterrupt, asyncio.CancelledError):  # asyncio makes Ctrl-C the one or, now and then, the other
            # The thread that waits for a line cannot be interrupted, and a normal exit would wait for it.
            sys.stdout.flush()
            os._exit(0)


if __name__ == "__main__":
    main()
