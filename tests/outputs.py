"""Types to ask for, and a server that answers, for the tests of structured output."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, NamedTuple

import httpx
import jsonschema
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


class Endless(BaseModel):
    next: Endless


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


def assert_acceptable(schema: Any) -> None:
    """What xAI documents of schemas: https://docs.x.ai/developers/model-capabilities/text/structured-outputs."""
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["type"] == "object"
    nodes = list(inside(schema))
    assert_no_loop(schema)
    assert not [node for node in nodes if node.keys() & {"discriminator", "oneOf", "patternProperties"}]
    assert not [node for node in nodes if node.get("anyOf") == [] or node.get("enum") == []]
    assert all("additionalProperties" in node for node in nodes if node.get("type") == "object")


def inside(node: Any) -> Any:
    if isinstance(node, dict):
        yield node
    for member in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from inside(member)


def assert_no_loop(schema: Any) -> None:
    """All that a schema refers to is there, and nothing that is there leads back to itself."""
    definitions = schema.get("$defs", {})
    body = {key: value for key, value in schema.items() if key != "$defs"}
    left = {"": body, **definitions}
    leads = {
        name: {node["$ref"].removeprefix("#/$defs/") for node in inside(part) if isinstance(node.get("$ref"), str)}
        for name, part in left.items()
    }
    assert set().union(*leads.values()) == definitions.keys()
    while ends := [name for name in left if not leads[name] & left.keys()]:
        for name in ends:
            del left[name]
    assert not left


ORDER = '{"lines": [{"name": "a", "price": "19.99", "colour": "blue"}], "totals": {"x": {"name": "b", "price": "2"}}}'
FULL = Order(
    lines=[Line(name="a", price=Decimal("19.99"), colour=Colour.BLUE)],
    totals={"x": Line(name="b", price=Decimal(2))},
)
