"""What a conversation consists of, apart from how either API writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from ._parts import Part, Text

Form: TypeAlias = Literal["responses", "completions"]
Role: TypeAlias = Literal["system", "developer", "user", "assistant"]
FORMS: tuple[Form, ...] = ("responses", "completions")
ROLES: tuple[Role, ...] = ("system", "developer", "user", "assistant")


@dataclass(frozen=True, slots=True)
class Message:
    """A message that the caller wrote.

    Attributes:
        role: Who speaks; an `assistant` whose words the caller made up, too.
        parts: Text, images and files, in order.
        name: Who of several users speaks; None where it does not matter.
    """

    role: Role
    parts: tuple[Part, ...]
    name: str | None = None

    @property
    def text(self) -> str:
        """Its text, without images and files."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function that the model asks the caller to run.

    Attributes:
        id: What the result is sent back with.
        name: The function.
        arguments: Its arguments, JSON as the model wrote it: it may be wrong.
    """

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a function returned, for the model.

    Attributes:
        call_id: The `id` of the call.
        output: Text, or parts with images and files.
    """

    call_id: str
    output: str | tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model said, exactly: it goes back as it came.

    Attributes:
        form: The API that it came from.
        items: What it consists of there: output items, or one message. Not to be changed.
        id: Id of the response or completion.
    """

    form: Form
    items: tuple[Mapping[str, Any], ...]
    id: str = ""


@dataclass(frozen=True, slots=True)
class Compaction:
    """What stands in for all that was said before it; opaque.

    Attributes:
        items: What the API made of it. Not to be changed.
    """

    items: tuple[Mapping[str, Any], ...]


Entry: TypeAlias = Message | ToolResult | Answer | Compaction
