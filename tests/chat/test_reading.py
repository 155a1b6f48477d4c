"""From replies of both APIs to what they say, also from those that do not fit their models."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.samples import META, NOT_RECORDED, RECORDED, SAMPLES, bodies, canonical, sample, streams
from xai_httpx._accumulate_chat import ChatAccumulator
from xai_httpx._accumulate_response import ResponseAccumulator
from xai_httpx._encode import encode
from xai_httpx._models import decode, json_decoder
from xai_httpx.chat import Citation, GeneratedImage, Reply, ServerToolCall, ToolCall
from xai_httpx.chat._adapters import ADAPTERS
from xai_httpx.chat._told import told_by
from xai_httpx.types.chat import ChatCompletion
from xai_httpx.types.chat_events import ChatCompletionChunk
from xai_httpx.types.responses import Response
from xai_httpx.types.responses_events import ResponseStreamEvent

TOP: dict[str, Any] = json.loads(sample("response.json"))
COMPLETION: dict[str, Any] = json.loads(sample("chat-completion.json"))
FORM_OF: dict[Any, Any] = {Response: "responses", ChatCompletion: "completions"}


def read(kind: type[Any], body: Any) -> list[Reply[None]]:
    """What a body says; whether it fits or not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ADAPTERS[FORM_OF[kind]].read(decode(json.dumps(body).encode(), kind, META, strict=False))


def response(*output: Any, **changes: Any) -> Reply[None]:
    (reply,) = read(Response, {**TOP, "output": list(output), **changes})
    return reply


def choice(index: int = 0, reason: str | None = "stop", **message: Any) -> dict[str, Any]:
    return {"index": index, "finish_reason": reason, "message": {"role": "assistant", "content": "", **message}}


def completion(*choices: Any, **changes: Any) -> list[Reply[None]]:
    return read(ChatCompletion, {**COMPLETION, "choices": list(choices), **changes})


def message(*texts: str, **more: Any) -> dict[str, Any]:
    parts = [{"type": "output_text", "text": text, "annotations": []} for text in texts]
    return {"type": "message", "role": "assistant", "status": "completed", "content": parts, **more}


def cited(text: str, *notes: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "output_text", "text": text, "annotations": [*notes]}],
    }


def note(url: str, **more: Any) -> dict[str, Any]:
    return {"type": "url_citation", "url": url, **more}


FUNCTION = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"a": 1}', "id": "fc_1"}
REASONING = {
    "type": "reasoning",
    "id": "rs",
    "summary": [{"type": "summary_text", "text": "hm"}],
    "encrypted_content": "x",
}
SERVER: list[tuple[dict[str, Any], ServerToolCall]] = [
    (
        {"type": "web_search_call", "id": "w", "status": "completed", "action": {"type": "search", "query": "q"}},
        ServerToolCall("web_search_call", "", "", "completed", "w"),
    ),
    (
        {
            "type": "web_search_call",
            "id": "w",
            "name": "web_search",
            "arguments": "{}",
            "call_id": "",
            "status": "failed",
        },
        ServerToolCall("web_search_call", "web_search", "{}", "failed", "w"),
    ),
    (
        {
            "type": "custom_tool_call",
            "id": "x",
            "name": "x_keyword_search",
            "input": '{"q": 1}',
            "call_id": "",
            "status": "completed",
        },
        ServerToolCall("custom_tool_call", "x_keyword_search", '{"q": 1}', "completed", "x"),
    ),
    (
        {
            "type": "mcp_call",
            "id": "m",
            "name": "ask",
            "arguments": "{}",
            "output": "o",
            "server_label": "s",
            "status": "completed",
        },
        ServerToolCall("mcp_call", "ask", "{}", "completed", "m"),
    ),
    (
        {
            "type": "code_interpreter_call",
            "id": "i",
            "code": "1",
            "container_id": "",
            "outputs": [],
            "status": "completed",
        },
        ServerToolCall("code_interpreter_call", "", "", "completed", "i"),
    ),
    (
        {"type": "file_search_call", "id": "s", "queries": ["q"], "results": [], "status": "completed"},
        ServerToolCall("file_search_call", "", "", "completed", "s"),
    ),
    ({"type": "brand_new_call", "id": "n"}, ServerToolCall("brand_new_call", "", "", "", "n")),
]


