"""P30 wire quirks and P32 ids and headers: nothing that the server said is lost on the way."""

from __future__ import annotations

import json
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.rawserver import CUT, WAIT, Piece, RawServer, events, head, reply
from tests.streaming import MESSAGES, RESPONSE, SAMPLES, chat, chunk, made, respond
from xai_httpx import (
    APIConnectionError,
    APIError,
    APIStatusError,
    APITimeoutError,
    AsyncXAI,
    ConcurrencyTimeoutError,
    DeadlineExceededError,
    RateLimitError,
    ResponseValidationError,
    StreamIdleTimeoutError,
    StreamProtocolError,
    StreamTruncatedError,
    Timeout,
)
from xai_httpx._meta import Meta, RateLimits
from xai_httpx.chat import Chat, tool_result

# P30: xAI wire quirks

STATUSES = [400, 401, 403, 404, 409, 413, 422, 429, 500, 503, 529]
TEXTS = [
    "Argument not supported on this model: presencePenalty",
    "Could not decrypt the encrypted_content of a reasoning item. Reason: <tag> \u2028 \U0001f9a6",
    "Incorrect API key provided: xa***ey. You can obtain an API key from https://console.x.ai.",
    "Your team has used all its credits",
]


def sentence(status: int, text: str) -> dict[str, Any]:
    return {"code": str(status), "error": text}


def nested(status: int, text: str) -> dict[str, Any]:
    return {"error": {"message": text, "type": None, "code": status, "param": None}}


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
@pytest.mark.parametrize("status", STATUSES)
async def test_p30_both_error_bodies_make_one_class_over_http_and_in_a_stream(
    server: RawServer, status: int, text: str
) -> None:
    caught: list[APIStatusError] = []
    async with made(server) as client:
        for body in (sentence(status, text), nested(status, text)):
            server.answer(reply(json.dumps(body).encode(), status))
            server.answer(head(), events(chunk("a"), json.dumps(body, ensure_ascii=False)))
            server.answer(head(), events(RESPONSE[0], json.dumps(body)))
            server.answer(reply(json.dumps(body).encode()))  # a stream that did not start, with status 200
            for call in (chat, chat, respond, chat):
                with pytest.raises(APIStatusError) as error:
                    await call(client)
                assert (error.value.message, error.value.body) == (text, body)
                assert text in str(error.value)
                caught.append(error.value)
    assert len({type(error) for error in caught}) == 1
    assert {(error.status_code, error.code) for error in caught} == {(status, str(status))}


ITEMS = [
    '{"id":"rs_1","summary":[{"text":"First \\u2028 one\U0001f9a6","type":"summary_text"}],"type":"reasoning",'
    '"status":"completed","encrypted_content":"gAAAA+/=%s"}' % ("Zm9v/+" * 200),
    (
        '{"content":[{"text":"Let me look.","type":"output_text","annotations":[],"logprobs":[]}],"id":"msg_1",'
        '"role":"assistant","type":"message","status":"completed"}'
    ),
    '{"id":"rs_2","summary":[],"type":"reasoning","status":"completed","encrypted_content":"second==","later":[1.0,1]}',
    '{"arguments":"{\\"q\\": 1}","call_id":"c1","name":"look","type":"function_call","id":"fc_1","status":"completed"}',
    '{"id":"rs_3","summary":[{"text":"","type":"summary_text"}],"type":"reasoning","encrypted_content":null}',
    '{"id":"new_1","type":"brand_new_call","odd":{"b":1,"a":2}}',
]


@pytest.mark.parametrize("streamed", [False, True], ids=["created", "streamed"])
async def test_p30_reasoning_goes_back_byte_for_byte_and_in_order(server: RawServer, streamed: bool) -> None:
    whole = json.loads((SAMPLES / "response.json").read_bytes())
    whole["output"] = [json.loads(item) for item in ITEMS]
    if streamed:
        server.answer(head(), events(RESPONSE[0], json.dumps({"type": "response.completed", "response": whole})))
    else:
        server.answer(reply(json.dumps(whole).encode()))
    server.answer(reply(json.dumps(whole).encode()))
    async with made(server) as client:
        response = await (respond(client) if streamed else client.responses.create(model="m", input="hi"))
        result = {"type": "function_call_output", "call_id": "c1", "output": "found"}
        await client.responses.create(model="m", input=[*response.to_input(), result])
    sent = server.requests[1].body
    returned = json.loads(sent)["input"]
    assert [exact(item) for item in returned] == [exact(json.loads(item)) for item in [*ITEMS, json.dumps(result)]]
    for item in map(json.loads, ITEMS):
        for part in (item.get("encrypted_content"), *(part["text"] for part in item.get("summary", []))):
            assert json.dumps(part, ensure_ascii=False).encode() in sent


