"""Handlers of the legacy endpoints: completions in two old forms, and messages."""

import json
import math
import uuid

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .._brain import tokens
from .._brain.brain import Answer, FunctionTool, Prompt
from .._brain.prompting import content_text
from .._contract.errors import ApiError
from .._contract.refusals import check_ranges
from .._json import JsonObject
from .._stores.catalogue import CatalogueModel
from . import chat_wire
from .chat_wire import ChatTurn
from .http import body_of, model_reply, require_model
from .state import SimulatorState

_RANGES = {
    "max_tokens": (1, math.inf),
    "max_tokens_to_sample": (1, math.inf),
    "n": (1, 128),
    "stop": (0, 4),
    "stop_sequences": (0, 4),
}


class LegacyRoutes:
    """What old code calls; none of it is streamed here."""

    def __init__(self, state: SimulatorState) -> None:
        """Serve from this state."""
        self._state = state

    async def create_completion(self, request: Request) -> Response:
        """Serve `POST /v1/completions`."""
        body = _checked(request)
        given = body.get("prompt") or ""
        text = given if isinstance(given, str) else "\n".join(given)
        most = body.get("max_tokens")
        prompt = Prompt((text,), tokens.count(text), max_tokens=most, stop=_stop(body), seed=body.get("seed") or 0)
        turn = self._turn(body, prompt)
        usage = chat_wire.usage(turn)
        reply = {
            "id": turn.id,
            "object": "text_completion",
            "created": turn.created,
            "model": turn.model.id,
            "choices": [
                {"index": index, "text": answer.text, "finish_reason": answer.finish}
                for index, answer in enumerate(turn.answers)
            ],
            "usage": usage,
        }
        return model_reply(reply, usage["total_tokens"])

    async def complete(self, request: Request) -> Response:
        """Serve `POST /v1/complete`."""
        body = _checked(request)
        text, most = body["prompt"], body["max_tokens_to_sample"]
        turn = self._turn(body, Prompt((text,), tokens.count(text), max_tokens=most, stop=_stop(body)))
        (said,) = turn.answers
        reason = "length" if said.finish == "length" else "stop_sequence"
        reply = {
            "id": turn.id,
            "type": "completion",
            "model": turn.model.id,
            "completion": said.text,
            "stop_reason": reason,
        }
        return model_reply(reply, chat_wire.usage(turn)["total_tokens"])

    async def create_message(self, request: Request) -> Response:
        """Serve `POST /v1/messages`."""
        body = _checked(request)
        messages: list[JsonObject] = body["messages"]
        texts = [content_text(message["content"]) for message in messages]
        prompt = Prompt(
            user_texts=tuple(text for text, message in zip(texts, messages, strict=True) if message["role"] == "user"),
            tokens=sum(map(tokens.count, [content_text(body.get("system")), *texts])),
            called_tools=_called(body),
            max_tokens=body["max_tokens"],
            stop=_stop(body),
        )
        turn = self._turn(body, prompt, reasoning=True)
        usage = chat_wire.usage(turn)
        return model_reply(_message(turn, usage), usage["total_tokens"])

    def _turn(self, body: JsonObject, prompt: Prompt, *, reasoning: bool = False) -> ChatTurn:
        model: CatalogueModel = require_model(body["model"], "language")
        if model.reasons and not reasoning:
            raise ApiError(400, f"The model {model.id} reasons, which this endpoint does not support.")
        said = self._state.answers(prompt, body.get("n") or 1, model, body)
        return ChatTurn(str(uuid.uuid4()), int(self._state.clock.now()), model, said, prompt.tokens)


def legacy_routes(state: SimulatorState) -> list[Route]:
    """Return the routes of the legacy endpoints."""
    routes = LegacyRoutes(state)
    return [
        Route("/v1/completions", routes.create_completion, methods=["POST"]),
        Route("/v1/complete", routes.complete, methods=["POST"]),
        Route("/v1/messages", routes.create_message, methods=["POST"]),
    ]


def _checked(request: Request) -> JsonObject:
    body = body_of(request)
    check_ranges(body, _RANGES)
    if body.get("stream"):
        raise ApiError(400, "The simulator does not stream legacy endpoints.")
    return body


def _stop(body: JsonObject) -> tuple[str, ...]:
    return tuple(body.get("stop") or body.get("stop_sequences") or ())


def _called(body: JsonObject) -> tuple[FunctionTool, ...]:
    """The tool that the request obliges the model to call."""
    tools: list[JsonObject] = body.get("tools") or []
    choice: JsonObject = body.get("tool_choice") or {}
    wanted = [tool for tool in tools if choice.get("type") == "any" or tool["name"] == choice.get("name")]
    return tuple(FunctionTool(tool["name"], tool["input_schema"]) for tool in wanted[:1])


def _message(turn: ChatTurn, usage: JsonObject) -> JsonObject:
    (said,) = turn.answers
    content: list[JsonObject] = [{"type": "thinking", "thinking": said.reasoning, "signature": "simulated"}] * bool(
        said.reasoning
    )
    content += [{"type": "text", "text": said.text}] * bool(said.text)
    content += [
        {"type": "tool_use", "id": f"toolu_{index}", "name": use.name, "input": json.loads(use.arguments)}
        for index, use in enumerate(said.tool_uses)
    ]
    return {
        "id": turn.id,
        "type": "message",
        "role": "assistant",
        "model": turn.model.id,
        "content": content,
        "stop_reason": _reason(said),
        "stop_sequence": None,
        "usage": {
            "input_tokens": usage["prompt_tokens"],
            "output_tokens": usage["total_tokens"] - usage["prompt_tokens"],
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
        },
    }


def _reason(said: Answer) -> str:
    return {"length": "max_tokens", "tool_calls": "tool_use"}.get(said.finish, "end_turn")
