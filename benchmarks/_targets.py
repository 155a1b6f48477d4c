"""What is measured, what it may be at most, and whether it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple


class Figure(NamedTuple):
    """What was measured of one library in one case, and a remark."""

    value: float
    remark: str = ""


Figures = Mapping[tuple[str, str], Figure]  # by case and library


@dataclass(frozen=True)
class Target:
    """What a figure may be at most.

    Attributes:
        most: The most: times the yardstick, or that much more than it, or in itself, in the case's unit.
        kind: Which of these.
        library: Of the yardstick; "" for the same.
        case: Of the yardstick; "" for the same.
        than: How the yardstick is called in the table.
    """

    most: float
    kind: Literal["times", "more", "at most"]
    library: str = ""
    case: str = ""
    than: str = ""

    def reached(self, figures: Figures, case: str, library: str) -> float | None:
        """The figure that is held against `most`; None if the library or its yardstick was not measured."""
        own = figures.get((case, library))
        yardstick = figures.get((self.case or case, self.library or library))
        if own is None or yardstick is None or (self.kind == "times" and not yardstick.value):
            return None
        if self.kind == "times":
            return own.value / yardstick.value
        return own.value - yardstick.value if self.kind == "more" else own.value

    def shown(self, unit: str) -> str:
        """The target in words."""
        if self.kind == "times":
            return f"<= {self.most:g} x {self.than}"
        return f"<= {self.most:g} {unit} more than {self.than}" if self.kind == "more" else f"<= {self.most:g} {unit}"


def of_httpx(most: float) -> Target:
    """So many times what hand-written httpx takes."""
    return Target(most, "times", library="httpx", than="httpx")


def of_itself(most: float, case: str, than: str) -> Target:
    """So many times what the same library takes in another case."""
    return Target(most, "times", case=case, than=f"itself at {than}")
