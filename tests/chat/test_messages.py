"""What messages are made of, and what may be appended to a conversation."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from tests.samples import sample
from tests.shown import shown
from tests.wire import Wire
from xai_httpx import RequestValidationError
from xai_httpx.chat import (
    Answer,
    Chat,
    Compaction,
    File,
    Image,
    Message,
    Text,
    ToolCall,
    ToolResult,
    assistant,
    developer,
    file,
    image,
    system,
    tool_result,
    user,
)
from xai_httpx.types.chat import ChatCompletion, ChatCompletionMessage
from xai_httpx.types.files import File as UploadedFile
from xai_httpx.types.responses import Response

PNG = b"\x89PNG\r\n\x1a\n...."
URL = "https://example.com/fox.png"
DATA = "data:image/png;base64,iVBORw0KGgouLi4u"
UPLOADED = UploadedFile.model_construct(id="file-1")


class Stranger(BaseModel):
    """A model that is none of ours."""

    word: str = "x"


@pytest.fixture
def chat(wire: Wire) -> Chat:
    return wire.client().chat.create(model="m", messages=["Hello"])


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (system("a"), Message("system", (Text("a"),))),
        (developer("a", "b"), Message("developer", (Text("a"), Text("b")))),
        (user("a", image(URL), name="Bo"), Message("user", (Text("a"), Image(URL)), "Bo")),
        (user(Text("a"), file("file-1")), Message("user", (Text("a"), File(id="file-1")))),
        (assistant("a"), Message("assistant", (Text("a"),))),
        (tool_result("c", "out"), ToolResult("c", "out")),
        (tool_result(ToolCall("c", "f", "{}"), ["a", image(URL)]), ToolResult("c", (Text("a"), Image(URL)))),
        (tool_result("c", []), ToolResult("c", ())),
        (image(URL), Image(URL)),
        (image(DATA), Image(DATA)),
        (image(PNG), Image(DATA)),
        (image(bytearray(PNG)), Image(DATA)),
        (image(memoryview(PNG)), Image(DATA)),
        (image(Path("a.png")), Image(Path("a.png"))),
        (image("file_1f-2"), Image(id="file_1f-2")),
        (image(UPLOADED), Image(id="file-1")),
        (file(UPLOADED), File(id="file-1")),
        (file("file-1", name="a.txt"), File(id="file-1", name="a.txt")),
        (file("https://example.com/a.pdf"), File(url="https://example.com/a.pdf")),
        (file(b"hi", name="a.txt"), File(content="aGk=", name="a.txt")),
        (file(b"hi", name="a.txt", media_type="text/x"), File(content="aGk=", name="a.txt", media_type="text/x")),
        (file(Path("in/a.txt")), File(content=Path("in/a.txt"), name="a.txt")),
        (file(Path("in/a.txt"), name="b.txt"), File(content=Path("in/a.txt"), name="b.txt")),
    ],
)
def test_helpers_make_parts_and_messages(made: object, expected: object) -> None:
    assert made == expected


HELPERS: dict[str, Any] = {"user": user, "system": system, "tool_result": tool_result, "image": image, "file": file}


@pytest.mark.parametrize(
    ("helper", "given", "parameter", "hint"),
    [
        ("user", (), "content", "empty"),
        ("system", (), "content", "empty"),
        ("user", ("a", 5), "content[1]", "got a int"),
        ("user", (["a"],), "content[0]", "got a list"),
        ("user", ({"type": "text", "text": "a"},), "content[0]", "got a dict"),
        ("user", (b"a",), "content[0]", "got a bytes"),
        ("tool_result", ("", "a"), "call", "its id"),
        ("tool_result", (5, "a"), "call", "its id"),
        ("tool_result", ("c", 5), "output", "a list of"),
        ("tool_result", ("c", {"a": 1}), "output", "a list of"),
        ("tool_result", ("c", ["a", None]), "output[1]", "got a NoneType"),
        ("image", (b"GIF89a",), "source", "another type"),
        ("image", (b"",), "source", "empty"),
        ("image", ("fox.png",), "source", "given as Path(...)"),
        ("image", (5,), "source", "URL, bytes or path"),
        ("file", (b"hi",), "name", "the bytes of a file"),
        ("file", ("",), "source", "an uploaded file"),
        ("file", (5,), "source", "an uploaded file"),
        ("file", (Stranger(),), "source", "an uploaded file"),
    ],
)
def test_helpers_refuse_what_they_cannot_use_by_name(
    helper: str, given: tuple[Any, ...], parameter: str, hint: str
) -> None:
    with pytest.raises(RequestValidationError) as caught:
        HELPERS[helper](*given)
    assert caught.value.parameter == parameter
    assert hint in str(caught.value)


def test_the_text_of_a_message_leaves_out_what_is_no_text() -> None:
    assert user("a", image(URL), "b").text == "ab"


CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
OUTPUT_TEXT = {"type": "output_text", "text": "hi", "annotations": []}
MESSAGE_ITEM = {"type": "message", "id": "msg", "role": "assistant", "status": "completed", "content": [OUTPUT_TEXT]}
REASONING = {"type": "reasoning", "id": "rs", "summary": [], "encrypted_content": "x=="}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("hi", user("hi")),
        (user("hi"), user("hi")),
        (Message("user", ["hi", Text("a")]), user("hi", "a")),  # type: ignore[arg-type, list-item]
        (tool_result("c", "x"), tool_result("c", "x")),
        (Answer("responses", (REASONING,)), Answer("responses", (REASONING,))),
        (Compaction(({"type": "compaction"},)), Compaction(({"type": "compaction"},))),
        ({"role": "user", "content": "hi"}, user("hi")),
        (OrderedDict(role="user", content="hi"), user("hi")),
        ({"role": "system", "content": "hi", "name": "S"}, Message("system", (Text("hi"),), "S")),
        ({"type": "message", "role": "developer", "content": "hi"}, developer("hi")),
        ({"role": "assistant", "content": "hi"}, assistant("hi")),
        ({"role": "user", "content": ({"type": "text", "text": "a"},)}, user("a")),
        ({"role": "user", "content": [Text("a"), Image(URL)]}, user("a", image(URL))),
        (
            {"role": "user", "content": [{"type": "image_url", "image_url": {"file_id": "file_1"}}]},
            user(image("file_1")),
        ),
        ({"role": "user", "content": [{"type": "input_text", "text": "a"}]}, user("a")),
        ({"role": "user", "content": [{"type": "image_url", "image_url": {"url": URL}}]}, user(image(URL))),
        ({"role": "user", "content": [{"type": "input_image", "image_url": URL}]}, user(image(URL))),
        ({"role": "user", "content": [{"type": "file", "file": {"file_id": "f"}}]}, user(file("f"))),
        ({"role": "user", "content": [{"type": "file", "file": {"url": URL}}]}, user(file(URL))),
        ({"role": "user", "content": [{"type": "input_file", "file_id": "f"}]}, user(file("f"))),
        (
            {"role": "user", "content": [{"type": "input_file", "file_data": "aGk=", "filename": "a.txt"}]},
            user(file(b"hi", name="a.txt")),
        ),
        ({"role": "tool", "tool_call_id": "c", "content": "x"}, tool_result("c", "x")),
        ({"role": "tool", "tool_call_id": "c", "content": [{"type": "text", "text": "x"}]}, tool_result("c", ["x"])),
        ({"type": "function_call_output", "call_id": "c", "output": "x"}, tool_result("c", "x")),
        (
            {"type": "function_call_output", "call_id": "c", "output": [{"type": "input_image", "image_url": URL}]},
            tool_result("c", [image(URL)]),
        ),
        (REASONING, Answer("responses", (REASONING,))),
        (MESSAGE_ITEM, Answer("responses", (MESSAGE_ITEM,))),
        ({"type": "brand_new_call", "odd": 1}, Answer("responses", ({"type": "brand_new_call", "odd": 1},))),
        (
            {"type": "compaction", "encrypted_content": "x"},
            Compaction(({"type": "compaction", "encrypted_content": "x"},)),
        ),
        (
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            Answer("completions", ({"role": "assistant", "content": None, "tool_calls": [CALL]},)),
        ),
        (
            ChatCompletionMessage(role="assistant", content="hi", reasoning_content="hm"),
            Answer("completions", ({"role": "assistant", "content": "hi", "reasoning_content": "hm"},)),
        ),
        (
            ChatCompletionMessage(role="assistant", content=None, refusal="no"),
            Answer("completions", ({"role": "assistant", "content": None, "refusal": "no"},)),
        ),
        (ChatCompletionMessage(role="assistant", content="hi"), assistant("hi")),
    ],
)
def test_what_stands_for_a_message_may_be_appended(chat: Chat, said: Any, expected: object) -> None:
    assert chat.append(said) is chat
    assert chat.messages == (user("Hello"), expected)


def test_whole_replies_and_their_parts_may_be_appended(chat: Chat) -> None:
    completion = ChatCompletion.model_validate_json(sample("chat-completion.json"))
    response = Response.model_validate_json(sample("response.json"))
    chat.append(completion, response, *response.output)
    said = chat.messages[1:]
    assert [entry.form for entry in said if isinstance(entry, Answer)][:2] == ["completions", "responses"]
    assert [item for entry in said[2:] for item in entry.items] == list(said[1].items)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("said", "parameter", "hint"),
    [
        (None, "messages[1]", "got a NoneType"),
        (5, "messages[1]", "got a int"),
        (b"hi", "messages[1]", "got a bytes"),
        ([user("a")], "messages[1]", "append(*messages)"),
        (image(URL), "messages[1]", "a part goes into user(...)"),
        (ToolCall("c", "f", "{}"), "messages[1]", "got a ToolCall"),
        (Stranger(), "messages[1]", "an object of"),
        ({}, "messages[1]", "an object of"),
        ({"role": "function", "content": "x"}, "messages[1]", "the role 'function'"),
        ({"role": ["user"], "content": "x"}, "messages[1]", "the role ['user']"),
        ({"role": "user"}, "messages[1].content", "got nothing"),
        ({"role": "user", "content": []}, "messages[1].content", "got nothing"),
        ({"role": "user", "content": 5}, "messages[1].content", "got a int"),
        ({"role": "user", "content": "x", "name": 5}, "messages[1]", "the name 5"),
        ({"role": "user", "content": ["x"]}, "messages[1].content[0]", "got a str"),
        ({"role": "user", "content": [{"type": "text"}]}, "messages[1].content[0]", "a part of type 'text'"),
        ({"role": "user", "content": [{"type": "video"}]}, "messages[1].content[0]", "a part of type 'video'"),
        ({"role": "user", "content": [{"type": "image_url"}]}, "messages[1].content[0]", "'image_url'"),
        ({"role": "user", "content": [{"type": "file", "file": 5}]}, "messages[1].content[0]", "'file'"),
        ({"role": "user", "content": [{"type": "file", "file": {}}]}, "messages[1].content[0]", "a file with"),
        (
            {"role": "user", "content": [{"type": "input_file", "file_id": "f", "file_url": URL}]},
            "messages[1].content[0]",
            "a file with type and file_id and file_url",
        ),
        ({"role": "tool", "content": "x"}, "messages[1].tool_call_id", "the id of the tool call"),
        ({"type": "function_call_output", "output": "x"}, "messages[1].call_id", "the id of the tool call"),
        ({"type": "function_call_output", "call_id": "c"}, "messages[1].output", "got nothing"),
        ({"type": "input_text", "text": "x"}, "messages[1]", "the type 'input_text'"),
        ({"type": 5}, "messages[1]", "the type 5"),
        ({"type": "reasoning", "odd": object()}, "odd", "has no JSON form"),
        (Message("boss", (Text("x"),)), "messages[1]", "the role 'boss'"),  # type: ignore[arg-type]
        (Message("user", "x"), "messages[1].content", "a list of"),  # type: ignore[arg-type]
        (ToolResult("c", (5,)), "messages[1].output[0]", "got a int"),  # type: ignore[arg-type]
        (Answer("grpc", ()), "messages[1]", "the form 'grpc'"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_message_is_refused_with_its_place(chat: Chat, said: Any, parameter: str, hint: str) -> None:
    with pytest.raises(RequestValidationError) as caught:
        chat.append("fine", said) if parameter.startswith("messages[2]") else chat.append(said)
    assert caught.value.parameter == parameter
    assert hint in str(caught.value)
    assert chat.messages == (user("Hello"),)


def test_of_several_one_that_is_no_message_keeps_all_out(chat: Chat) -> None:
    with pytest.raises(RequestValidationError) as caught:
        chat.append("fine", None)  # type: ignore[arg-type]
    assert caught.value.parameter == "messages[2]"
    assert chat.messages == (user("Hello"),)


def test_a_refusal_shows_nothing_of_what_was_said(chat: Chat) -> None:
    secret = "canary words"
    for wrong in (
        {"role": "user", "content": [{"type": "odd", "text": secret}]},
        {"role": "user", "content": {"text": secret}},
        {"role": "user", "content": [secret]},
        {"odd": secret},
    ):
        with pytest.raises(RequestValidationError) as caught:
            chat.append(wrong, secret)  # type: ignore[arg-type]
        assert secret not in shown(caught.value)


def test_what_was_appended_is_a_copy(chat: Chat) -> None:
    item: Any = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "a"}]}
    chat.append(item)
    item["summary"][0]["text"] = "b"
    assert chat.messages[1] == Answer(
        "responses", ({"type": "reasoning", "summary": [{"type": "summary_text", "text": "a"}]},)
    )


@pytest.mark.parametrize(
    ("wrong", "parameter", "hint"),
    [
        ({"messages": "Hello"}, "messages", "a list of messages"),
        ({"messages": {"role": "user", "content": "x"}}, "messages", "a list of messages"),
        ({"messages": ["a", 5]}, "messages[1]", "got a int"),
        ({"model": ""}, "model", "the id of a model"),
        ({"model": None}, "model", "the id of a model"),
        ({"api": "grpc"}, "api", "responses or completions"),
        ({"temprature": 1}, "temprature", "did you mean temperature?"),
        ({"zzz": 1}, "zzz", "there are"),
        ({"seed": 1}, "seed", "Chat Completions has it"),
        ({"api": "completions", "max_turns": 1}, "max_turns", "the Responses API has it"),
        ({"api": "completions", "store": True}, "store", "Responses API"),
        ({"api": "completions", "previous_response_id": "r"}, "previous_response_id", "Responses API"),
    ],
)
def test_a_conversation_that_is_begun_wrongly_is_refused_by_name(
    wire: Wire, wrong: dict[str, Any], parameter: str, hint: str
) -> None:
    with pytest.raises(RequestValidationError) as caught:
        wire.client().chat.create(**{"model": "m", **wrong})
    assert caught.value.parameter == parameter
    assert hint in str(caught.value)


def test_a_conversation_needs_a_model(wire: Wire) -> None:
    with pytest.raises(RequestValidationError, match="model must be the id of a model"):
        wire.client().chat.create()  # type: ignore[typeddict-item, call-arg]


def test_a_setting_that_is_none_is_none(wire: Wire) -> None:
    chat = wire.client().chat.create(model="m", seed=None, prompt_cache_key=None)
    assert dict(chat.settings) == {}
