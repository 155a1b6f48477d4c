"""The calls of one turn: side by side, in order, each with its answer, whatever tools and hooks do."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

import anyio
import anyio.to_thread
import pytest

from tests.tasks import Door, leaves_no_task
from xai_httpx import ToolDeniedError, ToolError, ToolTimeoutError, UnknownToolError, XAIError
from xai_httpx.chat import File, Image, Text, ToolCall, ToolFinished, ToolResult, ToolStarted, tool
from xai_httpx.chat._calling import Calling
from xai_httpx.chat._failure_words import words_for
from xai_httpx.chat._tool_list import as_tool

USER: ContextVar[str] = ContextVar("USER", default="nobody")


class Raw:
    """A tool that returns anything."""

    description = ""
    timeout = None

    def __init__(self, output: Any, name: str = "raw") -> None:
        self.parameters = {"type": "object"}
        self.output = output
        self.name = name

    async def run(self, arguments: str) -> Any:
        return self.output


def calling(*tools: Any, **settings: Any) -> Calling:
    made = [as_tool(each) for each in tools]
    limits: Any = {"form": "responses", "max_parallel": 10, "timeout": None, "approve": None}
    told: Any = {"count": lambda call, failure: None, "tell": lambda event: None}
    return Calling(**{"tools": {each.name: each for each in made}, **limits, **told, **settings})


def calls_of(*names: str) -> list[ToolCall]:
    return [ToolCall(f"call_{index}", name, "{}") for index, name in enumerate(names)]


async def outputs(made: Calling, *names: str) -> list[Any]:
    results: list[ToolResult | None] = [None] * len(names)
    await made.all(calls_of(*names), results)
    return [result and result.output for result in results]


async def failure(made: Calling, name: str) -> tuple[Exception | None, Any]:
    results: list[ToolResult | None] = [None]
    counted: list[Exception | None] = []
    await replace(made, count=lambda call, failure: counted.append(failure)).all(calls_of(name), results)
    assert results[0] is not None
    return counted[0], results[0].output


# Side by side


async def test_all_calls_run_at_the_same_time() -> None:
    door = Door(3)

    async def knock() -> None:
        await door.pass_through()

    await outputs(calling(knock), "knock", "knock", "knock")
    assert door.most == 3


@pytest.mark.parametrize("limit", [1, 2, 7])
async def test_never_more_run_than_the_limit_allows(limit: int) -> None:
    door = Door(limit)

    async def knock() -> None:
        await door.pass_through()

    await outputs(calling(knock, max_parallel=limit), *["knock"] * 14)
    assert door.most == limit


async def test_a_limit_of_one_runs_them_in_order() -> None:
    seen: list[str] = []

    async def first() -> None:
        await anyio.wait_all_tasks_blocked()
        seen.append("first")

    def second() -> None:
        seen.append("second")

    await outputs(calling(first, second, max_parallel=1), "first", "second", "first")
    assert seen == ["first", "second", "first"]


async def test_sync_functions_run_side_by_side_too() -> None:
    barrier = threading.Barrier(3, timeout=5)

    def meet() -> str:
        barrier.wait()
        return "met"

    assert await outputs(calling(meet), "meet", "meet", "meet") == ["met"] * 3


async def test_results_are_in_the_order_of_calls_not_of_ends() -> None:
    ended: list[str] = []
    done = {name: anyio.Event() for name in "abc"}

    async def end(name: str, after: str | None) -> str:
        if after:
            await done[after].wait()
        ended.append(name)
        done[name].set()
        return name.upper()

    async def a() -> str:
        return await end("a", "b")

    async def b() -> str:
        return await end("b", "c")

    async def c() -> str:
        return await end("c", None)

    assert await outputs(calling(a, b, c), "a", "b", "c") == ["A", "B", "C"]
    assert ended == ["c", "b", "a"]


@leaves_no_task
async def test_hundreds_of_calls_are_each_answered() -> None:
    count = iter(range(500))

    async def number() -> int:
        return next(count)

    assert sorted(map(int, await outputs(calling(number, max_parallel=64), *["number"] * 500))) == list(range(500))


async def test_calls_with_a_result_are_not_run_again() -> None:
    ran: list[str] = []

    async def a() -> str:
        ran.append("a")
        return "new"

    results: list[ToolResult | None] = [ToolResult("call_0", "old"), None]
    await calling(a).all(calls_of("a", "a"), results)
    assert [result and result.output for result in results] == ["old", "new"]
    assert ran == ["a"]


@pytest.mark.parametrize("ids", [("same", "same"), ("", "")], ids=["equal", "empty"])
async def test_ids_need_not_differ(ids: Sequence[str]) -> None:
    calls = [ToolCall(id, name, "{}") for id, name in zip(ids, ("a", "b"), strict=True)]
    results: list[ToolResult | None] = [None, None]
    await calling(Raw("1", "a"), Raw("2", "b")).all(calls, results)
    assert results == [ToolResult(ids[0], "1"), ToolResult(ids[1], "2")]


@pytest.mark.parametrize("sync", [True, False])
async def test_tools_have_the_context_of_the_caller(sync: bool) -> None:
    async def later() -> str:
        return USER.get()

    def user() -> str:
        return USER.get()

    USER.set("ada")
    made = calling(user if sync else tool(later, name="user"))
    assert await outputs(made, "user") == ["ada"]


# Errors are answers


class WordlessError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ToolError("try Bergen"), "Error: try Bergen"),
        (ToolError(""), "Error: f failed"),
        (ValueError("no such city"), "Error: f failed: ValueError: no such city"),
        (KeyError("x"), "Error: f failed: KeyError: 'x'"),
        (TimeoutError(), "Error: f failed: TimeoutError"),
        (WordlessError(), "Error: f failed: WordlessError"),
        (ValueError("\ud800"), "Error: f failed: ValueError: ?"),
        (ExceptionGroup("unhandled", [ToolError("try Bergen")]), "Error: try Bergen"),
        (
            ExceptionGroup("of a task group", [ValueError("a"), ExceptionGroup("", [ToolError("b"), OSError()])]),
            "Error: f failed: ValueError: a; b; OSError",
        ),
    ],
    ids=repr,
)
async def test_an_error_is_told_in_words(error: Exception, words: str) -> None:
    async def f() -> None:
        raise error

    failed, output = await failure(calling(f), "f")
    assert (failed, output) == (error, words)


def test_words_are_cut_at_2000_characters() -> None:
    words = words_for("f", ValueError("é" * 5000))
    assert len(words) == 2000


async def test_one_that_fails_leaves_the_others_alone() -> None:
    async def good() -> str:
        await anyio.wait_all_tasks_blocked()
        return "fine"

    def bad() -> None:
        raise ValueError("no")

    told = await outputs(calling(good, bad), "bad", "good", "nope", "good")
    assert told == [
        "Error: bad failed: ValueError: no",
        "fine",
        "Error: there is no tool 'nope'; there are good, bad",
        "fine",
    ]


@pytest.mark.parametrize(
    ("tools", "name", "words"),
    [
        ([Raw("x", "a"), Raw("x", "b")], "", "Error: there is no tool ''; there are a, b"),
        ([], "web", "Error: there is no tool 'web'; there are none"),
    ],
)
async def test_an_unknown_name_is_answered_with_those_there_are(tools: list[Any], name: str, words: str) -> None:
    error, output = await failure(calling(*tools), name)
    assert isinstance(error, UnknownToolError)
    assert output == words


async def test_arguments_that_are_no_json_are_answered() -> None:
    def f(x: int) -> int:
        return x

    results: list[ToolResult | None] = [None]
    await calling(f).all([ToolCall("1", "f", '{"x": ')], results)
    assert results[0] is not None
    assert str(results[0].output).startswith("Error: f was not called, for its arguments do not fit: they are not JSON")


@pytest.mark.parametrize("output", [None, 3, ["a"], {"a": 1}, ("a",), "\ud800", (Text("\ud800"),)], ids=ascii)
async def test_a_result_that_cannot_be_sent_is_an_error(output: Any) -> None:
    error, told = await failure(calling(Raw(output)), "raw")
    assert error is not None
    assert told.startswith("Error: raw failed: ")


async def test_a_result_whose_file_cannot_be_read_is_an_error(tmp_path: Any) -> None:
    error, told = await failure(calling(Raw((Image(tmp_path / "missing.png"),))), "raw")
    assert error is not None
    assert "missing.png" in told


async def test_a_result_that_its_api_does_not_take_is_an_error(tmp_path: Any) -> None:
    (tmp_path / "a.txt").write_text("x")
    made = Raw((File(content=tmp_path / "a.txt"),))
    assert (await failure(calling(made), "raw"))[0] is None
    error, told = await failure(calling(made, form="completions"), "raw")
    assert error is not None
    assert "files by id and URL alone" in told


# Timeouts


@leaves_no_task
async def test_a_timeout_tells_which_tool_and_how_long() -> None:
    async def slow() -> None:
        await anyio.sleep_forever()

    error, output = await failure(calling(slow, timeout=0.01), "slow")
    assert isinstance(error, ToolTimeoutError)
    assert (error.name, error.timeout) == ("slow", 0.01)
    assert output == "Error: slow took longer than 0.01 s"


@leaves_no_task
async def test_the_timeout_of_a_tool_goes_before_that_of_the_run() -> None:
    @tool(timeout=0.01)
    async def slow() -> None:
        await anyio.sleep_forever()

    @tool(timeout=math.inf)
    async def patient() -> str:
        await anyio.wait_all_tasks_blocked()
        return "done"

    assert isinstance((await failure(calling(slow, timeout=100), "slow"))[0], ToolTimeoutError)
    assert await outputs(calling(patient, timeout=1e-9), "patient") == ["done"]


@leaves_no_task
async def test_a_tool_with_tasks_of_its_own_ends_with_them_at_its_timeout() -> None:
    ended: list[str] = []

    async def child() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append("child")

    async def parent() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(child)
            tasks.start_soon(child)

    assert isinstance((await failure(calling(parent, timeout=0.01), "parent"))[0], ToolTimeoutError)
    assert ended == ["child", "child"]


async def test_a_thread_that_outlives_its_timeout_is_left_to_itself() -> None:
    go, ended = threading.Event(), threading.Event()

    def slow() -> str:
        go.wait(5)
        ended.set()
        return "too late"

    error, output = await failure(calling(slow, timeout=0.01), "slow")
    assert isinstance(error, ToolTimeoutError)
    go.set()
    assert await anyio.to_thread.run_sync(ended.wait, 5)
    assert output == "Error: slow took longer than 0.01 s"


@leaves_no_task
async def test_a_tool_that_answers_its_timeout_has_answered() -> None:
    async def stubborn() -> str:
        try:
            await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class():
            return "half of it"
        return ""

    assert await failure(calling(stubborn, timeout=0.01), "stubborn") == (None, "half of it")


# Cancellation


async def test_a_cancellation_that_nobody_asked_for_is_an_error(anyio_backend_name: str) -> None:
    if anyio_backend_name == "trio":
        pytest.skip("Trio has none")

    async def waits() -> None:
        task = asyncio.create_task(anyio.sleep_forever())
        task.cancel()
        await task

    async def good() -> str:
        await anyio.wait_all_tasks_blocked()
        return "fine"

    assert await outputs(calling(waits, good), "waits", "good") == ["Error: waits was cancelled", "fine"]
    with pytest.raises(ToolError, match="approve was cancelled"):
        await outputs(calling(good, approve=lambda call: waits()), "good")


@leaves_no_task
async def test_cancelling_ends_every_tool() -> None:
    door, ended = Door(4), list[int]()

    async def hang() -> None:
        try:
            await door.pass_through()
            await anyio.sleep_forever()
        finally:
            ended.append(1)

    results: list[ToolResult | None] = [None] * 3
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(calling(hang).all, calls_of("hang", "hang", "hang"), results)
        await door.pass_through()
        tasks.cancel_scope.cancel()
    assert results == [None] * 3
    assert ended == [1, 1, 1]


@leaves_no_task
async def test_a_tool_that_swallows_the_cancellation_has_its_result_kept_and_no_other_is_begun() -> None:
    began: list[str] = []
    inside = anyio.Event()

    async def stubborn() -> str:
        began.append("stubborn")
        inside.set()
        try:
            await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class():
            pass
        return "kept"

    results: list[ToolResult | None] = [None, None]
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(calling(stubborn, max_parallel=1).all, calls_of("stubborn", "stubborn"), results)
        await inside.wait()
        tasks.cancel_scope.cancel()
    assert results == [ToolResult("call_0", "kept"), None]
    assert began == ["stubborn"]


@pytest.mark.parametrize("beside", [None, ValueError("interrupted"), ToolError("interrupted")], ids=repr)
@pytest.mark.parametrize("grouped", [True, False])
@pytest.mark.parametrize("where", ["tool", "approve"])
@leaves_no_task
async def test_what_comes_of_a_cancellation_is_no_answer(beside: Exception | None, grouped: bool, where: str) -> None:
    inside = anyio.Event()

    async def clumsy() -> bool:
        inside.set()
        try:
            await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class() as cancelled:
            if not grouped:
                raise (beside or cancelled) from None
            raise BaseExceptionGroup("as of a nursery", [cancelled, beside or cancelled]) from None
        return True

    made = calling(clumsy, approve=(lambda call: clumsy()) if where == "approve" else None)
    results: list[ToolResult | None] = [None]
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(made.all, calls_of("clumsy"), results)
            await inside.wait()
            scope.cancel()
    assert results == [None]


# What is no error


class Halt(BaseException):
    """Such as test frameworks raise."""


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, Halt])
@pytest.mark.parametrize("where", ["async", "sync", "approve"])
@leaves_no_task
async def test_what_is_no_error_comes_out_as_itself(kind: type[BaseException], where: str) -> None:
    ended: list[str] = []
    inside = anyio.Event()

    async def beside() -> None:
        try:
            inside.set()
            await anyio.sleep_forever()
        finally:
            ended.append("beside")

    def stop() -> None:
        raise kind

    async def stop_later() -> None:
        raise kind

    async def approve(call: ToolCall) -> bool:
        await inside.wait() if call.name == "stop" else None
        if where == "approve" and call.name == "stop":
            raise kind
        return True

    made = calling(beside, tool(stop_later, name="stop") if where == "async" else stop, approve=approve)
    results: list[ToolResult | None] = [None, None, None]
    with pytest.raises(kind):
        await made.all(calls_of("beside", "stop", "beside"), results)
    assert results == [None, None, None]
    assert ended == ["beside", "beside"]


# Approval


def later(verdict: Any) -> Any:
    async def approve(call: ToolCall) -> Any:
        await anyio.wait_all_tasks_blocked()
        return verdict

    return approve


@pytest.mark.parametrize("slow", [True, False], ids=["async", "sync"])
@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (True, None),
        (False, "Error: f was not called: it was not allowed"),
        ("ask me tomorrow", "Error: ask me tomorrow"),
        ("", "Error: f was not called: it was not allowed"),
        (None, "Error: f was not called: it was not allowed"),
        (1, "Error: f was not called: it was not allowed"),
    ],
    ids=repr,
)
async def test_only_true_lets_a_call_run(slow: bool, verdict: Any, words: str | None) -> None:
    ran: list[int] = []

    async def f() -> str:
        ran.append(1)
        return "ran"

    asked = later(verdict) if slow else lambda call: verdict
    error, output = await failure(calling(f, approve=asked), "f")
    assert output == (words or "ran")
    assert isinstance(error, ToolDeniedError) == bool(words)
    assert len(ran) == (0 if words else 1)


async def test_nobody_is_asked_about_a_tool_that_there_is_not() -> None:
    asked: list[ToolCall] = []
    await outputs(calling(approve=asked.append), "nope")
    assert asked == []


async def test_the_time_of_the_approval_is_not_the_tools() -> None:
    assert await outputs(calling(Raw("ran"), approve=later(True), timeout=1e-3), "raw") == ["ran"]


async def test_approve_cannot_change_the_arguments() -> None:
    def approve(call: ToolCall) -> bool:
        with pytest.raises(AttributeError):
            call.arguments = '{"x": 2}'  # type: ignore[misc]
        return True

    assert await outputs(calling(Raw("ran"), approve=approve), "raw") == ["ran"]


@leaves_no_task
async def test_what_approve_raises_ends_all_once_those_under_way_have_ended() -> None:
    went_on, asked = anyio.Event(), list[str]()

    async def good() -> str:
        await went_on.wait()
        return "fine"

    async def approve(call: ToolCall) -> bool:
        asked.append(call.id)
        if call.id == "call_1":
            await anyio.wait_all_tasks_blocked()
            went_on.set()
            raise PermissionError("nobody is there")
        return True

    results: list[ToolResult | None] = [None] * 4
    with pytest.raises(PermissionError, match="nobody is there"):
        await calling(good, approve=approve, max_parallel=2).all(calls_of(*["good"] * 4), results)
    assert results == [ToolResult("call_0", "fine"), None, None, None]
    assert asked == ["call_0", "call_1"]


# Events


async def test_each_call_that_starts_finishes() -> None:
    events: list[Any] = []

    async def good() -> str:
        await anyio.wait_all_tasks_blocked()
        return "fine"

    def bad() -> None:
        raise XAIError("no")

    def approve(call: ToolCall) -> bool:
        return call.id != "call_3"

    await outputs(calling(good, bad, tell=events.append, approve=approve), "good", "bad", "nope", "good")
    started = [event.call.id for event in events if isinstance(event, ToolStarted)]
    finished = {event.call.id: type(event.error) for event in events if isinstance(event, ToolFinished)}
    assert started == ["call_0", "call_1"]
    assert finished == {
        "call_0": type(None),
        "call_1": XAIError,
        "call_2": UnknownToolError,
        "call_3": ToolDeniedError,
    }
    for id in started:
        kinds = [type(event) for event in events if event.call.id == id]
        assert kinds == [ToolStarted, ToolFinished]
