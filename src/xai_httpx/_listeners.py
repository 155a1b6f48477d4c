"""Functions of the caller's that are told how something goes on."""

from __future__ import annotations

from collections.abc import Callable
from inspect import isawaitable
from typing import ParamSpec

P = ParamSpec("P")


async def told(listener: Callable[P, object], *what: P.args, **named: P.kwargs) -> None:
    """Tell the caller, whose function may be async."""
    if isawaitable(answer := listener(*what, **named)):
        await answer
