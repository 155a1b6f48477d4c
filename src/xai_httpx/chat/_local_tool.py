"""What a tool is that runs here, whoever made it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeGuard, runtime_checkable

from .._errors import RequestValidationError
from ._parts import Part

if TYPE_CHECKING:
    from ..types.shared_params import FunctionDefinitionParam

ToolOutput: TypeAlias = str | tuple[Part, ...]
LONGEST_NAME = 64
_NAME = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST_NAME}}}")


@runtime_checkable
class LocalTool(Protocol):
    """A tool that runs here when the model calls it.

    Attributes:
        name: What the model calls it by.
        description: What it does, for the model; may be empty.
        parameters: The JSON schema of its arguments, an object.
        timeout: How long one call may take, in seconds; None for as long as it likes.
    """

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def parameters(self) -> Mapping[str, Any]: ...
    @property
    def timeout(self) -> float | None: ...

    async def run(self, arguments: str) -> ToolOutput:
        """Do what the tool does.

        Args:
            arguments: A JSON object, as the model wrote it.

        Raises:
            ToolError: It could not; the message is for the model.
        """
        ...


def definition(tool: LocalTool) -> FunctionDefinitionParam:
    """What the model is told of a tool: both wire forms of a function hold this."""
    told: FunctionDefinitionParam = {"name": tool.name, "parameters": tool.parameters}
    if tool.description:
        told["description"] = tool.description
    return told


def check_name(name: Any, parameter: str) -> str:
    """A name that a tool can have.

    Raises:
        RequestValidationError: It cannot.
    """
    if isinstance(name, str) and _NAME.fullmatch(name):
        return name
    expected = f"1 to {LONGEST_NAME} letters, digits, _ and -"
    raise RequestValidationError(f"{parameter} must be {expected}, got {name!r:.100}", parameter, expected, name)


def is_timeout(given: object) -> TypeGuard[float | None]:
    """Whether it is a number of seconds above 0, or None."""
    return given is None or (isinstance(given, int | float) and not isinstance(given, bool) and given > 0)


def check_timeout(timeout: Any) -> float | None:
    """A timeout that a tool can have.

    Raises:
        RequestValidationError: It is no number of seconds above 0, and not None.
    """
    if is_timeout(timeout):
        return timeout
    expected = "a number of seconds above 0"
    raise RequestValidationError(f"timeout must be {expected}, got {timeout!r:.100}", "timeout", expected, timeout)
