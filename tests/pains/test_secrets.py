"""P27 and the security of the key: in no log, repr, error, pickle or local of a frame, and sent to one host alone."""

from __future__ import annotations

import copy
import logging
import pickle
import subprocess
import sys
from base64 import b64encode
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import httpx2
import pytest

from tests.rawserver import CUT, WAIT, RawServer, events, head, reply
from tests.shown import shown
from xai_httpx import (
    XAI,
    APIConnectionError,
    APIStatusError,
    AsyncXAI,
    ConfigurationError,
    RetryPolicy,
    Timeout,
    XAIError,
    set_log_level,
)
from xai_httpx.batches import chat_request
from xai_httpx.chat import Chat, image, system, user

KEY = "xai-canary-key"
PROMPT = "canary prompt"
CONTENT = PROMPT.encode()
IMAGE = b"\x89PNG\r\n\x1a\n" + CONTENT
MODELS = reply(b'{"data": [], "object": "list"}')
LIBRARIES = [None, httpx, httpx2]


def messages() -> list[Any]:
    return [{"role": "user", "content": PROMPT}]


async def create(client: AsyncXAI) -> None:
    await client.chat.completions.create(model="m", messages=messages())


async def create_wrongly(client: AsyncXAI) -> None:
    await client.chat.completions.create(model="m", messages=messages(), temperature=9)


async def stream(client: AsyncXAI) -> None:
    async with client.chat.completions.stream(model="m", messages=messages()) as opened:
        await opened.final()


async def respond(client: AsyncXAI) -> None:
    await client.responses.create(model="m", input=PROMPT)


async def parse(client: AsyncXAI) -> None:
    await client.chat.completions.parse(int, model="m", messages=messages())


async def request(client: AsyncXAI) -> None:
    (await client.request("POST", "/chat/completions", body={"messages": messages()})).json()


async def draw(client: AsyncXAI) -> None:
    await client.images.edit(prompt=PROMPT, image=IMAGE)


async def film(client: AsyncXAI) -> None:
    await client.videos.generate(prompt=PROMPT, interval=0, timeout=0.2)


async def upload(client: AsyncXAI) -> None:
    await client.files.create(file=("a.txt", CONTENT))


async def upload_many(client: AsyncXAI) -> None:
    for result in await client.files.upload_many([("a.txt", CONTENT)]):
        assert result.error
        raise result.error


async def batch(client: AsyncXAI) -> None:
    await client.batches.create(name="b", requests=[chat_request("1", model="m", messages=messages())])


async def collect(client: AsyncXAI) -> None:
    await client.collections.create(collection_name=PROMPT)


async def search(client: AsyncXAI) -> None:
    await client.documents.search(query=PROMPT, source={"collection_ids": ["c"]})


def conversation(client: AsyncXAI, **settings: Any) -> Chat:
    return client.chat.create(model="m", messages=[system(PROMPT)], **settings)


async def chat_sample(client: AsyncXAI) -> None:
    await conversation(client).sample(user(PROMPT, image(IMAGE)))


async def chat_parse(client: AsyncXAI) -> None:
    await conversation(client).parse(int, PROMPT, ask_again=1)


async def chat_stream(client: AsyncXAI) -> None:
    async with conversation(client, api="completions").stream(PROMPT) as opened:
        await opened.final()


async def chat_parse_stream(client: AsyncXAI) -> None:
    async with conversation(client, api="completions").parse_stream(int, PROMPT) as opened:
        await opened.final()


async def chat_defer(client: AsyncXAI) -> None:
    await conversation(client).defer(PROMPT, interval=0, timeout=0.2)


async def chat_compact(client: AsyncXAI) -> None:
    await conversation(client).compact()


async def chat_wrongly(client: AsyncXAI) -> None:
    await conversation(client).fork(temperature=9).sample(PROMPT)


async def chat_append_wrongly(client: AsyncXAI) -> None:
    wrong: Any = {"role": "user", "content": [{"type": "text", "text": PROMPT}, {"type": "odd", "text": PROMPT}]}
    conversation(client).append(PROMPT, wrong)


