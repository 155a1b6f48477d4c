"""A run as text, and back: in another process it goes on from there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .._encode import encode
from .._errors import RequestValidationError
from ._entries import Answer, ToolResult
from ._run_state import RunState
from ._saving import of_version, parsed, read_chat, read_entry, written, written_entry

if TYPE_CHECKING:
    from .._resources import Resources
    from ._chat import Chat

FORMAT = "xai_httpx.run"
PARAMETER = "state"
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
        return _read(kind, of_version(parsed(text, _refused), FORMAT, VERSION, _refused), client)
    except RequestValidationError as error:
        refused = error if error.parameter == PARAMETER else _broken(error)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        refused = _broken(error)
    finally:
        del text  # no locals of this frame, for tracebacks may be logged with them
    raise refused.with_traceback(None) from None


def _read(kind: type[Chat], saved: Mapping[str, Any], client: Resources) -> RunState:
    chat = read_chat(kind, saved["chat"], client)
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


def _broken(error: Exception) -> RequestValidationError:
    return _refused(f"one that is broken: {error!s:.200}")


def _refused(got: str) -> RequestValidationError:
    return RequestValidationError(f"{PARAMETER} must be {EXPECTED}, got {got}", PARAMETER, EXPECTED)
