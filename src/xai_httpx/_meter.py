"""Adding up what calls cost, over tasks, threads, streams and clients."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from threading import Lock
from types import TracebackType
from typing import Self

from ._metering import IN_CONTEXT
from ._usage import Usage


class Meter:
    """Adds up the tokens and the cost of calls.

        with Meter() as meter:
            await client.responses.create(...)
        print(meter.cost_usd)

    As the `meter` of a client it counts the calls of that client. In a `with` block it counts those of every client, in
    the task or thread of the block and in tasks that are started within it, also after its end. Blocks may be nested:
    each counts. One meter may be given to several clients, threads and blocks; a call counts once in it.

    What counts is what may be paid for: calls that make something, and the results of jobs. A call counts when it has
    ended, whatever its retries; a stream at its end or when it is closed, with the usage that it had told by then; a
    job when it is started, and its cost when its result is first read.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._clear()

    def _clear(self) -> None:
        self._calls = self._unpriced = self._uncertain = 0
        self._by_model: dict[str, Usage] = {}
        self._started: dict[str, str] = {}  # the jobs whose cost is not known yet, with their models
        self._read: set[str] = set()  # the jobs whose result was read; it may be read again

    def __enter__(self) -> Self:
        IN_CONTEXT.set((*IN_CONTEXT.get(), self))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        entered = list(IN_CONTEXT.get())
        if self in entered:  # not where the block ends in another task than it began in, as fixtures may
            entered.remove(self)
        IN_CONTEXT.set(tuple(entered))

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(calls={self.calls}, cost_usd={self.cost_usd:f}, "
            f"total_tokens={self.usage.total_tokens}, unpriced={self.unpriced}, uncertain={self.uncertain})"
        )

    @property
    def calls(self) -> int:
        """How many calls worked, streams that began and jobs included."""
        return self._calls

    @property
    def unpriced(self) -> int:
        """Of how many of them the server told no cost: not at all, not before a stream was left, or not yet."""
        with self._lock:
            return self._unpriced + len(self._started)

    @property
    def uncertain(self) -> int:
        """How many attempts, beside `calls`, failed or were cancelled though the server may have worked on them."""
        return self._uncertain

    @property
    def usage(self) -> Usage:
        """The sum of all that the server told."""
        return sum(self.by_model.values(), Usage())

    @property
    def cost_usd(self) -> Decimal:
        """The sum of all costs that the server told, in US dollars, exact."""
        return self.usage.cost_usd or Decimal(0)

    @property
    def by_model(self) -> Mapping[str, Usage]:
        """`usage` by model, as replies name it; where they do not, as the call did, and as `""` if neither does."""
        with self._lock:
            return dict(self._by_model)

    def reset(self) -> None:
        """Begin again with nothing; calls that are under way count when they end."""
        with self._lock:
            self._clear()

    def _admit(self) -> None:
        """Let a call that costs be sent, or not."""

    def _take(self, usage: Usage | None, model: str, job: str | None) -> None:
        """Take in a call that worked; of a job, None for its start."""
        with self._lock:
            if job in self._read:
                return
            self._calls += job not in self._started
            if job is not None and usage is None:
                self._started[job] = model
                return
            if job is not None:
                self._read.add(job)
                model = model or self._started.get(job, "")
                self._started.pop(job, None)
            self._unpriced += usage is None or usage.cost_ticks is None
            if usage is not None:
                self._by_model[model] = self._by_model.get(model, Usage()) + usage

    def _lose(self) -> None:
        """Take in that something may be paid for, of which nothing is known."""
        with self._lock:
            self._uncertain += 1