async def chat_sample_wrongly(client: AsyncXAI) -> None:
    wrong: Any = {"role": PROMPT[:0], "content": PROMPT}
    await conversation(client).sample(PROMPT, wrong)


async def chat_begin_wrongly(client: AsyncXAI) -> None:
    wrong: Any = {"role": "user", "content": {"text": PROMPT}}
    client.chat.create(model="m", messages=[PROMPT, wrong])


async def chat_resume_wrongly(client: AsyncXAI) -> None:
    Chat.from_json(conversation(client).to_json().replace("system", "boss"), client=client)


CALLS = [create, create_wrongly, stream, respond, parse, request]
CALLS += [draw, film, upload, upload_many, batch, collect, search]
CONVERSATIONS = [chat_sample, chat_parse, chat_stream, chat_parse_stream, chat_defer, chat_compact]
WRONG = [chat_wrongly, chat_append_wrongly, chat_sample_wrongly, chat_begin_wrongly, chat_resume_wrongly]
FAULTS: dict[str, tuple[Any, ...]] = {
    "error": (reply(b'{"code": "x", "error": "no"}', 500),),
    "cut": (CUT,),
    "silence": (WAIT,),
    "garbage": (b"no http at all\r\n\r\n", CUT),
    "no JSON": (reply(b'{"code": "x", "error": "no"'),),
    "cut stream": (
        head(),
        events('{"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": []}'),
        CUT,
    ),
}


@pytest.mark.parametrize("library", LIBRARIES, ids=["own", "httpx", "httpx2"])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
async def test_p27_neither_key_nor_prompt_is_shown(
    server: RawServer,
    call: Callable[[AsyncXAI], Awaitable[None]],
    fault: str,
    library: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await check_what_is_shown(server, call, fault, library, caplog)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CONVERSATIONS)
