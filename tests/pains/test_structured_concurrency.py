"""P16 scopes and generators, P17 the caller left: whoever leaves a stream, however, leaves nothing behind."""

from __future__ import annotations

import ast
import gc
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Self

import anyio
import httpx
import pytest
from starlette.responses import StreamingResponse

import xai_httpx
from tests.clients import client_of
from tests.rawserver import WAIT, RawServer, events, head, reply
from tests.streaming import MESSAGES, chunk, made
from tests.tasks import leaves_no_task
from xai_httpx import AsyncXAI, StreamTruncatedError, _arriving, _closing

pytestmark = pytest.mark.usefixtures("http_library")
SOURCES = sorted(Path(xai_httpx.__file__).parent.rglob("*.py"))
SCOPES = {"fail_after", "move_on_after", "fail_at", "move_on_at", "timeout", "timeout_at", "CancelScope"}
SCOPES |= {"create_task_group", "open_nursery", "TaskGroup"}
CLOCKS = [{}, {"stream_idle_timeout": 30}, {"deadline": 30}]  # with and without a scope around each read
EMPTY = reply(b'{"data": [], "object": "list"}')


def streamed(client: AsyncXAI) -> Any:
    return client.chat.completions.stream(model="m", messages=MESSAGES)


async def hung_up(server: RawServer) -> bool:
    """Whether the server sees its socket closed."""
    return await anyio.to_thread.run_sync(server.closed_by_client.wait, 5)


async def slot_is_free(client: AsyncXAI) -> None:
    with anyio.fail_after(5):
        assert await client.models.list().collect() == []


# P16: cancel scopes and generators


def last_name(node: ast.AST) -> str:
    return getattr(node, "attr", None) or getattr(node, "id", "")


def opens_scope(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) in SCOPES


def inside(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """All nodes that run in these statements, so not those of functions that are only defined there."""
    todo: list[ast.AST] = list(body)
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            todo += ast.iter_child_nodes(node)


def held_across_yield(source: str) -> list[int]:
    """The lines of scopes that stay open across a `yield`, or are entered by hand, so that no block ends them.

    Entering one by hand is what the `__aenter__` of a class may do that is a block itself.
    """
    nodes = list(ast.walk(ast.parse(source)))
    blocks = [node for node in nodes if isinstance(node, ast.AsyncFunctionDef) and node.name == "__aenter__"]
    of_blocks = {inner for block in blocks for inner in inside(block.body)}
    kept = {
        last_name(target)
        for node in nodes
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and opens_scope(node.value)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    }
    found = []
    for node in nodes:
        if isinstance(node, ast.With | ast.AsyncWith):
            scopes = [item.context_expr for item in node.items]
            if any(opens_scope(scope) or last_name(scope) in kept for scope in scopes):
                found += [node.lineno for inner in inside(node.body) if isinstance(inner, ast.Yield | ast.YieldFrom)]
        elif isinstance(node, ast.Call) and last_name(node.func) in ("__enter__", "__aenter__"):
            if node in of_blocks:
                continue
            owner = getattr(node.func, "value", node)
            found += [node.lineno] if opens_scope(owner) or last_name(owner) in kept else []
        elif isinstance(node, ast.Call) and last_name(node.func) in ("enter_context", "enter_async_context"):
            found += [node.lineno for given in node.args if opens_scope(given) or last_name(given) in kept]
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(SOURCES[0].parent)))
def test_p16_no_scope_is_held_across_a_yield(path: Path) -> None:
    assert held_across_yield(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "code",
    [
        "async def f():\n with anyio.fail_after(1):\n  yield",
        "async def f():\n async with create_task_group() as tasks, other():\n  if x:\n   for y in z:\n    yield y",
        "def f():\n with suppress(), trio.CancelScope() as scope:\n  x = yield",
        "def f():\n with anyio.move_on_after(1):\n  yield from g()",
        "async def f(self):\n self.scope = CancelScope()\n with self.scope:\n  yield",
        "async def f(self):\n self.tasks: TaskGroup = create_task_group()\n await self.tasks.__aenter__()",
        "async def f(stack):\n await stack.enter_async_context(anyio.create_task_group())",
    ],
)
def test_p16_the_lint_finds_what_it_looks_for(code: str) -> None:
    assert held_across_yield(code)


