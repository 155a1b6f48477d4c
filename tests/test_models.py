"""Every recorded body and every sample fits its model and comes back unchanged; helpers; what a result carries."""

from __future__ import annotations

import copy
import json
import pickle
import re
import warnings
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from tests.samples import (
    META,
    NOT_RECORDED,
    RECORDED,
    SAMPLES,
    bodies,
    canonical,
    events,
    sample,
    streams,
    wire_form,
)
from xai_httpx import Meta, Unknown, XAIModel
from xai_httpx._models import attach, decode
from xai_httpx.types import responses, responses_events
from xai_httpx.types.chat import ChatCompletion
from xai_httpx.types.chat_events import ChatCompletionChunk
from xai_httpx.types.embeddings import EmbeddingResponse
from xai_httpx.types.models import ModelList
from xai_httpx.types.responses import Response, ResponseUsage
from xai_httpx.types.responses_events import ResponseCompletedEvent, ResponseStreamEvent
from xai_httpx.types.shared import ChatUsage, MediaUsage
from xai_httpx.types.tokenizer import TokenizeResponse

ABSENT = pytest.param("absent", None, [], marks=pytest.mark.skip(reason=NOT_RECORDED), id="recorded")


def cases(of: Any) -> list[Any]:
    """A case for each sample and each recorded one; one skipped case where nothing recorded is present."""
    found = [
        pytest.param(*case, id=f"{folder.name}/{case[0]}") for folder in (SAMPLES, RECORDED) for case in of(folder)
    ]
    return found if RECORDED.is_dir() else [*found, ABSENT]


def parsed(content: bytes, returns: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return decode(content, returns, META, strict=True)


def completion(name: str = "chat-completion.json") -> ChatCompletion:
    return parsed(sample(name), ChatCompletion)


def response() -> Response:
    return parsed(sample("response.json"), Response)


def unknown_parts(value: Any) -> list[Unknown]:
    """The unknown members anywhere inside a model."""
    if isinstance(value, BaseModel):
        own = [value] if isinstance(value, Unknown) else []
        return own + [part for entry in vars(value).values() for part in unknown_parts(entry)]
    return [part for entry in value for part in unknown_parts(entry)] if isinstance(value, list) else []


@pytest.mark.parametrize(("name", "returns", "content"), cases(bodies))
def test_a_body_fits_its_model_and_comes_back_unchanged(name: str, returns: Any, content: bytes) -> None:
    result = parsed(content, returns)

    assert type(result) is returns, name
    assert canonical(wire_form(result)) == canonical(json.loads(content))
    assert not unknown_parts(result)


@pytest.mark.parametrize(("name", "returns", "lines"), cases(streams))
def test_every_event_has_its_own_class_and_comes_back_unchanged(name: str, returns: Any, lines: list[bytes]) -> None:
    assert lines, name
    for line in lines:
        event, wire = parsed(line, returns), json.loads(line)

        assert type(event).__name__ == class_name(wire)
        assert not unknown_parts(event)
        assert canonical(wire_form(event)) == canonical(wire)


def class_name(event: dict[str, Any]) -> str:
    """The class that an event must have, from its wire form alone."""
    if event.get("object") == "chat.completion.chunk":
        return "ChatCompletionChunk"
    words = re.split(r"[._]", event["type"].removeprefix("response."))
    return f"Response{''.join(map(str.capitalize, words))}Event"


def test_every_event_class_is_named_by_its_type() -> None:
    classes = [
        model
        for name, model in vars(responses_events).items()
        if re.fullmatch(r"Response\w+Event", name) and isinstance(model, type)
    ]

    assert len(classes) > 50
    for model in classes:
        (kind,) = model.model_fields["type"].annotation.__args__
        assert class_name({"type": kind}) == model.__name__


def test_a_recorded_stream_ends_with_the_whole_response() -> None:
    for _, returns, lines in streams(SAMPLES):
        if returns is ResponseStreamEvent:
            last = parsed(lines[-1], returns)
            assert isinstance(last, ResponseCompletedEvent)
            assert last.response.output_text
            assert last.response.usage is not None


# ------------------------------------------------------------------------------------------------------------ helpers


def test_helpers_of_a_completion() -> None:
    answer = completion()

    assert answer.text == "Otters sleep hand in hand. 🦦"
    assert answer.reasoning_text == "A fact about otters is asked for."
    assert answer.message is answer.choices[0].message
    assert answer.finish_reason == "stop"
    assert answer.tool_calls == []
    assert answer.usage is not None
    assert answer.usage.cost_usd == Decimal("0.0000734501")


def test_helpers_of_a_completion_with_tool_calls() -> None:
    answer = completion("chat-tool-calls.json")

    assert answer.text == ""
    assert answer.reasoning_text == ""
    assert [call.function.name for call in answer.tool_calls] == ["tide", "tide"]
    assert json.loads(answer.tool_calls[1].function.arguments) == {"harbour": "Büsum"}
    assert answer.finish_reason == "tool_calls"
    assert answer.usage is not None
    assert answer.usage.cost_usd is None


def test_helpers_of_a_completion_without_choices() -> None:
    answer = completion().model_copy(update={"choices": []})

    assert answer.message is None
    assert answer.finish_reason is None
    assert (answer.text, answer.reasoning_text, answer.tool_calls) == ("", "", [])


def test_helpers_of_chunks() -> None:
    chunks: list[ChatCompletionChunk] = [parsed(line, ChatCompletionChunk) for line in events("chat.chunks.txt")]

    assert "".join(chunk.text for chunk in chunks) == "Three otters. 🦦"
    assert "".join(chunk.reasoning_text for chunk in chunks) == "Count the otters."
    assert chunks[-1].choices == []
    assert chunks[-1].text == chunks[-1].reasoning_text == ""


def test_helpers_of_a_response() -> None:
    answer = response()

    assert answer.output_text == "Husum has two tides a day."  # the refusal is not in it
    assert answer.reasoning_text == "Look up the tide."
    assert [(call.name, call.call_id) for call in answer.tool_calls] == [("tide", "call_9")]
    assert answer.to_input() == answer.output
    assert answer.to_input() is not answer.output
    assert answer.usage is not None
    assert answer.usage.cost_usd == Decimal("0.0020400001")


def test_the_full_reasoning_goes_before_its_summary() -> None:
    item = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "short"}]}
    whole = {**item, "content": [{"type": "reasoning_text", "text": "long"}, {"type": "reasoning_text", "text": "er"}]}

    assert responses.ReasoningItem.model_validate(item).text == "short"
    assert responses.ReasoningItem.model_validate(whole).text == "longer"


