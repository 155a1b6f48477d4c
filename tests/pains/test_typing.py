"""P21: typing that helps: no `Any` where users look, no overloads that trap; what is checked is in tests/typing."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import xai_httpx
import xai_httpx.chat

RESOURCES = Path(xai_httpx.__file__).parent / "resources"
JSON = re.compile(r"(?:dict|Mapping)\[str, Any\]")  # an object whose members are the API's or the caller's own
DECORATORS = {"xai_httpx.chat.tool"}  # what overloads tell type checkers of


def classes() -> Iterator[tuple[str, Any]]:
    for path in sorted(RESOURCES.glob("[a-z]*.py")):
        module = importlib.import_module(f"xai_httpx.resources.{path.stem}")
        yield from ((f"{path.stem}.{name}", value) for name, value in vars(module).items() if owned(value, module))
    yield from ((f"xai_httpx.chat.{name}", getattr(xai_httpx.chat, name)) for name in dir(xai_httpx.chat))


def owned(value: object, module: object) -> bool:
    return inspect.isclass(value) and value.__module__ == getattr(module, "__name__", None)


def functions(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """A public function; of a class its public methods and properties that are written here."""
    if inspect.isfunction(value):
        yield path, value
    for name in dir(value) if inspect.isclass(value) else ():
        given = inspect.getattr_static(value, name)
        given = given.fget if isinstance(given, property) else getattr(given, "__func__", given)
        if not name.startswith("_") and inspect.isfunction(given) and given.__module__.startswith("xai_httpx"):
            yield f"{path}.{name}", given


FUNCTIONS = dict(entry for path, value in classes() for entry in functions(path, value))


@pytest.mark.parametrize("path", sorted(FUNCTIONS.keys() - DECORATORS))
def test_p21_a_public_signature_holds_no_any(path: str) -> None:
    signature = inspect.signature(FUNCTIONS[path])
    told = {name: str(given.annotation) for name, given in signature.parameters.items()}
    told["return"] = str(signature.return_annotation)
    assert {name: text for name, text in told.items() if re.search(r"\bAny\b", JSON.sub("", text))} == {}


def test_p21_there_are_methods_to_look_at() -> None:
    assert len(FUNCTIONS) > 150
    assert {"chat.Completions.create", "xai_httpx.chat.Chat.parse", "xai_httpx.chat.user"} <= FUNCTIONS.keys()
