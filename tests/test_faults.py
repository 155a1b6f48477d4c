"""The fault server does what it is told, and a small campaign loses nothing; `nox -s faults` runs a large one."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from benchmarks._cases import OPERATIONS, STREAMS, UPLOADS, faults_of
from benchmarks.faults import campaign, show
from tests.faultscript import CUT, FILE_SIZE, FILES, Fault, Reply, file_of, reply_to, script
from tests.faultserver import IN_BODY, FaultServer
from xai_httpx import (
    APIConnectionError,
    APITimeoutError,
    AsyncXAI,
    InternalServerError,
    RequestTooLargeError,
    RetryPolicy,
    ServiceUnavailableError,
    StreamIdleTimeoutError,
    StreamTruncatedError,
)

MESSAGES: list[Any] = [{"role": "user", "content": "hi"}]
EVENTS = 7  # of the sample of a chat stream
# Before 4.16 anyio leaves a connection that is cancelled while it is made to the garbage collector, which warns.
OLD_ANYIO = tuple(map(int, version("anyio").split(".")[:2])) < (4, 16)
LEFT_TO_COLLECT = {"warnings", "sockets and files left", "connections left open at the server"} if OLD_ANYIO else set()
AT_ONCE = RetryPolicy(retries=2, first_delay=0)


def made(server: FaultServer, **options: Any) -> AsyncXAI:
    return AsyncXAI(api_key="k", base_url=server.base_url, **{"retries": AT_ONCE, **options})


def told(fault: str, call: str = "a call") -> Any:
    return {"headers": {"x-fault": fault, "x-client-request-id": call}}


async def create(client: AsyncXAI, fault: str) -> str:
    completion = await client.chat.completions.create(model="m", messages=MESSAGES, options=told(fault))
    return completion.id


async def read(client: AsyncXAI, fault: str) -> int:
    """Events of a stream; its end raises what is wrong with it."""
    async with client.chat.completions.stream(model="m", messages=MESSAGES, options=told(fault)) as stream:
        return len([event async for event in stream])


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_campaign_of_faults_loses_nothing(backend: str, capsys: pytest.CaptureFixture[str]) -> None:
    report = campaign(rounds=1, seed=1, backends=[backend], share=0.4)
    show(report)
    shown = capsys.readouterr().out
    assert not {name: count for name, count in report.zero.items() if count and name not in LEFT_TO_COLLECT}, shown
    assert sum(row["calls"] for row in report.rows.values()) > 100
    assert sum(row["injected"] for row in report.rows.values()) > 100
    assert "time over deadline, worst" in shown


def test_every_fault_of_the_campaign_is_known_to_the_server() -> None:
    of_reading = ("drop_before_read", "slow_read", *IN_BODY)
    for operation in OPERATIONS:
        for form in faults_of(operation):
            fault = Fault.parse(form.format(n=1, seed=1))
            if fault.name in of_reading or (fault.name == "line_ends" and operation not in STREAMS):
                continue
            plain = script(Fault(), due(operation, Fault()))
            assert script(fault, due(operation, fault)).steps != plain.steps, form


def due(operation: str, fault: Fault) -> Reply:
    path = FILES if operation in UPLOADS else f"{FILES}/f/content" if operation == "download" else ""
    return reply_to(path, b"", "a call", fault) if path else request(operation in STREAMS, fault)


def request(stream: bool, fault: Fault) -> Reply:
    return reply_to("/v1/chat/completions", b'{"stream": true}' if stream else b"{}", "a call", fault)


def test_a_script_tells_whether_all_of_the_reply_is_sent() -> None:
    for count in range(EVENTS + 2):
        fault = Fault.parse(f"cut_after={count}")
        steps, complete = script(fault, request(True, fault))
        assert steps[-1] == CUT
        assert complete == (count == EVENTS + 1)  # the events and the marker of the end
    for form in ("split=3", "trickle=10", "line_ends", "no_end", "early_hints"):
        fault = Fault.parse(form)
        assert script(fault, request(True, fault)).complete


def test_split_bytes_are_the_same_bytes() -> None:
    fault = Fault.parse("split=5")
    pieces = [step for step in script(fault, request(True, fault)).steps if isinstance(step, bytes)]
    assert len(pieces) > EVENTS * 3
    assert b"".join(pieces) == b"".join(map(bytes, script(Fault(), request(True, Fault())).steps))  # type: ignore[arg-type]


async def test_a_fault_is_done_so_many_times() -> None:
    with FaultServer() as server:
        async with made(server) as client:
            assert await create(client, "status=503;times=2") == "a call"
        assert (server.received["a call"], server.injected["a call"], server.accepted["a call"]) == (3, 2, 1)


async def test_what_is_refused_or_not_read_is_not_accepted() -> None:
    for fault, kind, accepted in (
        ("status=503", ServiceUnavailableError, 0),
        ("drop_before_read", APIConnectionError, 0),
        ("status=500", InternalServerError, 1),
        ("reset_before_reply", APIConnectionError, 1),
    ):
        with FaultServer() as server:
            async with made(server) as client:
                with pytest.raises(kind):
                    await create(client, fault)
            assert server.accepted["a call"] == accepted, fault


async def test_streams_are_cut_ended_and_silenced() -> None:
    with FaultServer() as server:
        async with made(server, stream_idle_timeout=0.2) as client:
            assert await read(client, "") == EVENTS
            assert await read(client, ";events=5") == EVENTS + 5
            for fault, kind in (
                ("cut_after=2", StreamTruncatedError),
                ("reset_after=2", StreamTruncatedError),
                ("end_after=2", StreamTruncatedError),
                ("stall_after=2", StreamIdleTimeoutError),
                ("ping_after=2", StreamIdleTimeoutError),
            ):
                with pytest.raises(kind):
                    await read(client, fault)


async def test_a_client_that_hangs_up_is_noticed() -> None:
    with FaultServer() as server:
        async with made(server) as client:
            options = told("stall_after=1")
            async with client.chat.completions.stream(model="m", messages=MESSAGES, options=options) as stream:
                await stream.__anext__()
                assert server.connections() == 1
        assert server.connections(patience=10) == 0
        assert "a call" in server.hung_up


async def test_what_the_server_does_while_it_reads_a_file() -> None:
    for fault, kind, accepted in (
        ("slow_read", None, 1),
        ("reset_in_body=3", APIConnectionError, 0),
        ("refuse_in_body=3", RequestTooLargeError, 0),
        ("stall_in_body=3", APITimeoutError, 0),
    ):
        with FaultServer() as server:
            async with made(server, timeout=0.5) as client:
                if kind is None:
                    file = await client.files.create(file=file_of("a call"), options=told(fault))
                    assert (file.id, file.bytes) == ("a call", FILE_SIZE)
                else:
                    with pytest.raises(kind):
                        await client.files.create(file=file_of("a call"), options=told(fault))
            assert (server.accepted["a call"], server.damaged["a call"]) == (accepted, 0), fault


async def test_a_file_that_is_not_whole_is_noticed(tmp_path: Path) -> None:
    with FaultServer() as server:
        async with made(server) as client:
            await client.files.create(file=file_of("a call")[:-1], options=told(""))
            saved = await client.files.download("f", tmp_path / "f", options=told("", "another call"))
    assert server.damaged["a call"] == 1
    assert saved.path.read_bytes() == file_of("another call")
