"""P4 errors in the middle, P34 no resume: what breaks a stream has its class, and all that is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.rawserver import CUT, WAIT, Piece, RawServer, events, head, reply
from tests.streaming import CHUNK, MESSAGES, RESPONSE, SAMPLES, chat, chunk, lines, made, respond
from xai_httpx import (
    APIError,
    APIStatusError,
    BadRequestError,
    DeadlineExceededError,
    QuotaExceededError,
    RateLimitError,
    RetryPolicy,
    ServiceUnavailableError,
    StreamError,
    StreamIdleTimeoutError,
    StreamProtocolError,
    StreamTruncatedError,
    Timeout,
)

pytestmark = pytest.mark.usefixtures("http_library")
UNAVAILABLE = '{"code": "The service is currently unavailable", "error": "later"}'
EXHAUSTED = '{"code": "Some resource has been exhausted", "error": "slow down"}'
AT_ONCE = RetryPolicy(retries=2, first_delay=0.0)

# P4: errors in the middle of a stream get the wrong class or none


def sentence(code: str, text: str) -> dict[str, Any]:
    return {"code": code, "error": text}


def flat(code: str | int | None, message: str, **rest: Any) -> dict[str, Any]:
    return {"type": "error", "code": code, "message": message, "param": None, **rest}


def nested(status: int | None, **error: Any) -> dict[str, Any]:
    return {"type": "error", **({"status": status} if status else {}), "error": {"param": None, **error}}


def failed(code: str, message: str) -> dict[str, Any]:
    response = json.loads(RESPONSE[0])["response"]
    error = {"code": code, "message": message}
    return {"type": "response.failed", "response": {**response, "status": "failed", "error": error}}


ANY = [  # an error that may come in any stream, and the status with which it comes over HTTP
    (sentence("Client specified an invalid argument", "No such field: overloaded"), 400),
    (sentence("invalid-argument", "No such field"), 400),
    (sentence("Client specified an invalid argument", "Incorrect API key provided: xa***"), 400),
    (sentence("The request does not have valid authentication credentials", "No key [WKE=unauthenticated]"), 401),
    (sentence("The caller does not have permission to execute the specified operation", "Not yours"), 403),
    (sentence("permission-denied", "Not yours"), 403),
    (sentence("permission-denied", "You have reached your monthly spending limit"), 403),
    (sentence("not-found", "No such model"), 404),
    (sentence("Some resource has been exhausted", "Too many requests"), 429),
    (sentence("Some resource has been exhausted", "Your team has run out of credits"), 429),
    (sentence("The service is currently unavailable", "Later"), 503),
    ({"error": {"message": "The model is overloaded", "type": None, "code": None, "param": None}}, 529),
    ({"error": {"message": "Too long", "type": "invalid_request_error", "code": "context_length_exceeded"}}, 400),
    ({"error": {"message": "Slow down", "type": None, "code": 429, "param": None}}, 429),
    ({"error": "something broke"}, 500),
]
OF_RESPONSES = [
    (flat(529, "Busy"), 529),
    (flat("429", "Slow down"), 429),
    (flat(None, "The model is overloaded"), 529),
    (flat(None, "Service temporarily unavailable"), 503),
    (flat(None, "It broke"), 500),
    (flat("server_error", "It broke"), 500),
    (flat("previous_response_not_found", "No such response", param="previous_response_id"), 400),
    (flat("context_length_exceeded", "Too long"), 400),
    (flat("The service is currently unavailable", "Later", sequence_number=3), 503),
    (nested(400, type="invalid_request_error", code="websocket_connection_limit_reached", message="Bye"), 400),
    (nested(400, code="previous_response_not_found", message="No such response", param="previous_response_id"), 400),
    (nested(503, code=None, message="Later"), 503),
    (nested(None, type="invalid_request_error", code=None, message="Odd"), 400),
    (failed("server_error", "It broke"), 500),
]
DOCUMENTED = [
    *(("chat", *case) for case in ANY),
    *(("responses", *case) for case in ANY),
    *(("responses", *case) for case in OF_RESPONSES),
]
FACTS = ["status_code", "code", "type", "param", "message", "request_id"]


@pytest.mark.parametrize(("api", "error", "status"), DOCUMENTED, ids=lambda value: json.dumps(value)[:60])
async def test_p04_an_error_in_a_stream_is_the_error_that_it_is_over_http(
    server: RawServer, api: str, error: dict[str, Any], status: int
) -> None:
    body = {"error": error["response"]["error"]} if "response" in error else error
    server.answer(reply(json.dumps(body).encode(), status, x_request_id="r-4"))
    first = chunk("half") if api == "chat" else RESPONSE[0]
    server.answer(head(x_request_id="r-4"), events(first, json.dumps(error), first, done=True))
    call = chat if api == "chat" else respond
    async with made(server) as client:
        with pytest.raises(APIStatusError) as over_http:
            await call(client)
        with pytest.raises(APIStatusError) as in_stream:
            await call(client)
    assert type(in_stream.value) is type(over_http.value)
    facts = {name: getattr(over_http.value, name) for name in FACTS}
    assert {name: getattr(in_stream.value, name) for name in FACTS} == facts
    assert json.loads(json.dumps(error)) in (in_stream.value.body, error if "response" in error else None)
    assert in_stream.value.partial.id == ("c" if api == "chat" else "r2")


async def test_p04_a_failed_response_is_the_partial_of_its_error(server: RawServer) -> None:
    server.answer(head(), events(RESPONSE[0], json.dumps(failed("server_error", "it broke"))))
    async with made(server) as client:
        with pytest.raises(APIError, match="it broke") as caught:
            await respond(client)
    assert caught.value.partial.status == "failed"
    assert caught.value.partial.error.message == "it broke"


async def test_p04_an_error_event_is_raised_after_the_events_before_it(server: RawServer) -> None:
    server.answer(head(), events(chunk("half "), UNAVAILABLE, chunk("never"), done=True))
    async with made(server) as client, client.chat.completions.stream(model="m", messages=MESSAGES) as stream:
        assert (await anext(stream)).text == "half "
        with pytest.raises(ServiceUnavailableError, match="later") as caught:
            await anext(stream)
    assert caught.value.partial.text == "half "


@pytest.mark.parametrize("error", [UNAVAILABLE, EXHAUSTED])
@pytest.mark.parametrize("call", [chat, respond])
async def test_p04_a_stream_that_begins_with_a_passing_error_is_opened_again(
    server: RawServer, call: Any, error: str
) -> None:
    server.answer(head(), b": ping\n\n", events(error))
    server.answer(head(), events(*([chunk("a")] if call is chat else RESPONSE), done=True))
    async with made(server, retries=AT_ONCE) as client:
        final = await call(client)
    assert final.meta.attempts == len(server.requests) == 2
    assert (final.text if call is chat else final.status) in ("a", "completed")
    assert server.requests[0].body == server.requests[1].body


async def test_p04_a_stream_is_opened_as_often_as_the_policy_allows(server: RawServer) -> None:
    for _ in range(4):
        server.answer(head(), events(UNAVAILABLE))
    async with made(server, retries=AT_ONCE) as client:
        with pytest.raises(ServiceUnavailableError) as caught:
            await chat(client)
    assert caught.value.attempts == len(server.requests) == 3


@pytest.mark.parametrize("error", [UNAVAILABLE, EXHAUSTED])
async def test_p04_nothing_is_sent_again_after_the_first_event(server: RawServer, error: str) -> None:
    eager = RetryPolicy(retries=2, first_delay=0.0, resend_creates=True)
    async with made(server, retries=eager) as client:
        for call, first in ((chat, chunk("a")), (respond, RESPONSE[0])):
            server.answer(head(), events(first, error))
            with pytest.raises(APIStatusError) as caught:
                await call(client)
            assert caught.value.partial is not None
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (sentence("invalid-argument", "No such field"), BadRequestError),
        (sentence("Some resource has been exhausted", "out of credits"), QuotaExceededError),
        (nested(500, code=None, message="It broke"), APIStatusError),
    ],
)
async def test_p04_an_error_that_may_not_be_retried_is_raised_at_once(
    server: RawServer, error: dict[str, Any], kind: type[APIError]
) -> None:
    server.answer(head(), events(json.dumps(error)))
    async with made(server, retries=AT_ONCE) as client:
        with pytest.raises(kind):
            await respond(client)
    assert len(server.requests) == 1


async def test_p04_a_stream_cut_before_its_first_event_may_be_billed_so_it_is_not_sent_again(
    server: RawServer,
) -> None:
    server.answer(head(), b": ping\n\n", CUT)
    async with made(server, retries=AT_ONCE) as client:
        with pytest.raises(StreamTruncatedError) as caught:
            await chat(client)
    assert caught.value.may_have_been_processed
    assert len(server.requests) == 1


async def test_p04_a_stream_cut_before_its_first_event_is_sent_again_when_asked_for(server: RawServer) -> None:
    server.answer(head(), b": ping\n\n", CUT)
    server.answer(head(), events(chunk("a"), done=True))
    async with made(server, retries=RetryPolicy(first_delay=0.0, resend_creates=True)) as client:
        assert (await chat(client)).text == "a"
    assert len(server.requests) == 2


# P34: no resume after a drop

FAULTS: list[tuple[list[Piece], dict[str, Any], type[APIError]]] = [
    ([CUT], {}, StreamTruncatedError),
    ([b"data: {broken\n\n"], {}, StreamProtocolError),
    ([WAIT], {"stream_idle_timeout": 0.1}, StreamIdleTimeoutError),
    ([WAIT], {"timeout": Timeout(read=0.1)}, APIError),
    ([WAIT], {"deadline": 1}, DeadlineExceededError),
    ([events(UNAVAILABLE)], {}, ServiceUnavailableError),
    ([events(EXHAUSTED)], {}, RateLimitError),
]
USAGE = json.loads(lines(SAMPLES / "chat.chunks.txt")[-1])["usage"]
WITH_USAGE = (CHUNK % "[]")[:-1] + f', "usage": {json.dumps(USAGE)}}}'


def check(error: APIError, response_id: str | None) -> None:
    assert error.resumable is False
    assert error.response_id == response_id
    assert error.request_id == "r-34"
    assert (error.partial is None) == (response_id is None)


@pytest.mark.parametrize(("fault", "options", "kind"), FAULTS, ids=lambda value: getattr(value, "__name__", None))
async def test_p34_an_error_of_a_stream_says_that_it_cannot_be_resumed_and_names_the_response(
    server: RawServer, fault: list[Piece], options: dict[str, Any], kind: type[APIError]
) -> None:
    server.answer(head(x_request_id="r-34"), events(chunk("a"), WITH_USAGE), *fault)
    server.answer(head(x_request_id="r-34"), events(RESPONSE[0]), *fault)
    async with made(server, **options) as client:
        with pytest.raises(kind) as of_chat:
            await chat(client)
        with pytest.raises(kind) as of_response:
            await respond(client)
    check(of_chat.value, "c")
    check(of_response.value, "r2")
    assert of_chat.value.usage.model_dump(mode="json", exclude_unset=True) == USAGE
    assert of_response.value.usage is None


@pytest.mark.parametrize("fault", [CUT, b"data: {broken\n\n", events(UNAVAILABLE)])
async def test_p34_no_response_is_named_before_its_first_event(server: RawServer, fault: Piece) -> None:
    server.answer(head(x_request_id="r-34"), fault)
    async with made(server) as client:
        with pytest.raises(APIError) as caught:
            await respond(client)
    check(caught.value, None)
    assert caught.value.usage is None


async def test_p34_a_failed_response_keeps_its_usage(server: RawServer) -> None:
    usage = json.loads(RESPONSE[-1])["response"]["usage"]
    event = failed("server_error", "it broke")
    event["response"]["usage"] = usage
    server.answer(head(x_request_id="r-34"), events(RESPONSE[0], json.dumps(event)))
    async with made(server) as client:
        with pytest.raises(APIError) as caught:
            await respond(client)
    check(caught.value, "r2")
    assert caught.value.usage.model_dump(mode="json", exclude_unset=True) == usage


async def test_p34_a_stream_whose_reading_was_cancelled_keeps_the_id(server: RawServer) -> None:
    server.answer(head(x_request_id="r-34"), events(chunk("a")), WAIT)
    async with made(server) as client, client.chat.completions.stream(model="m", messages=MESSAGES) as stream:
        await anext(stream)
        with anyio.move_on_after(0.05):
            await anext(stream)
        with pytest.raises(StreamError, match="cancelled") as caught:
            await anext(stream)
    check(caught.value, "c")


def test_p34_the_api_has_no_way_to_resume() -> None:
    described = Path(__file__).parents[2].joinpath("openapi", "xai.json").read_text(encoding="utf-8")
    assert "starting_after" not in described  # where it comes, `resume(response_id, after=...)` is due