@pytest.mark.parametrize(
    ("ticks", "cost"),
    [
        (None, None),
        (0, Decimal(0)),
        (1, Decimal("0.0000000001")),
        (10_000_000_000, Decimal(1)),
        (12_345_678_901_234_567, Decimal("1234567.8901234567")),
    ],
)
def test_the_cost_is_exact(ticks: int | None, cost: Decimal | None) -> None:
    assert ChatUsage.model_construct(cost_in_usd_ticks=ticks).cost_usd == cost
    assert ResponseUsage.model_construct(cost_in_usd_ticks=ticks).cost_usd == cost
    assert MediaUsage.model_construct(cost_in_usd_ticks=ticks).cost_usd == cost


def test_the_cost_of_a_usage_without_any_is_none() -> None:
    assert ResponseUsage.model_construct().cost_usd is None


def test_values_of_the_small_bodies() -> None:
    vectors: EmbeddingResponse = parsed(sample("embedding.json"), EmbeddingResponse)
    listed: ModelList = parsed(sample("models.json"), ModelList)
    tokens: TokenizeResponse = parsed(sample("tokens.json"), TokenizeResponse)

    assert vectors.data[0].embedding == [0.125, -1, 2.5e-7]
    assert vectors.data[1].embedding == "AAAAPwAAgL8="
    assert [model.id for model in listed.data] == ["grok-4.6", "grok-sample"]
    assert [token.string_token for token in tokens.token_ids] == ["Ott", "er"]


# --------------------------------------------------------------------------------------------------------------- meta


def test_a_result_has_the_meta_of_its_exchange() -> None:
    answer = completion()

    assert answer.meta is META
    assert answer.meta.request_id == "req-sample"
    assert "__meta__" not in answer.model_dump()
    assert "__meta__" not in repr(answer)
    assert "meta" not in type(answer).model_fields


@pytest.mark.parametrize("part", [completion().choices[0], response().output[0], response().usage])
def test_a_part_of_a_result_has_no_meta(part: XAIModel) -> None:
    with pytest.raises(AttributeError, match=f"{type(part).__name__} has no meta: it is not the result of a call"):
        _ = part.meta


def test_meta_takes_no_part_in_equality() -> None:
    other = Meta(200, [], "another", 2, 9.0)
    first, second = completion(), completion()
    by_hand = ChatCompletion.model_validate_json(sample("chat-completion.json"))

    assert first == attach(second, other) == by_hand
    assert first.meta != second.meta
    assert first != completion("chat-tool-calls.json")


@pytest.mark.parametrize("load", [lambda value: pickle.loads(pickle.dumps(value)), copy.deepcopy, copy.copy])
@pytest.mark.parametrize("name", ["chat-completion.json", "response.json"])
def test_a_copy_keeps_fields_and_meta(load: Any, name: str) -> None:
    returns = {case[0]: case[1] for case in bodies(SAMPLES)}[name]
    original = parsed(sample(name), returns)
    again = load(original)

    assert type(again) is returns
    assert again == original
    assert again is not original
    assert again.meta == META
    assert canonical(wire_form(again)) == canonical(json.loads(sample(name)))


def test_an_unknown_member_pickles() -> None:
    item = json.loads(sample("response.json"))
    item["output"].append({"type": "dream", "depth": 3})
    again = pickle.loads(pickle.dumps(parsed(json.dumps(item).encode(), Response)))

    assert isinstance(again.output[-1], Unknown)
    assert again.output[-1].raw == {"type": "dream", "depth": 3}


def test_a_received_value_can_hold_a_field_named_like_a_helper() -> None:
    body = json.loads(sample("chat-completion.json")) | {"text": "new field", "meta": {"a": 1}, "__meta__": 2}
    answer = parsed(json.dumps(body).encode(), ChatCompletion)

    assert answer.text == "Otters sleep hand in hand. 🦦"
    assert answer.meta is META
    assert canonical(wire_form(answer)) == canonical(body)


def test_the_recorded_folder_is_where_the_tests_look() -> None:
    assert Path(__file__).parents[2] / "shared" / "contract" / "wire" == RECORDED
