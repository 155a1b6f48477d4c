# pyright: reportUnnecessaryTypeIgnoreComment=true
"""Mistakes that a type checker must report. Never run.

Both checkers honour `type: ignore` (mypy with its code), and both report one that hides nothing: a mistake that either
does not see any more fails the check.
"""

from __future__ import annotations

from typing import Any

import httpx

from xai_httpx import XAI, AsyncXAI
from xai_httpx import AsnycXAI as AsnycXAI  # type: ignore[attr-defined]
from xai_httpx.types.responses import Response


async def chat(client: AsyncXAI) -> None:
    await client.chat.completions.create(model="m")  # type: ignore[call-arg]
    await client.chat.completions.create(messages=[])  # type: ignore[call-arg]
    await client.chat.completions.create(model="m", messages=[], temprature=1)  # type: ignore[call-arg]
    await client.chat.completions.create(model="m", messages=[], temperature="1")  # type: ignore[arg-type]
    await client.chat.completions.create(model="m", messages=[], stream=True)  # type: ignore[call-arg]
    await client.chat.completions.create(model="m", messages=[], deferred=True)  # type: ignore[call-arg]
    await client.chat.completions.create("m", [])  # type: ignore[arg-type, call-arg]
    await client.chat.completions.create(model="m", messages=[{"role": "robot", "content": "a"}])  # type: ignore[list-item]
    await client.chat.completions.create(model="m", messages=[{"role": "user", "contents": "a"}])  # type: ignore[list-item]
    await client.chat.completions.create(model="m", messages=[{"role": "user"}])  # type: ignore[list-item]
    await client.chat.completions.create(model="m", messages=[], tool_choice="sometimes")  # type: ignore[arg-type]
    await client.chat.completions.create(model="m", messages=[], response_format={"type": "xml"})  # type: ignore[arg-type]
    await client.chat.completions.create(model="m", messages=[], options={"retry": 1})  # type: ignore[arg-type]
    await client.chat.completions.create(model="m", messages=[], options={"deadline": "1"})  # type: ignore[arg-type]
    await client.chat.completions.defer(model="m")  # type: ignore[call-arg]
    await client.chat.completions.wait_deferred("r", interval="1")  # type: ignore[arg-type]
    answer = await client.chat.completions.create(model="m", messages=[])
    answer.txt  # type: ignore[attr-defined]
    answer.usage.total_tokens  # type: ignore[union-attr]


def other_clients(client: AsyncXAI) -> None:
    AsyncXAI(http_client=httpx.Client())  # type: ignore[arg-type]
    AsyncXAI(circuit_breaker=True)  # type: ignore[arg-type]
    AsyncXAI(verify=False)  # type: ignore[arg-type]
    client.with_options(tiemout=3)  # type: ignore[call-arg]
    client.with_options(deadline="3")  # type: ignore[arg-type]
    client.concurrency = (1, 0, 0)  # type: ignore[assignment, misc]


async def outputs(client: AsyncXAI) -> None:
    await client.chat.completions.parse(int, model="m")  # type: ignore[call-arg]
    await client.chat.completions.parse(model="m", messages=[])  # type: ignore[call-arg]
    await client.chat.completions.parse(5, model="m", messages=[])  # type: ignore[arg-type]
    await client.responses.parse(int, model="m", input="a", temprature=1)  # type: ignore[call-arg]
    answer = await client.responses.parse(int, model="m", input="a")
    wrong: str = answer.parsed  # type: ignore[assignment]
    answer.parsed = 5  # type: ignore[misc]
    answer.usage.total_tokens  # type: ignore[union-attr]


