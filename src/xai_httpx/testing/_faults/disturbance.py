"""Sends a reply with its faults, between the application and the connection."""

import asyncio
import socket
import struct
from collections.abc import Iterable

from starlette.types import Message, Receive, Scope, Send

from .._contract.errors import default_code, error_body
from .._json import JsonObject, event_line
from .fault import Fault

CONNECTION = "connection"  # the name in the state of a scope
_PING = b": ping\n\nevent: ping\n\n"
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, of no time
_UNKNOWN: JsonObject = {
    "type": "response.simulated.unknown",
    "object": "simulated.unknown",
    "note": "unknown",
}


class Disturbance:
    """The sending of one reply."""

    def __init__(self, faults: Iterable[Fault], scope: Scope, receive: Receive, send: Send) -> None:
        """Stand between an application and `send`."""
        self._faults = {fault.kind: fault for fault in faults}
        self._path: str = scope["path"]
        self._connection: asyncio.Transport = scope["state"][CONNECTION]
        self._receive = receive
        self._send = send
        self._head: Message | None = None
        self._streams = False
        self._events = 0
        self._over = False

    async def send(self, message: Message) -> None:
        """Send what the application sends, as far as the faults let it."""
        if message["type"] == "http.response.start":
            self._head = message  # is held until the body begins, for its length may be another
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        if self._head is not None:
            body = await self._begin(self._head, body)
            self._head = None
        if self._streams and body:
            await self._event(body)
        elif body:
            await self._whole(body)
        if not more:
            await self._before_the_end()
            await self._pass({"type": "http.response.body", "body": b"", "more_body": False})

    async def _begin(self, head: Message, body: bytes) -> bytes:
        headers = dict(head["headers"])
        self._streams = headers.get(b"content-type", b"").startswith(b"text/event-stream")
        if (slow := self._faults.get("slow_start")) is not None:
            await asyncio.sleep(slow.seconds)
        if (reset := self._faults.get("reset")) is not None and reset.after is None:
            await self._reset()
        if "broken_json" in self._faults and not self._streams:
            body = body[: len(body) // 2]
            headers[b"content-length"] = str(len(body)).encode()
            head = {**head, "headers": list(headers.items())}
        await self._pass(head)
        return body

    async def _event(self, data: bytes) -> None:
        """Pass an event, or what becomes of it."""
        if "pings" in self._faults:
            await self._write(_PING)
        for fault in self._faults.values():
            if fault.after == self._events:
                data = await self._struck(fault, data)
        await self._write(data)
        self._events += 1

    async def _struck(self, fault: Fault, data: bytes) -> bytes:
        if self._over:
            return data
        match fault.kind:
            case "broken_json":
                return data[: len(data) // 2] + b"\n\n"
            case "unknown_event":
                await self._write(event_line(_UNKNOWN).encode())
            case "error_event":
                await self._write(event_line(_error_event(fault, self._path, self._events)).encode())
                await self._pass({"type": "http.response.body", "body": b"", "more_body": False})
                self._over = True
            case "cut":
                self._connection.close()
                await self._gone()
            case "reset":
                await self._reset()
            case _:
                await self._stall()
        return data

    async def _before_the_end(self) -> None:
        """Let what waits for more events than the stream had come now."""
        for fault in self._faults.values() if self._streams else ():
            if fault.after is not None and fault.after >= self._events:
                await self._struck(fault, b"")

    async def _whole(self, body: bytes) -> None:
        """Send the body of a reply that is no stream, or half of it."""
        breaks = [fault for fault in self._faults.values() if fault.kind in ("cut", "stall", "reset")]
        await self._write(body[: len(body) // 2] if breaks else body)
        for fault in breaks:
            await self._struck(fault, b"")

    async def _write(self, data: bytes) -> None:
        trickle = self._faults.get("trickle")
        size = max(len(data), 1) if trickle is None else trickle.size
        for start in range(0, len(data), size):
            if trickle is not None:
                await asyncio.sleep(trickle.seconds)
            await self._pass({"type": "http.response.body", "body": data[start : start + size], "more_body": True})

    async def _pass(self, message: Message) -> None:
        if not self._over:
            await self._send(message)

    async def _reset(self) -> None:
        raw: socket.socket = self._connection.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._connection.abort()
        await self._gone()

    async def _stall(self) -> None:
        pings = self._faults.get("pings")
        pinging = pings is not None and pings.seconds > 0 and self._streams
        gone = asyncio.ensure_future(self._gone())
        try:
            while pinging and pings is not None and not (await asyncio.wait([gone], timeout=pings.seconds))[0]:
                await self._send({"type": "http.response.body", "body": _PING, "more_body": True})
            await gone
        finally:
            gone.cancel()

    async def _gone(self) -> None:
        """Wait until the connection is closed, for uvicorn logs a reply that ends early on one that is open."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._over = True


def _error_event(fault: Fault, path: str, number: int) -> JsonObject:
    if path != "/v1/responses":
        return error_body(fault.status, fault.code, fault.message)
    code = default_code(fault.status) if fault.code is None else fault.code
    told = {"code": code, "message": fault.message or f"{code} (simulated).", "param": None}
    return {"type": "error", "sequence_number": number, **told}
