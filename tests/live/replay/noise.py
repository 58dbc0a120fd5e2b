"""Services whose share of bad events is what they promise, and what their alerts say to that, counted instead of evaluated."""

from __future__ import annotations

import math
import random
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate, chain, compress, count, pairwise, repeat
from operator import ge, sub
from pathlib import Path

from slo_compiler import compiler, names, policy
from slo_compiler.ir import AlertRule
from slo_compiler.lower.hours import STAGE
from slo_compiler.model import SHORT_WINDOW, Prometheus, Slo, Tier
from slo_compiler.quantities import Duration, six_digits
from slo_compiler.simulate import Trigger, trigger
from tests.live.replay.store import Points, Series
from tests.live.replay.traffic import MINUTE, START

LAG = 2  # minutes from the one in which an event happens to the step that counts it: the scrape comes in between, and the rules look back 10 s


@dataclass(frozen=True)
class Said:
    """When an alert's expression held, step by step, and from when to when it fired, in seconds since the start; what still fires ends at infinity."""

    held: list[float]
    spans: list[tuple[float, float]]


@dataclass(frozen=True)
class Drawn:
    """Good and bad events of each minute."""

    good: Sequence[int]
    bad: Sequence[int]

    def series(self, slo: str) -> list[Series]:
        """The counters of an SLO's service, scraped five seconds after each minute."""
        labels = {"__name__": "requests_total", "job": "app", "instance": "a:80", "noise": slo}
        return [Series({**labels, "outcome": outcome}, _scraped(events)) for outcome, events in (("ok", self.good), ("error", self.bad))]


def _scraped(events: Sequence[int]) -> Points:
    return [(float(START + minute * MINUTE + 5), float(total)) for minute, total in enumerate(accumulate(events, initial=0))]


def drawn(seed: str, a_day: float, *shares: tuple[int, float]) -> Drawn:
    """Events that come by chance, so many a day, for each (minutes, share that is bad)."""
    chance = random.Random(seed)
    good: list[int] = []
    bad: list[int] = []
    for minutes, share in shares:
        good += _poisson(chance, a_day / 1440 * (1 - share), minutes)
        bad += _poisson(chance, a_day / 1440 * share, minutes)
    return Drawn(good, bad)


def _poisson(chance: random.Random, mean: float, minutes: int) -> list[int]:
    """How many come in each minute."""
    possible = range(math.ceil(mean + 10 * math.sqrt(mean) + 10))
    *below, total = accumulate(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in possible)
    draw = chance.random
    return [bisect(below, draw() * total) for _ in range(minutes)]


class Sums:
    """What windows hold at each step, which is a minute: differences of running totals."""

    def __init__(self, events: Drawn) -> None:
        self.end = len(events.bad) * MINUTE  # seconds since the start
        self._bad = self._running(events.bad)
        self._total = self._running([good + bad for good, bad in zip(events.good, events.bad, strict=True)])
        self._windows: dict[int, tuple[list[int], list[int]]] = {}

    @staticmethod
    def _running(events: Sequence[int]) -> list[int]:
        return [*repeat(0, LAG), *accumulate(events)][: len(events) + 1]

    def of(self, window: Duration) -> tuple[list[int], list[int]]:
        """Bad events and all events, at each step."""
        minutes = int(window.seconds) // MINUTE
        if minutes not in self._windows:
            bad, total = (list(map(sub, running, chain(repeat(0, minutes), running))) for running in (self._bad, self._total))
            self._windows[minutes] = bad, total
        return self._windows[minutes]


class Fewest(dict[int, float]):
    """The fewest bad events that fire among so many; infinity where none do."""

    def __init__(self, when: Trigger) -> None:
        super().__init__()
        self.when = when

    def __missing__(self, events: int) -> float:
        found = self.when.critical(events)
        return self.setdefault(events, math.inf if found is None else found)


