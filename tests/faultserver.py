"""A server of many connections that does to each reply what the request asks for, and counts what it accepted.

    with FaultServer() as server:
        client = AsyncXAI(api_key="k", base_url=server.base_url)
        await client.models.list(options={"headers": {"x-fault": "status=503;times=1"}})

The faults are in `tests/faultscript.py`; those of reading a request's body are here: `drop_before_read` resets the
connection before, `reset_in_body`, `refuse_in_body` and `stall_in_body` come in the midst of a file, and `slow_read`
pauses before each piece of it. As a process of its own, whose memory is not that of the client:

    python -m tests.faultserver --port 0     # prints its port; GET /stats gives its counts
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import socket
import struct
import sys
import threading
import time
from collections import Counter
from typing import NamedTuple, Self

from tests.faultscript import (
    FILE_SIZE,
    FILES,
    PING,
    RESET,
    STALL,
    TOO_LARGE,
    Fault,
    Reply,
    Step,
    file_of,
    reply_to,
    script,
)

PING_PAUSE = 0.02  # seconds
STALLED = 1.0  # seconds for which nothing of a body is read; the end of the connection is not seen meanwhile
CHUNK = 64 * 1024  # bytes
OVER = (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError)
IN_BODY = ("reset_in_body", "refuse_in_body", "stall_in_body")
HUNG_UP = "the client hung up before it had the whole reply"


class Head(NamedTuple):
    """The head of a request."""

    path: str
    headers: dict[str, str]

    @property
    def call(self) -> str:
        """The id by which the attempts of one call are known."""
        return self.headers.get("x-client-request-id", "")


class FaultServer:
    """Serves in a thread of its own; every count is by client request id.

    Attributes:
        received: Requests of which the head came.
        accepted: Requests that were read whole and not refused: what would be billed.
        damaged: Accepted uploads in which the file was not whole.
        injected: Replies that a fault was done to.
        completed: Replies that were sent whole, or of which at least the terminal event was.
        hung_up: When, by `time.monotonic()`, the client last closed the connection before it had the whole reply.
    """

    def __init__(self, port: int = 0) -> None:
        self.received: Counter[str] = Counter()
        self.accepted: Counter[str] = Counter()
        self.damaged: Counter[str] = Counter()
        self.injected: Counter[str] = Counter()
        self.completed: Counter[str] = Counter()
        self.hung_up: dict[str, float] = {}
        self._listener = socket.create_server(("127.0.0.1", port), backlog=4096)
        self._connections = 0
        self._fewer = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._listener.getsockname()[1])

    @property
    def base_url(self) -> str:
        """What a client is to be given."""
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        serving = asyncio.start_server(self._connected, sock=self._listener, backlog=4096)
        asyncio.run_coroutine_threadsafe(serving, self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._listener.close()

    def connections(self, patience: float = 0) -> int:
        """Open connections; waits up to `patience` seconds for there to be none."""
        with self._fewer:
            self._fewer.wait_for(lambda: not self._connections, patience)
            return self._connections

    async def _stop(self) -> None:
        serving = asyncio.all_tasks() - {asyncio.current_task()}
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with self._fewer:
            self._connections += 1
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with contextlib.suppress(*OVER):
                while await self._serve(reader, writer):
                    pass
            writer.close()
            with contextlib.suppress(*OVER):
                await writer.wait_closed()
        finally:
            with self._fewer:
                self._connections -= 1
                self._fewer.notify_all()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; False when the connection is not to be used again."""
        head = await _head(reader)
        if head.path == "/stats":
            writer.write(b"".join(self._stats()))
            return False
        call = head.call
        self.received[call] += 1
        fault = Fault.parse(head.headers.get("x-fault", ""))
        if self.received[call] > fault.times:
            fault = Fault(events=fault.events, pace=fault.pace)
        self.injected[call] += bool(fault.name)
        if fault.name == "drop_before_read":
            return _ended(writer, RESET)
        if fault.name in IN_BODY:
            return await _broken_off(fault, reader, writer)
        body = await _body(head, reader, PING_PAUSE if fault.name == "slow_read" else 0)
        reply = reply_to(head.path, body, call, fault)
        accepted = not (fault.refuses or reply.refuses)
        self.accepted[call] += accepted
        self.damaged[call] += accepted and head.path == FILES and file_of(call) not in body
        steps, complete = script(fault, reply)
        self.completed[call] += complete
        try:
            return await _play(steps, reader, writer)
        except ConnectionError:
            self.hung_up[call] = time.monotonic()
            return False

    def _stats(self) -> list[bytes]:
        counts = {
            "received": self.received.total(),
            "injected": self.injected.total(),
            "accepted_twice": sum(count > 1 for count in self.accepted.values()),
            "connections": self._connections - 1,  # without the one that asks
        }
        head, body, end = Reply([json.dumps(counts).encode()], headers={"connection": "close"}).framed()
        return [head, *body, end]


async def _head(reader: asyncio.StreamReader) -> Head:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().rstrip().split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return Head(first.split(" ")[1], {name.lower(): value.strip() for name, _, value in pairs})


async def _body(head: Head, reader: asyncio.StreamReader, pause: float) -> bytes:
    """The body of a request, chunked or not, with so many seconds before each piece of it."""
    pieces: list[bytes] = []

    async def take(size: int) -> None:
        while size:
            await asyncio.sleep(pause)
            pieces.append(await reader.readexactly(min(size, CHUNK)))
            size -= len(pieces[-1])

    if "transfer-encoding" not in head.headers:
        await take(int(head.headers.get("content-length", 0)))
    else:
        while size := int(await reader.readuntil(b"\r\n"), 16):
            await take(size)
            await reader.readuntil(b"\r\n")
        await reader.readuntil(b"\r\n")
    return b"".join(pieces)


async def _broken_off(fault: Fault, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Read some tenths of a file, and the rest never, or without a use for it."""
    await reader.readexactly(int(fault.value) * FILE_SIZE // 10)
    if fault.name == "reset_in_body":
        return _ended(writer, RESET)
    if fault.name == "refuse_in_body":
        head, body, _ = Reply([TOO_LARGE], status=413, headers={"connection": "close"}).framed()
        writer.writelines([head, *body])
    else:
        await asyncio.sleep(STALLED)
    while await reader.read(CHUNK):
        pass
    return False


async def _play(steps: list[Step], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Send a reply step by step; False when the connection is not to be used again."""
    for step in steps:
        if reader.at_eof():
            raise ConnectionAbortedError(HUNG_UP)
        if isinstance(step, float):
            await asyncio.sleep(step)
        elif isinstance(step, bytes):
            writer.write(step)
            await writer.drain()
            await asyncio.sleep(0)  # else what is written at once also arrives at once
        elif step == STALL:
            await reader.read(1)
            raise ConnectionAbortedError(HUNG_UP)
        elif step == PING:
            await _ping(reader, writer)
        else:
            return _ended(writer, step)
    return True


async def _ping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while not reader.at_eof():
        writer.write(b"8\r\n: ping\n\n\r\n")
        await writer.drain()
        await asyncio.sleep(PING_PAUSE)
    raise ConnectionAbortedError(HUNG_UP)


def _ended(writer: asyncio.StreamWriter, how: str) -> bool:
    if how == RESET:
        no_linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)
        writer.transport.abort()
    return False


def main() -> None:
    """Serve until the input ends: until the process that started this one does."""
    parser = argparse.ArgumentParser(description="A server that fails as it is told.")
    parser.add_argument("--port", type=int, default=0)
    with FaultServer(parser.parse_args().port) as server:
        print(server.port, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
