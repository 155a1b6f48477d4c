"""Counts what code does, so that a test can say that twice as much of a thing costs twice as much, without a clock."""

from __future__ import annotations

import sys
from types import FrameType, TracebackType
from typing import Any, Self


class Work:
    """What the code of this thread does inside the block.

    Attributes:
        calls: Calls of functions, in Python and in C.
        joins: Of these, those of `join`.
        touched: Bytes or characters of the texts whose methods were called, and of `Counted` bytes that were added to
            or searched.
    """

    def __init__(self) -> None:
        self.calls = 0
        self.joins = 0
        self.touched = 0

    def __enter__(self) -> Self:
        Counted.work = self
        sys.setprofile(self._saw)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        sys.setprofile(None)
        Counted.work = None

    def _saw(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            self.calls += 1
        elif event == "c_call":
            self.calls += 1
            owner = getattr(argument, "__self__", None)
            self.joins += argument.__name__ == "join"
            self.touched += len(owner) if isinstance(owner, bytes | bytearray | str) else 0


class Counted(bytes):
    """Bytes that tell when an operator goes over them; a profile sees only their methods."""

    work: Work | None = None

    def __radd__(self, other: bytes) -> Counted:
        return self._went_over(Counted(bytes.__add__(other, self)))

    def __add__(self, other: Any) -> Counted:
        return self._went_over(Counted(bytes.__add__(self, other)))

    def __contains__(self, other: Any) -> bool:
        self._went_over(self)
        return bytes.__contains__(self, other)

    @staticmethod
    def _went_over(data: Counted) -> Counted:
        if Counted.work is not None:
            Counted.work.touched += len(data)
        return data
