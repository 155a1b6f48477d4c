"""Which calls a script is for: those of a route, by their number, at random, or the next ones."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from random import Random
from typing import TypedDict

from .._contract.description import route_named
from .fault import Fault


class Target(TypedDict, total=False):
    """Which calls go wrong; without any of these, the next one.

    Attributes:
        route: An operation such as `POST /v1/responses`, or a path such as `/v1/files/{file_id}`; all if not given.
        times: How many calls; None for all from now on. By default 1, and None where `calls` or `chance` is given.
        calls: Which, by their number: 1 is the next call of the route from now on.
        chance: How likely each is to be hit, from 0 to 1.
        seed: Decides which ones are, the same for the same seed; 0 if it is not given.
    """

    route: str
    times: int | None
    calls: Collection[int]
    chance: float
    seed: int


@dataclass(frozen=True, slots=True)
class CannedReply:
    """A reply that takes the place of the real one."""

    status: int
    body: bytes
    headers: dict[str, str]


Action = CannedReply | tuple[Fault, ...]


@dataclass(slots=True)
class Rule:
    """What happens to which calls."""

    action: Action
    route: re.Pattern[str] | None
    left: int | None
    calls: frozenset[int]
    chance: float
    random: Random
    seen: int = 0

    def wants(self, call: str) -> bool:
        """Tell whether it is for a call, which it counts if that is of its route."""
        if self.route is not None and not self.route.fullmatch(call):
            return False
        self.seen += 1
        if self.calls:
            return self.seen in self.calls
        return self.chance >= 1 or self.random.random() < self.chance

    @property
    def ended(self) -> bool:
        """Whether no call is left for it."""
        return self.left == 0 or (bool(self.calls) and self.seen >= max(self.calls))


def rule_for(action: Action, target: Target) -> Rule:
    """Make a rule.

    Raises:
        ValueError: An argument is out of its range, or the API has no such route.
    """
    calls, chance = frozenset(target.get("calls", ())), target.get("chance", 1.0)
    times = target.get("times", None if calls or "chance" in target else 1)
    if times is not None and times < 1:
        raise ValueError(f"times must be at least 1 or None, not {times}.")
    if any(number < 1 for number in calls) or ("calls" in target and not calls):
        raise ValueError(f"calls must be numbers from 1, not {sorted(calls)}.")
    if not 0 <= chance <= 1:
        raise ValueError(f"chance must be from 0 to 1, not {chance}.")
    route = target.get("route")
    pattern = None if route is None else route_named(route)
    return Rule(action, pattern, times, calls, chance, Random(target.get("seed", 0)))


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules, the oldest first; added to from the user's thread, taken from by the server's."""

    _rules: list[Rule] = field(default_factory=list[Rule])

    def add(self, rule: Rule) -> None:
        """Have it observed from the next call on."""
        self._rules.append(rule)

    def clear(self) -> None:
        """Forget all of them."""
        self._rules.clear()

    def apply(self, call: str) -> tuple[CannedReply | None, tuple[Fault, ...]]:
        """Find what happens to a call: of the rules for it, the oldest of either kind has it.

        Args:
            call: Its method and path, with a space between them.
        """
        canned: CannedReply | None = None
        faults: tuple[Fault, ...] = ()
        for rule in list(self._rules):
            wanted = rule.wants(call)
            if wanted and isinstance(rule.action, CannedReply) and canned is None:
                canned = rule.action
            elif wanted and isinstance(rule.action, tuple) and not faults:
                faults = rule.action
            else:
                wanted = False
            if wanted and rule.left is not None:
                rule.left -= 1
            if rule.ended:
                self._rules.remove(rule)
        return canned, faults
