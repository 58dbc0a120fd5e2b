"""Processes that count, scrapes that see them, and the truth about both; all of it from seeds, minute by minute."""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

from tests.live.replay.store import Labels, Points, Series

START = 1_767_225_600  # 2026-01-01T00:00Z
MINUTE, HOUR, DAY = 60, 3_600, 86_400
DELAY, LOOKBACK = 10, 600  # of the rules: ingestion_delay, and how far back a counter's last sample may lie

Counts = dict[str, int]  # events of a minute by what happened to them


@dataclass
class Life:
    """One process from its start to its end (minutes), and how Prometheus sees it.

    `instance` may have had a life before: then Prometheus knows the target. `seen_from` is the minute of its first scrape.
    """

    instance: str
    born: int
    died: int
    phase: float  # seconds after the full minute at which it is scraped
    seen_from: int
    takes: tuple[int, int]  # the minutes from and until which it takes traffic: a pod is ready later than it starts, and is drained before it ends
    is_known: bool = False
    counted: list[Counts] = field(default_factory=list)  # one entry a minute

    def scrapes(self, lost: AbstractSet[int]) -> Iterator[tuple[float, int]]:
        """The times of its scrapes, and how many of its minutes each one sees."""
        for minute in range(max(self.born + 1, self.seen_from), self.died):
            if minute not in lost:
                yield START + minute * MINUTE + self.phase, minute - self.born

    def events(self, key: str, begin: int, end: int) -> int:
        """Events that it counted from one minute until another."""
        low, high = (min(max(minute - self.born, 0), len(self.counted)) for minute in (begin, end))
        return self._sums[key][high] - self._sums[key][low] if key in self._sums else 0

    @cached_property
    def _sums(self) -> dict[str, list[int]]:
        return sums(self.counted)


@dataclass(frozen=True)
class Counter:
    """A counter that lives export: what it counts, and whether it is there before its first event."""

    labels: Labels
    keys: frozenset[str]
    at_once: bool


def counters(metric: str, label: str, keys: Iterable[str], at_once: AbstractSet[str], **labels: str) -> list[Counter]:
    """The counters of a metric, one for each key, which is its value of `label`."""
    return [Counter({"__name__": metric, label: key, **labels}, frozenset({key}), key in at_once) for key in keys]


def histogram(metric: str, bounds: Sequence[str], **labels: str) -> list[Counter]:
    """The counters of a classic histogram, born together; a key is the bound of the lowest bucket that holds an observation."""
    found = [Counter({"__name__": f"{metric}_count", **labels}, frozenset(bounds), at_once=True)]
    for index, bound in enumerate(bounds):
        found.append(Counter({"__name__": f"{metric}_bucket", "le": bound, **labels}, frozenset(bounds[: index + 1]), at_once=True))
    return found


@dataclass
class Seen:
    """What scrapes saw, by the step (epoch seconds) that counts it, and by key."""

    steps: dict[int, Counts] = field(default_factory=dict)

    def add(self, step: int, key: str, events: int) -> None:
        """Events that one step counts."""
        counts = self.steps.setdefault(step, {})
        counts[key] = counts.get(key, 0) + events

    def between(self, start: float, end: float, keys: AbstractSet[str]) -> int:
        """Events that the steps in (start, end] count."""
        steps, until = self._sums
        low, high = (bisect_right(steps, edge) for edge in (start, end))
        return sum(until[key][high] - until[key][low] for key in keys & until.keys())

    @cached_property
    def _sums(self) -> tuple[list[int], dict[str, list[int]]]:
        steps = sorted(self.steps)
        return steps, sums([self.steps[step] for step in steps])


def sums(counted: Sequence[Counts]) -> dict[str, list[int]]:
    """How many events there were before each entry, and before the end, by key."""
    keys = set().union(*counted)
    return {key: [*accumulate((counts.get(key, 0) for counts in counted), initial=0)] for key in keys}


def step_of(at: float) -> int:
    """The first step that is late enough to count a scrape."""
    return math.ceil((at + DELAY) / MINUTE) * MINUTE


def exported(shown: list[Counter], lives: list[Life], lost: Mapping[str, AbstractSet[int]]) -> tuple[list[Series], Seen]:
    """The raw series of counters, as scraped, and what the scrapes saw but for the limits that the rules state; `lost` are failed scrapes."""
    places = _places(shown)
    points: dict[tuple[str, int], Points] = {}
    seen = Seen()
    for life in lives:
        values = [0] * len(shown)
        own = [points.setdefault((life.instance, index), []) for index in range(len(shown))]
        done = 0
        last = None
        for at, minutes in life.scrapes(lost.get(life.instance, frozenset())):
            # a target that nobody knows, and one not seen for longer than the look-back, starts at its first sample
            step = step_of(at)
            is_new = last is None and not life.is_known
            is_lost = last is not None and last <= step - MINUTE - DELAY - LOOKBACK
            for counts in life.counted[done:minutes]:
                for key, events in counts.items():
                    for index in places[key]:
                        values[index] += events
                    if not (is_new or is_lost):
                        seen.add(step, key, events)
            for counter, value, found in zip(shown, values, own, strict=True):
                if value or counter.at_once:
                    found.append((at, float(value)))
            done = minutes
            last = at
    series = [Series({**shown[index].labels, "job": "gateway", "instance": instance}, found) for (instance, index), found in points.items() if found]
    return series, seen


def _places(shown: list[Counter]) -> dict[str, list[int]]:
    """Which counters count a key."""
    keys = frozenset().union(*(counter.keys for counter in shown))
    return {key: [index for index, counter in enumerate(shown) if key in counter.keys] for key in keys}


def poisson(chance: random.Random, mean: float) -> int:
    """A random count."""
    if mean <= 0:
        return 0
    if mean > 50:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count


def binomial(chance: random.Random, count: int, share: float) -> int:
    """How many of `count` happen that each happen with a chance of `share`."""
    if share <= 0 or not count:
        return 0
    if share >= 1:
        return count
    if count * share > 50 and count * (1 - share) > 50:
        return min(count, max(0, round(chance.gauss(count * share, math.sqrt(count * share * (1 - share))))))
    if count * share < 5:
        return min(count, poisson(chance, count * share))
    return sum(chance.random() < share for _ in range(count))


def daily(mean: float, *, swing: float = 0.6) -> Callable[[int], float]:
    """Events a minute: most in the afternoon, least at night."""
    return lambda minute: mean * (1 + swing * math.sin((minute % 1440) / 1440 * 2 * math.pi - 2.4))
