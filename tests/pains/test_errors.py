"""P5 and P18: only errors of ours come out, with the HTTP library's as their cause, and all of them pickle."""

from __future__ import annotations

import copy
import inspect
import multiprocessing
import pickle
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import anyio
import httpx
import httpx2
import pytest

import xai_httpx
from tests.samples import sample
from tests.wire import HELLO
from xai_httpx import APIError, AsyncXAI, Meta, RawReply, XAIError
from xai_httpx.types.chat import ChatCompletion
from xai_httpx.types.responses import Response

CHUNK = b'data: {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": []}\n\n'
LIBRARIES = [httpx, httpx2]
NEVER_RAISED = ("HTTPStatusError", "CookieConflict", "TooManyRedirects")  # we neither check, store, nor follow


def kinds(library: Any) -> list[type[Exception]]:
    classes = [kind for name in library.__all__ if inspect.isclass(kind := getattr(library, name))]
    return [kind for kind in classes if issubclass(kind, Exception) and kind.__name__ not in NEVER_RAISED]


def fault(kind: type[Exception]) -> Exception:
    try:
        return kind("canary")
    except TypeError:
        return kind()


class Faulty:
    """A transport that fails at one point: `connect`, a chunk by its number, or `close`."""

    def __init__(self, library: Any, error: Exception, point: str | int) -> None:
        self.library = library
        self.error = error
        self.point = point

    async def handle_async_request(self, request: Any) -> Any:
        if self.point == "connect":
            raise self.error
        body = type("Body", (FaultyBody, self.library.AsyncByteStream), {})(self)
        return self.library.Response(200, headers={"content-type": "text/event-stream"}, stream=body)


class FaultyBody:
    def __init__(self, transport: Faulty) -> None:
        self._transport = transport
        self._number = -1

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        self._number += 1
        if self._number == self._transport.point:
            raise self._transport.error
        if self._number > 3:
            raise StopAsyncIteration
        return CHUNK if self._number < 3 else b"data: [DONE]\n\n"

    async def aclose(self) -> None:
        if self._transport.point == "close":
            raise self._transport.error


def made(library: Any, transport: Faulty) -> Any:
    base = type("Transport", (Faulty, library.AsyncBaseTransport), {})
    transport.__class__ = base
    return library.AsyncClient(transport=transport)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("point", ["connect", 0, 1, 3])
async def test_p05_each_error_of_the_library_becomes_ours(library: Any, point: str | int) -> None:
    for kind in [*kinds(library), ConnectionResetError, anyio.BrokenResourceError]:
        http = made(library, Faulty(library, fault(kind), point))
        async with http, AsyncXAI(api_key="k", http_client=http, retries=0) as client:
            with pytest.raises(XAIError) as caught:
                async with client.chat.completions.stream(model="m", messages=HELLO) as stream:
                    await stream.final()
            assert type(caught.value.__cause__) is kind
            assert client.concurrency.in_use == 0
            with pytest.raises(XAIError) as plain:
                await client.chat.completions.create(model="m", messages=HELLO)
            assert type(plain.value.__cause__) is kind
            assert client.concurrency.in_use == 0


@pytest.mark.parametrize("library", LIBRARIES)
async def test_p05_what_breaks_while_closing_harms_nobody(library: Any) -> None:
    for kind in [*kinds(library), ConnectionResetError, RuntimeError]:
        http = made(library, Faulty(library, fault(kind), "close"))
        async with http, AsyncXAI(api_key="k", http_client=http, retries=0) as client:
            async with client.chat.completions.stream(model="m", messages=HELLO) as stream:
                assert (await stream.final()).id == "c"
            async with client.chat.completions.stream(model="m", messages=HELLO):
                pass
            assert client.concurrency.in_use == 0


@pytest.mark.parametrize("library", LIBRARIES)
async def test_p05_what_is_no_error_of_the_library_passes_untouched(library: Any) -> None:
    for kind in (ZeroDivisionError, KeyError):  # cancellation: the storm in test_pools.py
        http = made(library, Faulty(library, kind("x"), 1))
        async with http, AsyncXAI(api_key="k", http_client=http, retries=0) as client:
            with pytest.raises(kind):
                async with client.chat.completions.stream(model="m", messages=HELLO) as stream:
                    await stream.final()
            assert client.concurrency.in_use == 0


def error_classes() -> Iterator[type[XAIError]]:
    for name in dir(xai_httpx):
        kind = getattr(xai_httpx, name)
        if inspect.isclass(kind) and issubclass(kind, XAIError):
            yield kind


META = Meta(500, ((b"x-request-id", b"r-1"),), "client-id", 2, 0.5)


def full(kind: type[XAIError]) -> XAIError:
    """An error with something in all that its class takes."""
    values = {"bool": True, "int": 3, "float": 1.5, "bytes": b"b", "list": [{"a": 1}]}
    given: dict[str, Any] = {}
    for base in (each for each in kind.__mro__ if "__init__" in vars(each) and issubclass(each, XAIError)):
        own = [one for one in inspect.signature(base.__init__).parameters.values() if one.kind is not one.VAR_KEYWORD]
        words = {one.name: str(one.annotation).partition(" ")[0].partition("[")[0] for one in own[2:]}
        given |= {name: META if name == "meta" else values.get(word, "text") for name, word in words.items()}
        if len(own) == len(inspect.signature(base.__init__).parameters):
            break  # it hands nothing on to its base
    error = kind("words", **given)
    if isinstance(error, APIError):
        error.partial = completion()
    error.add_note("a note")
    return error


def completion() -> ChatCompletion:
    return ChatCompletion.model_validate_json(sample("chat-completion.json"))


def results() -> list[Any]:
    response = Response.model_validate_json(sample("response.json"))
    return [completion(), response, RawReply(b"{}", META), META, META.rate_limits, response.output[0]]


def echoed(value: Any) -> Any:
    return value


@pytest.mark.parametrize("kind", list(error_classes()))
def test_p18_every_error_pickles_and_copies(kind: type[XAIError]) -> None:
    error = full(kind)
    for again in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error), copy.copy(error)):
        assert type(again) is kind
        assert (str(again), again.args, vars(again)) == (str(error), error.args, vars(error))


def test_p18_errors_and_results_cross_a_process_pool() -> None:
    given = [*map(full, error_classes()), *results()]
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        back = list(pool.map(echoed, given, timeout=60))
    for before, after in zip(given, back, strict=True):
        assert type(after) is type(before)
        assert (vars(after) == vars(before)) if isinstance(before, Exception) else after == before


def test_p18_results_copy(wire: Any) -> None:
    for result in results():
        assert copy.deepcopy(result) == result


async def test_p18_the_meta_of_a_result_goes_along(wire: Any) -> None:
    async with wire.client() as client:
        result = await client.chat.completions.create(model="m", messages=HELLO)
        again = pickle.loads(pickle.dumps(result))
    assert (again, again.meta) == (result, result.meta)
    assert copy.deepcopy(result).meta == result.meta
