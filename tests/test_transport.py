"""One exchange over a real socket: what is sent, and what each odd reply becomes."""

from __future__ import annotations

import gzip
import json
from typing import Any

import anyio
import httpx
import pytest
import respx

from tests.clients import client_of
from tests.rawserver import CUT, WAIT, RawServer, reply
from xai_httpx import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AsyncXAI,
    BadRequestError,
    ConfigurationError,
    NotFoundError,
    RateLimitError,
    RequestValidationError,
    ResponseValidationError,
    RetryPolicy,
    ServiceUnavailableError,
    StreamTruncatedError,
    Timeout,
    UnexpectedResponseWarning,
)

pytestmark = pytest.mark.usefixtures("http_library")
KEY = "xai-canary-key"
EMPTY = reply(b'{"data": [], "object": "list"}')


def made(server: RawServer, **options: Any) -> AsyncXAI:
    return client_of(api_key=KEY, base_url=server.base_url, **{"retries": 0, **options})


async def failure(server: RawServer, *answer: bytes | str) -> APIError:
    server.answer(*answer)
    async with made(server) as client:
        with pytest.raises(APIError) as caught:
            await client.models.retrieve("m")
    return caught.value


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply(b"<html>" + b"x" * 900, content_type="text/html", x_request_id="r-1"), "<html>" + "x" * 494),
        (reply(b"", x_request_id="r-1"), "the body is empty"),
        (reply(b"", 204, content_type=None, x_request_id="r-1"), "the body is empty"),
        (reply(b"not json", x_request_id="r-1"), "not json"),
        (reply(b"[1, 2]", x_request_id="r-1"), "[1, 2]"),
        (reply(b"\xff\xfe", x_request_id="r-1"), "not JSON"),
    ],
    ids=["html", "empty", "204", "text", "array", "bytes"],
)
async def test_a_success_that_is_no_model_says_what_came(server: RawServer, answer: bytes, words: str) -> None:
    error = await failure(server, answer)
    assert isinstance(error, ResponseValidationError)
    assert error.body == answer.partition(b"\r\n\r\n")[2]
    status = error.meta.status if error.meta else None
    assert all(fact in str(error) for fact in (words, f"HTTP {status}", "r-1"))
    assert "x" * 495 not in str(error)


async def test_an_error_with_status_200_is_an_error(server: RawServer) -> None:
    error = await failure(server, reply(b'{"code": "invalid-argument", "error": "bad field"}'))
    assert isinstance(error, BadRequestError)
    assert error.message == "bad field"


