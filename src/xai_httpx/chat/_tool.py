"""Functions as tools: what the model is told of them, and the call with the arguments that it wrote."""

from __future__ import annotations

import sys
from collections.abc import Callable
from copy import copy
from functools import partial, update_wrapper
from inspect import getdoc, isawaitable, iscoroutinefunction
from types import FrameType, MethodType
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, overload

import anyio.to_thread

from ._docstring import parse_docstring
from ._local_tool import ToolOutput, check_name, check_timeout, definition
from ._signature import signature_of
from ._tool_arguments import read_arguments
from ._tool_output import tool_output
from ._tool_schema import tool_form

if TYPE_CHECKING:
    from ..types.shared_params import FunctionDefinitionParam

P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
S = TypeVar("S")


class Tool(Generic[P, R_co]):
    """A function that the model may call; it is still called as before here.

    Attributes:
        name: What the model calls it by.
        description: What it does, for the model.
        parameters: The JSON schema of its arguments.
        timeout: How long one call may take, in seconds; None for as long as it likes.
        function: The function itself.
    """

    def __init__(
        self,
        function: Callable[P, R_co],
        *,
        name: str | None = None,
        description: str | None = None,
        timeout: float | None = None,
        maker: FrameType | None = None,
    ) -> None:
        found = signature_of(function, maker)
        said = parse_docstring(getdoc(found.function))
        self._form = tool_form(found.function.__name__, found.parameters, said.parameters)
        self._by_position = tuple(each for each in found.parameters if each.positional)
        self.is_unbound = found.unbound
        self._awaited = iscoroutinefunction(found.function)
        self.function = function
        update_wrapper(self, found.function, updated=())
        self.name = check_name(_name_of(function, found.function) if name is None else name, "name")
        self.description = said.summary if description is None else description
        self.timeout = check_timeout(timeout)

    @property
    def parameters(self) -> dict[str, Any]:
        return self._form.schema

    @property
    def definition(self) -> FunctionDefinitionParam:
        """What the model is told of it."""
        return definition(self)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Call the function as if it were no tool."""
        return self.function(*args, **kwargs)

    async def run(self, arguments: str) -> ToolOutput:
        """Call the function with what the model wrote.

        A function that is not async runs in a thread, with the context variables of the caller. Such a thread cannot be
        stopped: when the call is cancelled or takes too long, the thread is left to itself and its result is dropped.
        It can ask `anyio.from_thread.check_cancelled()` whether it is still waited for.

        Args:
            arguments: A JSON object, as the model wrote it.

        Raises:
            ToolArgumentsError: The arguments do not fit.
            ToolError: What the function returned has no JSON form.
            Exception: Whatever the function raises.
        """
        values = read_arguments(self.name, self._form.adapter, arguments)
        by_position = [values.pop(each.name, each.default) for each in self._by_position]
        called: Any = self.function
        if self._awaited:
            value = await called(*by_position, **values)
        else:
            # In a tuple, for Trio takes no coroutine from a thread, and a decorator may hide that a function is async.
            (value,) = await anyio.to_thread.run_sync(lambda: (called(*by_position, **values),), abandon_on_cancel=True)
            if isawaitable(value):
                value = await value
        return tool_output(self.name, value)

    @overload
    def __get__(self, instance: None, owner: type) -> Tool[P, R_co]: ...
    @overload
    def __get__(self: Tool[Concatenate[S, Q], R_co], instance: S, owner: type | None = None) -> Tool[Q, R_co]: ...
    def __get__(self, instance: Any, owner: type | None = None) -> Tool[Any, R_co]:
        """The tool of an object, where it was made of a method."""
        if instance is None or not self.is_unbound:
            return self
        bound: Tool[Any, R_co] = copy(self)
        bound.function = MethodType(self.function, instance)
        bound.is_unbound = False
        return bound

    def __repr__(self) -> str:
        return f"<Tool {self.name}>"


@overload
def tool(
    function: Callable[P, R],
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    timeout: float | None = None,
) -> Tool[P, R]: ...
@overload
def tool(
    *, name: str | None = None, description: str | None = None, timeout: float | None = None
) -> Callable[[Callable[P, R]], Tool[P, R]]: ...
def tool(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    timeout: float | None = None,
) -> Any:
    """Make a tool of a function, as a decorator or by a call.

    The schema of its arguments comes from the signature (types, `Annotated` and `Field`, defaults), descriptions from
    the docstring. Async functions are awaited, others run in a thread. In a class it makes a tool of each object's
    method. `functools.partial` hides the arguments that it gives by keyword from the model.

    Args:
        function: A function, bound method, partial or object with `__call__`; of a tool, another is made, which keeps
            what is not told anew.
        name: What the model calls it by; 1 to 64 letters, digits, `_` and `-`. By default the function's name.
        description: What it does, for the model; by default the docstring down to its first section.
        timeout: How long one call may take, in seconds; by default as long as it likes.

    Raises:
        RequestValidationError: A model cannot call it; the message names the function and the parameter.
    """
    maker = sys._getframe(1)

    def made(given: Callable[..., Any]) -> Tool[..., Any]:
        if not isinstance(given, Tool):
            return Tool(given, name=name, description=description, timeout=timeout, maker=maker)
        made_of: Callable[..., Any] = given.function
        return Tool(
            made_of,
            name=given.name if name is None else name,
            description=given.description if description is None else description,
            timeout=given.timeout if timeout is None else timeout,
            maker=maker,
        )

    return made if function is None else made(function)


def _name_of(given: Any, function: Callable[..., Any]) -> str:
    """The name of a function; of an object with `__call__` that of its class."""
    while isinstance(given, partial):
        given = given.func
    return type(given).__name__ if function.__name__ == "__call__" else function.__name__
