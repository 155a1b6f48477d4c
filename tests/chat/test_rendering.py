"""From entries and settings to bodies of both APIs: what is written, and that it is what they take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.wire import Wire
from xai_httpx import AsyncXAI, RequestValidationError
from xai_httpx._checking import check
from xai_httpx._encode import encode
from xai_httpx.chat import (
    Answer,
    Compaction,
    File,
    answering,
    assistant,
    developer,
    file,
    image,
    system,
    tool_result,
    user,
)
from xai_httpx.chat._adapters import ADAPTERS
from xai_httpx.chat._entries import Entry, Form
from xai_httpx.testing import SimulatedXAI

URL = "https://example.com/fox.png"
CHECKS = {"responses": "responses.ResponseRequest", "completions": "chat.ChatCompletionRequest"}
HISTORY = {"responses": "input", "completions": "messages"}
CALL = {"id": "c", "type": "function", "index": 0, "function": {"name": "f", "arguments": '{"a": 1}'}}
CALLING = {"role": "assistant", "content": "", "reasoning_content": "hm", "tool_calls": [CALL]}
REASONING = {"type": "reasoning", "id": "rs", "summary": [{"type": "summary_text", "text": "hm"}]}
ITEM = {
    "type": "function_call",
    "id": "fc",
    "call_id": "c",
    "name": "f",
    "arguments": '{"a": 1}',
    "status": "completed",
}
SEARCH = {"type": "web_search_call", "id": "ws", "status": "completed", "action": {"type": "search", "query": "q"}}
TEXT = {"type": "output_text", "text": "hi", "annotations": []}
MESSAGE = {"type": "message", "id": "msg", "role": "assistant", "status": "completed", "content": [TEXT, TEXT]}
DECLINED = {"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]}

ENTRIES: list[tuple[Entry, list[Any], list[Any]]] = [
    (system("a"), [{"role": "system", "content": "a"}], [{"role": "system", "content": "a"}]),
    (developer("a"), [{"role": "developer", "content": "a"}], [{"role": "system", "content": "a"}]),
    (
        user("a", name="Bo"),
        [{"role": "user", "content": "a", "name": "Bo"}],
        [{"role": "user", "content": "a", "name": "Bo"}],
    ),
    (
        user("a", "b"),
        [{"role": "user", "content": [{"type": "input_text", "text": "a"}, {"type": "input_text", "text": "b"}]}],
        [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}],
    ),
    (
        user(image(URL)),
        [{"role": "user", "content": [{"type": "input_image", "image_url": URL}]}],
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": URL}}]}],
    ),
    (
        user(file("file-1"), file(URL)),
        [
            {
                "role": "user",
                "content": [{"type": "input_file", "file_id": "file-1"}, {"type": "input_file", "file_url": URL}],
            }
        ],
        [
            {
                "role": "user",
                "content": [{"type": "file", "file": {"file_id": "file-1"}}, {"type": "file", "file": {"url": URL}}],
            }
        ],
    ),
    (assistant("a"), [{"role": "assistant", "content": "a"}], [{"role": "assistant", "content": "a"}]),
    (
        assistant("a", "b"),
        [
            {
                "role": "assistant",
                "content": [{"type": "output_text", "text": "a"}, {"type": "output_text", "text": "b"}],
            }
        ],
        [{"role": "assistant", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}],
    ),
    (
        tool_result("c", "x"),
        [{"type": "function_call_output", "call_id": "c", "output": "x"}],
        [{"role": "tool", "tool_call_id": "c", "content": "x"}],
    ),
    (
        tool_result("c", ["x", image(URL)]),
        [
            {
                "type": "function_call_output",
                "call_id": "c",
                "output": [{"type": "input_text", "text": "x"}, {"type": "input_image", "image_url": URL}],
            }
        ],
        [
            {
                "role": "tool",
                "tool_call_id": "c",
                "content": [{"type": "text", "text": "x"}, {"type": "image_url", "image_url": {"url": URL}}],
            }
        ],
    ),
    (
        Answer("completions", (CALLING,)),
        [{"type": "function_call", "call_id": "c", "name": "f", "arguments": '{"a": 1}'}],
        [CALLING],
    ),
    (
        Answer("completions", ({"role": "assistant", "content": "hi", "refusal": None},)),
        [{"role": "assistant", "content": "hi"}],
        [{"role": "assistant", "content": "hi", "refusal": None}],
    ),
    (
        Answer("completions", ({"role": "assistant", "content": None, "refusal": "no"},)),
        [{"role": "assistant", "content": "no"}],
        [{"role": "assistant", "content": None, "refusal": "no"}],
    ),
    (
        Answer("responses", (REASONING, SEARCH, MESSAGE, ITEM)),
        [REASONING, SEARCH, MESSAGE, ITEM],
        [
            {
                "role": "assistant",
                "content": "hihi",
                "reasoning_content": "hm",
                "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}],
            }
        ],
    ),
    (Answer("responses", (DECLINED,)), [DECLINED], [{"role": "assistant", "content": "no"}]),
    (Answer("responses", ()), [], [{"role": "assistant", "content": ""}]),
    (Answer("completions", ()), [], []),
]


@pytest.mark.parametrize(("entry", "items", "messages"), ENTRIES)
def test_an_entry_has_a_form_in_each_api(entry: Entry, items: list[Any], messages: list[Any]) -> None:
    for form, expected in (("responses", items), ("completions", messages)):
        adapter = ADAPTERS[form]
        rendered = adapter.render([user("Hello"), entry], {"model": "m"})
        assert json.loads(encode(rendered[adapter.history]))[1:] == expected
        assert check(CHECKS[form], rendered, encode(rendered), clamp=False) == {}


def test_what_the_responses_api_alone_has() -> None:
    with_bytes = user(file(b"hi", name="a.txt", media_type="text/x"))
    compaction = Compaction(({"type": "compaction", "id": "cmp", "encrypted_content": "x"},))
    rendered = ADAPTERS["responses"].render([with_bytes, compaction], {"model": "m"})
    part = {"type": "input_file", "file_data": "aGk=", "filename": "a.txt", "mime_type": "text/x"}
    assert rendered["input"] == [{"role": "user", "content": [part]}, *compaction.items]
    assert check(CHECKS["responses"], rendered, encode(rendered), clamp=False) == {}
    for entry, hint in ((with_bytes, "upload it"), (compaction, "cannot go on in Chat Completions")):
        with pytest.raises(RequestValidationError, match=hint):
            ADAPTERS["completions"].render([entry], {"model": "m"})


SCHEMA = {"type": "object", "properties": {}, "additionalProperties": False}
FUNCTION = {"name": "f", "description": "d", "parameters": SCHEMA}
FLAT, NESTED = {"type": "function", **FUNCTION}, {"type": "function", "function": FUNCTION}
FORMAT = {"name": "A", "schema": SCHEMA, "strict": True}
SETTINGS: list[tuple[str, Any, dict[str, Any], dict[str, Any]]] = [
    (name, value, {name: value}, {name: value})
    for name, value in {
        "temperature": 0.5,
        "top_p": 0.5,
        "parallel_tool_calls": False,
        "search_parameters": {"mode": "auto"},
        "service_tier": "default",
        "prompt_cache_key": "k",
        "user": "u",
        "safety_identifier": "s",
        "logprobs": True,
        "top_logprobs": 2,
        "tool_choice": "required",
    }.items()
] + [
    ("max_output_tokens", 5, {"max_output_tokens": 5}, {"max_completion_tokens": 5}),
    ("reasoning_effort", "low", {"reasoning": {"effort": "low"}}, {"reasoning_effort": "low"}),
    ("tools", [FLAT], {"tools": [FLAT]}, {"tools": [NESTED]}),
    ("tools", [NESTED], {"tools": [FLAT]}, {"tools": [NESTED]}),
    ("tools", [], {}, {}),
    (
        "tool_choice",
        "f",
        {"tool_choice": {"type": "function", "name": "f"}},
        {"tool_choice": {"type": "function", "function": {"name": "f"}}},
    ),
    (
        "response_format",
        {"type": "json_schema", **FORMAT},
        {"text": {"format": {"type": "json_schema", **FORMAT}}},
        {"response_format": {"type": "json_schema", "json_schema": FORMAT}},
    ),
    (
        "response_format",
        {"type": "json_schema", "json_schema": FORMAT},
        {"text": {"format": {"type": "json_schema", **FORMAT}}},
        {"response_format": {"type": "json_schema", "json_schema": FORMAT}},
    ),
    (
        "response_format",
        {"type": "json_object"},
        {"text": {"format": {"type": "json_object"}}},
        {"response_format": {"type": "json_object"}},
    ),
]
ONLY: dict[Form, dict[str, Any]] = {
    "responses": {"include": ["web_search_call.action.sources"], "max_turns": 2, "top_k": 2, "min_p": 0.1},
    "completions": {"seed": 1, "stop": ["x"], "frequency_penalty": 1, "presence_penalty": -1},
}


@pytest.mark.parametrize(("name", "value", "responses", "completions"), SETTINGS)
def test_a_setting_has_a_form_in_each_api(
    name: str, value: Any, responses: dict[str, Any], completions: dict[str, Any]
) -> None:
    for form, expected in (("responses", responses), ("completions", completions)):
        adapter = ADAPTERS[form]
        body = {"include": ["x"]} if form == "responses" else {}
        rendered = adapter.render([user("Hello")], {"model": "m", name: value, **body})
        assert check(CHECKS[form], rendered, encode(rendered), clamp=False) == {}
        history = rendered.pop(adapter.history)
        assert len(history) == 1
        assert json.loads(encode(rendered)) == {"model": "m", **expected, **body}


@pytest.mark.parametrize("form", ONLY)
def test_a_setting_of_one_api_is_refused_for_the_other(form: Form) -> None:
    other: Form = "completions" if form == "responses" else "responses"
    for name, value in ONLY[form].items():
        rendered = ADAPTERS[form].render([user("Hello")], {"model": "m", name: value})
        assert check(CHECKS[form], rendered, encode(rendered), clamp=False) == {}
        assert rendered[name] == value
        with pytest.raises(RequestValidationError) as caught:
            ADAPTERS[other].body({name: value})
        assert caught.value.parameter == name


def test_encrypted_reasoning_is_asked_for_unless_the_conversation_is_stored() -> None:
    body = ADAPTERS["responses"].body
    assert [*body({})["include"]] == ["reasoning.encrypted_content"]
    assert "include" not in body({"store": True})
    assert body({"include": []})["include"] == []


def test_tools_of_the_server_are_refused_for_chat_completions() -> None:
    with pytest.raises(RequestValidationError, match="web_search"):
        ADAPTERS["completions"].body({"tools": [{"type": "web_search"}]})


async def test_the_simulator_takes_what_is_rendered(sim: SimulatedXAI, client: AsyncXAI) -> None:
    entries = [user("Hello"), *(entry for entry, _, _ in ENTRIES)]
    for form in ADAPTERS:
        body = ADAPTERS[form].render(entries, {"model": "grok-4.6"})
        create: Any = client.responses.create if form == "responses" else client.chat.completions.create
        await create(**json.loads(encode(body)))
    assert sim.rejected == []


async def test_a_conversation_renders_what_it_sends(sim: SimulatedXAI, client: AsyncXAI) -> None:
    more: dict[str, Any] = {"temperature": 0.5, "response_format": answering(int)}
    for settings in ({}, {"store": True}, {"api": "completions"}):
        chat = client.chat.create(model="grok-4.6", messages=[user("Hello", file("file-x"))], **more, **settings)
        sim.requests.clear()
        sim.fail(400)
        with pytest.raises(Exception, match="400"):
            await chat.sample()
        assert chat.render() == sim.requests[-1].body


def test_what_is_rendered_is_a_copy(wire: Wire) -> None:
    chat = wire.client().chat.create(model="m", messages=[Answer("responses", (MESSAGE,))])
    chat.render()["input"][0]["content"][0]["text"] = "changed"
    assert chat.render()["input"][0]["content"][0]["text"] == "hi"


def test_a_file_that_is_not_read_yet_cannot_be_rendered(wire: Wire) -> None:
    for part in (image(Path("a.png")), File(content=Path("a.txt"), name="a.txt")):
        chat = wire.client().chat.create(model="m", messages=["a", user(part)])
        with pytest.raises(RequestValidationError) as caught:
            chat.render()
        assert caught.value.parameter == "messages[1]"


def test_an_uploaded_image_is_for_chat_completions_alone() -> None:
    client = AsyncXAI(api_key="k")
    chat = client.chat.create(model="grok-4.6", messages=[user(image("file_1"))], api="completions")
    body = chat.render()
    assert body["messages"][0]["content"] == [{"type": "image_url", "image_url": {"file_id": "file_1"}}]
    assert check("chat.ChatCompletionRequest", body, encode(body), clamp=False) == {}
    with pytest.raises(RequestValidationError, match="the Responses API takes images by URL, bytes and path"):
        client.chat.create(model="grok-4.6", messages=[user(image("file_1"))]).render()
