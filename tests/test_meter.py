"""What a meter counts, and what not. Exactness, faults and crowds are in `pains/test_cost.py`."""

from __future__ import annotations

import contextvars
import json
import sys
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

import anyio
import pytest

from tests.costing import MESSAGES, answer, chat_usage, completion
from tests.rawserver import RESET, WAIT, RawServer, reply
from tests.streaming import made
from xai_httpx import (
    APIConnectionError,
    APIError,
    AsyncXAI,
    ConfigurationError,
    JobFailedError,
    Meter,
    RequestValidationError,
    ResponseValidationError,
    RetryPolicy,
    Usage,
)
from xai_httpx.testing import SimulatedXAI

AT_ONCE = RetryPolicy(first_delay=0.0, max_delay=0.0)


async def ask(client: AsyncXAI, **options: Any) -> Any:
    return await client.chat.completions.create(model="grok-4.6", messages=MESSAGES, **options)


async def respond(client: AsyncXAI) -> Any:
    return await client.responses.create(model="grok-4.6", input="hi")


async def respond_streamed(client: AsyncXAI) -> Any:
    async with client.responses.stream(model="grok-4.6", input="hi") as stream:
        return await stream.final()


async def ask_streamed(client: AsyncXAI) -> Any:
    async with client.chat.completions.stream(model="grok-4.6", messages=MESSAGES) as stream:
        return await stream.final()


async def draw(client: AsyncXAI) -> Any:
    return await client.images.generate(model="grok-imagine-image", prompt="a fox", n=2)


async def film(client: AsyncXAI) -> Any:
    return await client.videos.generate(model="grok-imagine-video", prompt="a fox", interval=0)


async def draw_later(client: AsyncXAI) -> Any:
    started = await client.images.defer_generate(model="grok-imagine-image", prompt="a fox")
    await client.images.wait(started.request_id, interval=0)
    return await client.images.wait(started.request_id, interval=0)


async def ask_later(client: AsyncXAI) -> Any:
    started = await client.chat.completions.defer(model="grok-4.6", messages=MESSAGES)
    return await client.chat.completions.wait_deferred(started.request_id, interval=0)


@pytest.mark.parametrize(
    "call",
    [ask, respond, ask_streamed, respond_streamed, draw, film, draw_later, ask_later],
    ids=lambda call: call.__name__,
)
async def test_a_call_counts_once_with_what_its_reply_says(
    sim: SimulatedXAI, call: Callable[[AsyncXAI], Awaitable[Any]]
) -> None:
    meter = Meter()
    async with sim.client(meter=meter) as client:
        usage = (await call(client)).usage
    assert meter.cost_usd == usage.cost_usd > 0
    assert meter.usage.total_tokens == (usage.total_tokens or 0)
    assert (meter.calls, meter.unpriced, meter.uncertain) == (1, 0, 0)
    assert dict(meter.by_model) == {sim_model(call): meter.usage}


def sim_model(call: Any) -> str:
    return {draw: "grok-imagine-image", draw_later: "grok-imagine-image", film: "grok-imagine-video"}.get(
        call, "grok-4.6"
    )


@pytest.mark.filterwarnings("ignore:POST /v1/messages")
async def test_calls_whose_cost_is_not_told_are_counted_apart(client: AsyncXAI) -> None:
    with Meter() as meter:
        await client.embeddings.create(model="grok-embedding-small", input="a b c")
        await client.messages.create(model="grok-4.6", max_tokens=9, messages=MESSAGES)
        await client.responses.compact(model="grok-4.6", input="hi")
        await client.batches.create(name="b")
        assert (meter.calls, meter.unpriced, meter.cost_usd) == (4, 4, 0)
        assert meter.usage.total_tokens > 0
        assert meter.usage.cost_usd is None
        paid = await ask(client)
    assert (meter.calls, meter.unpriced, meter.cost_usd) == (5, 4, paid.usage.cost_usd)


async def test_a_call_that_names_its_endpoint_itself_counts(client: AsyncXAI) -> None:
    body = {"model": "grok-4.6", "messages": MESSAGES}
    with Meter() as meter:
        await client.request("POST", "/chat/completions", body=body)
        await client.request("GET", "/models")
    assert meter.calls == 1
    assert meter.cost_usd > 0
    assert list(meter.by_model) == ["grok-4.6"]


