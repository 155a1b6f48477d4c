"""Types to ask for, and a server that answers, for the tests of structured output."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, NamedTuple

import httpx
from pydantic import BaseModel
from typing_extensions import TypedDict

from tests.samples import sample
from tests.wire import answer, chat
from xai_httpx import (
    AsyncXAI,
    Parsed,
)

APIS = ["chat", "responses"]


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Line(BaseModel):
    name: str
    price: Decimal
    colour: Colour = Colour.RED


class Order(BaseModel):
    lines: list[Line]
    totals: dict[str, Line]
    note: str | None = None


@dataclass
class Point:
    x: int
    y: int


class Address(TypedDict):
    city: str
    tags: list[str]


class Pair(NamedTuple):
    left: int
    right: str


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    name: str


class Tree(BaseModel):
    name: str
    children: list[Tree] = []


class Hook(BaseModel):
    callback: Callable[[int], int] | None = None


class Answer(BaseModel):
    items: list[Hook]


class Socket:
    """Something that pydantic knows nothing of."""


@dataclass
class Wired:
    plugs: dict[str, list[Socket]]


class Nobody(Enum):
    pass


class Server:
    """Answers both APIs with one text; `finish` and `changes` are what else a reply says."""

    def __init__(self, text: str | None, finish: str = "stop", **changes: Any) -> None:
        self.text, self.finish, self.changes = text, finish, changes
        self.bodies: list[Any] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(json.loads(request.content))
        is_chat = request.url.path.endswith("/completions")
        return httpx.Response(200, json=self._completion() if is_chat else self._response())

    def _completion(self) -> Any:
        message = {"role": "assistant", "content": self.text, **self.changes.get("message", {})}
        choice = {"index": 0, "message": message, "finish_reason": self.finish}
        return json.loads(sample("chat-completion.json")) | {"choices": [choice]}

    def _response(self) -> Any:
        parts = [{"type": "output_text", "text": self.text, "annotations": [], "logprobs": []}] if self.text else []
        item = {"type": "message", "id": "m", "role": "assistant", "status": "completed"}
        whole = json.loads(sample("response.json")) | {"output": [{**item, "content": parts}]}
        return whole | self.changes.get("response", {})

    def client(self) -> AsyncXAI:
        return AsyncXAI(api_key="k", http_client=httpx.AsyncClient(transport=httpx.MockTransport(self)))

    async def parse(self, api: str, form: Any, **changes: Any) -> Parsed[Any, Any]:
        async with self.client() as client:
            if api == "chat":
                return await client.chat.completions.parse(form, **chat(**changes))
            return await client.responses.parse(form, **answer(**changes))

    @property
    def schema(self) -> Any:
        """The schema of the only request."""
        (body,) = self.bodies
        form = body["response_format"]["json_schema"] if "messages" in body else body["text"]["format"]
        assert form["strict"] is True
        assert form["name"].replace("_", "").isalnum()
        return form["schema"]


ORDER = '{"lines": [{"name": "a", "price": "19.99", "colour": "blue"}], "totals": {"x": {"name": "b", "price": "2"}}}'
FULL = Order(
    lines=[Line(name="a", price=Decimal("19.99"), colour=Colour.BLUE)],
    totals={"x": Line(name="b", price=Decimal(2))},
)
# Of each type a value, and the JSON that a model would write for it.
