"""What the simulated model says: a pure function from a prompt, and perhaps a script, to answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from .._json import JsonObject, compact
from . import tokens
from .schema_instances import instance_of
from .scripts import Script, ToolUse

FinishReason: TypeAlias = Literal["stop", "length", "tool_calls"]
_OPENINGS = ("You said", "I heard", "Your words were", "I read")  # another for each seed, and for each choice


@dataclass(frozen=True, slots=True)
class FunctionTool:
    """A function that the request offers to the model."""

    name: str
    parameters: JsonObject


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model APIs have in common, as far as the answer depends on it."""

    user_texts: tuple[str, ...]
    tokens: int
    tool_outputs: tuple[str, ...] = ()  # that came since the model spoke last
    called_tools: tuple[FunctionTool, ...] = ()
    output_schema: JsonObject | None = None
    json_object: bool = False
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole answer; streams cut it into pieces later."""

    text: str
    reasoning: str
    tool_uses: tuple[ToolUse, ...]
    finish: FinishReason
    citations: tuple[str, ...] = ()

    @property
    def visible_tokens(self) -> int:
        """The tokens of the text and of the tool calls."""
        return tokens.count(self.text) + sum(tokens.count(use.name + use.arguments) for use in self.tool_uses)

    @property
    def reasoning_tokens(self) -> int:
        """The tokens of the reasoning."""
        return tokens.count(self.reasoning)


def answers(prompt: Prompt, choices: int, *, reasons: bool, script: Script | None = None) -> tuple[Answer, ...]:
    """Answer a prompt, the same way every time.

    Args:
        prompt: What was asked.
        choices: How many answers there are to be.
        reasons: Whether the model reasons before it answers.
        script: What to answer instead of the default.

    Returns:
        The answers, each cut at the first stop sequence and at the token limit.

    Raises:
        ApiError: 400 for a schema that no value can be made for.
    """
    return tuple(_answer(prompt, number, reasons, script) for number in range(choices))


def _answer(prompt: Prompt, choice: int, reasons: bool, script: Script | None) -> Answer:
    said = _unscripted(prompt, prompt.seed + choice) if script is None else script
    reasoning = said.reasoning
    if reasoning is None:
        reasoning = _thoughts(prompt, said.tool_uses) if reasons else ""
    if said.tool_uses:
        return Answer("", reasoning, said.tool_uses, "tool_calls")
    text, finish = _limited(said.texts[choice % len(said.texts)], prompt.stop, prompt.max_tokens)
    return Answer(text, reasoning, (), finish, said.citations)


def _unscripted(prompt: Prompt, variant: int) -> Script:
    if prompt.called_tools:
        return Script(tool_uses=tuple(_use(tool, variant) for tool in prompt.called_tools))
    if prompt.output_schema is not None:
        return Script((compact(instance_of(prompt.output_schema, variant)),))
    echo = _echo(prompt, variant)
    return Script((compact({"reply": echo}) if prompt.json_object else echo,))


def _use(tool: FunctionTool, variant: int) -> ToolUse:
    return ToolUse(tool.name, compact(instance_of(tool.parameters, variant) or {}))


def _echo(prompt: Prompt, variant: int) -> str:
    if prompt.tool_outputs:
        return f"The tools say: {'; '.join(prompt.tool_outputs)}"
    texts = prompt.user_texts
    echo = f"{_OPENINGS[variant % len(_OPENINGS)]}: {texts[-1] if texts else ''}"
    return echo if len(texts) < 2 else f"{echo} (turn {len(texts)})"


def _thoughts(prompt: Prompt, tool_uses: Sequence[ToolUse]) -> str:
    if tool_uses:
        return f"The user needs something that {tool_uses[0].name} can do, so I call it."
    return f"The user said {prompt.user_texts[-1] if prompt.user_texts else 'nothing'}, so I answer that."


def _limited(text: str, stop: Sequence[str], max_tokens: int | None) -> tuple[str, FinishReason]:
    cuts = [at for sequence in stop if sequence and (at := text.find(sequence)) >= 0]
    if cuts:
        text = text[: min(cuts)]
    pieces = tokens.pieces(text)
    if max_tokens is None or len(pieces) <= max_tokens:
        return text, "stop"
    return "".join(pieces[:max_tokens]), "length"
