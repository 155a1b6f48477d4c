"""What the first call of a process loads and builds: what that call needs, and nothing of what others do."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version

import pytest

from tests.rawserver import RawServer, chunked, events, reply
from tests.samples import events as sample_events
from tests.samples import sample

PROGRAM = """
import asyncio, json, sys
from xai_httpx import AsyncXAI

async def call(client):
    {call}

async def main():
    async with AsyncXAI(api_key="k", base_url=sys.argv[1]) as client:
        await call(client)

asyncio.run(main())
modules = sorted(sys.modules)
from pydantic import BaseModel
kinds = [
    value
    for name in modules
    if name.startswith(("xai_httpx.types.", "xai_httpx._checks."))
    for value in vars(sys.modules[name]).values()
    if isinstance(value, type) and issubclass(value, BaseModel) and value.__module__ == name
]
whole = sorted(f"{{kind.__module__}}.{{kind.__name__}}" for kind in kinds if kind.__pydantic_complete__)
print(json.dumps([modules, whole]))
"""
CREATE_CHAT = 'await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "a"}])'
STREAM_CHAT = """
    async with client.chat.completions.stream(model="m", messages=[{"role": "user", "content": "a"}]) as stream:
        await stream.final()
"""
CREATE_RESPONSE = 'await client.responses.create(model="m", input="a")'
STREAM_RESPONSE = """
    async with client.responses.stream(model="m", input="a") as stream:
        await stream.final()
"""
OTHERS = {  # of other calls, other clients and the tests, and what a failure needs
    *("xai_httpx.testing", "xai_httpx.chat", "xai_httpx._sync_client", "xai_httpx._runner"),
    *("xai_httpx._jobs", "xai_httpx._output", "xai_httpx._output_type", "xai_httpx._media", "xai_httpx._multipart"),
    *("xai_httpx._download", "xai_httpx._breaker", "xai_httpx._meter", "xai_httpx._budget", "xai_httpx._catalogue"),
    *("tenacity", "difflib", "sqlite3"),
    *("starlette", "uvicorn", "jsonschema_rs", "rstr", "tqdm", "mcp", "opentelemetry"),
}
if tuple(map(int, version("anyio").split(".")[:2])) >= (4, 16):  # older ones load it on asyncio themselves
    OTHERS.add("anyio.from_thread")
OF_STREAMS = {
    "xai_httpx._streams",
    "xai_httpx._events",
    "xai_httpx._sse",
    "xai_httpx._accumulate_chat",
    "xai_httpx._accumulate_response",
    "xai_httpx._lenient",
}


@dataclass(frozen=True)
class Loaded:
    """What a process had after a call.

    Attributes:
        modules: All modules.
        ours: Those of the package.
        generated: Those with generated models, without the package's name.
        built: The generated models whose validators were built, without the package's name.
    """

    modules: frozenset[str]
    built: list[str]

    @property
    def ours(self) -> set[str]:
        return {name for name in self.modules if name.partition(".")[0] == "xai_httpx"}

    @property
    def generated(self) -> set[str]:
        return {
            name.removeprefix("xai_httpx.")
            for name in self.ours
            if name.startswith(("xai_httpx.types.", "xai_httpx._checks."))
        }


def loaded(server: RawServer, call: str) -> Loaded:
    """Make a call in a fresh process."""
    command = [sys.executable, "-W", "error", "-c", PROGRAM.format(call=call), server.base_url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    modules, built = json.loads(done.stdout)
    return Loaded(frozenset(modules), [name.removeprefix("xai_httpx.") for name in built])


@pytest.mark.parametrize(
    ("call", "body", "generated", "built"),
    [
        pytest.param(
            CREATE_CHAT,
            "chat-completion.json",
            {"types.chat", "types.shared", "_checks.chat", "_checks.shared"},
            ["_checks.chat.ChatCompletionRequest", "types.chat.ChatCompletion"],
            id="chat",
        ),
        pytest.param(
            CREATE_RESPONSE,
            "response.json",
            {"types.responses", "types.shared", "_checks.responses", "_checks.shared"},
            ["_checks.responses.ResponseRequest", "types.responses.Response"],
            id="responses",
        ),
    ],
)
def test_a_first_call_loads_and_builds_its_own_models_alone(
    server: RawServer, call: str, body: str, generated: set[str], built: list[str]
) -> None:
    server.answer(reply(sample(body)))
    found = loaded(server, call)
    assert found.generated == generated
    assert found.built == built
    assert found.modules & (OTHERS | OF_STREAMS) == set()
    assert len(found.ours) <= 49


@pytest.mark.parametrize(
    ("call", "body", "done", "generated", "built"),
    [
        pytest.param(
            STREAM_CHAT,
            "chat.chunks.txt",
            True,
            {"types.chat", "types.chat_events", "types.shared", "_checks.chat", "_checks.shared"},
            {"_checks.chat.ChatCompletionRequest", "types.chat_events.ChatCompletionChunk"},
            id="chat",
        ),
        pytest.param(
            STREAM_RESPONSE,
            "response.chunks.txt",
            False,
            {"types.responses", "types.responses_events", "types.shared", "_checks.responses", "_checks.shared"},
            {"_checks.responses.ResponseRequest"},
            id="responses",
        ),
    ],
)
def test_a_first_stream_loads_and_builds_its_own_models_alone(
    server: RawServer, call: str, body: str, done: bool, generated: set[str], built: set[str]
) -> None:
    lines = [line.decode() for line in sample_events(body)]
    server.answer(*chunked(events(*lines, done=done)))
    found = loaded(server, call)
    assert found.generated == generated
    assert set(found.built) >= built
    assert len(found.built) <= 4  # of the parts that it adds up, those that it dumps are built
    assert len(found.ours) <= 56
    assert found.modules & OTHERS == set()