def test_p16_the_lint_lets_functions_inside_a_scope_yield() -> None:
    code = "async def f():\n with fail_after(1):\n  def g():\n   yield\n  await h(g)\n with open(p):\n  yield"
    assert held_across_yield(code) == []


def test_p16_the_lint_lets_a_block_be_made_of_a_scope() -> None:
    code = "class A:\n async def __aenter__(self):\n  self.g = create_task_group()\n  await self.g.__aenter__()"
    assert held_across_yield(code) == []


def test_p16_streams_are_context_managers(server: RawServer) -> None:
    assert isinstance(streamed(made(server)), AbstractAsyncContextManager)


@pytest.mark.parametrize("options", CLOCKS, ids=str)
@pytest.mark.parametrize("reading", [True, False], ids=["while reading", "between reads"])
@leaves_no_task
async def test_p16_a_stream_may_be_opened_read_and_closed_in_three_tasks(
    server: RawServer, options: dict[str, Any], reading: bool
) -> None:
    server.answer(head(), events(chunk("a"), chunk("b")), WAIT)
    seen: list[str] = []
    first, closed = anyio.Event(), anyio.Event()

    async def read() -> None:
        async for each in stream:
            seen.append(each.text)
            first.set()
            if not reading:
                await closed.wait()

    async def close() -> None:
        await first.wait()
        await stream.aclose()
        closed.set()

    async with made(server, **options) as client:
        stream = streamed(client)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(stream.__aenter__)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(read)
            tasks.start_soon(close)
        with pytest.raises(StreamTruncatedError, match="left before its end"):
            await stream.final()
        assert await hung_up(server)
    assert seen == (["a", "b"] if reading else ["a"])  # what was closed hands out nothing more


@pytest.mark.parametrize("options", CLOCKS, ids=str)
@pytest.mark.parametrize("pieces", ["events", "text"])
@leaves_no_task
async def test_p16_break_leaves_nothing_behind(server: RawServer, options: dict[str, Any], pieces: str) -> None:
    server.answer(head(), events(chunk("a")), WAIT)
    server.answer(EMPTY)
    async with made(server, max_concurrency=1, **options) as client:
        async with streamed(client) as stream:
            async for _ in stream if pieces == "events" else stream.text_stream:
                break
        assert await hung_up(server)
        await slot_is_free(client)


@pytest.mark.parametrize("options", CLOCKS, ids=str)
@pytest.mark.parametrize("count", [0, 1])
@leaves_no_task
async def test_p16_a_dropped_stream_warns_of_nothing(server: RawServer, options: dict[str, Any], count: int) -> None:
    server.answer(head(), events(chunk("a")), WAIT)
    async with made(server, **options) as client:
        stream = await streamed(client).__aenter__()
        for _ in range(count):
            await anext(stream)
        del stream
        gc.collect()
        await anyio.wait_all_tasks_blocked()
    assert await hung_up(server)


@pytest.mark.parametrize("count", [0, 1])
async def test_p16_a_dropped_stream_gives_back_its_slot_and_socket(server: RawServer, count: int) -> None:
    server.answer(head(), events(chunk("a")), WAIT)
    server.answer(EMPTY)
    async with made(server, max_concurrency=1) as client:
        stream = await streamed(client).__aenter__()
        for _ in range(count):
            await anext(stream)
        del stream
        gc.collect()
        await slot_is_free(client)
        assert await hung_up(server)


# P17: the caller left, the model keeps generating


class Consumer:
    """Reads a stream, and tells when it has read so many events that it waits for more."""

    def __init__(self, server: RawServer, client: AsyncXAI, count: int) -> None:
        self.sent = threading.Event()
        self.waits = anyio.Event()
        self.client = client
        self.count = count
        pieces = [head()] if count >= 0 else []
        server.answer(*pieces, *(events(chunk(str(n))) for n in range(count)), self.sent.set, WAIT)
        server.answer(EMPTY)

    async def run(self, at_work: bool = False) -> None:
        if self.count < 1:
            self.waits.set()
        async with streamed(self.client) as stream:
            seen = 0
            async for _ in stream:
                seen += 1
                if seen == self.count:
                    self.waits.set()
                    if at_work:
                        await anyio.sleep_forever()

    async def until_it_waits(self) -> None:
        assert await anyio.to_thread.run_sync(self.sent.wait, 5)
        await self.waits.wait()


