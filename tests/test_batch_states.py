"""What a batch and its results say, told from their counts, times and parts."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.batching import BATCH, state
from xai_httpx._batch_bases import NO_RESULT, has_passed, standing
from xai_httpx._lenient import build
from xai_httpx.types import Batch, BatchResult

NOW = datetime(2026, 1, 1, tzinfo=UTC)


STANDINGS: list[tuple[dict[str, Any], str]] = [
    (state(), "pending"),
    (state(num_requests=2, num_pending=2), "pending"),
    (state(num_requests=2, num_error=2), "done"),
    (state() | {"cancel_time": "2025-12-31"}, "done"),
    (state(num_requests=2, num_pending=1) | {"cancel_time": "2025-12-31"}, "pending"),
    (state() | {"cancel_by_xai_message": "line 2"}, "failed"),
    (state(num_requests=2, num_pending=1) | {"cancel_by_xai_message": "line 2"}, "failed"),
    (state() | {"expire_time": "2025-12-31T10:00:00Z"}, "expired"),
    (state() | {"expire_time": "2026-01-01T10:00:00.123456789Z"}, "pending"),
    (state(num_requests=2) | {"expire_time": "2025-12-31"}, "done"),
    (state() | {"expire_time": "some day"}, "pending"),
    ({"batch_id": "b", "name": "n", "state": {}}, "pending"),
    # Counts that are not populated, which says nothing of how many are pending.
    ({**BATCH, "state": {"num_requests": 2}}, "pending"),
    ({**BATCH, "state": {"num_requests": 2, "num_pending": None, "num_success": 1}}, "pending"),
    ({**BATCH, "state": {"num_requests": 2, "num_success": 1, "num_error": 1}}, "done"),
    ({**BATCH, "state": {"num_requests": 2}, "cancel_time": "2025-12-31"}, "done"),
    ({**BATCH, "state": {"num_requests": "2", "num_pending": "0"}}, "done"),
    ({**BATCH, "state": {"num_requests": 2.0, "num_pending": 1.0}}, "pending"),
    ({**BATCH, "state": {"num_requests": True, "num_pending": "none"}}, "pending"),
    ({**BATCH, "state": None}, "pending"),
]


@pytest.mark.parametrize(("body", "expected"), STANDINGS)
def test_what_the_counts_and_times_of_a_batch_mean(body: dict[str, Any], expected: str) -> None:
    assert standing(build(Batch, body), NOW) == expected


def test_a_bare_date_has_passed_when_it_is_over() -> None:
    assert not has_passed("2026-01-01", NOW)
    assert has_passed("2025-12-31", NOW)
    assert not has_passed("9999-12-31", NOW)


@given(st.text())
def test_no_time_of_the_server_breaks_anything(time: str) -> None:
    has_passed(time, NOW)


def test_the_cost_of_a_batch_is_exact() -> None:
    batch = Batch.model_validate({**BATCH, "cost_breakdown": {"total_cost_usd_ticks": 12_345}})
    assert batch.cost_usd == Decimal("0.0000012345")
    assert Batch.model_validate(BATCH).cost_usd is None


@pytest.mark.parametrize(("ticks", "usd"), [("12345", "0.0000012345"), (12345.0, "0.0000012345")])
def test_a_cost_may_come_as_text(ticks: Any, usd: str) -> None:
    batch: Batch = build(Batch, {**BATCH, "cost_breakdown": {"total_cost_usd_ticks": ticks}})
    assert batch.cost_usd == Decimal(usd)


@pytest.mark.parametrize("ticks", ["much", "", "9" * 5_000, "-1", [1], {}, 1.5, float("inf"), float("nan"), None])
def test_a_cost_that_is_none_breaks_nothing(ticks: Any) -> None:
    batch: Batch = build(Batch, {**BATCH, "cost_breakdown": {"total_cost_usd_ticks": ticks}})
    usage = {"cost_in_usd_ticks": ticks}
    answered = result({"response": {"chat_get_completion": {"choices": [], "usage": usage}}})
    assert (batch.cost_usd, answered.cost_usd, answered.succeeded) == (None, None, True)


def test_progress_is_a_percentage_whatever_the_counts_are() -> None:
    def progress(**counts: Any) -> float | None:
        batch: Batch = build(Batch, {**BATCH, "state": counts})
        return batch.progress

    assert progress(num_requests=4, num_success=1) == 25.0
    assert progress(num_requests=4, num_pending=8) == 0.0
    assert progress(num_requests=4, num_success=8) == 100.0
    assert progress() is None


def result(outcome: Any) -> BatchResult:
    found: BatchResult = build(BatchResult, {"batch_request_id": "a", "batch_result": outcome})
    return found


OUTCOMES: list[tuple[Any, str | None]] = [
    ({"error": "too long"}, "too long"),
    ({"error": ""}, ""),
    ({"response": "unknown"}, NO_RESULT),
    ({"response": {"hologram_generation": {}}}, NO_RESULT),
    ({"response": None}, NO_RESULT),
    ({}, NO_RESULT),
    ({"response": {"image_generation": {"data": []}}}, None),
    ({"response": {"video_generation": {"status": "done"}}}, None),
    ({"response": {"video_generation": {"status": "failed"}}}, "failed"),
    (
        {"response": {"video_generation": {"status": "failed", "error": {"code": "c", "message": "no fox"}}}},
        "no fox",
    ),
    # Of a shape that is none of the description's.
    ({"response": {"video_generation": {"status": "failed", "error": "no fox"}}}, "no fox"),
    ({"response": {"video_generation": {"error": "no fox"}}}, "no fox"),
    ({"response": {"video_generation": {"error": {"code": "c", "message": None}}}}, "code='c' message=None"),
    ({"response": {"video_generation": 5}}, NO_RESULT),
    ({"error": {"message": "too long"}}, "{'message': 'too long'}"),
    ({"response": []}, NO_RESULT),
    ("oops", NO_RESULT),
    (None, NO_RESULT),
]


@pytest.mark.parametrize(("outcome", "error"), OUTCOMES)
def test_what_became_of_a_request(outcome: Any, error: str | None) -> None:
    assert (result(outcome).error, result(outcome).succeeded) == (error, error is None)
