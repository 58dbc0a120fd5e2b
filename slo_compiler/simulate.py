"""What an SLO's tiers need to fire, in numbers: critical counts, the lowest rate, and how long it takes. No clock, no data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from slo_compiler import policy
from slo_compiler.model import Cell, Tier

_HOUR = 3600
_HAIR = 1e-9  # `at least two` is exceeding a hair less


@dataclass(frozen=True, slots=True)
class Trigger:
    """When one tier fires for one objective, as the rule says it.

    `share` is the bad share that both windows must pass; `evidence` tells whether the long window is tested against chance, `least` how
    many bad events it must hold where it is not.
    """

    tier: Tier
    share: float
    slope: float
    root: float
    constant: float
    evidence: bool
    least: int = 0

    @property
    def hours(self) -> float:
        """Length of the long window."""
        return float(self.tier.long.seconds) / _HOUR

    @property
    def lowest_rate(self) -> float:
        """Events an hour from which on a full outage fires it."""
        return self.fewest_events / self.hours

    def needs(self, events: float) -> float:
        """Bad events that the long window must exceed if it holds so many events."""
        if not self.evidence:
            return max(self.share * events, self.least - _HAIR)
        return max(self.slope * events + self.root * math.sqrt(events) + self.constant, self.share * events)

    def critical(self, events: float) -> int | None:
        """The fewest bad events that fire among so many in the long window; None where not even all of them do."""
        if events < self.tier.evidence.min_events:
            return None
        fewest = math.floor(self.needs(events)) + 1
        return fewest if fewest <= events else None

    @property
    def fewest_events(self) -> int:
        """The fewest events in the long window of which a full outage fires it."""
        low, high = 0, 1
        while self.critical(high) is None:
            low, high = high, high * 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.critical(middle) is not None else (middle, high)
        return high

    def seconds_to_fire(self, share: float, rate: float) -> float | None:
        """How long an incident of a bad share lasts until it fires, at so many events an hour before and during it; None if it never does."""
        events = rate * self.hours
        if share <= self.share or events < self.tier.evidence.min_events:
            return None
        in_long = self.needs(events) / (rate / _HOUR * share)
        in_short = float(self.tier.short.seconds) * self.share / share if self.tier.short else 0.0
        return max(in_long, in_short) if in_long < self.hours * _HOUR else None


def trigger(tier: Tier, objective: Cell, *, is_counted: bool, least: int = 0) -> Trigger | None:
    """When a tier fires for an objective, from `least` bad events on where they are not counted one by one; None where it never can."""
    share, budget = policy.share(tier, objective.objective), objective.objective.budget
    if share >= 1:
        return None
    at = budget if tier.evidence.against == "objective" else share
    critical = policy.critical(at, tier.evidence.alpha)
    constant = float(critical.constant or 0)
    return Trigger(tier, float(share), float(critical.share), float(critical.root), constant, is_counted, least)


def triggers(tiers: Sequence[Tier], objective: Cell, *, is_counted: bool, least: int = 0) -> list[Trigger]:
    """The tiers that can fire, in the order of the policy."""
    return [found for tier in tiers if (found := trigger(tier, objective, is_counted=is_counted, least=least))]
