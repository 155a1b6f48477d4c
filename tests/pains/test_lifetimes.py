"""P14, P15, P19, P24: clients in several event loops and processes, dropped ones, and what many of them cost."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import anyio
import httpx
import pytest

from tests.rawserver import RawServer, head, reply
from xai_httpx import AsyncXAI, ConfigurationError
from xai_httpx._transport import _ssl_context

MODELS = reply(b'{"data": [], "object": "list"}')
BACKENDS = ["asyncio", "trio"]


@pytest.fixture
def server() -> Any:
    with RawServer() as running:
        running.always = (MODELS,)
        yield running


def run(script: str, server: RawServer, *arguments: str) -> None:
    """Run a script in an interpreter that is strict with warnings; nothing may be written to stderr."""
    command = [sys.executable, "-W", "error", "-X", "dev", "-c", script, server.base_url, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    slow = "Executing <"  # asyncio's debug mode tells of slow steps, which a busy machine has
    said = [line for line in done.stderr.splitlines() if not line.startswith(slow)]
    assert (done.returncode, said) == (0, []), done.stderr


DROPPED = """
import gc, sys, anyio
from xai_httpx import AsyncXAI

async def use():
    client = AsyncXAI(api_key="k", base_url=sys.argv[1])
    await client.models.list()
    return client if sys.argv[3] == "kept" else None

for _ in range(2):
    client = anyio.run(use, backend=sys.argv[2])
    del client
    gc.collect()
"""


@pytest.mark.parametrize("backend", BACKENDS)
def test_p14_a_client_that_is_never_closed_ends_with_its_loop(server: RawServer, backend: str) -> None:
    run(DROPPED, server, backend, "kept")
    server.wait_until_idle()


def test_p14_a_client_that_is_dropped_in_its_loop_closes(server: RawServer) -> None:
    run(DROPPED, server, "asyncio", "dropped")
    server.wait_until_idle()


def test_p14_a_client_that_is_dropped_on_trio_is_warned_of_once(server: RawServer) -> None:
    command = [sys.executable, "-X", "dev", "-c", DROPPED, server.base_url, "trio", "dropped"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr.count("Warning") <= 2  # one for each of the two that are dropped
    server.wait_until_idle()


UNCLOSED = """
import gc, sys, threading
from xai_httpx import XAI

def use():
    client = XAI(api_key="k", base_url=sys.argv[1])
    client.models.list()
    return client

if sys.argv[2] == "kept":
    client = use()
else:
    models = use().models
    models.list()  # a resource keeps what it needs
    del models
    for _ in range(10):
        use()
        gc.collect()
    for thread in threading.enumerate():
        if thread.name == "xai-httpx":
            thread.join(20)
    assert threading.active_count() == 1
"""


@pytest.mark.parametrize("how", ["kept", "dropped"])
def test_p14_a_sync_client_that_is_never_closed_ends_with_its_holder(server: RawServer, how: str) -> None:
    run(UNCLOSED, server, how)
    server.wait_until_idle()


AT_IMPORT = """
import sys, anyio
from xai_httpx import AsyncXAI

client = AsyncXAI(api_key="k", base_url=sys.argv[1])

async def use():
    for _ in range(2):
        await client.models.list()

for backend in ("asyncio", "asyncio", "trio", "asyncio", "trio"):
    anyio.run(use, backend=backend)
"""


def test_p14_a_client_made_at_import_works_in_one_loop_after_another(server: RawServer) -> None:
    run(AT_IMPORT, server)
    assert len(server.requests) == 10
    assert server.connections == 5  # each loop has its own connection, and uses it again
    server.wait_until_idle()


def test_p14_loops_that_have_ended_are_forgotten(server: RawServer) -> None:
    client = AsyncXAI(api_key="k", base_url=server.base_url)

    async def use() -> None:
        await client.models.list()

    for backend in BACKENDS * 10:
        anyio.run(use, backend=backend)
    assert len(client._core.transport._homes._homes) == 1
    assert client.concurrency == (500, 0, 0)


async def test_p14_nothing_of_ours_has_a_finalizer() -> None:
    async with AsyncXAI(api_key="k") as client:
        kinds = [type(client), type(client._core), type(client._core.transport), type(client._core.transport._homes)]
    assert [kind for kind in kinds if hasattr(kind, "__del__")] == []


async def test_p14_use_after_close_is_a_clear_error(server: RawServer) -> None:
    async with AsyncXAI(api_key="k", base_url=server.base_url) as client:
        await client.models.list()
    with pytest.raises(ConfigurationError, match="client is closed; make a new AsyncXAI"):
        await client.models.list()
    with pytest.raises(ConfigurationError, match="closed"):
        async with client.responses.stream(model="m", input="hi"):
            pass
    await client.aclose()


async def test_p14_closing_twice_at_once_and_while_a_stream_is_open(server: RawServer) -> None:
    server.answer(head(), "wait")
    client = AsyncXAI(api_key="k", base_url=server.base_url)
    async with client.responses.stream(model="m", input="hi"):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.aclose)
            tasks.start_soon(client.aclose)
    await anyio.to_thread.run_sync(server.wait_until_idle)


@pytest.mark.parametrize("backend", BACKENDS)
def test_p14_an_injected_client_stays_in_its_loop(server: RawServer, backend: str) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"data": [], "object": "list"})

    client = AsyncXAI(api_key="k", http_client=httpx.AsyncClient(transport=httpx.MockTransport(refuse)))

    async def use() -> None:
        await client.models.list()

    anyio.run(use)
    with pytest.raises(ConfigurationError, match=r"another event loop or process.*leave http_client out"):
        anyio.run(use, backend=backend)


FORKED = """
import os, sys, anyio
from xai_httpx import AsyncXAI, XAI

