"""How a run goes: its tools, its limits, and who has a say in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

from .._budget import Budget
from .._errors import RequestValidationError
from .._media import is_list
from ._calling import Approve
from ._local_tool import LocalTool, is_timeout
from ._server_tools import is_client_tool, tool_name
from ._settings import tools_of
from ._tool_list import check_names
from ._wire_tools import CHOICES

if TYPE_CHECKING:
    from .._config import RequestOptions
    from ._settings import ToolLike


class RunSettings(TypedDict, total=False):
    """Settings of a run.

    Attributes:
        tools: Functions, tools, and tools that the server runs, beside those of the conversation.
        max_turns: How often the model may answer, 1 or more; of a run that is taken up, all in all. Default: 20.
        max_parallel: Tools that run at once, 1 or more; 1 runs them in order. Default: 10.
        tool_timeout: Seconds that a tool without a `timeout` of its own may take; above 0. Default: no limit.
        approve: Asked before each call of a tool that there is, with a `ToolCall`, which it cannot change; may be
            async, and else must not block. True has it run; False, or words for the model, do not. Its time is none of
            the tool's. What it raises ends the run: no more calls are begun, and those under way end first. Default:
            all may run.
        budget: What the run may use, what its tools ask of the API included; once it is spent nothing more is asked,
            and nothing under way is cut short. Default: no limit.
        max_same_failures: How often in a row a call may fail with the same arguments, 1 or more. Default: 3.
        options: Transport options of each call to the API.
    """

    tools: Sequence[ToolLike]
    max_turns: int
    max_parallel: int
    tool_timeout: float | None
    approve: Approve | None
    budget: Budget | None
    max_same_failures: int
    options: RequestOptions | None


@dataclass(frozen=True, slots=True)
class Tools:
    """The tools of a run.

    Attributes:
        declared: What the model is told of.
        local: Those that run here, by name.
    """

    declared: Sequence[LocalTool | Mapping[str, Any]]
    local: Mapping[str, LocalTool]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """Settings of a run, checked.

    Raises:
        RequestValidationError: One is not what it may be.
    """

    tools: Sequence[ToolLike] = ()
    max_turns: int = 20
    max_parallel: int = 10
    tool_timeout: float | None = None
    approve: Approve | None = None
    budget: Budget | None = None
    max_same_failures: int = 3
    options: RequestOptions | None = None

    def __post_init__(self) -> None:
        for name in ("max_turns", "max_parallel", "max_same_failures"):
            value: object = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise _refused(name, "1 or more", value)
        if not is_timeout(self.tool_timeout):
            raise _refused("tool_timeout", "a number of seconds above 0, or None", self.tool_timeout)
        if not is_list(self.tools):
            raise _refused("tools", "a list of functions and tools", self.tools)
        if not (self.approve is None or callable(self.approve)):
            raise _refused("approve", "a function that takes a ToolCall, or None", self.approve)
        if not (self.budget is None or isinstance(self.budget, Budget)):
            raise _refused("budget", "a Budget, or None", self.budget)

    def tools_beside(self, others: Sequence[LocalTool | Mapping[str, Any]]) -> Tools:
        """These tools and those of the conversation; one of the same name takes the place of a mere description.

        Raises:
            RequestValidationError: Two tools have the same name, or nothing is there to run one.
        """
        given = tools_of(self.tools)
        functions = {tool.name for tool in given if isinstance(tool, LocalTool)}
        kept = [tool for tool in others if not (isinstance(tool, Mapping) and tool_name(tool) in functions)]
        declared = [*kept, *given]
        check_names(declared)
        for tool in declared:
            if isinstance(tool, Mapping) and is_client_tool(tool):
                expected = "a function, for the model may call it"
                raise RequestValidationError(f"{tool_name(tool)} needs {expected}: run(tools=[...])", "tools", expected)
        return Tools(declared, {tool.name: tool for tool in declared if isinstance(tool, LocalTool)})


def plan_of(settings: Mapping[str, Any]) -> RunPlan:
    """The plan that settings are.

    Raises:
        RequestValidationError: One is unknown, or not what it may be.
    """
    for name in settings:
        if name not in RunSettings.__annotations__:
            there = ", ".join(RunSettings.__annotations__)
            raise RequestValidationError(f"{name} is no setting of a run; there are {there}", name, there)
    return RunPlan(**settings)


def _refused(name: str, expected: str, value: object) -> RequestValidationError:
    return RequestValidationError(f"{name} must be {expected}, got {value!r:.100}", name, expected, value)


def forced(choice: object) -> bool:
    """Whether a choice of tools makes the model call one."""
    return choice == "required" or (choice is not None and choice not in CHOICES)
