"""From bytes to events and outcome, without a loop: what is odd is an error of ours or is handed out, never a crash."""

from __future__ import annotations

import copy
import json
import warnings
from typing import Any

import pytest

from tests.streaming import META, SAMPLES, chat_reader, response_reader
from xai_httpx import APIError, StreamProtocolError, StreamTruncatedError

CHAT = (SAMPLES / "chat.chunks.txt").read_text(encoding="utf-8").splitlines()
RESPONSE = (SAMPLES / "response.chunks.txt").read_text(encoding="utf-8").splitlines()
ODD = [None, "text", 7, [], {}, True]


def data(*lines: str) -> bytes:
    return "".join(f"data: {line}\n\n" for line in lines).encode()


@pytest.mark.parametrize(("reader", "lines"), [(chat_reader, CHAT), (response_reader, RESPONSE)])
def test_no_odd_field_of_any_event_crashes_a_stream(reader: Any, lines: list[str]) -> None:
    tried = 0
    for number, line in enumerate(lines):
        event = json.loads(line)
        for place in [event, *event.get("choices", [])]:
            for key in list(place):
                for value in [*ODD, KeyError]:
                    whole = copy.deepcopy(event)
                    target = whole if place is event else whole["choices"][0]
                    target.pop(key) if value is KeyError else target.update({key: value})
                    made = reader()
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        list(made.feed(data(*lines[:number], json.dumps(whole), *lines[number + 1 :], "[DONE]"), META))
                        list(made.feed(None, META))
                        made.accumulator.result()
                    assert made.failure is None or isinstance(made.failure, APIError)
                    tried += 1
    assert tried > 300


def test_a_ping_without_data_is_no_event() -> None:
    for reader in (chat_reader(strict=True), response_reader(strict=True)):
        assert list(reader.feed(b"event: ping\n\n: hello\n\n", META)) == []
        assert reader.failure is None


def test_an_event_that_does_not_fit_is_handed_out_and_not_added_up() -> None:
    reader = chat_reader()
    with pytest.warns(match="does not fit ChatCompletionChunk"):
        first, odd = reader.feed(data(CHAT[0], json.dumps({**json.loads(CHAT[1]), "choices": 7})), META)
    assert odd.choices == 7
    assert reader.accumulator.result().id == first.id
    assert reader.failure is None


@pytest.mark.parametrize("cut", range(1, len(data(CHAT[0]))))
def test_a_body_that_ends_in_the_middle_of_an_event_is_cut(cut: int) -> None:
    reader = chat_reader()
    list(reader.feed(data(CHAT[0])[:cut], META))
    list(reader.feed(None, META))
    assert type(reader.failure) is StreamTruncatedError


def test_what_follows_the_terminal_event_is_not_read() -> None:
    reader = response_reader()
    events = list(reader.feed(data(*RESPONSE, "not json", RESPONSE[0]), META))
    assert len(events) == len(RESPONSE)
    assert reader.failure is None
    assert reader.accumulator.complete


def test_events_before_one_that_is_too_large_are_handed_out() -> None:
    reader = chat_reader(max_event_bytes=1000)
    assert len(list(reader.feed(data(CHAT[0]) + b"data: " + b"x" * 2000, META))) == 1
    assert isinstance(reader.failure, StreamProtocolError)


def completion(*chunks: dict[str, Any]) -> Any:
    base = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": []}
    reader = chat_reader(strict=True)
    list(reader.feed(data(*(json.dumps({**base, **each}) for each in chunks), "[DONE]"), META))
    assert reader.failure is None
    return reader.accumulator.result().model_dump(mode="json", exclude_unset=True)


def choice(delta: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, **rest}]}


def test_late_values_count_and_null_replaces_none() -> None:
    first = {"service_tier": None, "new": None, "citations": ["a"]}
    built = completion(first, {"service_tier": "fast", "new": 5, "citations": None, "late": True})
    assert (built["service_tier"], built["new"], built["citations"], built["late"]) == ("fast", 5, ["a"], True)


def test_the_fields_of_a_choice_are_kept_and_pieces_of_text_joined() -> None:
    logprobs = [{"token": "a", "logprob": -1.0, "top_logprobs": []}]
    built = completion(
        choice({"content": "a", "refusal": "I "}, logprobs={"content": logprobs, "refusal": None}),
        choice({"content": "b", "refusal": "cannot"}, logprobs={"content": logprobs}, new_reason="q"),
        choice({}, finish_reason="stop"),
    )
    (only,) = built["choices"]
    assert only["message"] == {"role": "assistant", "content": "ab", "refusal": "I cannot"}
    assert (only["finish_reason"], only["new_reason"]) == ("stop", "q")
    assert only["logprobs"] == {"content": logprobs * 2, "refusal": None}


def test_pieces_of_a_tool_call_are_joined_by_their_index() -> None:
    def piece(index: int, **rest: Any) -> dict[str, Any]:
        return choice({"tool_calls": [{"index": index, **rest}]})

    built = completion(
        piece(0, id="a", type="function", function={"name": "f", "arguments": '{"x"'}),
        piece(1, id="b", type="function", function={"name": "g", "arguments": "{}"}),
        piece(0, function={"arguments": ": 1}"}),
    )
    first, second = built["choices"][0]["message"]["tool_calls"]
    assert first == {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}
    assert second["function"] == {"name": "g", "arguments": "{}"}
