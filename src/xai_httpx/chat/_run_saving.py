"""A run as text, and back: in another process it goes on from there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from .._encode import encode
from .._errors import RequestValidationError
from ._entries import Answer, ToolResult
from ._run_state import RunState
from ._saving import from_json, read_entry, written, written_entry

if TYPE_CHECKING:
    from .._resources import Resources
    from ._chat import Chat

FORMAT = "xai_httpx.run"
VERSION = 1
EXPECTED = f"the state of a run, of version {VERSION}"


def to_text(state: RunState) -> str:
    """Write a run, wherever it is: what was said to it is part of the conversation that is written."""
    chat = written(state.left or state.chat)
    messages = [*chat["messages"], *map(written_entry, state.turn.unsaid)]
    pending = state.answer and {
        "answer": written_entry(state.answer),
        "results": [result and written_entry(result) for result in state.results],
    }
    return encode(
        {
            FORMAT: VERSION,
            "chat": {**chat, "messages": messages},
            "tools": state.tools,
            "turns": state.turns,
            "done": state.done,
            "pending": pending,
            "failures": [[*call, times] for call, times in state.failures.items()],
        }
    ).decode()


def from_text(kind: type[Chat], text: str | bytes, client: Resources) -> RunState:
    """The run that was written.

    Raises:
        RequestValidationError: The text is none, or of another version.
    """
    try:
        read: object = json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise _refused(f"no JSON ({error})") from None
    saved = cast("dict[str, Any]", read) if isinstance(read, dict) else {}
    version = saved.get(FORMAT)
    if version != VERSION:
        raise _refused("something else" if version is None else f"version {version!r:.40}, of another xai_httpx")
    try:
        return _read(kind, saved, client)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise _refused(f"one that is broken: {error!s:.200}") from None


def _read(kind: type[Chat], saved: Mapping[str, Any], client: Resources) -> RunState:
    chat = from_json(kind, json.dumps(saved["chat"]), client, ())
    state = RunState(chat, chat._turn(()))
    state.tools = [_checked(name, str) for name in _checked(saved["tools"], list)]
    state.turns = _checked(saved["turns"], int)
    state.done = _checked(saved["done"], bool)
    for name, arguments, times in _checked(saved["failures"], list):
        state.failures[_checked(name, str), _checked(arguments, str)] = _checked(times, int)
    if saved["pending"] is not None:
        pending = _checked(saved["pending"], dict)
        state.expect(_checked(read_entry(pending["answer"]), Answer))
        state.results = [
            given if given is None else _checked(read_entry(given), ToolResult) for given in pending["results"]
        ]
        for call, result in zip(state.calls, state.results, strict=True):
            if result is not None and result.call_id != call.id:
                raise ValueError("the results are not those of the calls")
    return state


def _checked(value: Any, kind: type[Any]) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{value!r:.40} is no {kind.__name__}")
    return value


def _refused(got: str) -> RequestValidationError:
    return RequestValidationError(f"state must be {EXPECTED}, got {got}", "state", EXPECTED)