async def test_a_reply_saved_to_a_file_counts_as_one_whose_cost_is_not_told(server: RawServer, tmp_path: Any) -> None:
    server.always = (reply(b"sound", content_type="audio/mpeg"),)
    with Meter() as meter:
        async with made(server) as client:
            await client.download("/speech", tmp_path / "speech.mp3", method="POST")
            await client.download("/speech", tmp_path / "speech.mp3")
    assert (meter.calls, meter.unpriced) == (1, 1)


async def test_what_costs_nothing_does_not_count(client: AsyncXAI) -> None:
    with Meter() as meter:
        await client.models.list()
        file = await client.files.create(file=("a.txt", b"text"))
        await client.files.content(file.id)
        await client.files.delete(file.id)
        await client.tokenizer.encode(model="grok-4.6", text="hi")
        await client.collections.create(collection_name="c")
        with pytest.raises(RequestValidationError):
            await ask(client, temperature=7)
    assert (meter.calls, meter.unpriced, meter.uncertain, meter.usage) == (0, 0, 0, Usage())


async def test_a_job_is_unpriced_until_its_result_is_read(sim: SimulatedXAI, client: AsyncXAI) -> None:
    sim.keep_pending(1)
    with Meter() as meter:
        job = (await client.videos.start(model="grok-imagine-video", prompt="a fox")).request_id
        assert (await client.videos.retrieve(job)).status == "pending"
        assert (meter.calls, meter.unpriced, meter.cost_usd) == (1, 1, 0)
        with Meter() as reader:
            done = await client.videos.retrieve(job)
            await client.videos.retrieve(job)
    for each in (meter, reader):  # another process may have started it
        assert (each.calls, each.unpriced, each.cost_usd) == (1, 0, done.usage.cost_usd)


async def test_a_poll_whose_reply_is_lost_costs_nothing(server: RawServer) -> None:
    with Meter() as meter:
        async with made(server) as client:
            film = reply(b'{"status": "done", "usage": {"cost_in_usd_ticks": 7}}')
            looks = ((client.videos.retrieve, film), (client.chat.completions.retrieve_deferred, answer(7)))
            for look, found in looks:
                server.answer(RESET)
                with pytest.raises(APIConnectionError):
                    await look("lost")
                server.answer(RESET)
                server.answer(found)
                await look(look.__name__, options={"retries": AT_ONCE})
    assert (meter.calls, meter.unpriced, meter.uncertain, meter.usage.cost_ticks) == (2, 0, 0, 14)


async def test_a_job_that_fails_stays_unpriced(sim: SimulatedXAI, client: AsyncXAI) -> None:
    sim.fail_job()
    with Meter() as meter, pytest.raises(JobFailedError):
        await film(client)
    assert (meter.calls, meter.unpriced, meter.uncertain) == (1, 1, 0)


async def test_a_client_and_those_made_of_it_have_one_meter(sim: SimulatedXAI) -> None:
    meter = Meter()
    async with sim.client(meter=meter) as client, sim.client(meter=meter) as another, sim.client() as stranger:
        for each in (client, client.with_options(retries=0), another, stranger):
            await ask(each)
    assert meter.calls == 3


async def test_blocks_count_what_is_done_in_them_and_each_call_once(sim: SimulatedXAI) -> None:
    own = Meter()
    async with sim.client(meter=own) as client:
        await ask(client)
        with Meter() as outer, own, own:
            await ask(client)
            with Meter() as inner, outer:
                await ask(client)
            await ask(client)
        await ask(client)
    assert (own.calls, outer.calls, inner.calls) == (5, 3, 1)


async def test_tasks_started_in_a_block_count_and_others_do_not(client: AsyncXAI) -> None:
    async with anyio.create_task_group() as outside:
        entered, asked = anyio.Event(), anyio.Event()

        async def beside() -> None:
            await entered.wait()
            await ask(client)
            asked.set()

        outside.start_soon(beside)
        with Meter() as meter:
            entered.set()
            async with anyio.create_task_group() as inside:
                for _ in range(3):
                    inside.start_soon(ask, client)
            await asked.wait()
    assert meter.calls == 3


def test_a_block_may_end_in_another_context_than_it_began_in() -> None:
    meter = Meter()
    contextvars.copy_context().run(meter.__enter__)
    meter.__exit__(None, None, None)


