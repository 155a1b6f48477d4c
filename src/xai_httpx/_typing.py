"""Typing helpers with nothing behind them at run time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def parameters_of(
    source: Callable[Concatenate[Any, P], object],
) -> Callable[[Callable[..., T]], Callable[Concatenate[Any, P], T]]:
    """Give a method the parameters of another, for type checkers and for `help()`."""

    def copy(function: Callable[..., T]) -> Callable[Concatenate[Any, P], T]:
        function.__wrapped__ = source  # type: ignore[attr-defined]
        return function

    return copy
