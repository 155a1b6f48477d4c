"""The sync shim: the same calls without await, in scripts and in threads."""

from __future__ import annotations

import inspect
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pkgutil import iter_modules

import pytest

from tests.rawserver import CUT, WAIT, RawServer, events, head, reply
from xai_httpx import XAI, AsyncXAI, ConfigurationError, NotFoundError, StreamTruncatedError, resources
from xai_httpx._sync import SyncResource
from xai_httpx.resources._base import Resource
from xai_httpx.testing import SimulatedXAI

MESSAGES = [{"role": "user", "content": "hi"}]


@pytest.fixture
def xai(sim: SimulatedXAI) -> Iterator[XAI]:
    with sim.sync_client() as made:
        yield made


def test_every_resource_works_without_await(xai: XAI) -> None:
    assert xai.chat.completions.create(model="grok-4.6", messages=MESSAGES).text == "You said: hi"
    response = xai.responses.create(model="grok-4.6", input="hi")
    assert xai.responses.retrieve(response.id).id == response.id
    assert len(xai.responses.input_items.list(response.id).items) == 1
    assert xai.responses.compact(model="grok-4.6", input="hi").output
    assert xai.responses.delete(response.id).deleted
    assert xai.embeddings.create(model="grok-embedding-small", input="a").data
    assert xai.tokenizer.encode(model="grok-4.6", text="a").token_ids
    assert xai.account.me().user_id == xai.account.api_key().user_id
    assert xai.models.retrieve("grok-4.6").id == xai.models.language.retrieve("grok-4.6").id
    for family in (xai.models.embedding, xai.models.image, xai.models.video):
        assert family.list().items
    assert xai.request("GET", "/models").json()["object"] == "list"


def test_streams_are_plain_iterators(xai: XAI) -> None:
    with xai.chat.completions.stream(model="grok-4.6", messages=MESSAGES) as stream:
        assert "".join(stream.text_stream) == "You said: hi"
        assert stream.final().text == "You said: hi"
        assert stream.meta.status == 200
    with xai.responses.stream(model="grok-4.6", input="hi") as events_of:
        first = next(events_of)
        assert first.type == "response.created"
        assert events_of.partial is not None
        assert [event.type for event in events_of][-1] == "response.completed"


def test_a_stream_may_be_left_early(xai: XAI) -> None:
    with xai.responses.stream(model="grok-4.6", input="hi") as stream:
        next(stream)
    assert list(stream) == []


def test_pages_go_on(xai: XAI) -> None:
    response = xai.responses.create(model="grok-4.6", input=[{"role": "user", "content": str(n)} for n in range(5)])
    page = xai.responses.input_items.list(response.id, limit=2)
    assert (len(page.items), page.has_next, page.meta.status, page.raw.has_more) == (2, True, 200, True)
    assert len(list(page)) == len(page.collect()) == 5
    assert [len(each.items) for each in page.pages()] == [2, 2, 1]
    following = page.next()
    assert following is not None
    assert len(following.items) == 2


def test_errors_are_those_of_the_async_client(xai: XAI) -> None:
    with pytest.raises(NotFoundError):
        xai.models.retrieve("nope")


def test_a_cut_stream_raises(server: RawServer) -> None:
    server.answer(head(), events('{"type": "ping"}'), CUT)
    with XAI(api_key="k", base_url=server.base_url) as xai, xai.responses.stream(model="m", input="x") as stream:
        with pytest.raises(StreamTruncatedError):
            stream.final()


def test_an_interrupt_ends_a_read_and_the_client_goes_on(server: RawServer) -> None:
    server.answer(head(), events('{"type": "ping"}'), WAIT)
    server.answer(reply(b'{"data": [], "object": "list"}'))
    main = threading.main_thread().ident or 0
    interrupt = threading.Timer(0.2, signal.pthread_kill, [main, signal.SIGINT])

    def read() -> None:
        with xai.responses.stream(model="m", input="x") as stream:
            next(stream)
            interrupt.start()
            next(stream)

    with XAI(api_key="k", base_url=server.base_url, max_concurrency=1) as xai:
        with pytest.raises(KeyboardInterrupt):
            read()
        assert xai.models.list().items == []


def test_an_interrupt_of_a_wait_names_the_job(server: RawServer) -> None:
    main = threading.main_thread().ident or 0
    server.answer(reply(b'{"request_id": "v-1"}'))
    server.answer(lambda: signal.pthread_kill(main, signal.SIGINT), WAIT)
    with XAI(api_key="k", base_url=server.base_url) as xai:
        with pytest.raises(KeyboardInterrupt) as caught:
            xai.videos.generate(prompt="A fox runs")
    assert caught.value.__notes__ == ["while waiting for job v-1"]


def test_leaving_a_stream_after_its_client_is_closed_is_no_error(xai: XAI) -> None:
    with xai.responses.stream(model="grok-4.6", input="x"):
        xai.close()


def test_threads_share_a_client(xai: XAI) -> None:
    with ThreadPoolExecutor(8) as pool:
        texts = pool.map(lambda n: xai.responses.create(model="grok-4.6", input=str(n)).output_text, range(40))
    assert list(texts) == [f"You said: {n}" for n in range(40)]


def test_a_closed_client_says_so_and_closes_twice(sim: SimulatedXAI) -> None:
    xai = sim.sync_client()
    xai.models.list()
    xai.close()
    xai.close()
    with pytest.raises(ConfigurationError, match="closed"):
        xai.models.list()


def test_a_script_that_forgets_to_close_ends(sim: SimulatedXAI) -> None:
    client = f"XAI(api_key={sim.api_key!r}, base_url={sim.base_url!r})"
    script = f"from xai_httpx import XAI; print({client}.account.me().user_id)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert (bool(done.stdout.strip()), done.stderr) == (True, "")


@pytest.mark.parametrize("module", [each.name for each in iter_modules(resources.__path__) if each.name[0] != "_"])
def test_every_method_has_its_sync_form(module: str) -> None:
    classes = dict(inspect.getmembers(import_module(f"{resources.__name__}.{module}"), inspect.isclass))
    for name, resource in classes.items():
        if issubclass(resource, Resource) and resource is not Resource:
            shim = classes[f"Sync{name}"]
            assert issubclass(shim, SyncResource)
            assert {n for n in dir(resource) if n[0] != "_"} == {n for n in dir(shim) if n[0] != "_"}


def test_every_resource_of_the_client_is_on_the_shim() -> None:
    assert {n for n in dir(AsyncXAI) if n[0] != "_"} - {"aclose"} == {n for n in dir(XAI) if n[0] != "_"} - {"close"}
