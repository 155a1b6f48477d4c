"""Flows of the simulator, recorded into a cassette and replayed from it without it."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import httpx
import pytest

from tests.rawserver import WAIT, RawServer, reply
from xai_httpx import (
    APIConnectionError,
    APIError,
    AsyncXAI,
    ConfigurationError,
    InternalServerError,
    NotFoundError,
    RetryPolicy,
)
from xai_httpx.testing import Cassette, CassetteMissError, Fault, SimulatedXAI

QUESTION = [{"role": "user", "content": "one two three four five"}]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "flow.json"


def interactions_of(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    interactions: list[dict[str, Any]] = json.loads(path.read_text())["interactions"]
    return interactions


async def ask(client: AsyncXAI, content: str = "Hello", **options: Any) -> str | None:
    messages = [{"role": "user", "content": content}]
    return (await client.chat.completions.create(model="grok-4.6", messages=messages, options=options)).text


async def streamed(client: AsyncXAI, at_most: int = 100, texts: list[str] | None = None) -> list[str]:
    texts = [] if texts is None else texts
    async with client.chat.completions.stream(model="grok-4.6", messages=QUESTION) as stream:
        async for chunk in stream:
            texts.extend(choice.delta.content or "" for choice in chunk.choices)
            if len(texts) == at_most:
                break
    return texts


async def files(client: AsyncXAI) -> tuple[Any, ...]:
    file = await client.files.create(file=("otters.txt", b"Otters hold hands."))
    again = await client.files.retrieve(file.id)
    content = await client.files.content(file.id)
    listed = [each.filename async for each in client.files.list()]
    return again.filename, content.content, listed, (await client.files.delete(file.id)).deleted


async def conversation(client: AsyncXAI) -> tuple[Any, ...]:
    first = await client.responses.create(model="grok-4.6", input="My name is Ada.")
    second = await client.responses.create(model="grok-4.6", input="And now?", previous_response_id=first.id)
    return first.output_text, second.output_text, (await client.responses.retrieve(first.id)).id == first.id


async def pictures(client: AsyncXAI) -> tuple[Any, ...]:
    made = await client.images.generate(model="grok-imagine-image", prompt="A fox")
    return (await client.images.content(made.data[0]),)


async def video(client: AsyncXAI) -> tuple[Any, ...]:
    made = await client.videos.generate(model="grok-imagine-video", prompt="A fox", interval=0.01)
    return (await client.videos.content(made),)


async def collections(client: AsyncXAI) -> tuple[Any, ...]:
    collection = await client.collections.create(collection_name="rivers")
    return ((await client.collections.retrieve(collection.collection_id)).collection_name,)


async def events(client: AsyncXAI) -> tuple[Any, ...]:
    async with client.responses.stream(model="grok-4.6", input="Count to three.") as stream:
        kinds = [event.type async for event in stream]
        return kinds, (await stream.final()).output_text


async def mistakes(client: AsyncXAI) -> tuple[Any, ...]:
    with pytest.raises(NotFoundError) as caught:
        await client.responses.retrieve("no-such-response")
    return caught.value.message, caught.value.status_code


FLOWS = [files, conversation, pictures, video, collections, events, mistakes, streamed, ask]


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.__name__)
async def test_what_was_recorded_is_replayed_without_server_and_key(
    path: Path, flow: Callable[[AsyncXAI], Any]
) -> None:
    with SimulatedXAI() as sim, Cassette(path) as cassette:
        async with cassette.client(**sim._access) as client:
            first = await flow(client)
        seen = len(sim.requests)
    async with Cassette(path, mode="replay") as cassette, cassette.client() as client:
        assert await flow(client) == first
    assert len(interactions_of(path)) == seen


def test_the_sync_client_records_and_replays_alike(path: Path, sim: SimulatedXAI) -> None:
    for mode in ("record", "replay"):
        with Cassette(path, mode=mode) as cassette, cassette.sync_client(**sim._access) as client:
            assert client.responses.create(model="grok-4.6", input="Hello").output_text == "You said: Hello"
    assert len(sim.requests) == 1


async def test_a_client_of_httpx_records_and_replays_alike(path: Path, sim: SimulatedXAI) -> None:
    headers = {"authorization": f"Bearer {sim.api_key}"}
    for _ in range(2):
        async with Cassette(path) as cassette, cassette.http_client() as http:
            assert (await http.get(f"{sim.base_url}/models", headers=headers)).json()["object"] == "list"
    assert len(sim.requests) == 1


async def test_what_is_there_is_replayed_and_what_is_not_is_recorded(path: Path, sim: SimulatedXAI) -> None:
    for questions in (["a"], ["a", "b"], ["b", "a"], ["a", "a"]):
        with Cassette(path) as cassette:
            async with cassette.client(**sim._access) as client:
                for question in questions:
                    assert await ask(client, question) == f"You said: {question}"
    assert [request.body["messages"][0]["content"] for request in sim.requests] == ["a", "b", "a"]


async def test_recording_anew_forgets_what_was_there_once_there_is_something_new(path: Path, sim: SimulatedXAI) -> None:
    for question in ("old", None, "new"):
        with Cassette(path, mode="record") as cassette:
            async with cassette.client(**sim._access) as client:
                if question:
                    await ask(client, question)
    assert [one["request"]["body"]["content"]["messages"][0]["content"] for one in interactions_of(path)] == ["new"]


async def test_equal_requests_get_their_replies_in_the_order_in_which_they_began(path: Path, sim: SimulatedXAI) -> None:
    sim.reply("first")
    sim.reply("second")
    for mode in ("record", "replay"):
        with Cassette(path, mode=mode) as cassette:
            async with cassette.client(**sim._access) as client:
                assert [await ask(client), await ask(client)] == ["first", "second"]
                if mode == "replay":
                    with pytest.raises(CassetteMissError, match="recorded 2 times, and was replayed as often"):
                        await ask(client)


async def test_calls_at_once_get_their_own_replies(path: Path, sim: SimulatedXAI) -> None:
    async def all_at_once(client: AsyncXAI) -> dict[str, str | None]:
        answers: dict[str, str | None] = {}

        async def one(question: str) -> None:
            answers[question] = await ask(client, question)

        async with anyio.create_task_group() as tasks:
            for number in range(20):
                tasks.start_soon(one, f"question {number}")
        return answers

    for mode in ("record", "replay"):
        with Cassette(path, mode=mode) as cassette:
            async with cassette.client(**sim._access) as client:
                answers = await all_at_once(client)
        assert answers == {f"question {number}": f"You said: question {number}" for number in range(20)}
    assert len(interactions_of(path)) == 20


async def test_lenient_takes_another_body_and_the_last_reply_again(path: Path, sim: SimulatedXAI) -> None:
    with Cassette(path) as cassette:
        async with cassette.client(**sim._access) as client:
            await ask(client, "one")
            await ask(client, "two")
    with Cassette(path, mode="replay", match="lenient") as cassette:
        async with cassette.client() as client:
            answers = [await ask(client, "something else") for _ in range(4)]
            with pytest.raises(CassetteMissError, match="GET /v1/models"):
                await client.models.list()
    assert answers == ["You said: one", "You said: two", "You said: two", "You said: two"]


async def test_a_miss_tells_what_was_asked_what_is_nearest_and_how_to_record(path: Path, sim: SimulatedXAI) -> None:
    with Cassette(path) as cassette:
        async with cassette.client(**sim._access) as client:
            await ask(client, "What is a fjord?")
            await client.models.list()
    with Cassette(path, mode="replay") as cassette:
        async with cassette.client() as client:
            with pytest.raises(CassetteMissError) as caught:
                await ask(client, "What is a lagoon?")
    told = str(caught.value)
    assert caught.value.path == path
    assert told.startswith(f"{path}: has no reply to POST /v1/chat/completions. The nearest one recorded is POST")
    assert '-      "content": "What is a fjord?"' in told
    assert '+      "content": "What is a lagoon?"' in told
    assert told.count("\n") < 20
    assert "mode='auto'" in told
    assert "--xai-record=auto" in told


async def upload(client: AsyncXAI) -> None:
    await client.files.create(file=b"a")


async def test_a_miss_of_another_path_shows_no_bodies(path: Path, sim: SimulatedXAI) -> None:
    with Cassette(path) as cassette:
        async with cassette.client(**sim._access) as client:
            await ask(client)
    with Cassette(path, mode="replay") as cassette:
        async with cassette.client() as client:
            with pytest.raises(CassetteMissError, match=r"nearest one recorded is POST /v1/chat/completions\.\nTo"):
                await client.models.list()


@pytest.mark.parametrize("call", [ask, streamed, upload], ids=lambda call: call.__name__)
async def test_a_miss_is_not_retried_and_comes_as_it_is(path: Path, call: Callable[[AsyncXAI], Any]) -> None:
    retried: list[int] = []
    policy = RetryPolicy(resend_creates=True, first_delay=0, on_retry=lambda attempt, *_: retried.append(attempt))
    with Cassette(path, mode="replay") as cassette:
        async with cassette.client(retries=policy) as client:
            with pytest.raises(CassetteMissError, match=r"Nothing is recorded in it\.") as caught:
                await call(client)
    assert type(caught.value) is CassetteMissError
    assert retried == []


async def test_each_attempt_is_an_interaction_of_its_own(path: Path, sim: SimulatedXAI) -> None:
    sim.fail(503, times=1)
    for mode in ("record", "replay"):
        with Cassette(path, mode=mode) as cassette:
            async with cassette.client(**sim._access) as client:
                assert await ask(client) == "You said: Hello"
    assert [one["reply"]["status"] for one in interactions_of(path)] == [503, 200]


async def test_a_connection_that_is_not_made_is_recorded_too(path: Path) -> None:
    for mode in ("record", "replay"):
        with Cassette(path, mode=mode) as cassette:
            async with cassette.client(api_key="k", base_url="http://127.0.0.1:9/v1", retries=0) as client:
                with pytest.raises(APIConnectionError, match="no connection to the server"):
                    await client.models.list()
    (only,) = interactions_of(path)
    assert (only["reply"], only["error"]["type"]) == (None, "ConnectError")


async def test_a_stream_that_broke_breaks_again_at_the_same_place(path: Path, sim: SimulatedXAI) -> None:
    sim.fault(Fault.cut_after(3))
    got: list[tuple[list[str], type[Exception], str]] = []
    for mode in ("record", "replay"):
        texts: list[str] = []
        with Cassette(path, mode=mode) as cassette:
            async with cassette.client(**sim._access, retries=0) as client:
                with pytest.raises(APIError) as caught:
                    await streamed(client, texts=texts)
        got.append((texts, caught.type, caught.value.message))
    assert got[0] == got[1]
    assert got[0][0] != []
    assert interactions_of(path)[0]["reply"]["end"] == "broken"
    assert len(sim.requests) == 1


async def test_a_stream_that_was_left_is_replayed_as_far_as_it_was_read(path: Path, sim: SimulatedXAI) -> None:
    sim.tokens_per_second = 50
    with Cassette(path) as cassette:
        async with cassette.client(**sim._access) as client:
            begun = await streamed(client, at_most=3)
    assert interactions_of(path)[0]["reply"]["end"] == "left"
    with Cassette(path, mode="replay") as cassette:
        async with cassette.client() as client:
            assert await streamed(client, at_most=3) == begun
    with Cassette(path, mode="replay") as cassette:
        async with cassette.client() as client:
            with pytest.raises(CassetteMissError, match="has only the beginning of the reply to POST"):
                await streamed(client)


async def test_a_stream_that_was_cancelled_is_recorded_as_left(path: Path, sim: SimulatedXAI) -> None:
    sim.tokens_per_second = 50
    with Cassette(path) as cassette:
        async with cassette.client(**sim._access) as client:
            with anyio.CancelScope() as scope:
                async with client.chat.completions.stream(model="grok-4.6", messages=QUESTION) as stream:
                    async for _ in stream:
                        scope.cancel()
    assert interactions_of(path)[0]["reply"]["end"] == "left"


async def test_a_call_that_was_cancelled_before_its_reply_is_not_recorded(path: Path, server: RawServer) -> None:
    asked = threading.Event()
    server.answer(asked.set, WAIT)
    with Cassette(path) as cassette:
        async with cassette.client(api_key="k", base_url=server.base_url, retries=0) as client:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(ask, client)
                await anyio.to_thread.run_sync(asked.wait)
                tasks.cancel_scope.cancel()
    assert interactions_of(path) == []


async def test_streams_come_in_the_recorded_times_multiplied_by_the_pace(
    path: Path, sim: SimulatedXAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    sim.tokens_per_second = 50
    with Cassette(path) as cassette:
        async with cassette.client(**sim._access) as client:
            texts = await streamed(client)
    recorded = sum(chunk["after"] for chunk in interactions_of(path)[0]["reply"]["body"]["content"])
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    for pace in (0.0, 2.0):
        slept.clear()
        monkeypatch.setattr("xai_httpx.testing._cassettes.transport.anyio.sleep", sleep)
        with Cassette(path, mode="replay", pace=pace) as cassette:
            async with cassette.client() as client:
                assert await streamed(client) == texts
        assert sum(slept) == pytest.approx(pace * (recorded + interactions_of(path)[0]["reply"]["after"]), abs=0.01)
    assert recorded > 0.02


async def test_a_pseudonym_is_not_sent_to_the_server(path: Path, sim: SimulatedXAI) -> None:
    with Cassette(path) as cassette:
        async with cassette.client(**sim._access) as client:
            await client.files.create(file=("a.txt", b"a"))
    with Cassette(path) as cassette:
        async with cassette.client(**sim._access) as client:
            file = await client.files.create(file=("a.txt", b"a"))
            with pytest.raises(CassetteMissError, match=r"does not know '(file_)?facade00-.*Record the whole anew"):
                await client.files.delete(file.id)
    assert [request.method for request in sim.requests] == ["POST"]


async def test_an_id_that_is_written_into_the_code_finds_its_recording(path: Path, sim: SimulatedXAI) -> None:
    response = "7c1e5f2a-93d1-4a4e-9f0b-2f3f6a1b8c55"
    for mode in ("record", "replay"):
        with Cassette(path, mode=mode) as cassette:
            async with cassette.client(**sim._access) as client:
                with pytest.raises(NotFoundError):
                    await client.responses.retrieve(response)
    assert response not in json.dumps(interactions_of(path))


async def test_a_key_is_needed_only_where_something_is_sent(path: Path, sim: SimulatedXAI) -> None:
    with Cassette(path) as cassette:
        async with cassette.client(base_url=sim.base_url) as client:
            with pytest.raises(ConfigurationError, match="recording one needs a key"):
                await client.models.list()
    with Cassette(path, mode="record") as cassette, pytest.raises(ConfigurationError, match="XAI_API_KEY"):
        cassette.client()
    assert sim.requests == []


async def test_compressed_replies_are_recorded_as_they_read(path: Path, server: RawServer) -> None:
    body = gzip.compress(b'{"object": "list", "data": []}')
    server.answer(reply(body, content_encoding="gzip"))
    for mode in ("record", "replay"):
        with Cassette(path, mode=mode) as cassette:
            async with cassette.client(api_key="k", base_url=server.base_url) as client:
                assert [model async for model in client.models.list()] == []
    assert interactions_of(path)[0]["reply"]["body"]["content"] == {"object": "list", "data": []}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"mode": "once"}, "mode must be one of auto, record, replay, got 'once'"),
        ({"match": "exact"}, "match must be one of strict, lenient, got 'exact'"),
        ({"pace": -1}, "pace must be a number, 0 or more, got -1"),
        ({"pace": True}, "pace must be a number, 0 or more, got True"),
        ({"redact": "secret"}, "redact must be a list of strings and compiled patterns, got 'secret'"),
        ({"redact": [""]}, "redact must be a list of strings"),
    ],
)
def test_bad_arguments_are_refused(path: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Cassette(path, **arguments)


async def test_a_cassette_that_is_not_open_makes_no_clients(path: Path) -> None:
    cassette = Cassette(path)
    for make in (cassette.client, cassette.sync_client, cassette.http_client):
        with pytest.raises(ConfigurationError, match="is not open"):
            make()
    async with httpx.AsyncClient() as http:
        with cassette, pytest.raises(ConfigurationError, match="http_client cannot be given"):
            cassette.client(http_client=http)
    with cassette, pytest.raises(ConfigurationError, match="transport cannot be given"):
        cassette.client(transport="aiohttp")


async def test_a_server_that_fails_is_recorded_as_it_failed(path: Path, sim: SimulatedXAI) -> None:
    sim.fail(500, message="No luck.")
    for mode in ("record", "replay"):
        with Cassette(path, mode=mode) as cassette:
            async with cassette.client(**sim._access, retries=0) as client:
                with pytest.raises(InternalServerError, match=r"No luck\."):
                    await ask(client)