async def test_a_block_that_ends_otherwise_than_last_first_ends_alone(client: AsyncXAI) -> None:
    first, second = Meter().__enter__(), Meter().__enter__()
    first.__exit__(None, None, None)
    await ask(client)
    second.__exit__(None, None, None)
    await ask(client)
    assert (first.calls, second.calls) == (0, 1)


async def test_the_reply_to_a_stream_counts_where_it_was_opened(client: AsyncXAI) -> None:
    stream = client.responses.stream(model="grok-4.6", input="hi")
    with Meter() as meter:
        await stream.__aenter__()
    with Meter() as later:
        await stream.final()
        assert meter.calls == 1  # at its end, before it is closed
        await stream.aclose()
    assert (meter.calls, later.calls) == (1, 0)


async def test_a_refused_call_costs_nothing(sim: SimulatedXAI, client: AsyncXAI) -> None:
    sim.fail(400)
    with Meter() as meter, pytest.raises(APIError):
        await ask(client)
    assert (meter.calls, meter.uncertain) == (0, 0)


async def test_a_call_whose_reply_is_lost_may_be_paid_for(server: RawServer) -> None:
    server.answer(RESET)
    with Meter() as meter:
        async with made(server) as client:
            with pytest.raises(APIConnectionError):
                await ask(client)
    assert (meter.calls, meter.unpriced, meter.uncertain) == (0, 0, 1)


async def test_a_cancelled_call_may_be_paid_for(server: RawServer) -> None:
    with Meter() as meter:
        async with made(server) as client, anyio.create_task_group() as tasks:
            server.answer(WAIT)
            tasks.start_soon(ask, client)
            while not server.requests:
                await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()
    assert (meter.calls, meter.uncertain) == (0, 1)


async def test_a_create_that_was_sent_again_may_be_paid_for_twice(server: RawServer) -> None:
    again = RetryPolicy(first_delay=0.0, max_delay=0.0, resend_creates=True)
    with Meter() as meter:
        async with made(server, retries=again) as client:
            for first in (RESET, reply(b'{"error": "busy"}', 429)):
                server.answer(first)
                server.answer(answer())
                await ask(client)
                server.answer(first)
                server.answer(answer())
                await client.request("POST", "/chat/completions", body={})
    assert (meter.calls, meter.uncertain) == (4, 2)
    assert meter.usage.cost_ticks == 4 * 7


@pytest.mark.parametrize(("usage", "calls", "uncertain"), [(chat_usage(prompt_tokens="1"), 1, 0), (None, 0, 1)])
async def test_a_reply_that_is_refused_for_its_form_counts_if_it_tells_its_cost(
    server: RawServer, usage: Any, calls: int, uncertain: int
) -> None:
    server.answer(reply(json.dumps(completion(usage, choices=3)).encode()))
    with Meter() as meter:
        async with made(server, strict=True) as client:
            with pytest.raises(ResponseValidationError):
                await ask(client)
    assert (meter.calls, meter.uncertain, meter.usage.cost_ticks) == (calls, uncertain, 7 if calls else None)


async def test_it_begins_again_with_nothing(client: AsyncXAI) -> None:
    with Meter() as meter:
        await client.videos.start(model="grok-imagine-video", prompt="a fox")
        await ask(client)
        assert repr(meter) == (
            f"Meter(calls=2, cost_usd={meter.cost_usd}, total_tokens={meter.usage.total_tokens}, "
            "unpriced=1, uncertain=0)"
        )
        meter.reset()
        assert repr(meter) == "Meter(calls=0, cost_usd=0, total_tokens=0, unpriced=0, uncertain=0)"


@pytest.mark.parametrize("name", ["meter", "budget"])
def test_a_client_takes_no_other_thing_for_one(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} must be a {name.title()}, got 7"):
        AsyncXAI(api_key="k", **{name: 7})  # type: ignore[arg-type]


async def test_without_one_a_call_has_nothing_to_do_with_them(server: RawServer) -> None:
    called: list[str] = []

    def saw(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call" and frame.f_code.co_filename.endswith(("/_metering.py", "/_meter.py", "/_usage.py")):
            called.append(frame.f_code.co_name)

    server.always = (answer(),)
    async with made(server) as client:
        sys.setprofile(saw)
        try:
            await ask(client)
        finally:
            sys.setprofile(None)
    assert called == []
