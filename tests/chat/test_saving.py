"""Conversations as text, and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.shown import shown
from tests.wire import Wire
from xai_httpx import AsyncXAI, RequestValidationError
from xai_httpx.chat import (
    Answer,
    Chat,
    Compaction,
    File,
    Image,
    Message,
    Text,
    ToolResult,
    assistant,
    file,
    image,
    tool_result,
    user,
)
from xai_httpx.chat._server_tools import web_search
from xai_httpx.chat._tool import tool
from xai_httpx.testing import SimulatedXAI

CLIENT = Wire().client()
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
PARTS = st.one_of(
    st.builds(Text, TEXTS),
    st.builds(Image, st.one_of(TEXTS, st.just(Path("in/a.png")))),
    st.builds(File, id=TEXTS),
    st.builds(File, content=st.one_of(TEXTS, st.just(Path("a.txt"))), name=TEXTS, media_type=st.none() | TEXTS),
)
JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
ITEMS = st.lists(st.dictionaries(TEXTS, JSON, max_size=3), max_size=3).map(tuple)
LISTS = st.lists(PARTS, max_size=3).map(tuple)
ENTRIES = st.one_of(
    st.builds(Message, st.sampled_from(["system", "developer", "user", "assistant"]), LISTS, st.none() | TEXTS),
    st.builds(ToolResult, TEXTS, TEXTS | LISTS),
    st.builds(Answer, st.sampled_from(["responses", "completions"]), ITEMS, TEXTS),
    st.builds(Compaction, ITEMS),
)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.floats(0, 2),
        "max_output_tokens": st.integers(1, 9),
        "tool_choice": st.just("auto"),
        "prompt_cache_key": st.none() | TEXTS,
        "tools": st.just([web_search(), {"type": "function", "function": {"name": "f", "parameters": {}}}]),
    },
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ENTRIES, max_size=5), SETTINGS, st.sampled_from(["responses", "completions"]), st.booleans())
def test_a_conversation_comes_back_as_it_was(entries: list[Any], given: dict[str, Any], api: Any, store: bool) -> None:
    chat = CLIENT.chat.create(model="m", messages=entries, api=api, store=store and api == "responses", **given)
    text = chat.to_json()
    again = Chat.from_json(text, client=CLIENT)
    assert again.to_json() == text
    assert again.messages == chat.messages
    assert (again.model, again.api, {**again.settings}.keys()) == (chat.model, chat.api, {**chat.settings}.keys())
    assert Chat.from_json(text.encode(), client=CLIENT).to_json() == text


@pytest.mark.parametrize("form", [{}, {"store": True}, {"api": "completions"}], ids=repr)
async def test_a_conversation_goes_on_elsewhere(sim: SimulatedXAI, client: AsyncXAI, form: dict[str, Any]) -> None:
    chat = client.chat.create(model="grok-4.6", **form)
    await chat.sample("One")
    text = chat.to_json()
    async with sim.client() as other:
        again = Chat.from_json(text, client=other)
        assert (await again.sample("Two")).text == "You said: Two (turn 2)"
        of_the_other = sim.requests[-1].body
        await chat.sample("Two")
        assert sim.requests[-1].body == of_the_other
    assert len(Chat.from_json(text, client=client).messages) == 2


async def test_what_was_begun_from_a_stored_response_stays_so(sim: SimulatedXAI, client: AsyncXAI) -> None:
    response = await client.responses.create(model="grok-4.6", input="One", store=True)
    chat = client.chat.create(model="grok-4.6", previous_response_id=response.id)
    again = Chat.from_json(chat.to_json(), client=client)
    assert (await again.sample("Two")).text == "You said: Two (turn 2)"
    assert again.to_json() == Chat.from_json(again.to_json(), client=client).to_json()


def test_functions_are_given_again(wire: Wire) -> None:
    @tool
    def f(a: int) -> int:
        """Do it."""
        return a

    @tool
    def g() -> None:
        """Do more."""

    chat = wire.client().chat.create(model="m", tools=[web_search(), f], messages=["a"])
    text = chat.to_json()
    again = Chat.from_json(text, client=CLIENT, tools=[f])
    assert again.settings["tools"] == chat.settings["tools"] == [{"type": "web_search"}, f]
    assert again.to_json() == text
    assert Chat.from_json(text, client=CLIENT).to_json() == text
    assert [*Chat.from_json(text, client=CLIENT, tools=[g]).settings["tools"]][-1] is g
    assert [*Chat.from_json(chat.fork(tools=None).to_json(), client=CLIENT, tools=[g]).settings["tools"]] == [g]


def test_what_is_not_saved_is_neither_key_nor_client(wire: Wire) -> None:
    assert "test-key" not in wire.client().chat.create(model="m", messages=["a"]).to_json()


def test_paths_stay_paths(wire: Wire, tmp_path: Path) -> None:
    part, other = image(tmp_path / "a.png"), file(tmp_path / "a.txt")
    chat = wire.client().chat.create(model="m", messages=[user(part, other), tool_result("c", [part])])
    assert Chat.from_json(chat.to_json(), client=CLIENT).messages == chat.messages


SAVED = json.loads(CLIENT.chat.create(model="m", messages=["hi", assistant("x")], temperature=1).to_json())


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        (b"\xff", "no JSON"),
        (5, "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "something else"),
        ("null", "something else"),
        ("{}", "something else"),
        ('{"xai_httpx.chat": 2}', "version 2, of another xai_httpx"),
        ('{"xai_httpx.chat": "1"}', "version '1', of another xai_httpx"),
        ('{"xai_httpx.chat": 1}', "broken: model"),
    ],
    ids=lambda given: repr(given)[:20],
)
def test_what_is_no_conversation_is_refused(text: Any, hint: str) -> None:
    with pytest.raises(RequestValidationError) as caught:
        Chat.from_json(text, client=CLIENT)
    assert (caught.value.parameter, caught.value.expected) == ("text", "what to_json wrote, of version 1")
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value", "hint"),
    [
        (["model"], 5, "model"),
        (["model"], "", "model must be the id of a model"),
        (["api"], "grpc", "api"),
        (["store"], "often", "store"),
        (["settings"], [], "settings"),
        (["settings"], {"client": 1}, "there is no setting 'client'"),
        (["settings"], {"temprature": 1}, "there is no setting 'temprature'"),
        (["settings"], {"seed": 1}, "seed"),
        (["settings"], {"tools": 5}, "tools"),
        (["origin"], 5, "origin"),
        (["stored"], ["r"], "stored"),
        (["stored"], ["r", 9], "stored"),
        (["stored"], ["r", -1], "stored"),
        (["messages"], {}, "messages"),
        (["messages", 0], 5, "messages[0]"),
        (["messages", 0], {}, "messages[0] is of no known kind"),
        (["messages", 1], {"kind": "letter"}, "messages[1] is of no known kind"),
        (["messages", 0, "role"], "boss", "messages[0].role"),
        (["messages", 0, "parts"], "x", "messages[0].parts"),
        (["messages", 0, "parts", 0], 5, "messages[0].parts[0] is of no known kind"),
        (["messages", 0, "parts", 0, "kind"], "video", "messages[0].parts[0] is of no known kind"),
        (["messages", 0, "parts", 0, "text"], 5, "messages[0].parts[0].text"),
        (["messages", 0, "parts", 0, "paths"], 5, "messages[0].parts[0].paths"),
    ],
)
def test_a_text_that_is_broken_is_refused_with_the_place(path: list[Any], value: Any, hint: str) -> None:
    saved = json.loads(json.dumps(SAVED))
    owner = saved
    for step in path[:-1]:
        owner = owner[step]
    owner[path[-1]] = value
    with pytest.raises(RequestValidationError) as caught:
        Chat.from_json(json.dumps(saved), client=CLIENT)
    assert hint in str(caught.value)


def test_a_text_that_is_broken_is_not_shown() -> None:
    saved = json.loads(json.dumps(SAVED).replace('"hi"', '["canary words"]'))
    with pytest.raises(RequestValidationError) as caught:
        Chat.from_json(json.dumps(saved), client=CLIENT)
    assert "canary words" not in str(caught.value) + repr(vars(caught.value))
    assert "Traceback" not in shown(caught.value)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_text_that_is_broken_anyhow_is_refused_or_read(data: st.DataObject) -> None:
    saved = json.loads(json.dumps(SAVED))
    owner: Any = saved
    while True:
        key = data.draw(st.sampled_from(sorted(owner) if isinstance(owner, dict) else range(len(owner))))
        if not owner[key] or not isinstance(owner[key], dict | list) or data.draw(st.booleans()):
            break
        owner = owner[key]
    owner[key] = data.draw(JSON)
    try:
        again = Chat.from_json(json.dumps(saved), client=CLIENT)
    except RequestValidationError:
        return
    assert again.to_json()
