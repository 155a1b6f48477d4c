"""A stand-in for the API that remembers what it was sent, and short ways to make requests."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from tests.samples import sample
from xai_httpx import AsyncXAI

HELLO: list[Any] = [{"role": "user", "content": "Hello"}]
REPLIES = {
    "/v1/chat/completions": "chat-completion.json",
    "/v1/responses": "response.json",
    "/v1/embeddings": "embedding.json",
    "/v1/tokenize-text": "tokens.json",
}
Method = Callable[..., Awaitable[Any]]


class Wire:
    """A server that remembers what it was sent and answers with samples."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(200, content=sample(REPLIES[request.url.path]))

    def client(self, **options: Any) -> AsyncXAI:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self))
        return AsyncXAI(api_key="test-key", http_client=http, **options)

    @property
    def body(self) -> Any:
        """The JSON of the only request."""
        (request,) = self.requests
        return json.loads(request.content)


def method(client: AsyncXAI, name: str) -> Method:
    return {
        "chat": client.chat.completions.create,
        "responses": client.responses.create,
        "compact": client.responses.compact,
        "embeddings": client.embeddings.create,
        "tokenizer": client.tokenizer.encode,
    }[name]


def chat(**changes: Any) -> dict[str, Any]:
    return {"model": "grok-4.6", "messages": HELLO, **changes}


def answer(**changes: Any) -> dict[str, Any]:
    return {"model": "grok-4.6", "input": "Hello", **changes}


def said(*messages: Any) -> dict[str, Any]:
    return chat(messages=list(messages))


def tool(**changes: Any) -> dict[str, Any]:
    return answer(tools=[{"type": "web_search", **changes}])
