"""`transport="aiohttp"`: what it needs and refuses, and that a client with it lives as long as any other."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from typing import Any

import anyio
import httpx
import pytest

from tests.rawserver import RawServer, reply
from xai_httpx import XAI, AsyncXAI, ConfigurationError

MODELS = reply(b'{"data": [], "object": "list"}')

LIFE = """
import asyncio, gc, os, sys
from xai_httpx import AsyncXAI

client = AsyncXAI(api_key="k", base_url=sys.argv[1], transport="aiohttp")

async def ask(times):
    await asyncio.gather(*[call() for _ in range(times)])

async def call():
    assert (await client.models.list()).items == []

for _ in range(2):
    asyncio.run(ask(3))
if child := os.fork():
    assert os.waitpid(child, 0)[1] == 0
asyncio.run(ask(3))

async def fork_in_a_loop():
    await ask(2)
    if child := os.fork():
        assert os.waitpid(child, 0)[1] == 0
        await ask(2)
        await client.aclose()
    else:
        os._exit(0)

if child:
    asyncio.run(fork_in_a_loop())
gc.collect()
"""


def made(server: RawServer, **options: Any) -> AsyncXAI:
    return AsyncXAI(api_key="k", base_url=server.base_url, transport="aiohttp", **options)


def test_on_trio_the_first_call_says_where_it_runs(server: RawServer) -> None:
    async def call() -> None:
        async with made(server) as client:
            for _ in range(2):
                with pytest.raises(ConfigurationError, match=r"runs on asyncio alone, and this is Trio"):
                    await client.models.list()
            assert client.concurrency.in_use == 0

    anyio.run(call, backend="trio")
    assert server.connections == 0


def test_without_the_package_making_a_client_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'xai-httpx\[aiohttp\]'"):
        AsyncXAI(api_key="k", transport="aiohttp")
    AsyncXAI(api_key="k")


def test_a_transport_that_there_is_not_is_told_from_those_that_there_are() -> None:
    unknown: Any = "requests"
    with pytest.raises(ConfigurationError, match="transport must be 'httpx' or 'aiohttp', got 'requests'"):
        AsyncXAI(api_key="k", transport=unknown)
    with pytest.raises(ConfigurationError, match="give them to http_client"):
        AsyncXAI(api_key="k", transport="aiohttp", http_client=httpx.AsyncClient())


def test_the_sync_client_and_copies_keep_it(server: RawServer) -> None:
    server.always = (MODELS,)
    with XAI(api_key="k", base_url=server.base_url, transport="aiohttp") as client:
        assert client.models.list().items == []
        config = pickle.loads(pickle.dumps(client.config))
    assert config.transport == "aiohttp"
    with XAI.from_config(config, api_key="k") as copy:
        assert copy.config.transport == "aiohttp"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_client_made_at_import_lives_in_many_loops_and_after_a_fork(server: RawServer) -> None:
    server.always = (MODELS,)
    command = [sys.executable, "-W", "error", "-c", LIFE, server.base_url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    server.wait_until_idle()
