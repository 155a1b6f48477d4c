"""What `_server.py` is to REST, for xai-sdk, which speaks gRPC: `python -m benchmarks._grpc_server` prints its port."""

from __future__ import annotations

import asyncio  # noqa: TID251 - grpc has no other loop
import re
import sys
from collections.abc import AsyncIterator
from importlib import import_module
from typing import Any

from benchmarks._server import WANTED

ABOUT = {"id": "a3d1008e", "model": "grok-4.6"}


async def complete(request: Any, context: object) -> Any:
    """Answer with a whole completion."""
    messages = import_module("xai_sdk.proto").chat_pb2
    reply = messages.GetChatCompletionResponse(**ABOUT)
    output = reply.outputs.add()
    output.message.content, output.message.role = "101 multiplied by 3 is 303.", messages.ROLE_ASSISTANT
    reply.usage.prompt_tokens, reply.usage.completion_tokens, reply.usage.total_tokens = 32, 9, 135
    return reply


async def stream(request: Any, context: object) -> AsyncIterator[Any]:
    """Answer with so many chunks; how many a write holds is for gRPC to decide."""
    messages = import_module("xai_sdk.proto").chat_pb2
    asked = re.search(WANTED, request.messages[-1].content[0].text.encode())
    assert asked is not None
    for number in range(int(asked[1])):
        chunk = messages.GetChatCompletionChunk(**ABOUT, system_fingerprint="fp_3a7881249c")
        output = chunk.outputs.add()
        output.delta.content, output.delta.role = f" token{number}", messages.ROLE_ASSISTANT
        yield chunk
        if pace := float(asked[3]):
            await asyncio.sleep(pace)


async def serve() -> None:
    """Serve until the input ends: until the process that started this one does."""
    services: Any = import_module("xai_sdk.proto").chat_pb2_grpc
    servicer = services.ChatServicer()
    servicer.GetCompletion, servicer.GetCompletionChunk = complete, stream
    server: Any = import_module("grpc").aio.server()
    services.add_ChatServicer_to_server(servicer, server)
    port = server.add_insecure_port("localhost:0")
    await server.start()
    print(port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.stop(None)


if __name__ == "__main__":
    asyncio.run(serve())
