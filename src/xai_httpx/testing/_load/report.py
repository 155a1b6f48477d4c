"""What came of a load: counted while it runs, then told as a value, as JSON and as text."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from .calls import Outcome
from .samples import Percentiles, Samples

_MESSAGE = 200  # characters of an error's message that are shown


@dataclass(frozen=True, slots=True)
class LoadFailure:
    """Calls that failed in one way.

    Attributes:
        error: The name of the class of their errors.
        count: How many they are.
        message: What the first of them said.
    """

    error: str
    count: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What came of a load; times are in seconds.

    Attributes:
        calls: Calls that ended.
        succeeded: Those of them that succeeded.
        failed: Those that failed.
        unfinished: Calls that were cut off, because the run was.
        missed: Calls that `rate` made due and that were not begun, because all of `at_once` were busy.
        seconds: From the start to the end of the last call.
        processor_share: For which part of that time this process used a processor, from 0 to 1. Near 1, the figures
            tell how fast the client is and not the API: run several processes.
        input_tokens: Tokens of the prompts.
        output_tokens: Tokens of the answers, their reasoning included.
        cost_usd: What the API says that they cost, in US dollars.
        latency: How long calls took that succeeded: with `rate` from when they were due, else from when they began.
        first_token: How long it took to the first token of a stream, from the same moment; None without streams.
        per_token: Of each stream, the mean time from one token to the next; None without streams.
        failures: How calls failed, the most frequent first.
    """

    calls: int
    succeeded: int
    failed: int
    unfinished: int
    missed: int
    seconds: float
    processor_share: float
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal
    latency: Percentiles | None
    first_token: Percentiles | None
    per_token: Percentiles | None
    failures: tuple[LoadFailure, ...]

    @property
    def calls_per_second(self) -> float:
        """How many calls ended in a second."""
        return self.calls / self.seconds if self.seconds else 0.0

    @property
    def output_tokens_per_second(self) -> float:
        """How many tokens all answers brought in a second."""
        return self.output_tokens / self.seconds if self.seconds else 0.0

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON can hold it; `cost_usd` is text, for it is exact."""
        rates = {
            "calls_per_second": self.calls_per_second,
            "output_tokens_per_second": self.output_tokens_per_second,
        }
        return {**asdict(self), **rates, "cost_usd": str(self.cost_usd)}

    def __str__(self) -> str:
        """The report as it is printed."""
        return "\n".join(_lines(self))


@dataclass(slots=True)
class Tally:
    """The counts of a load that is running."""

    begun: int = 0
    succeeded: int = 0
    failed: int = 0
    due: int = 0
    seconds: float = 0.0
    processor_seconds: float = 0.0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal = Decimal(0)
    latency: Samples = field(default_factory=Samples)
    first_token: Samples = field(default_factory=Samples)
    per_token: Samples = field(default_factory=Samples)
    _failures: dict[str, tuple[int, str]] = field(default_factory=dict[str, tuple[int, str]])

    @property
    def ended(self) -> int:
        """Calls that ended."""
        return self.succeeded + self.failed

    def succeed(self, outcome: Outcome, start: float, end: float) -> None:
        """Count a call that succeeded; the times are readings of the clock."""
        self.succeeded += 1
        self.input_tokens += outcome.input_tokens
        self.output_tokens += outcome.output_tokens
        self.cost += outcome.cost
        self.latency.add(end - start)
        if outcome.first is not None and outcome.last is not None:
            self.first_token.add(outcome.first - start)
            if outcome.output_tokens > 1:
                self.per_token.add((outcome.last - outcome.first) / (outcome.output_tokens - 1))

    def fail(self, error: Exception) -> None:
        """Count a call that failed."""
        self.failed += 1
        count, message = self._failures.get(type(error).__name__, (0, " ".join(str(error).split())[:_MESSAGE]))
        self._failures[type(error).__name__] = (count + 1, message)

    def report(self) -> LoadReport:
        """Tell what has come of it until now."""
        failures = sorted(self._failures.items(), key=lambda item: -item[1][0])
        return LoadReport(
            calls=self.ended,
            succeeded=self.succeeded,
            failed=self.failed,
            unfinished=self.begun - self.ended,
            missed=max(0, self.due - self.begun),
            seconds=self.seconds,
            processor_share=min(1.0, self.processor_seconds / self.seconds) if self.seconds else 0.0,
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            cost_usd=self.cost,
            latency=self.latency.percentiles(),
            first_token=self.first_token.percentiles(),
            per_token=self.per_token.percentiles(),
            failures=tuple(LoadFailure(name, count, message) for name, (count, message) in failures),
        )


def _lines(report: LoadReport) -> Iterator[str]:
    yield f"{'calls':22}{report.calls:>10,}   {report.calls_per_second:,.1f} a second, for {report.seconds:.2f} s"
    yield f"{'  succeeded':22}{report.succeeded:>10,}"
    yield f"{'  failed':22}{report.failed:>10,}"
    for name, count in (("unfinished", report.unfinished), ("missed", report.missed)):
        if count:
            yield f"{name:22}{count:>10,}"
    yield f"{'processor':22}{report.processor_share:>10.0%}   of the time was this client's own work"
    yield f"{'tokens in':22}{report.input_tokens:>10,}"
    yield f"{'tokens out':22}{report.output_tokens:>10,}   {report.output_tokens_per_second:,.1f} a second"
    yield f"{'cost':22}{report.cost_usd:>10f}   US dollars"
    yield from _times(report)
    if report.failures:
        yield "\nfailures"
    for failure in report.failures:
        yield f"{failure.count:>7,}  {failure.error}: {failure.message}"


def _times(report: LoadReport) -> Iterator[str]:
    rows = {
        "latency": report.latency,
        "to the first token": report.first_token,
        "from token to token": report.per_token,
    }
    measured = {name: times for name, times in rows.items() if times is not None}
    if measured:
        yield "\n" + "milliseconds".ljust(22) + "".join(f"{name:>10}" for name in ("p50", "p90", "p95", "p99", "max"))
    for name, times in measured.items():
        figures = (times.p50, times.p90, times.p95, times.p99, times.max)
        yield f"{name:22}" + "".join(f"{figure * 1000:>10,.1f}" for figure in figures)
