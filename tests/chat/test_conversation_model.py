"""Whatever is done with a conversation, in any order, an API gets what was said and answered, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import anyio
import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from xai_httpx import APIStatusError, AsyncXAI
from xai_httpx.chat import Chat

WHOLE = {"object": "response", "created_at": 1, "model": "m", "status": "completed", "text": {}, "store": True}
WHOLE |= {"parallel_tool_calls": True, "tool_choice": "auto", "tools": []}
STEPS = st.one_of(
    st.tuples(st.just("append"), st.integers(1, 2)),
    st.tuples(
        st.sampled_from(["sample", "stream", "leave", "fail", "fail stream", "fork", "save", "compact"]), st.just(1)
    ),
    st.tuples(st.sampled_from(["sample", "stream", "leave", "fail"]), st.just(0)),
)


class Server:
    """The Responses API as far as it keeps what is stored; it answers each request with a number."""

    def __init__(self) -> None:
        self.stored: dict[str, list[Any]] = {}
        self.seen: list[Any] = []
        self.answers = 0
        self.failing = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        if self.failing:
            return httpx.Response(400, json={"code": "x", "error": "no"})
        if request.url.path.endswith("/compact"):
            item = {"type": "compaction", "encrypted_content": json.dumps(body["input"], sort_keys=True)}
            head = {"id": "cmp", "object": "response.compaction", "created_at": 1, "model": "m"}
            return httpx.Response(200, json={**head, "output": [item]})
        self.seen = [*self.stored.get(body.get("previous_response_id"), []), *body["input"]]
        self.answers += 1
        part = {"type": "output_text", "text": str(self.answers), "annotations": []}
        item = {"type": "message", "role": "assistant", "id": f"m{self.answers}", "content": [part]}
        response = {**WHOLE, "id": f"r{self.answers}", "output": [item]}
        self.stored[response["id"]] = [*self.seen, item]
        if not body.get("stream"):
            return httpx.Response(200, json=response)
        created = {"type": "response.created", "response": {**response, "output": [], "status": "in_progress"}}
        events = (created, {"type": "response.completed", "response": response})
        data = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
        return httpx.Response(200, content=data.encode(), headers={"content-type": "text/event-stream"})


class Model:
    """A conversation, and what its history has to be."""

    def __init__(self, server: Server, client: AsyncXAI, *, store: bool) -> None:
        self._server = server
        self._client = client
        self.chat = client.chat.create(model="m", store=store)
        self.said: list[Any] = []
        self.known = 0
        self._store = store
        self._number = 0

    def words(self, count: int) -> tuple[list[str], list[Any]]:
        """Texts that were not said before, and the items that they are."""
        texts = [f"text {self._number + index}" for index in range(count)]
        self._number += count
        return texts, [{"role": "user", "content": text} for text in texts]

    async def do(self, step: str, count: int) -> None:
        texts, items = self.words(count)
        nothing_new = not self.said if not self._store else len(self.said) == self.known
        if step == "append":
            self.chat.append(*texts)
            self.said += items
        elif step == "fork":
            self.chat = self.chat.fork()
        elif step == "save":
            self.chat = Chat.from_json(self.chat.to_json(), client=self._client)
        elif step == "compact":
            await self.compact()
        elif items or not nothing_new:
            await self.turn(step, texts, items)
        assert self.chat.messages == Chat.from_json(self.chat.to_json(), client=self._client).messages
        assert self.chat.render()["input"] == self.said

    async def compact(self) -> None:
        if self.said:
            await self.chat.compact()
            self.said = [{"type": "compaction", "encrypted_content": json.dumps(self.said, sort_keys=True)}]
            self.known = 0

    async def turn(self, step: str, texts: list[str], items: list[Any]) -> None:
        self._server.failing = step.startswith("fail")
        try:
            if "stream" in step or step == "leave":
                async with self.chat.stream(*texts) as stream:
                    await anext(stream)
                    if step != "leave":
                        await stream.final()
            else:
                await self.chat.sample(*texts)
        except APIStatusError:
            assert self._server.failing
        else:
            assert self._server.seen == [*self.said, *items]
        finally:
            self._server.failing = False
        if step in ("sample", "stream"):
            self.said = [*self._server.stored[f"r{self._server.answers}"]]
            self.known = len(self.said)


async def played(steps: list[tuple[str, int]], *, store: bool) -> None:
    server = Server()
    http = httpx.AsyncClient(transport=httpx.MockTransport(server))
    async with http, AsyncXAI(api_key="k", http_client=http, retries=0) as client:
        model = Model(server, client, store=store)
        for step, count in steps:
            await model.do(step, count)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, min_size=1, max_size=12), st.booleans())
def test_an_api_gets_what_was_said_whatever_happens(steps: list[tuple[str, int]], store: bool) -> None:
    anyio.run(lambda: played(steps, store=store))