async def test_a_cut_reply_is_a_connection_error(server: RawServer) -> None:
    error = await failure(server, b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{", CUT)
    assert type(error) is APIConnectionError
    assert type(error.__cause__).__name__ == "RemoteProtocolError"


async def test_silence_is_a_timeout(server: RawServer) -> None:
    server.answer(WAIT)
    async with made(server) as client:
        with pytest.raises(APITimeoutError, match="read timeout"):
            await client.models.list(options={"timeout": Timeout(read=0.1)})


async def test_garbage_is_a_connection_error(server: RawServer) -> None:
    assert type(await failure(server, b"SSH-2.0-OpenSSH_9.2\r\n", CUT)) is APIConnectionError


async def test_a_compressed_reply_is_read(server: RawServer) -> None:
    server.answer(reply(gzip.compress(b'{"data": [], "object": "list"}'), content_encoding="gzip"))
    async with made(server) as client:
        assert await client.models.list().collect() == []


async def test_a_broken_compression_is_a_connection_error(server: RawServer) -> None:
    assert type(await failure(server, reply(b"no gzip", content_encoding="gzip"))) is APIConnectionError


async def test_what_is_sent(server: RawServer) -> None:
    server.answer(EMPTY)
    server.answer(EMPTY)
    async with made(server, headers={"X-Team": "a", "User-Agent": "mine"}) as client:
        page = await client.models.list(options={"extra_query": {"a b": "c&d", "flag": True, "none": None}})
        await client.models.list(options={"headers": {"x-team": None, "Accept": "text/plain"}})
    first, second = server.requests
    assert (first.method, first.path) == ("GET", "/v1/models?a+b=c%26d&flag=true")
    assert first.headers["authorization"] == f"Bearer {KEY}"
    assert (first.headers["x-team"], first.headers["user-agent"]) == ("a", "mine")
    assert (first.headers["accept"], "content-type" in first.headers) == ("application/json", False)
    assert first.headers["x-client-request-id"] == page.meta.client_request_id
    assert ("x-team" in second.headers, second.headers["accept"]) == (False, "text/plain")


async def test_the_key_may_be_replaced_or_left_out(server: RawServer) -> None:
    server.answer(EMPTY)
    server.answer(EMPTY)
    async with made(server) as client:
        await client.models.list(options={"headers": {"Authorization": "Bearer other"}})
        await client.models.list(options={"headers": {"AUTHORIZATION": None}})
    assert server.requests[0].headers["authorization"] == "Bearer other"
    assert "authorization" not in server.requests[1].headers


async def test_an_error_whose_body_breaks_off_is_still_that_error(server: RawServer) -> None:
    server.answer(b"HTTP/1.1 429 X\r\ncontent-length: 500\r\n\r\n{", CUT)
    async with made(server) as client:
        with pytest.raises(RateLimitError) as caught:
            await client.models.list()
    assert caught.value.body == "{"


async def test_an_error_with_status_200_is_retried_as_that_error(server: RawServer) -> None:
    server.answer(reply(b'{"code": "The service is currently unavailable", "error": "later"}'))
    server.answer(EMPTY)
    async with made(server, retries=RetryPolicy(first_delay=0.0)) as client:
        assert (await client.models.list()).meta.attempts == 2


async def test_meta_tells_of_the_exchange(server: RawServer) -> None:
    server.answer(reply(b'{"data": [], "object": "list"}', x_request_id="r-5", x_ratelimit_limit_requests="10"))
    async with made(server) as client:
        meta = (await client.models.list()).meta
    assert (meta.status, meta.request_id, meta.attempts) == (200, "r-5", 1)
    assert (meta.rate_limits.limit_requests, meta.rate_limits.remaining_tokens) == (10, None)
    assert meta.headers["content-type"] == "application/json"
    assert meta.elapsed > 0


async def test_any_endpoint_through_request(server: RawServer) -> None:
    server.answer(reply(b'{"a": 1}', x_request_id="r-2"))
    server.answer(reply(b"\x00binary", content_type="application/octet-stream"))
    async with made(server) as client:
        result = await client.request("post", "/new/thing", body={"x": [1]}, query={"q": "1"})
        assert (result.json(), result.meta.request_id) == ({"a": 1}, "r-2")
        binary = await client.request("GET", "/file")
        assert binary.content == b"\x00binary"
        with pytest.raises(ResponseValidationError):
            binary.json()
        with pytest.raises(RequestValidationError, match="query="):
            await client.request("GET", "/models?limit=1")
        with pytest.raises(RequestValidationError, match="leave"):
            await client.request("GET", "/../models")
        with pytest.raises(RequestValidationError, match="query"):
            await client.request("GET", "/models", query={"a": "\ud800"})
        for path in ("models", "https://evil.example/", "//evil.example/x"):
            with pytest.raises(RequestValidationError, match="slash"):
                await client.request("GET", path)
        with pytest.raises(RequestValidationError, match="GET, POST"):
            await client.request("BREW", "/coffee")
    assert (server.requests[0].method, server.requests[0].path) == ("POST", "/v1/new/thing?q=1")
    assert json.loads(server.requests[0].body) == {"x": [1]}
    assert len(server.requests) == 2


@pytest.mark.parametrize("bad", ["", ".", "..", "\ud800", "x" * 1001, None, 5])
async def test_an_id_that_cannot_be_one_is_refused(server: RawServer, bad: Any) -> None:
    async with made(server) as client:
        with pytest.raises(RequestValidationError, match="response_id"):
            await client.responses.retrieve(bad)


async def test_an_id_is_one_segment_of_the_path(server: RawServer) -> None:
    server.answer(reply(b'{"code": "not-found", "error": "no"}', 404))
    async with made(server) as client:
        with pytest.raises(NotFoundError):
            await client.responses.retrieve("a/b?c#d é")
    assert server.requests[0].path == "/v1/responses/a%2Fb%3Fc%23d%20%C3%A9"


async def test_an_empty_reply_to_a_delete_means_deleted(server: RawServer) -> None:
    server.answer(reply(b"", 204, content_type=None))
    async with made(server) as client:
        deleted = await client.responses.delete("r")
    assert (deleted.id, deleted.deleted, deleted.meta.status) == ("r", True, 204)


async def test_a_delete_that_is_sent_again_and_finds_nothing_has_worked(server: RawServer) -> None:
    missing = reply(b'{"code": "not-found", "error": "no"}', 404)
    server.answer(CUT)
    server.answer(missing)
    server.answer(missing)
    async with made(server, retries=RetryPolicy(first_delay=0.0)) as client:
        assert (await client.responses.delete("r")).deleted
        with pytest.raises(NotFoundError):
            await client.responses.delete("r")


async def test_no_more_requests_at_once_than_slots(server: RawServer) -> None:
    most, running = 0, 0

    def enter() -> None:
        nonlocal most, running
        running += 1
        most = max(most, running)

    def leave() -> None:
        nonlocal running
        running -= 1

    for _ in range(20):
        server.answer(enter, leave, EMPTY)
    async with made(server, max_concurrency=2) as client:

        async def one() -> None:
            await client.models.list()

        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(one)
    assert len(server.requests) == 20
    assert most <= 2


async def test_a_slow_key_function_is_asked_for_every_attempt(server: RawServer) -> None:
    keys = iter(["first", "second"])

    async def key() -> str:
        await anyio.lowlevel.checkpoint()
        return next(keys)

    server.answer(reply(b"{}", 500))
    server.answer(EMPTY)
    async with client_of(api_key=key, base_url=server.base_url) as client:
        await client.models.list()
    assert [request.headers["authorization"] for request in server.requests] == ["Bearer first", "Bearer second"]


@pytest.mark.parametrize("bad", [None, "", 5])
async def test_a_key_function_must_return_a_key(server: RawServer, bad: Any) -> None:
    async with client_of(api_key=lambda: bad, base_url=server.base_url) as client:
        with pytest.raises(ConfigurationError, match=r"api_key\(\)"):
            await client.models.list()
    assert server.requests == []


async def test_a_closed_client_says_so(server: RawServer) -> None:
    client = made(server)
    await client.aclose()
    http = httpx.AsyncClient()
    await http.aclose()
    for closed in (client, made(server, http_client=http)):
        with pytest.raises(ConfigurationError, match="closed"):
            await closed.models.list()


async def test_half_a_character_does_not_lose_a_reply(server: RawServer) -> None:
    server.answer(reply(b'{"data": [], "object": "list \\ud83d"}'))
    async with made(server) as client:
        with pytest.warns(UnexpectedResponseWarning):
            page = await client.models.list()
    assert page.raw.object == "list \ud83d"


async def test_a_reply_that_does_not_fit_iterates_as_far_as_it_goes(server: RawServer) -> None:
    for body in (b'{"data": null, "object": "list"}', b'{"data": [null, 5], "object": "list"}'):
        server.answer(reply(body))
        async with made(server) as client:
            with pytest.warns(UnexpectedResponseWarning):
                assert await client.models.list().collect() == []


async def test_a_list_that_repeats_its_page_ends(server: RawServer) -> None:
    for _ in range(3):
        server.answer(reply(b'{"data": [], "has_more": true, "last_id": "same", "object": "list"}'))
    async with made(server) as client:
        assert await client.responses.input_items.list("r").collect() == []
    assert len(server.requests) == 2


async def test_a_list_that_leads_back_to_a_page_ends(server: RawServer) -> None:
    for last in ("a", "b", "a", "b"):
        server.answer(reply(b'{"data": [], "has_more": true, "last_id": "%s", "object": "list"}' % last.encode()))
    async with made(server) as client:
        assert len([page async for page in client.responses.input_items.list("r").pages()]) == 3
    assert len(server.requests) == 3


async def test_a_page_that_failed_can_be_asked_for_again(server: RawServer) -> None:
    server.answer(reply(b'{"data": [], "has_more": true, "last_id": "a", "object": "list"}'))
    server.answer(reply(b'{"code": "x", "error": "busy"}', 503))
    server.answer(reply(b'{"data": [], "has_more": false, "last_id": "b", "object": "list"}'))
    async with made(server, retries=0) as client:
        pages = client.responses.input_items.list("r").pages()
        assert (await anext(pages)).has_next
        with pytest.raises(ServiceUnavailableError):
            await anext(pages)
        assert not (await anext(pages)).has_next


async def test_the_client_request_id_may_be_the_callers(server: RawServer) -> None:
    server.answer(EMPTY)
    async with made(server) as client:
        page = await client.models.list(options={"headers": {"X-Client-Request-Id": "mine"}})
    assert page.meta.client_request_id == server.requests[0].headers["x-client-request-id"] == "mine"


async def test_an_injected_httpx_client_is_used_and_left_open(server: RawServer) -> None:
    server.answer(EMPTY)
    async with httpx.AsyncClient() as http:
        async with made(server, http_client=http) as client:
            await client.models.list()
        assert not http.is_closed


async def test_a_mock_transport_can_stand_in_for_the_api() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/models"):
            return httpx.Response(200, json={"data": [], "object": "list"})
        return httpx.Response(200, content=b"data: [DONE]\n\n", headers={"content-type": "text/event-stream"})

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    async with http, AsyncXAI(api_key="k", http_client=http) as client:
        assert await client.models.list().collect() == []
        async with client.responses.stream(model="m", input="hi") as stream:
            with pytest.raises(StreamTruncatedError):
                await stream.final()


async def test_respx_can_stand_in_for_the_api() -> None:
    with respx.mock(base_url="https://api.x.ai/v1") as routes:
        route = routes.get("/models").respond(json={"data": [], "object": "list"})
        async with AsyncXAI(api_key="k") as client:
            assert await client.models.list().collect() == []
        assert route.call_count == 1
