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
]


@pytest.mark.parametrize(("body", "expected"), STANDINGS)
def test_what_the_counts_and_times_of_a_batch_mean(body: dict[str, Any], expected: str) -> None:
    assert standing(Batch.model_validate(body), NOW) == expected


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


def result(outcome: Any) -> BatchResult:
    return BatchResult.model_validate({"batch_request_id": "a", "batch_result": outcome})


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
]


@pytest.mark.parametrize(("outcome", "error"), OUTCOMES)
def test_what_became_of_a_request(outcome: Any, error: str | None) -> None:
    assert (result(outcome).error, result(outcome).succeeded) == (error, error is None)