FORKED: dict[str, Callable[[Chat, AsyncXAI], Chat]] = {
    "itself": lambda chat, client: chat,
    "fork": lambda chat, client: chat.fork(),
    "saved": lambda chat, client: Chat.from_json(chat.to_json(), client=client),
    "saved fork": lambda chat, client: Chat.from_json(chat.fork().to_json(), client=client),
}


@pytest.mark.parametrize("goes_on", FORKED)
@pytest.mark.parametrize("streamed", [False, True], ids=["sampled", "streamed"])
async def test_p30_a_conversation_sends_reasoning_back_byte_for_byte_and_in_order(
    server: RawServer, streamed: bool, goes_on: str
) -> None:
    whole = json.loads((SAMPLES / "response.json").read_bytes())
    whole["output"] = [json.loads(item) for item in ITEMS]
    if streamed:
        server.answer(head(), events(RESPONSE[0], json.dumps({"type": "response.completed", "response": whole})))
    else:
        server.answer(reply(json.dumps(whole).encode()))
    server.answer(reply(json.dumps(whole).encode()))
    async with made(server) as client:
        chat = client.chat.create(model="m", messages=["hi"])
        if streamed:
            async with chat.stream() as stream:
                answer = await stream.final()
        else:
            answer = await chat.sample()
        await FORKED[goes_on](chat, client).append(tool_result(answer.tool_calls[0], "found")).sample()
    sent = server.requests[1].body
    hello, *returned, result = json.loads(sent)["input"]
    assert [exact(item) for item in returned] == [exact(json.loads(item)) for item in ITEMS]
    assert (hello["content"], result["output"]) == ("hi", "found")
    for item in map(json.loads, ITEMS):
        for part in (item.get("encrypted_content"), *(part["text"] for part in item.get("summary", []))):
            assert json.dumps(part, ensure_ascii=False).encode() in sent


def exact(item: dict[str, Any]) -> bytes:
    """The bytes of an item; its keys are sorted, for their order means nothing in JSON."""
    return json.dumps(item, sort_keys=True).encode()


# P32: request ids and rate-limit headers are hard to reach

LIMITS = {"x_ratelimit_limit_requests": "480", "x_ratelimit_remaining_requests": "479"}
LIMITS |= {"x_ratelimit_limit_tokens": "2000000", "x_ratelimit_remaining_tokens": "1999000"}
HEADERS = {"x_request_id": "r-32", **LIMITS}
MODELS = (SAMPLES / "models.json").read_bytes()


def check(meta: Meta | None, server: RawServer, *, status: int | None = 200, attempts: int = 1) -> None:
    """Everything that is known of an exchange is there."""
    assert meta is not None
    assert meta.status == status
    assert meta.client_request_id == server.requests[-1].headers["x-client-request-id"] != ""
    assert meta.attempts == attempts
    assert meta.elapsed > 0
    if status is not None:
        assert meta.request_id == meta.headers["x-request-id"] == meta.header("X-Request-ID") == "r-32"
        assert meta.rate_limits == RateLimits(480, 479, 2_000_000, 1_999_000)


OBJECTS: dict[str, tuple[str, Callable[[AsyncXAI], Awaitable[Any]]]] = {
    "completion": ("chat-completion.json", lambda client: client.chat.completions.create(model="m", messages=MESSAGES)),
    "response": ("response.json", lambda client: client.responses.create(model="m", input="hi")),
    "embedding": ("embedding.json", lambda client: client.embeddings.create(model="m", input=["hi"])),
    "tokens": ("tokens.json", lambda client: client.tokenizer.encode(model="m", text="hi")),
    "images": ("image.json", lambda client: client.images.generate(prompt="hi")),
    "image job": ("imagejob.json", lambda client: client.images.retrieve("r")),
    "video": ("video.json", lambda client: client.videos.retrieve("r")),
}


@pytest.mark.parametrize("kind", OBJECTS)
async def test_p32_an_object_has_meta(server: RawServer, kind: str) -> None:
    sample, call = OBJECTS[kind]
    server.answer(reply((SAMPLES / sample).read_bytes(), **HEADERS))
    async with made(server) as client:
        check((await call(client)).meta, server)