@dataclass(frozen=True)
class Alert:
    """A tier of an SLO, or its freeze; judged each `interval` seconds."""

    name: str
    fewest: Fewest
    interval: int
    is_freeze: bool

    @classmethod
    def of(cls, slo: Slo, tier: Tier, prometheus: Prometheus, *, is_freeze: bool = False) -> Alert:
        """A tier as its rule has it, which prints its share with six digits."""
        found = trigger(tier, slo.cells[0], is_counted=slo.is_counted)
        assert found is not None, "a tier that can never fire says nothing of noise"
        interval = prometheus.step if tier.long <= SHORT_WINDOW else prometheus.slow_interval
        return cls(tier.name, Fewest(replace(found, share=float(six_digits(found.share)))), int(interval.seconds), is_freeze)

    @property
    def tier(self) -> Tier:
        """What it is the alert of."""
        return self.fewest.when.tier

    def by_share_alone(self) -> Alert:
        """The same without a test against chance, as burn-rate alerts usually are."""
        return replace(self, fewest=Fewest(replace(self.fewest.when, evidence=False)))

    def without_lingering(self) -> Alert:
        """The same without `keep_firing_for`."""
        return replace(self, fewest=Fewest(replace(self.fewest.when, tier=replace(self.tier, keep_firing_for=None))))

    def says(self, sums: Sums) -> Said:
        """What it does to events: it is resolved when its expression has not held for `keep_firing_for`, counted from the first step without it."""
        held = list(self._held(sums))
        linger = float(self.tier.keep_firing_for.seconds) if self.tier.keep_firing_for else 0.0
        goes_on = self.interval + math.ceil(linger / self.interval) * self.interval
        begins = [at for before, at in pairwise([-math.inf, *held]) if at > before + goes_on]
        ends = [at + goes_on for at, after in pairwise([*held, math.inf]) if after > at + goes_on]
        return Said(held, [(fired, resolved if resolved <= sums.end else math.inf) for fired, resolved in zip(begins, ends, strict=True)])

    def _held(self, sums: Sums) -> Iterator[float]:
        """Windows beyond six hours move by five minutes, and are judged more often."""
        piece = MINUTE if self.tier.long <= SHORT_WINDOW else int(STAGE.seconds)
        for at in self._beyond(sums, piece):
            for moment in range(at * piece, min((at + 1) * piece, sums.end + 1), self.interval):
                if self._still_burns(sums, moment // MINUTE):
                    yield float(moment)

    def _beyond(self, sums: Sums, piece: int) -> Iterator[int]:
        """The pieces of time at whose beginning the long window holds enough bad events."""
        bad, total = (counts[:: piece // MINUTE] for counts in sums.of(self.tier.long))
        found = compress(count(), map(ge, bad, map(self.fewest.__getitem__, total)))
        if not self.is_freeze:
            return found
        pieces = int(self.tier.long.seconds) // piece  # the budget is that of the whole window, however little of it there has been
        return (at for at in found if bad[at] * min(at, pieces) >= self.fewest.when.share * total[at] * pieces)

    def _still_burns(self, sums: Sums, step: int) -> bool:
        if self.tier.short is None:
            return True
        bad, total = sums.of(self.tier.short)
        return bad[step] > self.fewest.when.share * total[step]


def promised(path: Path) -> dict[str, tuple[Slo, list[Alert]]]:
    """The SLOs of a file, and what they alert of."""
    run = compiler.Compilation()
    compiler.validate(run, [str(path)])
    assert run.spec is not None
    rules = [rule for service in compiler.rules(run).services for group in service.groups for rule in group.rules]
    lingers = {rule.labels["slo_id"]: rule.keep_firing_for for rule in rules if isinstance(rule, AlertRule) and rule.alert == names.EXHAUSTED}
    found = {}
    for slo in run.spec.slos:
        freeze = Tier(names.EXHAUSTED, "freeze", slo.window, None, policy.freeze(slo.window), burn=Decimal(1), keep_firing_for=lingers[slo.id])
        tiers = [Alert.of(slo, tier, run.spec.prometheus) for tier in slo.alerting.tiers]
        found[slo.name] = slo, [*tiers, Alert.of(slo, freeze, run.spec.prometheus, is_freeze=True)]
    return found
