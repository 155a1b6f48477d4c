"""Conversations with the simulator: what is sent, what joins the history, how one goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest
from pydantic import BaseModel

from xai_httpx import AsyncXAI, RequestValidationError, XAIError
from xai_httpx.chat import Answer, Chat, Compaction, assistant, file, image, system, tool_result, user
from xai_httpx.testing import SimulatedXAI

PNG = b"\x89PNG\r\n\x1a\n...."
FORMS: list[dict[str, Any]] = [{}, {"store": True}, {"api": "completions"}]
each_form = pytest.mark.parametrize("form", FORMS, ids=["responses", "stored", "completions"])


class City(BaseModel):
    name: str
    population: int


def begun(client: AsyncXAI, *messages: Any, **settings: Any) -> Chat:
    return client.chat.create(model="grok-4.6", messages=messages, **settings)


def sent(sim: SimulatedXAI) -> list[Any]:
    """The history that the last request held."""
    body = sim.requests[-1].body
    return body["input"] if "input" in body else body["messages"]


def kinds(chat: Chat) -> list[str]:
    return [getattr(entry, "role", type(entry).__name__) for entry in chat.messages]


@each_form
async def test_each_turn_joins_the_history(sim: SimulatedXAI, client: AsyncXAI, form: dict[str, Any]) -> None:
    chat = begun(client, system("Be brief."), **form)
    first = await chat.sample("One")
    assert (first.text, first.finish_reason) == ("You said: One", "stop")
    assert first.usage is not None
    assert first.meta.request_id
    second = await chat.append("Two").sample()
    assert second.text == "You said: Two (turn 2)"
    assert kinds(chat) == ["system", "user", "Answer", "user", "Answer"]
    assert [entry for entry in chat.messages if isinstance(entry, Answer)] == [first.answer, second.answer]


@each_form
async def test_a_streamed_turn_joins_as_a_whole_one_does(
    sim: SimulatedXAI, client: AsyncXAI, form: dict[str, Any]
) -> None:
    sim.reply("Once upon a time.", reasoning="I think.")
    chat = begun(client, **form)
    async with chat.stream("A story") as stream:
        assert stream.meta.status == 200
        assert (stream.partial, stream.partials) == (None, [])
        deltas = [delta async for delta in stream]
        reply = await stream.final()
        assert await stream.final() is reply
    assert "".join(delta.text for delta in deltas) == reply.text == "Once upon a time."
    assert "".join(delta.reasoning for delta in deltas) == reply.reasoning == "I think."
    assert stream.partial is not None
    assert stream.partial.text == reply.text
    assert {delta.index for delta in deltas} == {0}
    assert chat.messages == (user("A story"), reply.answer)
    assert (await chat.sample("More")).text == "You said: More (turn 2)"


async def test_the_text_of_a_stream_by_itself(client: AsyncXAI) -> None:
    chat = begun(client)
    async with chat.stream("Hello") as stream:
        assert "".join([piece async for piece in stream.text_stream]) == "You said: Hello"
    assert len(chat.messages) == 2


async def test_a_stored_conversation_sends_what_is_new_alone(sim: SimulatedXAI, client: AsyncXAI) -> None:
    chat = begun(client, "One", store=True)
    first = await chat.sample()
    await chat.sample("Two")
    assert sim.requests[-1].body["previous_response_id"] == first.id
    assert sim.requests[-1].body["store"] is True
    assert "include" not in sim.requests[-1].body
    assert sent(sim) == [{"role": "user", "content": "Two"}]
    async with chat.stream("Three") as stream:
        third = await stream.final()
    assert sent(sim) == [{"role": "user", "content": "Three"}]
    chat.append("Four", "Five")
    assert (await chat.sample()).text == "You said: Five (turn 5)"
    assert sim.requests[-1].body["previous_response_id"] == third.id
    assert [item["content"] for item in sent(sim)] == ["Four", "Five"]
    assert len(chat.messages) == 9


async def test_a_stored_conversation_needs_something_new(sim: SimulatedXAI, client: AsyncXAI) -> None:
    chat = begun(client, store=True)
    await chat.sample("One")
    count = len(sim.requests)
    with pytest.raises(RequestValidationError, match="there is nothing to answer"):
        await chat.sample()
    assert len(sim.requests) == count


async def test_a_conversation_can_go_on_from_a_stored_response(sim: SimulatedXAI, client: AsyncXAI) -> None:
    response = await client.responses.create(model="grok-4.6", input="One", store=True)
    chat = begun(client, previous_response_id=response.id)
    assert "previous_response_id" not in chat.settings
    assert chat.append("Two").render()["previous_response_id"] == response.id
    assert (await chat.sample()).text == "You said: Two (turn 2)"
    assert (await chat.sample("Three")).text == "You said: Three (turn 3)"
    assert [item.get("content") for item in sent(sim) if item.get("role") == "user"] == ["Two", "Three"]
    for call in (chat.compact, lambda: chat.sample_batch(2), chat.defer):
        with pytest.raises(RequestValidationError) as caught:
            await call()
        assert caught.value.parameter == "previous_response_id"
    with pytest.raises(RequestValidationError, match="for a new conversation"):
        chat.fork(previous_response_id="other")


async def test_a_reply_is_not_doubled(client: AsyncXAI) -> None:
    chat = begun(client)
    reply = await chat.sample("One")
    assert chat.append(reply).messages == (user("One"), reply.answer)
    assert chat.append(reply, "Two").messages == (user("One"), reply.answer, user("Two"))
    assert chat.append(reply).messages[-1] == reply.answer  # something was said since


@each_form
async def test_an_answer_as_a_type(sim: SimulatedXAI, client: AsyncXAI, form: dict[str, Any]) -> None:
    chat = begun(client, **form)
    sim.reply_json({"name": "Oslo", "population": 7})
    reply = await chat.parse(City, "Oslo?")
    assert reply.parsed == City(name="Oslo", population=7)
    assert chat.messages == (user("Oslo?"), reply.answer)
    sim.reply_json({"value": [1, 2]})
    assert (await chat.parse(list[int], "Numbers?")).parsed == [1, 2]


@each_form
async def test_an_answer_that_does_not_fit_is_asked_for_again(
    sim: SimulatedXAI, client: AsyncXAI, form: dict[str, Any]
) -> None:
    chat = begun(client, **form)
    for population in ("many", "lots", 7):
        sim.reply_json({"name": "Oslo", "population": population})
    reply = await chat.parse(City, "Oslo?", ask_again=2)
    assert reply.parsed.population == 7
    assert kinds(chat) == ["user", "Answer", "user", "Answer", "user", "Answer"]
    assert "population" in chat.messages[2].text  # type: ignore[union-attr]
    assert (await chat.sample("Next")).text == "You said: Next (turn 4)"


@each_form
async def test_an_answer_as_a_type_grows(sim: SimulatedXAI, client: AsyncXAI, form: dict[str, Any]) -> None:
    chat = begun(client, **form)
    sim.reply_json({"name": "Oslo on the fjord", "population": 7})
    seen: list[Any] = []
    async with chat.parse_stream(City, "Oslo?") as stream:
        assert stream.partial_object is None
        async for _ in stream:
            partial: Any = stream.partial_object
            seen.append(partial and dict(partial))
        reply = await stream.final()
    assert reply.parsed == City(name="Oslo on the fjord", population=7)
    assert seen[-1] == {"name": "Oslo on the fjord", "population": 7}
    assert {"name": "Oslo on"} in seen
    assert chat.messages == (user("Oslo?"), reply.answer)


async def test_what_is_no_object_grows_by_itself(sim: SimulatedXAI, client: AsyncXAI) -> None:
    chat = begun(client)
    sim.reply_json({"value": ["one two", "three"]})
    seen: list[Any] = []
    async with chat.parse_stream(list[str], "Numbers?") as stream:
        async for _ in stream:
            seen.append(stream.partial_object and [*stream.partial_object])  # type: ignore[misc]
        assert (await stream.final()).parsed == ["one two", "three"]
    assert seen[0] is None
    assert ["one two"] in seen
    assert seen[-1] == ["one two", "three"]


@each_form
async def test_several_answers_at_once(sim: SimulatedXAI, client: AsyncXAI, form: dict[str, Any]) -> None:
    chat = begun(client, "Hello", **form)
    sim.reply("a", "b", "c")
    replies = await chat.sample_batch(3)
    assert [(reply.index, reply.text) for reply in replies] == [(0, "a"), (1, "b"), (2, "c")]
    assert chat.messages == (user("Hello"),)
    chat.append(replies[1])
    assert (await chat.sample("And?")).text == "You said: And? (turn 2)"
    assert {"role": "assistant", "content": "b"}.items() <= sent(sim)[1].items()


async def test_several_answers_piece_by_piece(sim: SimulatedXAI, client: AsyncXAI) -> None:
    chat = begun(client, "Hello")
    sim.reply("one two three", "four five six")
    texts = {0: "", 1: ""}
    async with chat.stream_batch(2) as stream:
        async for delta in stream:
            texts[delta.index] += delta.text
        assert [reply.text for reply in stream.partials] == ["one two three", "four five six"]
        replies = await stream.final()
    assert texts == {0: "one two three", 1: "four five six"} == {reply.index: reply.text for reply in replies}
    assert chat.messages == (user("Hello"),)


@each_form
async def test_answers_from_the_background(sim: SimulatedXAI, client: AsyncXAI, form: dict[str, Any]) -> None:
    chat = begun(client, "Hello", **form)
    states: list[Any] = []
    reply = await chat.defer("And?", interval=0.0, on_progress=states.append)
    assert reply.text == "You said: And? (turn 2)"
    assert len(states) == 1
    assert chat.messages == (user("Hello"), user("And?"), reply.answer)
    sim.reply("a", "b")
    assert [reply.text for reply in await chat.append("More").defer_batch(2, interval=0.0)] == ["a", "b"]
    assert kinds(chat) == ["user", "user", "Answer", "user"]


async def test_a_compaction_takes_the_place_of_what_was_said(sim: SimulatedXAI, client: AsyncXAI) -> None:
    for form in FORMS[:2]:
        chat = begun(client, "One", **form)
        await chat.sample()
        compacted = await chat.compact()
        assert compacted.id
        assert [type(entry) for entry in chat.messages] == [Compaction]
        assert (await chat.sample("Two")).text == "You said: Two (turn 2)"
        assert [item.get("type", "message") for item in sent(sim)] == ["compaction", "message"]
        assert "previous_response_id" not in sim.requests[-1].body
        assert (await chat.sample("Three")).text == "You said: Three (turn 3)"


async def test_what_cannot_be_compacted_is_refused(sim: SimulatedXAI, client: AsyncXAI) -> None:
    for chat, parameter in ((begun(client), "messages"), (begun(client, "One", api="completions"), "api")):
        with pytest.raises(RequestValidationError) as caught:
            await chat.compact()
        assert caught.value.parameter == parameter
    assert sim.requests == []


@each_form
async def test_a_fork_goes_on_by_itself(sim: SimulatedXAI, client: AsyncXAI, form: dict[str, Any]) -> None:
    chat = begun(client, **form)
    await chat.sample("One")
    other = chat.fork(model="grok-4.5", temperature=0.5)
    assert (other.model, other.settings["temperature"]) == ("grok-4.5", 0.5)
    assert other.settings["prompt_cache_key"] == chat.settings["prompt_cache_key"]
    assert "temperature" not in chat.settings
    assert (await other.sample("Two")).text == "You said: Two (turn 2)"
    assert sim.requests[-1].body["model"] == "grok-4.5"
    assert (await chat.sample("Three")).text == "You said: Three (turn 2)"
    assert (len(chat.messages), len(other.messages)) == (4, 4)
    assert chat.messages[:2] == other.messages[:2]
    assert "temperature" not in other.fork(temperature=None).settings
    with pytest.raises(RequestValidationError, match="temperatur"):
        other.fork(temperatur=1)  # type: ignore[call-arg]


async def test_forks_are_answered_side_by_side(client: AsyncXAI) -> None:
    chat = begun(client, "Hello")
    forks = [chat.fork().append(f"Fork {index}") for index in range(3)]
    async with anyio.create_task_group() as tasks:
        for fork in forks:
            tasks.start_soon(fork.sample)
    assert [fork.messages[-1].items[0]["content"][0]["text"] for fork in forks] == [  # type: ignore[union-attr]
        f"You said: Fork {index} (turn 2)" for index in range(3)
    ]
    assert chat.messages == (user("Hello"),)


@each_form
async def test_calls_of_the_client_s_tools_are_answered_by_hand(
    sim: SimulatedXAI, client: AsyncXAI, form: dict[str, Any]
) -> None:
    function = {"type": "function", "name": "f", "description": "d", "parameters": {"type": "object", "properties": {}}}
    chat = begun(client, "Hello", tools=[function], **form)
    sim.reply_tool_call("f", {"a": 1})
    reply = await chat.sample()
    assert reply.finish_reason == "tool_calls"
    sim.reply("It is 7.")
    assert (await chat.append(tool_result(reply.tool_calls[0], "7")).sample()).text == "It is 7."
    assert sim.rejected == []
    assert kinds(chat) == ["user", "Answer", "ToolResult", "Answer"]


async def test_files_at_paths_are_read_once_in_a_thread(
    sim: SimulatedXAI, client: AsyncXAI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture, text = tmp_path / "fox.jpg", tmp_path / "a.txt"
    picture.write_bytes(PNG)
    text.write_bytes(b"hi")
    chat = begun(client, user("What?", image(picture), file(text)))
    await chat.sample()
    picture.unlink()
    text.unlink()
    await chat.sample("And?")
    data = "data:image/png;base64,iVBORw0KGgouLi4u"
    assert sent(sim)[0]["content"][1:] == [
        {"type": "input_image", "image_url": data},
        {"type": "input_file", "file_data": "aGk=", "filename": "a.txt", "mime_type": "text/plain"},
    ]
    await chat.append(assistant("x")).compact()


async def test_nothing_said_is_refused_before_anything_is_sent(sim: SimulatedXAI, client: AsyncXAI) -> None:
    chat = begun(client)
    for call in (chat.sample, chat.defer, lambda: chat.sample_batch(2), lambda: chat.parse(City)):
        with pytest.raises(RequestValidationError, match="there is nothing to answer"):
            await call()
    with pytest.raises(RequestValidationError, match="there is nothing to answer"):
        async with chat.stream():
            pass
    assert sim.requests == []


async def test_bad_arguments_are_refused_by_name(sim: SimulatedXAI, client: AsyncXAI) -> None:
    chat = begun(client, "Hello")
    answering = chat.fork(response_format={"type": "json_object"})
    calls: list[tuple[str, Any]] = [
        ("n", lambda: chat.sample_batch(0)),
        ("n", lambda: chat.defer_batch(0)),
        ("interval", lambda: chat.defer(interval=-1)),
        ("timeout", lambda: chat.defer(timeout=-1)),
        ("ask_again", lambda: chat.parse(City, ask_again=-1)),
        ("response_format", lambda: answering.parse(City)),
        ("messages[1]", lambda: chat.sample(5)),  # type: ignore[arg-type]
        ("messages[1]", lambda: chat.defer(5)),  # type: ignore[arg-type]
        ("temperature", lambda: chat.fork(temperature=9).sample()),
    ]
    for parameter, call in calls:
        with pytest.raises(RequestValidationError) as caught:
            await call()
        assert caught.value.parameter == parameter
    for open in (chat.stream, lambda said: chat.parse_stream(City, said)):
        with pytest.raises(RequestValidationError, match=r"messages\[1\]"):
            open(5)  # type: ignore[arg-type]
    assert sim.requests == []
    assert chat.messages == (user("Hello"),)


async def test_a_stream_is_opened_once_and_read_while_it_is_open(client: AsyncXAI) -> None:
    stream = begun(client).stream("Hello")
    for wrong in (stream.final, stream.__anext__):
        with pytest.raises(XAIError, match="the stream is not open"):
            await wrong()
    async with stream:
        await stream.final()
    with pytest.raises(XAIError, match="opened once"):
        async with stream:
            pass


def test_a_conversation_shows_no_more_than_its_outline(wire: Any) -> None:
    chat = wire.client().chat.create(model="m", messages=["secret"])
    assert repr(chat) == "Chat(model='m', api='responses', messages=1)"