def test_a_response_says_its_text_reasoning_and_calls_in_order() -> None:
    reply = response(REASONING, message("a", "b"), FUNCTION, message("c"))
    assert (reply.text, reply.reasoning, reply.refusal) == ("abc", "hm", "")
    assert reply.tool_calls == (ToolCall("c1", "f", '{"a": 1}'),)
    assert (reply.finish_reason, reply.index, reply.parsed) == ("tool_calls", 0, None)
    assert (reply.id, reply.model, reply.meta) == (TOP["id"], TOP["model"], META)
    assert reply.answer.items == (REASONING, message("a", "b"), FUNCTION, message("c"))


@pytest.mark.parametrize(("item", "expected"), SERVER)
def test_what_the_server_ran_is_told_apart(item: dict[str, Any], expected: ServerToolCall) -> None:
    reply = response(item, FUNCTION, message("a"))
    assert reply.server_tool_calls == (expected,)
    assert [call.id for call in reply.tool_calls] == ["c1"]
    assert reply.answer.items[0] == item


@pytest.mark.parametrize("kind", ["web_search_call", "x_search_call", "code_interpreter_call", "mcp_call"])
def test_a_completion_tells_apart_what_the_server_ran(kind: str) -> None:
    calls = [
        {"id": "s", "type": kind, "function": {"name": "n", "arguments": "{}"}},
        {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}},
        {"id": "d", "function": {"name": "g", "arguments": "{broken"}},
    ]
    (reply,) = completion(choice(reason="tool_calls", tool_calls=calls))
    assert reply.tool_calls == (ToolCall("c", "f", "{}"), ToolCall("d", "g", "{broken"))
    assert reply.server_tool_calls == (ServerToolCall(kind, "n", "{}", "", "s"),)
    assert reply.answer.items[0]["tool_calls"] == calls
    assert told_by(reply.answer).tool_calls == reply.tool_calls


def test_what_the_token_limit_cut_is_neither_called_nor_sent_back() -> None:
    cut = {**FUNCTION, "arguments": '{"a', "status": "incomplete"}
    reply = response(message("a"), cut, status="incomplete", incomplete_details={"reason": "max_output_tokens"})
    assert (reply.finish_reason, reply.tool_calls) == ("length", ())
    assert reply.answer.items == (message("a"),)
    whole = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    broken = {"id": "d", "type": "function", "function": {"name": "f", "arguments": '{"a'}}
    (reply,) = completion(choice(reason="length", tool_calls=[whole, broken]))
    assert [call.id for call in reply.tool_calls] == ["c"]
    assert reply.answer.items[0]["tool_calls"] == [whole]
    (reply,) = completion(choice(reason="length", tool_calls=[broken]))
    assert "tool_calls" not in reply.answer.items[0]