async def streams(client: AsyncXAI) -> None:
    client.chat.completions.stream(model="m")  # type: ignore[call-arg]
    client.chat.completions.stream(model="m", messages=[], temprature=1)  # type: ignore[call-arg]
    client.chat.completions.stream(model="m", messages=[], n="1")  # type: ignore[arg-type]
    client.responses.stream(model="m")  # type: ignore[call-arg]
    client.responses.stream(model="m", input="a", store="yes")  # type: ignore[arg-type]
    client.responses.stream(model="m", input="a", tool_choice="sometimes")  # type: ignore[arg-type]
    for _ in client.responses.stream(model="m", input="a"):  # type: ignore[attr-defined]
        pass
    async with client.responses.stream(model="m", input="a") as stream:
        stream.final().output_text  # type: ignore[attr-defined]


async def responses(client: AsyncXAI) -> None:
    await client.responses.create(model="m")  # type: ignore[call-arg]
    await client.responses.create(model="m", inputs="a")  # type: ignore[call-arg]
    await client.responses.create(model="m", input=5)  # type: ignore[arg-type]
    await client.responses.create(model="m", input="a", tools=[{"type": "mcp", "server_url": 5}])  # type: ignore[list-item]
    await client.responses.create(model="m", input=[{"role": "robot", "content": "a"}])  # type: ignore[list-item]
    await client.responses.input_items.list("r", order="up")  # type: ignore[arg-type]
    await client.responses.retrieve()  # type: ignore[call-arg]


async def any_endpoint(client: AsyncXAI) -> None:
    await client.request("POST", "/new", content="text")  # type: ignore[arg-type]
    await client.request("POST", "/new", content=b"", on_progress=lambda sent: None)  # type: ignore[misc, arg-type]
    await client.download("/file")  # type: ignore[call-arg]
    await client.download("/file", b"to")  # type: ignore[arg-type]


async def embeddings(client: AsyncXAI) -> None:
    await client.embeddings.create(model="m")  # type: ignore[call-arg]
    await client.embeddings.create(model="m", input=1.5)  # type: ignore[arg-type]
    await client.embeddings.create(model="m", input="a", encoding_format="int8")  # type: ignore[arg-type]
    await client.embeddings.create(model="m", input="a", dimension=8)  # type: ignore[call-arg]
    await client.tokenizer.encode(model="m", text=["a"])  # type: ignore[arg-type]


def sync(client: XAI) -> None:
    client.chat.completions.create(model="m")  # type: ignore[call-arg]
    client.chat.completions.create(model="m", messages=[], temprature=1)  # type: ignore[call-arg]
    client.chat.completions.create(model="m", messages=[], temperature="1")  # type: ignore[arg-type]
    client.chat.completions.create(model="m", messages=[], tool_choice="sometimes")  # type: ignore[arg-type]
    client.chat.completions.stream(model="m")  # type: ignore[call-arg]
    client.chat.completions.parse(int, model="m")  # type: ignore[call-arg]
    client.responses.parse(5, model="m", input="a")  # type: ignore[arg-type]
    text: str = client.responses.parse(int, model="m", input="a").parsed  # type: ignore[assignment]
    client.responses.create(model="m", inputs="a")  # type: ignore[call-arg]
    client.embeddings.create(model="m", input="a", encoding_format="int8")  # type: ignore[arg-type]
    wrong: int = client.responses.create(model="m", input="a")  # type: ignore[assignment]
    client.models.retrieve()  # type: ignore[call-arg]


def clients(anything: Any) -> None:
    AsyncXAI("key")  # type: ignore[call-arg]
    AsyncXAI(apikey="key")  # type: ignore[call-arg]
    AsyncXAI(api_key=5)  # type: ignore[arg-type]
    AsyncXAI(out_of_range="ignore")  # type: ignore[arg-type]
    AsyncXAI(retries="2")  # type: ignore[arg-type]
    AsyncXAI(headers={"a": 1})  # type: ignore[dict-item]
    XAI("key")  # type: ignore[call-arg]
    XAI(apikey="key")  # type: ignore[call-arg]
    XAI(out_of_range="ignore")  # type: ignore[arg-type]
    XAI(http_client=anything, timeout="1")  # type: ignore[arg-type]


def fields(response: Response) -> None:
    response.output_txt  # type: ignore[attr-defined]
    response.output[0].no_field  # type: ignore[union-attr]
