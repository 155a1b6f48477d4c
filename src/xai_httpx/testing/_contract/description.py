"""The description of the API, `openapi/xai.json`, as the simulator reads it: its operations and their routes."""

import json
import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from .._json import JsonObject

_METHODS = ("get", "post", "put", "patch", "delete")
_PLACES = (Path(__file__).parents[2] / "xai.json", Path(__file__).parents[4] / "openapi" / "xai.json")


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the API.

    Attributes:
        name: Method and path, such as `POST /v1/embeddings`.
        path: The path, with its parameters in braces.
        pattern: What a path of the operation matches.
        details: What the description says of it.
    """

    name: str
    path: str
    pattern: re.Pattern[str]
    details: JsonObject

    @property
    def body_schema(self) -> JsonObject | None:
        """The schema of its JSON body; None if it takes none."""
        content = self.details.get("requestBody", {}).get("content", {})
        schema: JsonObject | None = content.get("application/json", {}).get("schema")
        return schema


@cache
def description() -> JsonObject:
    """Load the description: from the package, or in a clone from the folder that it is kept in."""
    place = next(place for place in _PLACES if place.is_file())
    loaded: JsonObject = json.loads(place.read_bytes())
    return loaded


@cache
def operations() -> dict[str, Operation]:
    """Return the operations by name; of two that a path matches, the one with more text of its own comes first."""
    found = [
        Operation(f"{method.upper()} {path}", path, _pattern(path), details)
        for path, item in description()["paths"].items()
        for method, details in item.items()
        if method in _METHODS
    ]
    found.sort(key=lambda operation: -len(re.sub(r"{\w+}", "", operation.path)))
    return {operation.name: operation for operation in found}


def operation_at(method: str, path: str) -> Operation | None:
    """Find the operation that a request is for, if there is one."""
    for operation in operations().values():
        if operation.name.startswith(f"{method} ") and operation.pattern.fullmatch(path):
            return operation
    return None


def route_named(route: str) -> re.Pattern[str]:
    """Find what a script is for.

    Args:
        route: An operation such as `GET /v1/files/{file_id}`, or a path, which stands for all its methods.

    Returns:
        What matches method and path of its requests, with a space between them.

    Raises:
        ValueError: There is no such route.
    """
    routes = operations() | {operation.path: operation for operation in operations().values()}
    if route not in routes:
        near = get_close_matches(route, routes, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ", such as 'POST /v1/chat/completions' or '/v1/models'"
        raise ValueError(f"route must be an operation or a path of the API{hint} Got {route!r}.")
    method = r"[A-Z]+" if route.startswith("/") else route.partition(" ")[0]
    return re.compile(f"{method} {routes[route].pattern.pattern}")


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)))
