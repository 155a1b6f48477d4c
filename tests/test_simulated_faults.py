"""What goes wrong on purpose: which calls it hits, and what the client sees of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from xai_httpx import (
    APITimeoutError,
    AsyncXAI,
    RateLimitError,
    ResponseValidationError,
    ServiceUnavailableError,
    StreamIdleTimeoutError,
    StreamProtocolError,
    StreamTruncatedError,
)
from xai_httpx.testing import Fault, SimulatedXAI

CHAT: dict[str, Any] = {"model": "grok-4.6", "messages": [{"role": "user", "content": "one two three"}]}
TEXT = "You said: one two three"


@pytest.fixture
def http(sim: SimulatedXAI) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sim.base_url, headers={"authorization": f"Bearer {sim.api_key}"}) as client:
        yield client


def statuses(http: httpx.Client, *paths: str) -> list[int]:
    return [http.get(path).status_code for path in paths]


def lines(http: httpx.Client, path: str = "/chat/completions", **body: Any) -> list[str]:
    """The lines of a stream, as far as they come."""
    found: list[str] = []
    with http.stream("POST", path, json={**CHAT, "stream": True, **body}) as reply:
        try:
            for line in reply.iter_lines():
                found += [line] if line else []
        except httpx.HTTPError as error:
            found.append(type(error).__name__)
    return found


def choices(line: str) -> Any:
    return json.loads(line.removeprefix("data: "))["choices"]


# ------------------------------------------------------------------------------------------------------ which calls


def test_without_a_target_the_next_call_fails(sim: SimulatedXAI, http: httpx.Client) -> None:
    sim.fail(503)
    assert statuses(http, "/models", "/models") == [503, 200]


def test_a_route_is_an_operation_or_all_of_a_path(sim: SimulatedXAI, http: httpx.Client) -> None:
    sim.fail(503, route="GET /v1/models/{model_id}")
    assert statuses(http, "/models", "/models/grok-4.6", "/models/grok-4.6") == [200, 503, 200]
    sim.fail(429, route="/v1/files")
    assert [http.post("/files").status_code, http.get("/files").status_code] == [429, 200]


def test_calls_are_counted_by_route_from_the_script_on(sim: SimulatedXAI, http: httpx.Client) -> None:
    http.get("/models")
    sim.fail(500, calls=(1, 3), route="GET /v1/models")
    assert statuses(http, "/me", "/models", "/models", "/me", "/models", "/models") == [200, 500, 200, 200, 500, 200]


def test_chance_is_the_same_for_the_same_seed(sim: SimulatedXAI, http: httpx.Client) -> None:
    drawn = []
    for seed in (1, 1, 2):
        sim.fail(500, chance=0.5, seed=seed)
        drawn.append(statuses(http, *["/models"] * 20))
        sim.clear()
    assert drawn[0] == drawn[1] != drawn[2]
    assert set(drawn[0]) == {200, 500}
    assert statuses(http, "/models") == [200]


def test_of_several_scripts_the_oldest_comes_first_and_faults_come_with_failures(
    sim: SimulatedXAI, http: httpx.Client
) -> None:
    sim.fail(500, times=2)
    sim.fail(503, times=None, route="/v1/models")
    sim.fault(Fault.cut_after(0), route="/v1/me")
    assert statuses(http, "/models", "/models", "/models", "/models") == [500, 500, 503, 503]
    with pytest.raises(httpx.RemoteProtocolError):
        http.get("/me")
    assert statuses(http, "/me") == [200]


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({"route": "POST /v1/chat/completion"}, "did you mean 'POST /v1/chat/completions'"),
        ({"route": "/v1/models/grok-4.6"}, "route must be an operation or a path of the API"),
        ({"times": 0}, "times must be at least 1 or None, not 0"),
        ({"calls": ()}, "calls must be numbers from 1"),
        ({"calls": (0,)}, "calls must be numbers from 1"),
        ({"chance": 1.5}, "chance must be from 0 to 1, not 1.5"),
    ],
)
def test_a_script_that_can_hit_nothing_is_refused_when_it_is_made(sim: SimulatedXAI, target: Any, message: str) -> None:
    for make in (
        lambda: sim.fail(500, **target),
        lambda: sim.raw(200, b"", None, **target),
        lambda: sim.fault(Fault.reset(), **target),
    ):
        with pytest.raises(ValueError, match=message):
            make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Fault.cut_after(-1), "events must be 0 or more, not -1"),
        (lambda: Fault.slow_start(-0.5), "seconds must be 0 or more, not -0.5"),
        (lambda: Fault.trickle(size=0), "size must be at least 1, not 0"),
        (lambda: SimulatedXAI().fault(), "one or more faults"),
        (lambda: SimulatedXAI().fault(Fault.reset(), Fault.reset(2)), "of different kinds"),
        (lambda: SimulatedXAI().fail(100), "must be a final HTTP status, not 100"),
    ],
)
def test_a_fault_out_of_range_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_both_error_bodies_can_be_had(sim: SimulatedXAI, http: httpx.Client) -> None:
    sim.fail(429, code="slow down", message="Too many")
    sim.fail(429, code="slow down", message="Too many", nested=True)
    assert http.get("/models").json() == {"code": "slow down", "error": "Too many"}
    nested = {"message": "Too many", "type": "rate_limit_error", "code": "slow down", "param": None}
    assert http.get("/models").json() == {"error": nested}


# ------------------------------------------------------------------------------------------------------ what is seen


def test_a_cut_stream_has_so_many_events_and_no_end(sim: SimulatedXAI, http: httpx.Client) -> None:
    whole = lines(http)
    sim.fault(Fault.cut_after(2))
    cut = lines(http)
    assert [choices(line) for line in cut[:2]] == [choices(line) for line in whole[:2]]
    assert cut[2:] == ["RemoteProtocolError"]


def test_a_fault_after_more_events_than_there_are_comes_before_the_end(sim: SimulatedXAI, http: httpx.Client) -> None:
    for fault in (Fault.cut_after(999), Fault.reset(999)):
        sim.fault(fault)
        assert lines(http)[-2:] in (["data: [DONE]", "RemoteProtocolError"], ["data: [DONE]", "ReadError"])


def test_a_reset_comes_before_the_head_or_after_events(sim: SimulatedXAI, http: httpx.Client) -> None:
    sim.fault(Fault.reset(), route="/v1/models")
    with pytest.raises(httpx.ReadError):
        http.get("/models")
    sim.fault(Fault.reset(1))
    assert lines(http)[1:] == ["ReadError"]


def test_a_trickle_is_all_there_in_small_pieces(sim: SimulatedXAI, http: httpx.Client) -> None:
    sim.fault(Fault.trickle(seconds=0, size=3))
    with http.stream("GET", "/models") as reply:
        pieces = list(reply.iter_raw())
    assert len(pieces) > 10
    assert json.loads(b"".join(pieces))["object"] == "list"
    sim.fault(Fault.trickle(seconds=0, size=7))
    assert lines(http)[-1] == "data: [DONE]"


def test_broken_json_is_an_event_or_a_whole_body(sim: SimulatedXAI, http: httpx.Client) -> None:
    sim.fault(Fault.broken_json(1))
    _, broken, *rest = lines(http)
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(broken.removeprefix("data: "))
    assert rest[-1] == "data: [DONE]"
    sim.fault(Fault.broken_json())
    reply = http.get("/models")
    assert len(reply.content) == int(reply.headers["content-length"])
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        reply.json()


def test_unknown_events_and_pings_stand_between_the_others(sim: SimulatedXAI, http: httpx.Client) -> None:
    whole = lines(http)
    sim.fault(Fault.unknown_event(1), Fault.pings())
    found = lines(http)
    assert found.count(": ping") == found.count("event: ping") == len(whole)
    events = [line for line in found if line.startswith("data: ")]
    assert "simulated" in events[1]
    assert len(events) == len(whole) + 1


@pytest.mark.parametrize(
    ("path", "body", "event"),
    [
        ("/chat/completions", {}, {"code": "busy", "error": "Later"}),
        (
            "/responses",
            {"input": "hi"},
            {"type": "error", "code": "busy", "message": "Later", "param": None, "sequence_number": 1},
        ),
    ],
)
def test_an_error_event_ends_the_stream_in_the_form_of_its_api(
    sim: SimulatedXAI, http: httpx.Client, path: str, body: Any, event: Any
) -> None:
    sim.fault(Fault.error_event(503, "busy", "Later", after=1))
    request = {"model": "grok-4.6", "stream": True, **(body or CHAT)}
    with http.stream("POST", path, json=request) as reply:
        found = [json.loads(line[6:]) for line in reply.iter_lines() if line]
    assert (len(found), found[1]) == (2, event)


def test_faults_of_streams_leave_other_replies_alone(sim: SimulatedXAI, http: httpx.Client) -> None:
    sim.fault(Fault.unknown_event(), Fault.error_event(), Fault.pings())
    assert http.get("/models").json()["object"] == "list"


@pytest.mark.parametrize("fault", [Fault.cut_after(3), Fault.reset(3)])
def test_of_a_whole_reply_half_comes(sim: SimulatedXAI, http: httpx.Client, fault: Fault) -> None:
    sim.fault(fault)
    got: list[bytes] = []
    with http.stream("GET", "/models") as reply, pytest.raises(httpx.HTTPError):
        got.extend(reply.iter_raw())
    assert len(b"".join(got)) <= int(reply.headers["content-length"]) // 2


# ---------------------------------------------------------------------------------------------- what the client makes


async def test_the_client_tells_each_fault_by_its_error(sim: SimulatedXAI, client: AsyncXAI) -> None:
    for fault, error in (
        (Fault.cut_after(3), StreamTruncatedError),
        (Fault.reset(3), StreamTruncatedError),
        (Fault.broken_json(3), StreamProtocolError),
        (Fault.error_event(429, after=3), RateLimitError),
    ):
        sim.fault(fault)
        with pytest.raises(error) as caught:
            async with client.chat.completions.stream(**CHAT) as stream:
                await stream.final()
        assert caught.value.partial.text, fault


async def test_a_stall_ends_by_the_idle_timeout_though_pings_come(sim: SimulatedXAI, client: AsyncXAI) -> None:
    sim.fault(Fault.stall_after(3), Fault.pings(0.01))
    with pytest.raises(StreamIdleTimeoutError) as caught:
        async with client.chat.completions.stream(**CHAT, options={"stream_idle_timeout": 0.3}) as stream:
            await stream.final()
    assert TEXT.startswith(caught.value.partial.text)
    sim.fault(Fault.stall_after(0))
    with pytest.raises(APITimeoutError):
        await client.models.retrieve("grok-4.6", options={"timeout": 0.2, "retries": 0})


async def test_what_is_slow_unknown_or_pinged_is_no_error(sim: SimulatedXAI, client: AsyncXAI) -> None:
    for faults in ([Fault.slow_start(0.01)], [Fault.unknown_event(2)], [Fault.pings(), Fault.trickle(0, 5)]):
        sim.fault(*faults)
        async with client.responses.stream(model="grok-4.6", input="one two three") as stream:
            assert (await stream.final()).output_text == TEXT


async def test_a_responses_stream_without_its_end_is_truncated(sim: SimulatedXAI, client: AsyncXAI) -> None:
    sim.fault(Fault.cut_after(5))
    with pytest.raises(StreamTruncatedError):
        async with client.responses.stream(model="grok-4.6", input="hi") as stream:
            await stream.final()


async def test_reads_are_sent_again_after_a_reset(sim: SimulatedXAI, client: AsyncXAI) -> None:
    sim.fault(Fault.reset())
    sim.fail(503, calls=(2,))
    found = await client.models.retrieve("grok-4.6")
    assert (found.id, found.meta.attempts, len(sim.requests)) == ("grok-4.6", 3, 3)


async def test_a_broken_body_is_a_typed_error(sim: SimulatedXAI, client: AsyncXAI) -> None:
    sim.fault(Fault.broken_json(), times=5)
    with pytest.raises(ResponseValidationError):
        await client.models.retrieve("grok-4.6", options={"retries": 0})
    sim.clear()
    sim.fail(503, retry_after=0, times=9)
    with pytest.raises(ServiceUnavailableError):
        await client.models.retrieve("grok-4.6")


def test_nothing_of_a_fault_is_logged(sim: SimulatedXAI, http: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    for fault in (Fault.cut_after(1), Fault.reset(1), Fault.reset()):
        sim.fault(fault)
        with pytest.raises((httpx.HTTPError, AssertionError)):
            assert lines(http)[-1] == "data: [DONE]"
    assert [record.message for record in caplog.records if record.name.startswith("uvicorn")] == []