async def test_p32_a_result_tells_how_often_it_was_sent(server: RawServer) -> None:
    server.answer(reply(b"", 503, x_request_id="first"))
    server.answer(reply((SAMPLES / "response.json").read_bytes(), **HEADERS))
    async with made(server, retries=1) as client:
        check((await client.responses.create(model="m", input="hi")).meta, server, attempts=2)
    first, second = (request.headers["x-client-request-id"] for request in server.requests)
    assert first == second


async def test_p32_a_page_has_meta(server: RawServer) -> None:
    server.answer(reply(MODELS, **HEADERS))
    server.answer(reply(MODELS, **HEADERS))
    async with made(server) as client:
        check((await client.models.list()).meta, server)
        check((await anext(client.models.list().pages())).meta, server)


async def test_p32_a_binary_reply_has_meta(server: RawServer) -> None:
    server.answer(reply(b"\x00\xff" * 99, content_type="audio/mpeg", **HEADERS))
    async with made(server) as client:
        audio = await client.request("GET", "/audio")
    assert audio.content == b"\x00\xff" * 99
    check(audio.meta, server)


async def test_p32_a_stream_has_meta_before_its_first_event(server: RawServer) -> None:
    known = threading.Event()
    in_time: list[bool] = []
    server.answer(
        head(**HEADERS), lambda: in_time.append(known.wait(5)), events(chunk("a"), chunk("b")), events(done=True)
    )
    async with made(server) as client, client.chat.completions.stream(model="m", messages=MESSAGES) as stream:
        check(stream.meta, server)
        assert stream.partial is None
        known.set()
        assert (await anext(stream)).text == "a"
        assert stream.partial is not None
        check(stream.partial.meta, server)
        check((await stream.final()).meta, server)
    assert in_time == [True]  # the server had not sent an event when the meta was read


OF_A_REPLY: list[tuple[type[APIError], list[Piece], dict[str, Any], int]] = [
    (RateLimitError, [reply(b'{"code": "c", "error": "e"}', 429, **HEADERS)], {}, 429),
    (ResponseValidationError, [reply(b"<html>", content_type="text/html", **HEADERS)], {}, 200),
    (StreamTruncatedError, [head(**HEADERS), events(chunk("a")), CUT], {}, 200),
    (StreamProtocolError, [head(**HEADERS), events("{broken")], {}, 200),
    (StreamIdleTimeoutError, [head(**HEADERS), events(chunk("a")), WAIT], {"stream_idle_timeout": 0.1}, 200),
    (APITimeoutError, [head(**HEADERS), events(chunk("a")), WAIT], {"timeout": 0.2}, 200),
    (DeadlineExceededError, [head(**HEADERS), events(chunk("a")), WAIT], {"deadline": 1}, 200),
    (RateLimitError, [head(**HEADERS), events(chunk("a"), '{"code": "429", "error": "slow"}')], {}, 200),
]


@pytest.mark.parametrize(("kind", "pieces", "options", "status"), OF_A_REPLY)
async def test_p32_an_error_of_a_reply_has_meta(
    server: RawServer, kind: type[APIError], pieces: list[Piece], options: dict[str, Any], status: int
) -> None:
    server.answer(*pieces)
    async with made(server, **options) as client:
        with pytest.raises(kind) as caught:
            await chat(client)
    check(caught.value.meta, server, status=status)
    assert (caught.value.request_id, caught.value.attempts) == ("r-32", 1)
    assert caught.value.elapsed > 0


@pytest.mark.parametrize(
    ("kind", "pieces", "options"),
    [
        (APIConnectionError, [CUT], {}),
        (APITimeoutError, [WAIT], {"timeout": Timeout(read=0.2)}),
        (DeadlineExceededError, [WAIT], {"deadline": 1}),
    ],
)
async def test_p32_an_error_without_a_reply_has_meta(
    server: RawServer, kind: type[APIError], pieces: list[Piece], options: dict[str, Any]
) -> None:
    server.answer(*pieces)
    async with made(server, **options) as client:
        with pytest.raises(kind) as caught:
            await client.responses.create(model="m", input="hi")
    check(caught.value.meta, server, status=None)
    assert caught.value.request_id is None


async def test_p32_an_error_of_a_call_that_found_no_slot_has_meta(server: RawServer) -> None:
    server.answer(head(), events(chunk("a")), WAIT)
    async with made(server, max_concurrency=1) as client:
        async with client.chat.completions.stream(model="m", messages=MESSAGES):
            with pytest.raises(ConcurrencyTimeoutError) as caught:
                await client.models.list(options={"deadline": 0.1})
    meta = caught.value.meta
    assert meta is not None
    assert (meta.status, meta.attempts, meta.request_id) == (None, 0, None)
    assert meta.client_request_id
    assert meta.elapsed > 0