async def test_p27_a_conversation_shows_neither_key_nor_prompt(
    server: RawServer, call: Callable[[AsyncXAI], Awaitable[None]], fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    await check_what_is_shown(server, call, fault, None, caplog)


async def check_what_is_shown(
    server: RawServer,
    call: Callable[[AsyncXAI], Awaitable[None]],
    fault: str,
    library: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    server.always = FAULTS[fault]
    http = library.AsyncClient() if library else None
    policy = RetryPolicy(retries=1, first_delay=0.0, resend_creates=True)
    options: dict[str, Any] = {"http_client": http, "timeout": Timeout(read=0.1), "retries": policy}
    access = {"api_key": KEY, "management_key": KEY, "base_url": server.base_url}
    async with AsyncXAI(**access, management_base_url=server.base_url, **options) as client:
        with pytest.raises(XAIError) as caught:
            await call(client)
        seen = shown(caught.value) + caplog.text + repr(client) + repr(client.config) + repr(vars(client))
    if http is not None:
        await http.aclose()
    assert KEY not in seen
    assert PROMPT not in seen
    assert b64encode(IMAGE).decode()[12:-4] not in seen
    assert all(KEY in each.headers["authorization"] for each in server.requests)
    assert pickle.dumps(caught.value).find(KEY.encode()) < 0


@pytest.mark.parametrize("call", WRONG)
async def test_p27_a_conversation_that_is_used_wrongly_shows_neither(
    call: Callable[[AsyncXAI], Awaitable[None]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with AsyncXAI(api_key=KEY) as client:
        with pytest.raises(XAIError) as caught:
            await call(client)
    seen = shown(caught.value) + caplog.text
    assert KEY not in seen
    assert PROMPT not in seen
    assert pickle.dumps(caught.value).find(PROMPT.encode()) < 0


def test_p27_the_sync_client_shows_neither(server: RawServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.always = FAULTS["error"]
    with XAI(api_key=KEY, base_url=server.base_url, retries=0) as client:
        for wrong in ({}, {"temperature": 9}):
            with pytest.raises(XAIError) as caught:
                client.chat.completions.create(model="m", messages=messages(), **wrong)
            seen = shown(caught.value) + caplog.text + repr(client)
            assert KEY not in seen
            assert PROMPT not in seen
        with pytest.raises(XAIError) as caught:
            client.chat.completions.stream(model="m", messages=messages(), temperature=9)
        assert PROMPT not in shown(caught.value)
        with pytest.raises(XAIError) as caught:
            client.request("POST", "/chat/completions", body={"messages": messages()})
        assert PROMPT not in shown(caught.value)


@pytest.mark.parametrize("make", [AsyncXAI, XAI])
@pytest.mark.parametrize(
    "wrong", [{"api_key": f"{KEY}\n"}, {"management_key": f"{KEY}\n"}, {"max_concurrency": 0}, {"base_url": "x"}]
)
def test_p27_a_client_that_is_made_wrongly_does_not_show_its_key(make: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make(**{"api_key": KEY, "management_key": KEY, **wrong})
    assert KEY not in shown(caught.value)


@pytest.mark.parametrize("make", [AsyncXAI, XAI])
def test_p27_a_client_made_wrongly_of_a_config_does_not_show_its_key(make: Any) -> None:
    config = AsyncXAI(api_key="k").config
    both = {"api_key": KEY, "management_key": KEY}
    for wrong in ({"api_key": f"{KEY}\n"}, {"management_key": f"{KEY}\n"}, {**both, "proxy": f"odd://{KEY}"}):
        with pytest.raises(ConfigurationError) as caught:
            make.from_config(config, **wrong)
        assert KEY not in shown(caught.value)


async def test_p27_a_function_that_returns_a_wrong_key_does_not_show_it(server: RawServer) -> None:
    async def key() -> str:
        return f"{KEY}\n"

    async with AsyncXAI(api_key=key, management_key=key, base_url=server.base_url) as client:
        for page in (client.models.list(), client.collections.list()):
            with pytest.raises(ConfigurationError) as caught:
                await page
            assert KEY not in shown(caught.value)


async def test_p27_what_the_caller_passes_to_request_stays_his(server: RawServer) -> None:
    body = {"messages": messages(), "odd": object()}
    async with AsyncXAI(api_key=KEY, base_url=server.base_url) as client:
        with pytest.raises(XAIError):
            await client.request("POST", "/chat/completions", body=body)
    assert set(body) == {"messages", "odd"}


async def test_p27_a_retry_is_logged_without_what_was_said(server: RawServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.answer(reply(b'{"code": "x", "error": "%s"}' % PROMPT.encode(), 503, x_request_id="r-1"))
    server.answer(MODELS)
    async with AsyncXAI(api_key=KEY, base_url=server.base_url, retries=RetryPolicy(first_delay=0.0)) as client:
        page = await client.models.list()
    (record,) = [record for record in caplog.records if record.name == "xai_httpx"]
    for fact in ("attempt 1", page.meta.client_request_id, "ServiceUnavailableError", "r-1"):
        assert fact in record.getMessage()
    assert PROMPT not in record.getMessage()


CARELESS = """
async def handle(self, request):
    sent = request.headers.raw
    raise self.error from OSError("behind it")
"""


@pytest.mark.parametrize("library", [httpx, httpx2])
async def test_p27_frames_below_ours_are_left_out_for_they_hold_the_key(library: Any) -> None:
    names: dict[str, Any] = {}
    exec(compile(CARELESS, "somebodys_transport.py", "exec"), names)
    transport = type("Transport", (library.AsyncBaseTransport,), {"handle_async_request": names["handle"]})()
    transport.error = library.WriteError("broken")
    async with library.AsyncClient(transport=transport) as http, AsyncXAI(api_key=KEY, http_client=http) as client:
        for call in (create, stream, request):
            with pytest.raises(APIConnectionError) as caught:
                await call(client)
            seen = shown(caught.value)
            assert "broken" in seen
            assert "behind it" in seen
            assert KEY not in seen


LOGGED = """
import logging, sys, anyio
from xai_httpx import AsyncXAI, RetryPolicy, set_log_level

if sys.argv[2] == "info":
    logging.basicConfig(level=logging.INFO)
if sys.argv[3] == "quiet":
    set_log_level("WARNING")

async def main():
    async with AsyncXAI(api_key="k", base_url=sys.argv[1], retries=RetryPolicy(first_delay=0.0)) as client:
        await client.models.list()

anyio.run(main)
"""


@pytest.mark.parametrize(
    ("level", "knob", "lines"),
    [("default", "", 0), ("info", "", 2), ("info", "quiet", 0)],
    ids=["default", "info", "knob"],
)
def test_p27_one_knob_silences_the_http_library_too(server: RawServer, level: str, knob: str, lines: int) -> None:
    server.answer(reply(b"{}", 503))
    server.answer(MODELS)
    command = [sys.executable, "-c", LOGGED, server.base_url, level, knob]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert len(done.stderr.splitlines()) == lines  # httpx writes a line to a request
    assert "xai_httpx" not in done.stderr


def test_p27_a_level_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="LOUD"):
        set_log_level("LOUD")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("library", LIBRARIES, ids=["own", "httpx", "httpx2"])
async def test_a_redirect_is_refused_and_the_key_stays(server: RawServer, status: int, library: Any) -> None:
    http = library.AsyncClient(follow_redirects=True) if library else None
    with RawServer() as elsewhere:
        server.always = (reply(b"", status, location=elsewhere.base_url),)
        async with AsyncXAI(api_key=KEY, base_url=server.base_url, http_client=http) as client:
            with pytest.raises(APIStatusError, match="redirect") as caught:
                await client.models.list()
            with pytest.raises(APIStatusError, match="redirect"):
                await stream(client)
        assert caught.value.status_code == status
        assert elsewhere.requests == []
    if http is not None:
        await http.aclose()


def test_http_is_for_this_machine_and_for_hosts_that_are_named() -> None:
    with pytest.raises(ConfigurationError, match=r"http_hosts=\['gateway.internal'\]"):
        AsyncXAI(api_key=KEY, base_url="http://gateway.internal/v1")
    with pytest.raises(ConfigurationError, match="must be https"):
        AsyncXAI(api_key=KEY, base_url="http://other.internal/v1", http_hosts=["gateway.internal"])
    with pytest.raises(ConfigurationError, match="list of host names"):
        AsyncXAI(api_key=KEY, base_url="http://gateway.internal/v1", http_hosts="gateway.internal")
    assert "gateway" in repr(
        AsyncXAI(api_key=KEY, base_url="http://gateway.internal/v1", http_hosts=["gateway.internal"])
    )


@pytest.mark.parametrize("make", [AsyncXAI, XAI])
def test_p18_a_client_does_not_pickle_but_its_config_does_without_the_key(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make(api_key=KEY, proxy="http://u:canary@h:1", deadline=5, circuit_breaker=None)
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match=r"pickle client.config.*from_config"):
            attempt(client)
    pickled = pickle.dumps(client.config)
    assert KEY.encode() not in pickled
    assert b"canary" not in pickled
    config = pickle.loads(pickled)
    with pytest.raises(ConfigurationError, match="XAI_API_KEY"):
        make.from_config(config)
    monkeypatch.setenv("XAI_API_KEY", "from-the-environment")
    again = make.from_config(config)
    assert again.config.settings.deadline == 5
    assert again.config.base_url == client.config.base_url
    assert make.from_config(config, api_key="other").config.api_key.get_secret_value() == "other"
    assert make.from_config(client.config).config == client.config


async def test_the_head_of_a_reply_is_bounded(server: RawServer) -> None:
    server.answer(b"HTTP/1.1 200 OK\r\n" + b"x-filler: " + b"x" * 1_000_000 + b"\r\n\r\n", CUT)
    async with AsyncXAI(api_key=KEY, base_url=server.base_url, retries=0) as client:
        with pytest.raises(APIConnectionError):
            await client.models.list()
