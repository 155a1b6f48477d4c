"""P23 and P26: proxies, certificates, and whichever of httpx and httpx2 is there."""

from __future__ import annotations

import inspect
import logging
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
import trustme

import xai_httpx
from tests.clients import client_of
from tests.proxy import Proxy
from tests.rawserver import RawServer, reply
from tests.shown import shown
from xai_httpx import APIConnectionError, AsyncXAI, ConfigurationError

pytestmark = pytest.mark.usefixtures("own_connections")

MODELS = reply(b'{"data": [], "object": "list"}')
SECRET = "canary-password"


@pytest.fixture
def server(of_authority: ssl.SSLContext) -> Iterator[RawServer]:
    """A server whose certificate is of an authority that nobody knows."""
    with RawServer(of_authority) as running:
        running.always = (MODELS,)
        yield running


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy("user", SECRET) as running:
        yield running


async def ask(server: RawServer, **options: Any) -> None:
    async with client_of(api_key="k", base_url=server.base_url, retries=0, **options) as client:
        assert await client.models.list().collect() == []


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
async def test_p23_the_environment_names_proxy_and_authority(
    server: RawServer, proxy: Proxy, ca_file: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, proxy.url)
    monkeypatch.setenv("SSL_CERT_FILE", ca_file)
    await ask(server)
    assert proxy.targets == [f"localhost:{server.port}"]


@pytest.mark.parametrize("exception", ["localhost", "*", "other.example, localhost"])
async def test_p23_no_proxy_is_an_exception(
    server: RawServer, proxy: Proxy, ca_file: str, exception: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", exception)
    await ask(server, verify=ca_file)
    assert (proxy.targets, len(server.requests)) == ([], 1)


async def test_p23_arguments_do_the_same(server: RawServer, proxy: Proxy, ca_file: str) -> None:
    await ask(server, proxy=proxy.url, verify=ca_file)
    await ask(server, proxy=proxy.url, verify=ssl.create_default_context(cafile=ca_file))
    assert len(proxy.targets) == len(server.requests) == 2


async def test_p23_an_unknown_authority_is_not_trusted(server: RawServer) -> None:
    with pytest.raises(APIConnectionError, match="CERTIFICATE_VERIFY_FAILED") as caught:
        await ask(server)
    assert not caught.value.may_have_been_processed
    assert server.requests == []


async def test_p23_the_password_of_a_proxy_is_shown_nowhere(
    server: RawServer, proxy: Proxy, ca_file: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = proxy.url.replace(SECRET, f"{SECRET}-not")
    for options in ({"proxy": wrong}, {"proxy": wrong.replace("http:", "socks9:")}, {"proxy": f"http://u:{SECRET}@"}):
        with pytest.raises((APIConnectionError, ConfigurationError)) as caught:
            await ask(server, verify=ca_file, **options)
        assert SECRET not in shown(caught.value)
    monkeypatch.setenv("HTTPS_PROXY", f"socks9://u:{SECRET}@h:1")
    with pytest.raises(ConfigurationError, match="proxy") as refused:
        await ask(server, verify=ca_file)
    assert SECRET not in shown(refused.value)
    client = AsyncXAI(api_key="k", proxy=proxy.url)
    assert SECRET not in caplog.text + repr(client.config) + repr(vars(client))


async def test_p23_a_file_of_certificates_that_cannot_be_used_is_named(
    server: RawServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("no certificate")
    for file in (str(empty), "/nowhere/ca.pem"):
        monkeypatch.setenv("SSL_CERT_FILE", file)
        with pytest.raises(ConfigurationError, match=f"SSL_CERT_FILE.*{file}"):
            await ask(server)


@pytest.mark.parametrize("verify", [False, 5, "/nowhere/ca.pem"])
def test_p23_checking_certificates_cannot_be_switched_off(verify: Any) -> None:
    with pytest.raises(ConfigurationError, match="verify"):
        AsyncXAI(api_key="k", verify=verify)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="timers of sockets are read from /proc")
async def test_p23_connections_are_kept_alive(authority: trustme.CA) -> None:
    timers: list[str] = []

    def look() -> None:
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        timers.extend(row[5].partition(":")[0] for row in rows if row[2].endswith(f":{running.port:04X}"))

    with RawServer() as running:
        running.always = (look, MODELS)
        await ask(running)
    assert "02" in timers  # the keep-alive timer


@pytest.mark.parametrize("library", [httpx, httpx2])
async def test_p26_a_client_of_either_library_is_used_and_left_open(
    server: RawServer, library: Any, ca_file: str
) -> None:
    context = ssl.create_default_context(cafile=ca_file)
    async with library.AsyncClient(verify=context) as http:
        await ask(server, http_client=http)
        assert not http.is_closed


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_p26_a_sync_client_is_refused_when_it_is_given(library: Any) -> None:
    with (
        library.Client() as http,
        pytest.raises(ConfigurationError, match=r"must be an httpx.AsyncClient or an httpx2"),
    ):
        AsyncXAI(api_key="k", http_client=http)


@pytest.mark.parametrize("options", [{"proxy": "http://h:1"}, {"verify": ssl.create_default_context()}], ids=list)
async def test_p26_what_an_injected_client_would_not_do_is_refused(options: dict[str, Any]) -> None:
    async with httpx.AsyncClient() as http:
        with pytest.raises(ConfigurationError, match="give them to http_client"):
            AsyncXAI(api_key="k", http_client=http, **options)


@pytest.mark.parametrize("given", ["x", object(), type("AsyncClient", (), {})()])
def test_p26_something_else_is_refused_too(given: Any) -> None:
    with pytest.raises(ConfigurationError, match="http_client must be"):
        AsyncXAI(api_key="k", http_client=given)


def test_p26_no_error_of_ours_is_one_of_httpx() -> None:
    ours = [value for name in dir(xai_httpx) if inspect.isclass(value := getattr(xai_httpx, name))]
    errors = [kind for kind in ours if issubclass(kind, Exception)]
    assert len(errors) > 30
    foreign = {base.__module__.partition(".")[0] for kind in errors for base in kind.__mro__}
    assert foreign == {"xai_httpx", "builtins"}
