"""What the simulated model says: a pure function from a prompt, and perhaps a script, to an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from . import _tokens
from ._json import JsonObject, compact
from ._schema_instances import instance_of

FinishReason: TypeAlias = Literal["stop", "length", "tool_calls"]


@dataclass(frozen=True, slots=True)
class FunctionTool:
    """A function that the request offers to the model."""

    name: str
    parameters: JsonObject


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A call that the model makes; `arguments` is JSON text, as on the wire."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Script:
    """What the next model call has to answer instead of echoing."""

    text: str = ""
    reasoning: str | None = None
    tool_uses: tuple[ToolUse, ...] = ()


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the two model APIs have in common, as far as the answer depends on it."""

    user_texts: tuple[str, ...]
    tokens: int
    forced_tool: FunctionTool | None = None
    output_schema: JsonObject | None = None
    json_object: bool = False
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole answer; streams cut it into pieces later."""

    text: str
    reasoning: str
    tool_uses: tuple[ToolUse, ...]
    finish: FinishReason

    @property
    def visible_tokens(self) -> int:
        """The tokens of the text and of the tool calls."""
        return _tokens.count(self.text) + sum(_tokens.count(use.name + use.arguments) for use in self.tool_uses)

    @property
    def reasoning_tokens(self) -> int:
        """The tokens of the reasoning."""
        return _tokens.count(self.reasoning)


def answer(prompt: Prompt, *, reasons: bool, script: Script | None = None) -> Answer:
    """Answer a prompt, the same way every time.

    Args:
        prompt: What was asked.
        reasons: Whether the model reasons before it answers.
        script: What to answer instead of the default.

    Returns:
        The answer, cut at the first stop sequence and at the token limit.
    """
    said = script if script is not None else _unscripted(prompt)
    reasoning = said.reasoning
    if reasoning is None:
        reasoning = _thoughts(prompt, said.tool_uses) if reasons else ""
    if said.tool_uses:
        return Answer("", reasoning, said.tool_uses, "tool_calls")
    text, finish = _limited(said.text, prompt.stop, prompt.max_tokens)
    return Answer(text, reasoning, (), finish)


def _unscripted(prompt: Prompt) -> Script:
    if prompt.forced_tool is not None:
        arguments = compact(instance_of(prompt.forced_tool.parameters) or {})
        return Script(tool_uses=(ToolUse(prompt.forced_tool.name, arguments),))
    if prompt.output_schema is not None:
        return Script(text=compact(instance_of(prompt.output_schema)))
    echo = _echo(prompt.user_texts)
    return Script(text=compact({"reply": echo}) if prompt.json_object else echo)


def _echo(user_texts: Sequence[str]) -> str:
    echo = f"You said: {user_texts[-1] if user_texts else ''}"
    return echo if len(user_texts) < 2 else f"{echo} (turn {len(user_texts)})"


def _thoughts(prompt: Prompt, tool_uses: Sequence[ToolUse]) -> str:
    if tool_uses:
        return f"The user needs something that {tool_uses[0].name} can do, so I call it."
    return f"The user said {prompt.user_texts[-1] if prompt.user_texts else 'nothing'}, so I answer that."


def _limited(text: str, stop: Sequence[str], max_tokens: int | None) -> tuple[str, FinishReason]:
    cuts = [at for sequence in stop if sequence and (at := text.find(sequence)) >= 0]
    if cuts:
        text = text[: min(cuts)]
    pieces = _tokens.pieces(text)
    if max_tokens is None or len(pieces) <= max_tokens:
        return text, "stop"
    return "".join(pieces[:max_tokens]), "length"
