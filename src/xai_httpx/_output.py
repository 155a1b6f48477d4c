"""From a reply to the value that was asked for, or to the error that says why there is none; no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from ._bases import OutputMessageBase, models, text_in
from ._errors import OutputError, OutputRefusedError, OutputTruncatedError, RequestValidationError
from ._meta import Meta
from ._models import XAIModel
from ._output_reading import read

if TYPE_CHECKING:
    from ._output_type import OutputType
    from .types.chat import ChatCompletion
    from .types.responses import Response

T = TypeVar("T")
U = TypeVar("U")
T_co = TypeVar("T_co", covariant=True)
R_co = TypeVar("R_co", covariant=True)
U_co = TypeVar("U_co", covariant=True)
_WORDS = {"content_filter": "a filter stopped the answer", "length": "the answer was cut at the token limit"}


class _Reply(Protocol[U_co]):
    @property
    def usage(self) -> U_co: ...
    @property
    def meta(self) -> Meta: ...


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T_co, R_co]):
    """An answer as the type that was asked for.

    Attributes:
        parsed: The value.
        text: The JSON that it was made of.
        reply: The completion or response, whole.
    """

    parsed: T_co
    text: str
    reply: R_co

    @property
    def usage(self: Parsed[Any, _Reply[U]]) -> U:
        """Tokens and cost; None where the server sent none."""
        return self.reply.usage

    @property
    def meta(self: Parsed[Any, _Reply[Any]]) -> Meta:
        """Status, headers, ids, attempts and time of the reply."""
        return self.reply.meta


def refuse_second(given: object, parameter: str) -> None:
    """Refuse a format beside the one that follows from the type.

    Raises:
        RequestValidationError: There is one.
    """
    if given is not None:
        message = f"{parameter} cannot be combined with parse(): the format follows from the type"
        raise RequestValidationError(message, parameter, "left out", given)


def parsed_completion(asked: OutputType[T], completion: ChatCompletion) -> Parsed[T, ChatCompletion]:
    """The value in the first choice.

    Raises:
        OutputError: There is none.
    """
    text, reason = text_in(completion, "text"), completion.finish_reason
    facts = _facts(completion, text, completion.usage)
    if getattr(completion.message, "refusal", None):
        raise _declined([completion.message], facts)
    if reason == "content_filter":
        raise OutputRefusedError(_WORDS[reason], reason=reason, **facts)
    if reason == "length":
        raise OutputTruncatedError(_WORDS[reason], reason=reason, **facts)
    if reason in ("tool_calls", "function_call") or completion.tool_calls:
        raise _wants_tools(facts)
    return Parsed(read(asked, text, facts), text, completion)


def parsed_response(asked: OutputType[T], response: Response) -> Parsed[T, Response]:
    """The value in the text of a response.

    Raises:
        OutputError: There is none.
    """
    text = response.output_text
    facts = _facts(response, text, response.usage)
    messages = [item for item in models(response.output) if isinstance(item, OutputMessageBase)]
    parts = [part for message in messages for part in models(message.content) if part.type == "refusal"]
    if parts:
        raise _declined(parts, facts)
    if response.status == "failed":
        words = text_in(response.error, "message") or "the server does not say why"
        raise OutputError(f"the response failed: {words}", reason="failed", **facts)
    if response.status == "incomplete" or response.incomplete_details is not None:
        reason = text_in(response.incomplete_details, "reason") or "incomplete"
        kind = OutputRefusedError if reason == "content_filter" else OutputTruncatedError
        raise kind(_WORDS.get(reason, f"the answer was cut short: {reason}"), reason=reason, **facts)
    if response.status == "in_progress":
        raise OutputError("the response is still being made", reason="in_progress", **facts)
    if response.tool_calls:
        raise _wants_tools(facts)
    return Parsed(read(asked, text, facts), text, response)


def _facts(reply: XAIModel, text: str, usage: object) -> Mapping[str, Any]:
    return {"text": text, "usage": usage, "reply": reply, "meta": reply.meta}


def _declined(parts: Sequence[object], facts: Mapping[str, Any]) -> OutputRefusedError:
    refusal = "".join(text_in(part, "refusal") for part in parts)
    return OutputRefusedError("the model declined to answer", reason="refusal", refusal=refusal, **facts)


def _wants_tools(facts: Mapping[str, Any]) -> OutputError:
    return OutputError("the model asks for tools instead of answering: reply.tool_calls", reason="tool_calls", **facts)
