"""MCP servers as tools: real ones, as a process and over HTTP."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from tests.chat.mcpserver import HTTPServer
from tests.needs import MCP
from xai_httpx import RequestValidationError
from xai_httpx._tool_errors import ToolArgumentsError, ToolError
from xai_httpx.chat._local_tool import LocalTool, definition
from xai_httpx.chat._mcp import MCPServer
from xai_httpx.chat._mcp_connect import mcp_http, mcp_stdio
from xai_httpx.chat._parts import File, Image, Text

pytestmark = MCP
ROOT = Path(__file__).parents[2]
SERVER = (sys.executable, "-m", "tests.chat.mcpserver")


@pytest.fixture(scope="module")
def http() -> Iterator[HTTPServer]:
    server = HTTPServer()
    yield server
    server.stop()


def called(server: MCPServer, name: str) -> LocalTool:
    return next(tool for tool in server.tools if tool.name == name)


async def test_a_server_that_is_a_process_until_it_dies(tmp_path: Path) -> None:
    env = {"PYTHONPATH": str(ROOT), "COLOR": "red"}
    async with mcp_stdio(*SERVER, env=env, cwd=tmp_path, only=["add", "where", "die"], timeout=5) as server:
        assert [tool.name for tool in server.tools] == ["add", "where", "die"]
        assert await called(server, "add").run('{"a": 1, "b": 2}') == "3"
        assert await called(server, "where").run('{"variable": "COLOR"}') == f"{tmp_path}\nred"
        for _ in range(2):
            with pytest.raises(ToolError, match=f"^the MCP server {sys.executable} is gone$"):
                await called(server, "die").run("{}")


async def test_a_server_over_http_gives_tools_and_their_results(http: HTTPServer) -> None:
    async with mcp_http(http.url, headers={"X-Color": "red"}, prefix="shop_", timeout=5) as server:
        add = called(server, "shop_add")
        assert isinstance(add, LocalTool)
        assert (add.description, add.timeout) == ("Add two numbers.", 5)
        assert definition(add)["parameters"]["properties"]["a"]["description"] == "One."
        assert await add.run('{"a": 1}') == "2"
        assert await called(server, "shop_header").run('{"name": "x-color"}') == "red"
        assert await called(server, "shop_dotted_name").run("") == '{"result":null}'
        assert await called(server, "shop_blocks").run("{}") == (
            Text("words"),
            Image("data:image/png;base64,aW1n"),
            Text("[audio that cannot be shown: audio/wav]"),
            Text("price list: file:///prices.csv"),
            Text("held"),
            File(content="cGRm", name="a.pdf", media_type="application/pdf"),
            Image("data:image/gif;base64,Z2lm"),
        )


async def test_what_a_tool_says_when_it_fails_is_told(http: HTTPServer) -> None:
    async with mcp_http(http.url) as server:
        with pytest.raises(ToolError, match=r"no bread today$"):
            await called(server, "fail").run("{}")
        with pytest.raises(ToolError, match="valid integer"):
            await called(server, "add").run('{"a": "x"}')
        with pytest.raises(ToolArgumentsError, match=r"^add was not called: its arguments are not JSON"):
            await called(server, "add").run('{"a"')
        with pytest.raises(ToolArgumentsError, match=r"^add was not called: its arguments are not a JSON object$"):
            await called(server, "add").run("[1]")


async def test_a_server_that_goes_away_stops_no_work_but_its_own() -> None:
    stopping = HTTPServer()
    async with mcp_http(stopping.url) as server:
        assert await called(server, "add").run('{"a": 1}') == "2"
        await anyio.to_thread.run_sync(stopping.stop)
        for _ in range(2):
            with pytest.raises(ToolError, match=f"^the MCP server {stopping.url} is gone$"):
                await called(server, "add").run('{"a": 1}')
        await anyio.lowlevel.checkpoint()  # which raises where the block is cancelled
    with pytest.raises(ToolError, match=r"is gone$"):
        await called(server, "add").run('{"a": 1}')


async def test_several_calls_run_at_once(http: HTTPServer) -> None:
    outputs: dict[int, object] = {}

    async def one(number: int) -> None:
        outputs[number] = await called(server, "add").run(f'{{"a": {number}, "b": 10}}')

    async with mcp_http(http.url) as server, anyio.create_task_group() as tasks:
        for number in range(5):
            tasks.start_soon(one, number)
    assert outputs == {number: str(number + 10) for number in range(5)}


async def test_an_error_of_the_block_comes_out_as_it_is(http: HTTPServer) -> None:
    with pytest.raises(KeyError, match="mine"):
        async with mcp_http(http.url):
            raise KeyError("mine")


async def test_a_cancelled_block_ends_and_closes_the_connection(http: HTTPServer) -> None:
    with anyio.CancelScope() as scope:
        async with mcp_http(http.url) as server:
            scope.cancel()
            await anyio.sleep_forever()
    assert scope.cancelled_caught
    with pytest.raises(ToolError, match=r"is gone$"):
        await called(server, "add").run('{"a": 1}')


@pytest.mark.parametrize(
    ("server", "told"),
    [
        (mcp_stdio("/no/such/program"), "there is no connection to the MCP server /no/such/program: FileNotFoundError"),
        (mcp_stdio("/bin/true"), "there is no connection to the MCP server /bin/true: .*Error"),
        (
            mcp_http("http://user:secret@127.0.0.1:9/mcp?key=secret"),
            r"there is no connection to the MCP server http://127\.0\.0\.1:9/mcp: ConnectError(?!.*secret)",
        ),
    ],
    ids=["no program", "no server", "no port"],
)
async def test_a_server_that_cannot_be_reached_is_told_when_it_is_entered(server: MCPServer, told: str) -> None:
    with pytest.raises(ToolError, match=f"^{told}"):
        async with server:
            raise AssertionError


async def test_waiting_for_a_server_can_be_cancelled() -> None:
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(mcp_stdio(sys.executable, "-c", "import sys; sys.stdin.read()").__aenter__)
            await anyio.wait_all_tasks_blocked()
            scope.cancel()
    assert scope.cancelled_caught


async def test_a_tool_that_is_not_there_is_refused_by_name(http: HTTPServer) -> None:
    with pytest.raises(RequestValidationError, match=r"^only must be among add, dotted.name, .*, got ad, substract$"):
        async with mcp_http(http.url, only=["add", "substract", "ad"]):
            raise AssertionError


def test_without_the_extra_the_package_is_named() -> None:
    script = "import sys; sys.modules['mcp'] = None\nfrom xai_httpx.chat._mcp_connect import mcp_stdio\nmcp_stdio('x')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stderr.endswith("ImportError: MCP servers need mcp 2: pip install 'xai-httpx[mcp]'\n")