def test_of_two_calls_that_are_alike_the_cut_one_goes() -> None:
    whole, cut = {**FUNCTION, "status": "completed"}, {**FUNCTION, "status": "incomplete"}
    assert response(cut, whole).answer.items == (whole,)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "completed"}, "stop"),
        ({"status": "incomplete"}, "incomplete"),
        ({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, "length"),
        ({"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}, "content_filter"),
        ({"status": "incomplete", "incomplete_details": {"reason": "tired"}}, "tired"),
        ({"status": "failed", "error": {"code": "x", "message": "y"}}, "failed"),
        ({"status": "brand_new"}, "brand_new"),
        ({"status": None}, "unknown"),
    ],
)
def test_why_a_response_ended(changes: dict[str, Any], reason: str) -> None:
    assert response(message("a"), **changes).finish_reason == reason


@pytest.mark.parametrize("reason", ["stop", "length", "tool_calls", "content_filter", "brand_new"])
def test_why_a_completion_ended(reason: str) -> None:
    assert [reply.finish_reason for reply in completion(choice(reason=reason))] == [reason]


def test_citations_are_told_once_and_by_their_places_in_the_whole_text() -> None:
    first = cited("Hello fjord", note("https://a", title="A", start_index=6, end_index=11))
    second = cited("and sea", note("https://b", start_index=4, end_index=7), note("https://a"))
    reply = response(first, second, citations=["https://c", "https://a"])
    assert reply.text == "Hello fjordand sea"
    assert reply.inline_citations == (
        Citation("https://a", "A", 6, 11),
        Citation("https://b", None, 15, 18),
        Citation("https://a"),
    )
    places = [(cite.start, cite.end) for cite in reply.inline_citations if cite.start is not None]
    assert [reply.text[start:end] for start, end in places] == ["fjord", "sea"]
    assert reply.citations == ("https://a", "https://b", "https://c")


def test_the_citations_of_a_completion() -> None:
    (reply,) = completion(choice(content="a"), citations=["https://a", "https://b", "https://a"])
    assert reply.citations == ("https://a", "https://b")


def test_a_refusal_is_no_text() -> None:
    declined = {"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "I cannot."}]}
    reply = response(declined)
    assert (reply.text, reply.refusal) == ("", "I cannot.")
    (reply,) = completion(choice(content=None, refusal="I cannot."))
    assert (reply.text, reply.refusal) == ("", "I cannot.")


def test_images_that_were_made() -> None:
    drawn = {"type": "image_generation_call", "id": "i", "status": "completed", "result": "aGk=", "prompt": "a fox"}
    failed = {"type": "image_generation_call", "id": "j", "status": "failed", "result": None}
    reply = response(drawn, failed)
    assert reply.images == (GeneratedImage("aGk=", "a fox", "completed"), GeneratedImage("", None, "failed"))
    assert [call.type for call in reply.server_tool_calls] == ["image_generation_call"] * 2
    assert reply.images[0].data == b"hi"
    for image, words in ((reply.images[1], "there is no image"), (GeneratedImage("?"), "no base64")):
        with pytest.raises(ValueError, match=words):
            _ = image.data


def test_answers_are_told_by_their_index() -> None:
    replies = completion(choice(1, content="b"), choice(0, content="a"))
    assert [(reply.index, reply.text) for reply in replies] == [(0, "a"), (1, "b")]
    assert completion() == []


def test_usage_and_cost_are_the_same_for_both_apis() -> None:
    of_response = {
        "input_tokens": 5,
        "output_tokens": 7,
        "total_tokens": 12,
        "output_tokens_details": {"reasoning_tokens": 4},
    }
    of_chat = {
        "prompt_tokens": 5,
        "completion_tokens": 3,
        "total_tokens": 12,
        "completion_tokens_details": {"reasoning_tokens": 4},
    }
    one = response(message("a"), usage={**of_response, "cost_in_usd_ticks": 12_345})
    (other,) = completion(choice(content="a"), usage={**of_chat, "cost_in_usd_ticks": 12_345})
    assert one.usage == other.usage is not None
    assert (one.usage.output_tokens, one.usage.reasoning_tokens) == (7, 4)
    assert str(one.cost_usd) == str(other.cost_usd) == "0.0000012345"
    assert response(message("a"), usage=None).cost_usd is None


# Every body that was recorded, and each of ours


def everything(folder: Path) -> list[Reply[None]]:
    replies = [
        reply
        for _, kind, content in bodies(folder)
        if kind in FORM_OF
        for reply in ADAPTERS[FORM_OF[kind]].read(decode(content, kind, META, strict=True))
    ]
    for _, kind, lines in streams(folder):
        chat = kind is ChatCompletionChunk
        accumulator: Any = ChatAccumulator() if chat else ResponseAccumulator()
        for line in lines:
            accumulator.add(json_decoder(kind)(line), META)
        accumulator.done()
        replies += ADAPTERS["completions" if chat else "responses"].read(accumulator.result())
    return replies


@pytest.mark.parametrize("folder", [SAMPLES, RECORDED], ids=["samples", "recorded"])
def test_what_was_recorded_can_be_read_and_goes_back_as_it_came(folder: Path) -> None:
    if not folder.is_dir():
        pytest.skip(NOT_RECORDED)
    replies = everything(folder)
    assert len(replies) >= 4
    for reply in replies:
        assert reply.text or reply.tool_calls or reply.images
        assert reply.usage is not None
        assert (reply.id, reply.finish_reason) != ("", "")
        told = told_by(reply.answer)
        assert (told.text, told.tool_calls) == (reply.text, reply.tool_calls)
        assert told.reasoning == reply.reasoning
        if isinstance(reply.raw, Response):
            raw = reply.raw.model_dump(mode="json", exclude_unset=True)["output"]
            assert canonical(raw) == canonical(list(reply.answer.items))


@pytest.mark.parametrize("folder", [SAMPLES, RECORDED], ids=["samples", "recorded"])
def test_what_was_recorded_of_one_api_can_be_sent_to_the_other(folder: Path) -> None:
    if not folder.is_dir():
        pytest.skip(NOT_RECORDED)
    for reply in everything(folder):
        other = "completions" if reply.answer.form == "responses" else "responses"
        written = json.loads(encode([*ADAPTERS[other].items(reply.answer)]))
        texts = [item["content"] for item in written if item.get("role") == "assistant"]
        assert "".join(texts) == reply.text
        calls = [call["id"] for item in written for call in item.get("tool_calls", [])]
        calls += [item["call_id"] for item in written if item.get("type") == "function_call"]
        assert calls == [call.id for call in reply.tool_calls]


# Replies that do not fit

JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=3), st.just([]), st.just({}), st.just([None, 5, {}]),
    st.just({"type": "message"}), st.just({"type": "function_call"}), st.just([{"type": "message"}]), st.just(1.5),
)  # fmt: skip
WHOLE: list[tuple[Any, Any]] = [
    (
        Response,
        {**TOP, "citations": ["u"], "output": [REASONING, cited("a", note("https://a", start_index=0)), FUNCTION]
         + [item for item, _ in SERVER[:3]] + [{"type": "image_generation_call", "result": "aGk=", "status": "x"}]},
    ),
    (
        ChatCompletion,
        {**COMPLETION, "citations": ["u"], "choices": [
            choice(0, content="a", reasoning_content="b", refusal=None),
            choice(1, "length", tool_calls=[{"id": "c", "type": "x", "function": {"name": "f", "arguments": "{"}}]),
        ]},
    ),
]  # fmt: skip


