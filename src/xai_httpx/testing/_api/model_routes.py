"""Handlers of the calls that run a model."""

import asyncio
import uuid
from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response

from .._brain.tokens import count, tokenize_body
from .._json import JsonObject
from .._stores.response_store import Context, StoredResponse, previous_context
from . import chat_wire, responses_wire
from .chat_request import read_chat_call
from .chat_wire import ChatTurn
from .embeddings import embeddings_body, read_inputs
from .http import body_of, event_stream, model_reply, require_model
from .responses_request import (
    check_responses_body,
    compaction_blob,
    input_tokens,
    read_input,
    read_prompt,
    user_texts,
)
from .responses_wire import ResponseTurn
from .state import SimulatorState


class ModelRoutes:
    """Chat completions, responses, embeddings and the tokenizer."""

    def __init__(self, state: SimulatorState) -> None:
        """Serve from this state."""
        self._state = state

    async def create_completion(self, request: Request) -> Response:
        """Serve `POST /v1/chat/completions`."""
        call = read_chat_call(body_of(request))
        model = require_model(call.model, "language")
        turn = ChatTurn(
            id=str(uuid.uuid4()),
            created=int(self._state.clock.now()),
            model=model,
            # The script is taken last: a refused request leaves it for the next one.
            answers=self._state.answers(call.prompt, call.choices, model, body_of(request)),
            prompt_tokens=call.prompt.tokens,
            service_tier=call.service_tier,
        )
        tokens, seconds = chat_wire.usage(turn)["total_tokens"], self._state.limits.seconds_a_token
        if call.deferred:
            return model_reply({"request_id": self._state.deferred.add(chat_wire.completion(turn))}, tokens)
        if call.stream:
            return event_stream(chat_wire.chunks(turn, include_usage=call.include_usage), tokens, seconds)
        await asyncio.sleep(seconds * (tokens - turn.prompt_tokens))
        return model_reply(chat_wire.completion(turn), tokens)

    async def create_response(self, request: Request) -> Response:
        """Serve `POST /v1/responses`."""
        body = body_of(request)
        check_responses_body(body)
        model = require_model(body["model"], "language")
        items = read_input(body["input"])
        prompt = read_prompt(body, items, previous_context(self._state.responses, body))
        (said,) = self._state.answers(prompt, 1, model, body)
        now = self._state.clock.now()
        turn = ResponseTurn(str(uuid.uuid4()), int(now), model, said, prompt.tokens, body)
        stored = StoredResponse(
            body=responses_wire.response(turn),
            input_items=items,
            context=Context(prompt.user_texts, prompt.tokens + turn.answer.visible_tokens),
            created_at=now,
        )
        tokens, seconds = prompt.tokens + turn.output_tokens, self._state.limits.seconds_a_token
        if body.get("stream"):
            return event_stream(self._stored_at_end(responses_wire.events(turn), stored), tokens, seconds)
        self._keep(stored)
        await asyncio.sleep(seconds * turn.output_tokens)
        return model_reply(stored.body, tokens)

    async def compact_response(self, request: Request) -> Response:
        """Serve `POST /v1/responses/compact`."""
        body = body_of(request)
        model = require_model(body["model"], "language")
        items = read_input(body["input"])
        texts = user_texts(items)
        before, after = input_tokens(items), sum(map(count, texts))
        usage: JsonObject = {
            "input_tokens": before,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": after,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": before + after,
            "dropped_message_count": sum(item.get("role") != "user" for item in items),
        }
        made_at = int(self._state.clock.now())
        reply = responses_wire.compaction(str(uuid.uuid4()), made_at, model, compaction_blob(texts), usage)
        return model_reply(reply, before + after)

    async def create_embeddings(self, request: Request) -> Response:
        """Serve `POST /v1/embeddings`."""
        body = body_of(request)
        inputs = read_inputs(body)
        model = require_model(body["model"], "embedding")
        return model_reply(embeddings_body(model, inputs, body), sum(map(len, inputs)))

    async def tokenize(self, request: Request) -> Response:
        """Serve `POST /v1/tokenize-text`."""
        body = body_of(request)
        require_model(body["model"], "language")
        return model_reply(tokenize_body(body["text"]), 0)

    def _stored_at_end(self, events: Iterator[JsonObject], stored: StoredResponse) -> Iterator[JsonObject]:
        for event in events:
            if "response" in event and event["response"]["status"] != "in_progress":
                self._keep(stored)
            yield event

    def _keep(self, stored: StoredResponse) -> None:
        if stored.body["store"]:
            self._state.responses.add(stored)
