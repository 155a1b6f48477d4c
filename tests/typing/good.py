# pyright: reportUnnecessaryTypeIgnoreComment=true
"""Typical uses, as a type checker must see them. Checked by mypy and pyright, never run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal, TypedDict, assert_type

import anyio
import httpx
import httpx2
from pydantic import BaseModel

from xai_httpx import (
    XAI,
    APIError,
    APIStatusError,
    AsyncXAI,
    CircuitBreaker,
    CircuitOpenError,
    ClientConfig,
    Concurrency,
    ConcurrencyTimeoutError,
    Download,
    JobState,
    JobTimeoutError,
    Meta,
    OutputError,
    OutputValidationError,
    Page,
    Parsed,
    RateLimits,
    RawReply,
    RequestOptions,
    ResponseTooLargeError,
    RetryPolicy,
    Stream,
    SyncPage,
    SyncStream,
    Timeout,
    Unknown,
    set_log_level,
)
from xai_httpx.types.chat import (
    ChatCompletion,
    ChatCompletionMessage,
    DeferredCompletion,
    ToolCall,
)
from xai_httpx.types.chat_events import ChatCompletionChunk
from xai_httpx.types.chat_params import ChatCompletionParams, ChatMessageParam
from xai_httpx.types.embeddings import EmbeddingResponse
from xai_httpx.types.models import LanguageModel, Model
from xai_httpx.types.responses import (
    CompactedResponse,
    DeletedResponse,
    FunctionToolCall,
    InputItem,
    OutputItem,
    OutputMessage,
    Response,
    ResponseUsage,
    UnknownOutputItem,
)
from xai_httpx.types.responses_events import ResponseOutputTextDeltaEvent, ResponseStreamEvent
from xai_httpx.types.responses_params import InputItemParam, ToolParam
from xai_httpx.types.shared import ChatUsage
from xai_httpx.types.tokenizer import TokenizeResponse


async def key() -> str:
    return "key"


def make() -> AsyncXAI:
    return AsyncXAI(
        api_key=key,
        timeout=Timeout(read=30),
        deadline=60,
        retries=RetryPolicy(),
        headers={"x-team": "a", "user-agent": None},
        out_of_range="clamp",
        http_client=httpx.AsyncClient(),
    )


def other_clients(client: AsyncXAI, sync_client: XAI) -> None:
    AsyncXAI(http_client=httpx2.AsyncClient(), circuit_breaker=CircuitBreaker(window=5), retry_budget=None)
    XAI(proxy="http://127.0.0.1:8080", verify="ca.pem", http_hosts=["gateway"], max_body_bytes=1024)
    assert_type(client.with_options(deadline=5, retries=RetryPolicy(on_retry=on_retry)), AsyncXAI)
    assert_type(sync_client.with_options(deadline=5), XAI)
    assert_type(client.concurrency, Concurrency)
    assert_type(sync_client.concurrency.waiting, int)
    assert_type(client.config, ClientConfig)
    assert_type(AsyncXAI.from_config(client.config, api_key="k"), AsyncXAI)
    assert_type(XAI.from_config(sync_client.config), XAI)
    set_log_level("WARNING")


def on_retry(attempt: int, error: APIError, delay: float) -> None:
    assert_type(error.may_have_been_processed, bool)
    assert_type(error.response_id, str | None)


def refused(full: ConcurrencyTimeoutError, open: CircuitOpenError, large: ResponseTooLargeError) -> None:
    assert_type((full.limit, full.in_use, full.waiting), tuple[int, int, int])
    assert_type((open.host, open.retry_after), tuple[str, float])
    assert_type(large.limit, int)


async def chat(client: AsyncXAI) -> None:
    answer = await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hello"}])
    assert_type(answer, ChatCompletion)
    assert_type(answer.text, str)
    assert_type(answer.reasoning_text, str)
    assert_type(answer.tool_calls, list[ToolCall])
    assert_type(answer.finish_reason, str | None)
    assert_type(answer.message, ChatCompletionMessage | None)
    assert_type(answer.meta, Meta)
    assert_type(answer.meta.rate_limits, RateLimits)
    if answer.usage is not None:
        assert_type(answer.usage.cost_usd, Decimal | None)
        assert_type(answer.usage.prompt_tokens, int)

    messages: list[ChatMessageParam] = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Hello"}]},
    ]
    if answer.message is not None:
        messages.append(answer.message)
        messages.extend({"role": "tool", "tool_call_id": call.id, "content": "1"} for call in answer.tool_calls)
        await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "Hello"}, answer.message, {"role": "user", "content": "B"}]
        )
    options: RequestOptions = {"timeout": 5, "retries": 0, "extra_body": {"new": 1}}
    await client.chat.completions.create(
        model="m",
        messages=messages,
        temperature=None,
        n=2,
        tool_choice="auto",
        tools=[{"type": "function", "function": {"name": "tide", "parameters": {}}}],
        response_format={"type": "json_schema", "json_schema": {"schema": {}}},
        options=options,
    )


async def params_made_apart(client: AsyncXAI) -> None:
    params: ChatCompletionParams = {"model": "m", "messages": ({"role": "user", "content": "Hello"},)}
    assert_type(await client.chat.completions.create(**params), ChatCompletion)
    assert_type(client.chat.completions.stream(**params), Stream[ChatCompletionChunk, ChatCompletion])


async def chat_stream(client: AsyncXAI) -> None:
    stream = client.chat.completions.stream(model="m", messages=[{"role": "user", "content": "Hello"}])
    assert_type(stream, Stream[ChatCompletionChunk, ChatCompletion])
    async with stream as opened:
        assert_type(opened.meta, Meta)
        async for chunk in opened:
            assert_type(chunk, ChatCompletionChunk)
            assert_type(chunk.text, str)
        assert_type(await opened.final(), ChatCompletion)
        assert_type(opened.partial, ChatCompletion | None)


async def deferred(client: AsyncXAI, states: list[JobState]) -> None:
    started = await client.chat.completions.defer(model="m", messages=[{"role": "user", "content": "Hello"}])
    assert_type(started, DeferredCompletion)
    assert_type(await client.chat.completions.retrieve_deferred(started.request_id), ChatCompletion | None)

    async def tell(state: JobState) -> None:
        assert_type(state.progress, float | None)

    waited = client.chat.completions.wait_deferred
    assert_type(await waited(started.request_id, interval=0, timeout=None, on_progress=tell), ChatCompletion)
    assert_type(await waited(started.request_id, on_progress=states.append, options={"timeout": 5}), ChatCompletion)


async def responses(client: AsyncXAI) -> None:
    answer = await client.responses.create(model="m", input="Hello")
    assert_type(answer, Response)
    assert_type(answer.output_text, str)
    assert_type(answer.tool_calls, list[FunctionToolCall])
    assert_type(answer.to_input(), list[OutputItem])
    for item in answer.output:
        match item:
            case OutputMessage():
                assert_type(item.text, str)
            case UnknownOutputItem():
                assert_type(item.raw, dict[str, Any])
            case _:
                pass
        if isinstance(item, Unknown):
            assert_type(item.type, str)

    tools: list[ToolParam] = [{"type": "web_search", "allowed_domains": ["a.example"]}, {"type": "x_search"}]
    items: list[InputItemParam] = [
        {"role": "user", "content": "Hello"},
        {"type": "function_call_output", "call_id": "1", "output": "2"},
    ]
    await client.responses.create(model="m", input=items, tools=tools, reasoning={"effort": "low"})
    await client.responses.create(
        model="m",
        input=[
            {"role": "user", "content": "Hello"},
            *answer.to_input(),
            {"type": "function_call_output", "call_id": answer.tool_calls[0].call_id, "output": "2"},
        ],
        tools=answer.tools,
    )
    assert_type(await client.responses.retrieve("r"), Response)
    assert_type(await client.responses.delete("r"), DeletedResponse)
    compacted = await client.responses.compact(model="m", input=items)
    assert_type(compacted, CompactedResponse)
    await client.responses.create(model="m", input=[*compacted.output, {"role": "user", "content": "Go on."}])


async def response_stream(client: AsyncXAI) -> None:
    async with client.responses.stream(model="m", input="Hello") as stream:
        assert_type(stream, Stream[ResponseStreamEvent, Response])
        async for event in stream:
            match event:
                case ResponseOutputTextDeltaEvent():
                    assert_type(event.delta, str)
                case _:
                    kind: str = event.type
                    print(kind)
        async for piece in stream.text_stream:
            assert_type(piece, str)
        assert_type(await stream.final(), Response)


async def bytes_of(text: str) -> AsyncIterator[bytes]:
    yield text.encode()


async def the_rest(client: AsyncXAI, file: BinaryIO) -> None:
    assert_type(await client.embeddings.create(model="m", input=["a", "b"]), EmbeddingResponse)
    assert_type(await client.tokenizer.encode(model="m", text="a"), TokenizeResponse)
    assert_type(await client.request("GET", "/new"), RawReply)
    await client.request("POST", "/new", content=b"bytes", on_progress=lambda sent, total: print(sent, total))
    await client.request("POST", "/new", content=Path("path"), content_type="audio/mpeg")
    await client.request("POST", "/new", content=anyio.Path("path"))
    await client.request("POST", "/new", content=BytesIO())
    await client.request("POST", "/new", content=bytes_of("text"))
    await client.request("POST", "/new", content=file)
    assert_type(await client.download("/file", "to", query={"a": 1}), Download)
    assert_type(await client.models.retrieve("m"), Model)
    assert_type(await client.models.language.retrieve("m"), LanguageModel)


async def pages(client: AsyncXAI) -> None:
    listing = client.models.list()
    assert_type(listing, Page[Model])
    page = await listing
    assert_type(page, Page[Model])
    assert_type(page.items, list[Model])
    assert_type(await page.next(), Page[Model] | None)
    assert_type(await listing.collect(limit=3), list[Model])
    async for model in client.models.language.list():
        assert_type(model, LanguageModel)
    async for item in client.responses.input_items.list("r", limit=5, order="asc"):
        assert_type(item, InputItem)
    async for one in listing.pages():
        assert_type(one, Page[Model])


class City(BaseModel):
    name: str
    twins: list[City]


@dataclass
class Point:
    x: int


class Address(TypedDict):
    street: str


class Colour(Enum):
    RED = "red"


async def outputs(client: AsyncXAI) -> None:
    chat, responses = client.chat.completions, client.responses
    answer = await chat.parse(City, model="m", messages=[{"role": "user", "content": "Hello"}], n=1)
    assert_type(answer, Parsed[City, ChatCompletion])
    assert_type(answer.parsed, City)
    assert_type(answer.text, str)
    assert_type(answer.usage, ChatUsage | None)
    assert_type(answer.reply, ChatCompletion)
    assert_type(answer.meta, Meta)
    assert_type((await responses.parse(Point, model="m", input="Hello")).parsed, Point)
    assert_type((await responses.parse(Point, model="m", input="Hello")).usage, ResponseUsage | None)
    assert_type((await responses.parse(Address, model="m", input="Hello")).parsed, Address)
    assert_type((await responses.parse(list[City], model="m", input="Hello")).parsed, list[City])
    assert_type((await responses.parse(dict[str, Point], model="m", input="Hello")).parsed, dict[str, Point])
    assert_type((await responses.parse(City | Point, model="m", input="Hello")).parsed, City | Point)
    assert_type((await responses.parse(City | None, model="m", input="Hello")).parsed, City | None)
    assert_type((await responses.parse(Literal["a", "b"], model="m", input="Hello")).parsed, Literal["a", "b"])
    assert_type((await responses.parse(Colour, model="m", input="Hello")).parsed, Colour)
    assert_type((await responses.parse(Decimal, model="m", input="Hello")).parsed, Decimal)
    assert_type((await responses.parse(date | datetime, model="m", input="Hello")).parsed, date | datetime)
    assert_type((await responses.parse(Annotated[int, "unit"], model="m", input="Hello")).parsed, int)


def sync() -> None:
    with XAI(api_key="key", retries=0, timeout=5) as client:
        answer = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hello"}])
        assert_type(answer, ChatCompletion)
        assert_type(client.responses.create(model="m", input="Hello"), Response)
        assert_type(client.chat.completions.parse(City, model="m", messages=[]), Parsed[City, ChatCompletion])
        assert_type(client.responses.parse(list[City], model="m", input="Hello").parsed, list[City])
        assert_type(client.responses.parse(City | None, model="m", input="Hello").parsed, City | None)
        assert_type(client.embeddings.create(model="m", input="a"), EmbeddingResponse)
        with client.responses.stream(model="m", input="Hello") as stream:
            assert_type(stream, SyncStream[ResponseStreamEvent, Response])
            for piece in stream.text_stream:
                assert_type(piece, str)
            assert_type(stream.final(), Response)
        for event in client.chat.completions.stream(model="m", messages=[]):
            assert_type(event, ChatCompletionChunk)
        assert_type(client.chat.completions.wait_deferred("r", interval=2), ChatCompletion)
        listing = client.models.list()
        assert_type(listing, SyncPage[Model])
        for model in listing:
            assert_type(model, Model)
        assert_type(client.request("GET", "/new"), RawReply)
        assert_type(client.download("/file", Path("to")), Download)


def outputs_that_fail(error: OutputError) -> None:
    assert_type(error.reason, str)
    assert_type(error.text, str)
    assert_type(error.meta, Meta | None)
    if isinstance(error, OutputValidationError):
        assert_type(error.errors, list[dict[str, Any]])


def errors(error: APIStatusError, late: JobTimeoutError) -> None:
    assert_type(late.id, str)
    assert_type(late.last, JobState | None)
    assert_type(error.job_id, str | None)
    assert_type(error.status_code, int)
    assert_type(error.code, str | None)
    assert_type(error.meta, Meta | None)
    assert_type(error.request_id, str | None)