def spots(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The places of everything in a JSON value."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return (
        [path, *(spot for key, inner in entries for spot in spots(inner, (*path, key)))] if path or entries else [path]
    )


def read_spots(body: Any) -> list[tuple[Any, ...]]:
    """The places of what is looked at."""
    looked_at = ("output", "choices", "citations", "id", "status", "incomplete_details", "usage")
    return [spot for spot in spots(body)[1:] if spot[0] in looked_at]


def changed(value: Any, path: tuple[Any, ...], junk: Any, missing: bool) -> Any:
    if not path:
        return junk
    if isinstance(value, dict):
        rest = {key: inner for key, inner in value.items() if key != path[0]}
        if missing and len(path) == 1:
            return rest
        return {**rest, path[0]: changed(value[path[0]], path[1:], junk, missing)}
    return [changed(inner, path[1:], junk, missing) if at == path[0] else inner for at, inner in enumerate(value)]


def checked(kind: Any, body: Any) -> None:
    """Everything that is done with a reply works, whatever is in it."""
    for reply in read(kind, body):
        assert all(isinstance(text, str) for text in (reply.text, reply.reasoning, reply.refusal, reply.finish_reason))
        for call in (*reply.tool_calls, *reply.server_tool_calls):
            assert all(isinstance(text, str) for text in (call.id, call.name, call.arguments))
        assert all(isinstance(url, str) for url in reply.citations)
        assert isinstance(reply.index, int)
        told_by(reply.answer)
        for form in ADAPTERS.values():
            encode([*form.items(reply.answer)])


@pytest.mark.parametrize("junk", [5, [None, 5], ...], ids=repr)
@pytest.mark.parametrize(("kind", "body"), WHOLE, ids=["response", "completion"])
def test_a_reply_of_another_shape_can_be_read(kind: Any, body: Any, junk: Any) -> None:
    for spot in read_spots(body):
        checked(kind, changed(body, spot, None if junk is ... else junk, junk is ...))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_reply_of_any_other_shape_can_be_read(data: st.DataObject) -> None:
    kind, body = data.draw(st.sampled_from(WHOLE))
    for _ in range(data.draw(st.integers(1, 4))):
        spot = data.draw(st.sampled_from(read_spots(body)))
        body = changed(body, spot, data.draw(JUNK), data.draw(st.booleans()))
    checked(kind, body)


@pytest.mark.parametrize(
    "odd",
    [
        '{"id":"c","object":"o","created":1,"model":"m","choices":null}',
        '{"id":"c","object":"o","created":1,"model":"m","choices":[null,{"index":null,"delta":null}]}',
        '{"id":"c","object":"o","created":1,"model":"m","choices":[{"index":"1","delta":{"content":5}}]}',
    ],
)
def test_a_chunk_of_another_shape_adds_nothing(odd: str) -> None:
    with pytest.warns(UserWarning, match="does not fit"):
        chunk = decode(odd.encode(), ChatCompletionChunk, META, strict=False)
    assert {(delta.text, delta.reasoning) for delta in ADAPTERS["completions"].deltas(chunk)} == {("", "")}


@pytest.mark.parametrize("kind", ["response.output_text.delta", "response.reasoning_text.delta"])
def test_an_event_of_another_shape_adds_nothing(kind: str) -> None:
    with pytest.warns(UserWarning, match="does not fit"):
        event: Any = decode(json.dumps({"type": kind, "delta": 5}).encode(), ResponseStreamEvent, META, strict=False)
    (delta,) = ADAPTERS["responses"].deltas(event)
    assert (delta.text, delta.reasoning, delta.index) == ("", "", 0)
