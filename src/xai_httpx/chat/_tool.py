from __future__ import annotations

from typing import Any, Protocol

from ._parts import Part


class LocalTool(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def parameters(self) -> dict[str, Any]: ...
    @property
    def timeout(self) -> float | None: ...
    async def run(self, arguments: str) -> str | tuple[Part, ...]: ...


def as_tool(given: Any) -> LocalTool:
    return given


def check_names(tools: Any) -> None: ...