@pytest.mark.parametrize("count", [-1, 0, 1, 2, 5], ids=lambda count: "no head" if count < 0 else f"{count} events")
@pytest.mark.parametrize("way", ["scope", "timeout", "task group", "at work"])
@leaves_no_task
async def test_p17_the_server_sees_the_socket_closed_when_the_consumer_is_cancelled(
    server: RawServer, way: str, count: int
) -> None:
    async with made(server, max_concurrency=1) as client:
        consumer = Consumer(server, client, count)
        async with anyio.create_task_group() as tasks:
            with anyio.move_on_after(60) as scope:
                tasks.start_soon(leave, consumer, tasks.cancel_scope if way == "task group" else scope, way)
                await consumer.run(at_work=way == "at work")
        assert scope.cancelled_caught or (way == "task group" and tasks.cancel_scope.cancelled_caught)
        assert await hung_up(server)
        await slot_is_free(client)
    assert len(server.requests) == 2  # and nothing was asked again


async def leave(consumer: Consumer, scope: anyio.CancelScope, way: str) -> None:
    await consumer.until_it_waits()
    if way == "timeout":
        scope.deadline = anyio.current_time()
    else:
        scope.cancel()


@leaves_no_task
async def test_p17_the_server_sees_the_socket_closed_when_the_browser_disconnects(server: RawServer) -> None:
    async with made(server, max_concurrency=1) as client:
        consumer = Consumer(server, client, 2)

        async def pieces() -> AsyncIterator[str]:
            async with streamed(client) as stream:
                async for text in stream.text_stream:
                    yield text

        sent: list[bytes] = []

        async def send(message: Any) -> None:
            sent.append(message.get("body", b""))
            if sent[-1] == b"1":
                consumer.waits.set()

        async def receive() -> dict[str, Any]:
            await consumer.until_it_waits()
            return {"type": "http.disconnect"}

        asgi = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.0"}}
        await StreamingResponse(pieces())(asgi, receive, send)
        assert sent == [b"", b"0", b"1"]
        assert await hung_up(server)
        await slot_is_free(client)


@pytest.mark.parametrize("path", [path for path in SOURCES if "testing" not in path.parts], ids=lambda path: path.name)
def test_p17_a_shield_has_a_limit(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    shielded = [call for call in calls if any(word.arg == "shield" for word in call.keywords)]
    assert [call.lineno for call in shielded if last_name(call.func) not in ("move_on_after", "fail_after")] == []
    assert all(ast.unparse(call.args[0]) == "CLOSING" for call in shielded)
    assert _arriving.CLOSING <= 1


class Stubborn(httpx.AsyncByteStream):
    """A body that brings one event, and does not close."""

    def __init__(self) -> None:
        self.pieces = [events(chunk("a"))]

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        return self.pieces.pop() if self.pieces else await anyio.sleep_forever()

    async def aclose(self) -> None:
        await anyio.sleep_forever()


def stubborn(request: httpx.Request) -> httpx.Response:
    if request.method == "GET":
        return httpx.Response(200, json={"data": [], "object": "list"})
    return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=Stubborn())


@pytest.mark.parametrize("way", ["cancel", "break"])
async def test_p17_closing_is_bounded_where_the_connection_does_not_close(
    monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(_closing, "CLOSING", 0.05)
    async with httpx.AsyncClient(transport=httpx.MockTransport(stubborn)) as http:
        client = client_of(api_key="k", http_client=http, max_concurrency=1)
        with anyio.fail_after(5), anyio.CancelScope() as scope:
            async with streamed(client) as stream:
                async for _ in stream:
                    if way == "break":
                        break
                    scope.cancel()
        assert scope.cancelled_caught == (way == "cancel")
        await slot_is_free(client)
