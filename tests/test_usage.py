"""What replies say that they used, in one form."""

from __future__ import annotations

import decimal
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.costing import chat_usage, completion
from tests.streaming import META
from xai_httpx import RawReply, UnexpectedResponseWarning, Usage
from xai_httpx._lenient import build
from xai_httpx._models import decode
from xai_httpx._usage import usage_of
from xai_httpx.types import (
    ChatCompletion,
    CompactedResponse,
    EmbeddingResponse,
    GeneratedImageResponse,
    LegacyCompletion,
    MessageResponse,
    Response,
    VideoResponse,
)

SAMPLES = Path(__file__).parent / "samples"
RESPONSES_USAGE = {
    "input_tokens": 10,
    "input_tokens_details": {"cached_tokens": 3},
    "output_tokens": 5,
    "output_tokens_details": {"reasoning_tokens": 4},
    "total_tokens": 15,
}
TOOLS = {
    "code_interpreter_calls": 0,
    "file_search_calls": 1,
    "mcp_calls": 0,
    "web_search_calls": 2,
    "x_search_calls": 0,
}
IN_ALL = Usage(10, 3, 5, 4, 15)
PRICED = Usage(10, 3, 5, 4, 15, cost_ticks=7)


@pytest.mark.parametrize(
    ("model", "usage", "expected"),
    [
        (ChatCompletion, chat_usage(), PRICED),
        (ChatCompletion, chat_usage(None), IN_ALL),
        (ChatCompletion, chat_usage(server_side_tool_usage_details=TOOLS), Usage(10, 3, 5, 4, 15, 3, 7)),
        (LegacyCompletion, chat_usage(), PRICED),
        (Response, {**RESPONSES_USAGE, "cost_in_usd_ticks": 7}, PRICED),
        (Response, {**RESPONSES_USAGE, "num_server_side_tools_used": 2}, Usage(10, 3, 5, 4, 15, 2)),
        (CompactedResponse, {**RESPONSES_USAGE, "dropped_message_count": 1}, IN_ALL),
        (EmbeddingResponse, {"prompt_tokens": 4, "total_tokens": 4}, Usage(4, total_tokens=4)),
        (
            MessageResponse,
            {"input_tokens": 7, "cache_read_input_tokens": 3, "cache_creation_input_tokens": 0, "output_tokens": 5},
            Usage(10, 3, 5, total_tokens=15),
        ),
        (GeneratedImageResponse, {"cost_in_usd_ticks": 200_000_000}, Usage(cost_ticks=200_000_000)),
        (VideoResponse, {"cost_in_usd_ticks": 7}, Usage(cost_ticks=7)),
        (ChatCompletion, {}, None),
        (ChatCompletion, None, None),
    ],
)
def test_each_endpoint_counts_in_its_way_and_all_come_out_alike(
    model: Any, usage: dict[str, Any], expected: Usage | None
) -> None:
    assert usage_of(build(model, {"usage": usage})) == expected
    assert usage_of({"usage": usage}) == expected
    assert usage_of(RawReply(json.dumps({"usage": usage}).encode(), META)) == expected


@pytest.mark.parametrize(
    ("sample", "model", "tokens", "ticks"),
    [
        ("chat-completion.json", ChatCompletion, True, False),
        ("response.json", Response, True, False),
        ("embedding.json", EmbeddingResponse, True, False),
        ("image.json", GeneratedImageResponse, False, True),
        ("video.json", VideoResponse, False, True),
    ],
)
def test_what_the_server_sends_is_read(sample: str, model: Any, tokens: bool, ticks: bool) -> None:
    made = decode((SAMPLES / sample).read_bytes(), model, META, strict=True)
    usage = usage_of(made)
    assert usage is not None
    assert usage.total_tokens > 0 or not tokens
    assert usage.cost_ticks is not None or not ticks
    assert usage.cost_usd == made.usage.cost_usd if hasattr(made.usage, "cost_usd") else usage.cost_usd is None


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (chat_usage("7"), PRICED),  # type: ignore[arg-type]
        (chat_usage(7.0), PRICED),  # type: ignore[arg-type]
        (chat_usage(7.5), IN_ALL),  # type: ignore[arg-type]
        (chat_usage(cost_in_usd_ticks=[7]), IN_ALL),
        (chat_usage(cost_in_usd_ticks=-7), Usage(10, 3, 5, 4, 15, cost_ticks=0)),
        (chat_usage(prompt_tokens="many", prompt_tokens_details=3), Usage(0, 0, 5, 4, 15, cost_ticks=7)),
        (chat_usage(completion_tokens_details=[], total_tokens=None), Usage(10, 3, 1, 0, 11, cost_ticks=7)),
        (chat_usage(prompt_tokens=float("inf"), completion_tokens=float("nan")), Usage(0, 3, 4, 4, 15, cost_ticks=7)),
        (chat_usage(server_side_tool_usage_details={"a_calls": "x", "b_calls": 2}), Usage(10, 3, 5, 4, 15, 2, 7)),
        ({"unheard": "of"}, Usage()),
        (7, None),
        ("usage", None),
        ([1], None),
    ],
)
@pytest.mark.filterwarnings("ignore::xai_httpx.UnexpectedResponseWarning")
def test_a_reply_that_does_not_fit_is_read_as_far_as_it_goes(usage: Any, expected: Usage | None) -> None:
    assert usage_of({"usage": usage}) == expected
    built = decode(json.dumps(completion(usage)).encode(), ChatCompletion, META, strict=False)
    assert usage_of(built) == expected


@pytest.mark.parametrize("reply", [None, 7, b"", b"<html>", b"[1]", b"\xff", b"[" * 100_000, b'{"usage": 1}', object()])
def test_what_is_no_reply_says_nothing(reply: object) -> None:
    assert usage_of(reply) is None


def test_the_parts_of_a_reply_that_came_leniently_are_warned_of() -> None:
    with pytest.warns(UnexpectedResponseWarning):
        decode(json.dumps(completion(chat_usage(completion_tokens="1"))).encode(), ChatCompletion, META, strict=False)


def test_what_is_known_adds_up() -> None:
    assert Usage(20, 6, 10, 8, 30) == IN_ALL + IN_ALL
    assert IN_ALL + PRICED == PRICED + IN_ALL == Usage(20, 6, 10, 8, 30, cost_ticks=7)
    assert sum([PRICED] * 3, Usage(server_tool_calls=2)) == Usage(30, 9, 15, 12, 45, 2, 21)


def test_dollars_are_exact_whatever_precision_the_program_has_set() -> None:
    with decimal.localcontext(decimal.Context(prec=3, traps=[decimal.Inexact])):
        assert str(Usage(cost_ticks=123_456_789_012_345_678_901).cost_usd) == "12345678901.2345678901"
    assert Usage(cost_ticks=1).cost_usd == Decimal("1e-10")
    assert Usage().cost_usd is None
