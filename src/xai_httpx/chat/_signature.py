"""From anything that can be called to the function behind it and the parameters that a model can give; no I/O."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import partial
from types import FrameType, FunctionType, MethodType, SimpleNamespace
from typing import Any, NamedTuple, cast, get_type_hints

from pydantic.fields import FieldInfo

from .._errors import RequestValidationError

_VARIADIC = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
_RECEIVERS = ("self", "cls")


class Parameter(NamedTuple):
    """A parameter that the model gives.

    Attributes:
        name: Its name.
        hint: Its type, with annotations.
        default: What it is when left out; `inspect.Parameter.empty` where it is required.
        positional: Whether it can be given by position only.
    """

    name: str
    hint: Any
    default: Any
    positional: bool


class Signature(NamedTuple):
    """What is known of something that can be called.

    Attributes:
        function: The function behind it.
        parameters: What the model gives.
        unbound: Whether it is a method without its object.
    """

    function: Callable[..., Any]
    parameters: tuple[Parameter, ...]
    unbound: bool


def function_behind(given: Any) -> Callable[..., Any]:
    """The plain function that runs when something is called: it knows the annotations, their names and the docstring.

    Raises:
        RequestValidationError: It cannot be a tool; the message says why.
    """
    while isinstance(given, partial):
        given = given.func
    if isinstance(given, MethodType | staticmethod):
        given = given.__func__
    if not isinstance(given, FunctionType):
        given = inspect.unwrap(given)  # a cache, or a tool
    if isinstance(given, type) or not callable(given):
        raise _refusal("a tool", f"a tool must be a function, got {given!r:.100}", given)
    if not isinstance(given, FunctionType) and not inspect.isbuiltin(given):
        given = getattr(type(given).__call__, "__func__", type(given).__call__)
    name: str = given.__name__
    if name == "<lambda>":
        raise _refusal(name, "a lambda cannot be a tool, for it has no annotations; define a function", given)
    if inspect.isgeneratorfunction(given) or inspect.isasyncgenfunction(given):
        raise _refusal(name, f"{name} is a generator; a tool returns all that it has to say", given)
    return cast("Callable[..., Any]", given)


def signature_of(given: Any, maker: FrameType | None) -> Signature:
    """What a model has to give to call something.

    Args:
        given: A function, method, partial or object with `__call__`.
        maker: Where the tool is made. If the function is defined there, annotations may be written with its names.

    Raises:
        RequestValidationError: A parameter cannot be given by a model, or its annotation is missing or unknown.
    """
    function = function_behind(given)
    name = function.__name__
    try:
        found = inspect.signature(given)
    except (ValueError, NameError) as error:  # a builtin tells nothing; on Python 3.14 annotations are evaluated here
        raise _refusal(name, f"{name} has no signature that can be read: {error}", given) from None
    fixed: Iterable[str] = given.keywords if isinstance(given, partial) else ()
    asked = [parameter for parameter in found.parameters.values() if parameter.name not in fixed]
    unbound = bool(asked) and asked[0].name in _RECEIVERS
    names = _names(function, maker)
    return Signature(function, tuple(_parameter(name, each, names) for each in asked[unbound:]), unbound)


def _parameter(function: str, found: inspect.Parameter, names: tuple[dict[str, Any], dict[str, Any]]) -> Parameter:
    path = f"{function}.{found.name}"
    if found.kind in _VARIADIC:
        shown = _VARIADIC[found.kind] + found.name
        raise _refusal(path, f"{function} takes {shown}, which a model cannot give; take a list or dict instead", found)
    if found.annotation is inspect.Parameter.empty:
        raise _refusal(path, f"{path} has no annotation, and the model is told the type of each parameter", found)
    if isinstance(found.default, FieldInfo):
        raise _refusal(path, f"{path} has a Field as its default; write Annotated[..., Field(...)] = default", found)
    try:
        hint = get_type_hints(SimpleNamespace(__annotations__={"hint": found.annotation}), *names, include_extras=True)
    except Exception as error:  # an annotation may be any expression
        raise _refusal(path, f"the annotation of {path} cannot be read: {error!r:.200}", found.annotation) from None
    return Parameter(found.name, hint["hint"], found.default, found.kind is inspect.Parameter.POSITIONAL_ONLY)


def _names(function: Callable[..., Any], maker: FrameType | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """The global and local names that annotations are written with."""
    origin = inspect.unwrap(function)
    code, closure = getattr(origin, "__code__", None), getattr(origin, "__closure__", None) or ()
    free = zip(code.co_freevars if code else (), closure, strict=False)
    enclosed = {name: cell.cell_contents for name, cell in free if _is_filled(cell)}
    return dict(getattr(origin, "__globals__", {})), {**_around(origin.__qualname__, maker), **enclosed}


def _around(qualname: str, frame: FrameType | None) -> dict[str, Any]:
    """The local names of the functions and classes that a function is defined in, as far as they still run."""
    names: dict[str, Any] = {}
    while frame is not None and qualname.startswith(f"{frame.f_code.co_qualname}."):
        names = {**frame.f_locals, **names}
        frame = frame.f_back
    return names


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:  # the name is assigned later on
        return False


def _refusal(path: str, message: str, value: object) -> RequestValidationError:
    return RequestValidationError(message, path, "a function with annotated parameters", value)