client = AsyncXAI(api_key="k", base_url=sys.argv[1])

async def use():
    await client.models.list()

async def parent():
    await use()
    child = os.fork()
    if child == 0:
        os._exit(grandchild())
    assert os.waitpid(child, 0)[1] == 0
    await use()  # on the connection that it had before

def grandchild():
    import threading
    failed = []
    def work():
        try:
            anyio.run(use, backend=sys.argv[2])
        except BaseException as error:
            failed.append(error)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return len(failed)

anyio.run(parent, backend=sys.argv[2])
"""
FORKED_IN_PLACE = """
import os, sys, trio
from xai_httpx import AsyncXAI

client = AsyncXAI(api_key="k", base_url=sys.argv[1])

async def main():
    await client.models.list()
    child = os.fork()
    if child == 0:
        await client.models.list()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0  # blocks: both share one epoll, and would take events from each other
    await client.models.list()  # on the connection that it had before

trio.run(main)
"""
FORKED_SYNC = """
import os, sys
from xai_httpx import XAI

client = XAI(api_key="k", base_url=sys.argv[1])
client.models.list()
child = os.fork()
if child == 0:
    client.models.list()
    client.close()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
client.models.list()
client.close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork on Windows")
@pytest.mark.parametrize("backend", BACKENDS)
def test_p15_after_a_fork_the_child_has_connections_of_its_own(server: RawServer, backend: str) -> None:
    run(FORKED, server, backend)
    assert (len(server.requests), server.connections) == (3, 2)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork on Windows")
def test_p15_a_child_that_goes_on_in_the_same_loop_leaves_the_parents_connection_alone(server: RawServer) -> None:
    run(FORKED_IN_PLACE, server)  # asyncio has no running loop in the child
    assert (len(server.requests), server.connections) == (3, 2)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork on Windows")
def test_p15_the_sync_client_survives_a_fork(server: RawServer) -> None:
    run(FORKED_SYNC, server)
    assert (len(server.requests), server.connections) == (3, 2)


def test_p15_nothing_ties_it_to_grpc() -> None:
    script = "import sys, xai_httpx.types.chat; sys.exit(any('grpc' in m or 'protobuf' in m for m in sys.modules))"
    subprocess.run([sys.executable, "-c", script], check=True)


GROWTH = """
import gc, os, sys, anyio
from xai_httpx import AsyncXAI

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

def count():
    gc.collect()
    objects = gc.get_objects()
    return len(objects), sum(isinstance(one, type) for one in objects)

async def fresh():
    async with AsyncXAI(api_key="k", base_url=sys.argv[1]) as client:
        client.chat.completions
        await client.models.list()

async def options(client):
    other = client.with_options(deadline=20)
    await other.models.list()

async def main():
    async with AsyncXAI(api_key="k", base_url=sys.argv[1]) as client:
        for act in (fresh, lambda: options(client)):
            for _ in range(200):
                await act()
            before, size = count(), resident()
            for _ in range(2000):
                await act()
            after = count()
            assert after[1] == before[1], (before, after)
            assert after[0] - before[0] < 1500, (before, after)  # Trio keeps up to 1,000 past deadlines
            assert resident() - size < 2 << 20, resident() - size

anyio.run(main, backend=sys.argv[2])
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
@pytest.mark.parametrize("backend", BACKENDS)
def test_p19_neither_clients_nor_options_leave_anything_behind(server: RawServer, backend: str) -> None:
    run(GROWTH, server, backend)


async def test_p19_with_options_shares_connections_slots_and_closing(server: RawServer) -> None:
    async with AsyncXAI(api_key="k", base_url=server.base_url, retries=5, max_concurrency=7) as client:
        async with client.with_options(retries=0, headers={"x-team": "a"}) as other:
            await client.models.list()
            await other.models.list()
            assert other.concurrency == client.concurrency == (7, 0, 0)
            assert (other.config.settings.retries.retries, client.config.settings.retries.retries) == (0, 5)
        await client.models.list()  # closing the other closed nothing
        assert server.connections == 1
    with pytest.raises(ConfigurationError, match="closed"):
        await other.models.list()
    assert [request.headers.get("x-team") for request in server.requests] == [None, "a", None]


async def test_p24_a_hundred_clients_share_one_ssl_context(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    made = 0
    make = httpx.create_ssl_context

    def counted(*args: Any, **options: Any) -> Any:
        nonlocal made
        made += 1
        return make(*args, **options)

    monkeypatch.setattr(httpx, "create_ssl_context", counted)
    _ssl_context.cache_clear()
    clients = [AsyncXAI(api_key="k", base_url=server.base_url) for _ in range(100)]
    assert made == 0  # one that is not used makes none
    for client in clients:
        async with client:
            await client.models.list()
    assert made == 1
