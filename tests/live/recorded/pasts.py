"""From a story to numbers, for each kind of promise: events and bad events of each step, which all recorded sums are made of."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate

from slo_compiler.model import Cell, Check, Gauge, Matchers, Mean, OtherSlo, Outages, Promise, Quantile, Share, Slo, Spending, TimeSlices
from tests.live.recorded.stories import DAY, STEP, STEPS, Story, busy, drawn
from tests.live.replay.store import Labels

_SHARE = 0.05  # of a check that is compared with its own past
_OUTAGE = 4  # minutes, of one that is compared with its own past


@dataclass(frozen=True)
class Past:
    """A promise, or one value of its `by`: its labels, and of each step the burn rate, what was counted (total, bad), and whether there are samples.

    Of a mean, bad is the sum of what was observed; of outages, bad is the steps that were down. Gauges count nothing, money has no bad.
    """

    promise: Promise
    story: Story
    labels: Labels
    burns: list[float]
    counts: dict[str, list[float]]
    measured: list[float]

    @classmethod
    def of(cls, promise: Promise, story: Story, labels: Labels, rng: random.Random) -> Past:
        """What the story makes of the promise."""
        burns = story.burns(rng)
        events = _events(promise, story, labels, rng)
        pairs = [events(at, burns[at]) if story.has_events(at) else (0.0, 0.0) for at in range(STEPS + 1)]
        measured = [float(story.is_measured(at)) for at in range(STEPS + 1)]
        counts = {"total": [total for total, _ in pairs], "bad": [bad for _, bad in pairs]}
        return cls(promise, story, labels, burns, {kind: counts[kind] for kind in _counted(promise)}, measured)


def _counted(promise: Promise) -> tuple[str, ...]:
    match promise:
        case Check(value=Gauge() | OtherSlo()):
            return ()
        case Spending() | Check(value=Quantile()):
            return ("total",)
    return ("total", "bad")


class Sums:
    """Sums over windows of one number a step."""

    def __init__(self, values: list[float]) -> None:
        self._grown = list(accumulate(values))

    def since(self, first: int, last: int) -> float:
        """The sum of the steps after `first` up to `last`."""
        return self._grown[last] - self._grown[max(0, first)]


def cell_of(slo: Slo, labels: Labels) -> Cell:
    """The numbers of one value of `by`."""
    return next(cell for cell in slo.cells if _match(cell.matchers, labels))


def _match(matchers: Matchers, labels: Labels) -> bool:
    return all((labels.get(label) == value) is (op == "=") for label, op, value in matchers)


_Events = Callable[[int, float], tuple[float, float]]


def _events(promise: Promise, story: Story, labels: Labels, rng: random.Random) -> _Events:
    """What makes all events and the bad ones of a step and its burn rate."""
    match promise:
        case Slo(sli=TimeSlices()):
            return _shared(float(cell_of(promise, labels).objective.budget), lambda _: STEP / 60, rng)
        case Slo():
            budget = float(cell_of(promise, labels).objective.budget)
            return _shared(budget, lambda at: drawn(story.rate * busy(at), rng), rng)
        case Spending():
            limit = next(limit for matchers, limit in promise.limits if _match(matchers, labels))
            even = float(limit) * STEP / float(promise.window.seconds)
            return lambda at, burn: (even * burn * busy(at) / 0.7, 0.0)
        case Check():
            return _judged(promise, story, rng)
    raise TypeError(promise)


def _shared(share: float, total: Callable[[int], float], rng: random.Random) -> _Events:
    """Events of which a burn rate times `share` are bad."""

    def events(at: int, burn: float) -> tuple[float, float]:
        count = total(at)
        return count, min(count, drawn(count * share * burn, rng))

    return events


def _judged(check: Check, story: Story, rng: random.Random) -> _Events:
    bound, worth = float(check.verdict.number), level(check)
    has_bound = check.verdict.key.startswith("at_") and not check.verdict.of_baseline
    match check.value:
        case Share(is_good=is_good):
            share = (1 - bound if is_good else bound) if has_bound else _SHARE
            return _shared(share, lambda at: drawn(story.rate * busy(at), rng), rng)
        case Mean():
            count = story.rate
            return lambda at, burn: (count * busy(at), count * busy(at) * worth(burn))
        case Outages():
            minutes = bound / 60 if has_bound else _OUTAGE
            return lambda at, burn: (0.0, 0.0) if at % DAY else (1.0, minutes * burn)
        case Quantile():
            return lambda at, _: (drawn(story.rate * busy(at), rng), 0.0)
    return lambda _, __: (0.0, 0.0)


def level(check: Check) -> Callable[[float], float]:
    """The value of a check at a burn rate: 1 is at its bound, or, compared with a past, as it was."""
    has_bound = check.verdict.key.startswith("at_") and not check.verdict.of_baseline
    usual = float(check.verdict.number) if has_bound else 1.0
    return lambda burn: usual / burn if check.verdict.key == "at_least" else usual * burn
