"""Files at URLs that the API gave out: other hosts get nothing that is meant for the API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.clients import client_of
from tests.pains.bodies import PASSING, there
from tests.rawserver import CUT, RawServer, head, reply
from xai_httpx import APIStatusError, AsyncXAI, NotFoundError, RequestValidationError
from xai_httpx._call import Call
from xai_httpx._raw import RawReply

pytestmark = pytest.mark.usefixtures("own_connections")

IMAGE = b"\x89PNG" + bytes(1000)
ERROR_ALIKE = b'{"error": "this is the content of a file"}'


def made(**options: Any) -> AsyncXAI:
    return client_of(api_key="xai-canary", headers={"x-gateway": "canary"}, **options)


async def test_neither_key_nor_headers_go_along(server: RawServer, tmp_path: Path) -> None:
    server.always = (reply(IMAGE, content_type="image/png"),)
    async with made() as client:
        fetched = await client._fetched(f"{server.base_url}/a.png?sig=1", None)
        told: list[int] = []
        saved = await client._fetched_to(
            f"{server.base_url}/b.png", tmp_path / "b.png", None, lambda got, _total: told.append(got)
        )
    assert (fetched.content, saved.path.read_bytes(), told[-1]) == (IMAGE, IMAGE, len(IMAGE))
    assert [request.path for request in server.requests] == ["/v1/a.png?sig=1", "/v1/b.png"]
    assert not any("canary" in f"{request.headers}" for request in server.requests)
    assert all("x-client-request-id" not in request.headers for request in server.requests)


async def test_a_failure_is_typed_and_a_break_is_tried_again(server: RawServer, tmp_path: Path) -> None:
    server.answer(reply(b"gone", 404, "text/plain"))
    server.answer(head("image/png"), IMAGE[:10], CUT)
    server.answer(reply(IMAGE[:-1]).replace(b"length: 1003", b"length: 1004"), CUT)
    server.answer(reply(IMAGE))
    async with made(retries=PASSING) as client:
        with pytest.raises(NotFoundError):
            await client._fetched(f"{server.base_url}/a.png", None)
        await client._fetched_to(f"{server.base_url}/a.png", tmp_path / "short.png", None, None)
        saved = await client._fetched_to(f"{server.base_url}/a.png", tmp_path / "a.png", None, None)
    assert (saved.size, saved.meta.attempts) == (len(IMAGE), 2)
    assert sorted(there(tmp_path)) == ["a.png", "short.png"]


@pytest.mark.parametrize(
    "url",
    ["http://far.example/a?sig=secret", "ftp://a/secret", "secret", "", None, 7, "https://a/secret\n", "https://[/"],
)
async def test_other_urls_are_refused_and_not_shown(url: Any) -> None:
    async with made() as client:
        with pytest.raises(RequestValidationError, match="url must be an https URL") as caught:
            await client._fetched(url, None)
    assert "secret" not in str(caught.value)


async def test_http_is_for_the_host_of_the_api_where_that_is_reached_so() -> None:
    async with made(base_url="http://gateway:1/v1", http_hosts=["gateway"]) as client:
        with pytest.raises(RequestValidationError, match="url must"):
            await client._fetched("http://gateway:2/a", None)
        request, _ = client._fetching("http://gateway:1/a", None)
        assert request.url == "http://gateway:1/a"


async def test_a_file_that_looks_like_an_error_is_none(server: RawServer) -> None:
    server.always = (reply(ERROR_ALIKE),)
    async with made(base_url=server.base_url) as client:
        content = await client._raw(Call("GET", "/files/f/content", RawReply), None)
    assert (content.content, content.text) == (ERROR_ALIKE, ERROR_ALIKE.decode())


@pytest.mark.parametrize(
    ("location", "origin"),
    [("https://cdn.example/a?sig=secret", "cdn.example"), ("/b?sig=secret", "the same host"), ("https://[x", "no URL")],
)
async def test_a_redirect_is_not_followed_and_its_signature_not_shown(
    server: RawServer, location: str, origin: str
) -> None:
    server.always = (reply(b"", 302, location=location),)
    async with made() as client:
        with pytest.raises(APIStatusError, match=f"redirects are not followed .this one leads to {origin}") as caught:
            await client._fetched(f"{server.base_url}/a", None)
    assert "secret" not in str(caught.value)
