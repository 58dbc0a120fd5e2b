"""Raw series of every kind of SLI for a day and a half, and what happened in them, minute by minute; all of it from seeds."""

from __future__ import annotations

import bisect
import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from tests.live.replay.store import Series
from tests.live.replay.traffic import MINUTE, START, binomial, poisson

HOUR = 60  # minutes
MINUTES = 36 * HOUR
SCRAPED = 5  # seconds after the full minute

Observed = list[list[float]]  # what was observed, minute by minute


def between(minute: int, begin: int, end: int) -> bool:
    return begin <= minute < end


@dataclass(frozen=True)
class Tally:
    """A number a minute, and its sums. The scrape after a minute shows it, and the step after that scrape counts it: `lag` steps later."""

    sums: tuple[float, ...]
    lag: int = 2

    @classmethod
    def of(cls, each: Iterable[float], lag: int = 2) -> Tally:
        return cls((0, *accumulate(each)), lag)

    def last(self, at: float, minutes: int) -> float:
        """The sum of so many minutes, as a step at a moment can know it."""
        end = int(at - START) // MINUTE - self.lag + 1
        low, high = (min(max(edge, 0), len(self.sums) - 1) for edge in (end - minutes, end))
        return self.sums[high] - self.sums[low]


@dataclass(frozen=True)
class Events:
    """Events and bad events of each minute; with gaps, minutes without an event are minutes without data."""

    total: Tally
    bad: Tally
    has_gaps: bool = False

    @classmethod
    def of(cls, total: Iterable[float], bad: Iterable[float]) -> Events:
        return cls(Tally.of(total), Tally.of(bad))

    @classmethod
    def of_slices(cls, bad: Sequence[bool | None]) -> Events:
        """Slices of a minute: good, bad, or none. A gauge needs no second scrape to tell."""
        total = Tally.of((one is not None for one in bad), lag=1)
        return cls(total, Tally.of((bool(one) for one in bad), lag=1), has_gaps=None in bad)

    def share(self, at: float, minutes: int) -> float:
        """The bad share of so many minutes."""
        return self.bad.last(at, minutes) / self.total.last(at, minutes)


def counter(metric: str, each: Iterable[float], **labels: str) -> Series:
    """A counter that is there before its first event, scraped after each minute."""
    points = [(float(START + minute * MINUTE + SCRAPED), float(value)) for minute, value in enumerate(accumulate(each, initial=0))]
    return Series({"__name__": metric, "job": "app", "instance": "pod-0:8000", **labels}, points)


def classic(metric: str, bounds: Sequence[str], observed: Observed) -> list[Series]:
    """A classic histogram of what was observed."""
    buckets = (counter(f"{metric}_bucket", (sum(value <= float(bound) for value in now) for now in observed), le=bound) for bound in bounds)
    return [counter(f"{metric}_count", map(len, observed)), counter(f"{metric}_bucket", map(len, observed), le="+Inf"), *buckets]


def gauge(metric: str, each: Iterable[Sequence[float]], **labels: str) -> Series:
    """A gauge, scraped as often as a minute has values."""
    points = [(START + minute * MINUTE + 3.0 + 15 * index, value) for minute, values in enumerate(each) for index, value in enumerate(values)]
    return Series({"__name__": metric, "job": "app", "instance": "pod-0:8000", **labels}, points)


# --- slices of time ----------------------------------------------------------------------------------------------------------------

DEEP, GONE, HALF_GONE = (26 * HOUR + 10, 26 * HOUR + 40), (28 * HOUR, 28 * HOUR + 25), (27 * HOUR, 27 * HOUR + 10)
LIMIT = 40  # of a queue
POOLS = {"chat": (40, 29 * HOUR, 60), "batch": (80, 30 * HOUR, 90)}  # limit, when it is passed for 20 minutes, and how far
STALLED, ENOUGH = (30 * HOUR, 30 * HOUR + 40), 500  # tokens a second


def queues() -> tuple[list[Series], list[float | None]]:
    """Two queues, four samples a minute; and the mean of the longer one in each minute, None where nothing is known."""
    chance = random.Random("queues")
    depths: dict[str, list[list[float]]] = {"a": [], "b": []}
    for minute in range(MINUTES):
        for name, found in depths.items():
            now = [chance.randrange(20, 60) / 2 for _ in range(4)]
            if name == "a" and minute % 97 == 0:
                now = [20.0, 20.0, 20.0, 104.0]  # beyond the limit on average, by one of four samples
            elif name == "a" and minute % 89 == 0:
                now = [40.0] * 4  # the limit itself is good
            elif name == "b" and between(minute, *DEEP):
                now = [60.0] * 4
            is_gone = between(minute, *GONE) or (name == "b" and between(minute, *HALF_GONE))
            found.append([] if is_gone else now)
    worst = [max((sum(now) / 4 for now in pair if now), default=None) for pair in zip(*depths.values(), strict=True)]
    return [gauge("queue_depth", each, queue=name) for name, each in depths.items()], worst


def pools() -> tuple[list[Series], dict[str, list[float]]]:
    """Two pools with limits of their own, and how deep each was."""
    deep = {
        pool: [float(beyond if between(minute, begin, begin + 20) else 30 if pool == "chat" else 60) for minute in range(MINUTES)]
        for pool, (_, begin, beyond) in POOLS.items()
    }
    return [gauge("pool_depth", ([value] for value in each), pool=pool) for pool, each in deep.items()], deep


def tokens() -> list[int]:
    """Tokens of each minute: 600 a second, and 400 while it stalls."""
    return [24_000 if between(minute, *STALLED) else 36_000 + 60 * (minute % 7) for minute in range(MINUTES)]


def slow_slices(each: Sequence[int]) -> list[bool | None]:
    """Whether the five minutes before each step were too slow: `rate` sees the growth between the first and the last of their five scrapes."""
    return [sum(each[minute - 4 : minute]) / 240 < ENOUGH if minute >= 4 else None for minute in range(len(each))]


# --- tails -------------------------------------------------------------------------------------------------------------------------

RUN_BOUNDS = ("0.005", "0.01", "0.02", "0.03", "0.05", "0.1", "0.3", "1", "5")
JOB_BOUNDS = ("0.005", "0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1", "5")
FINE_BOUNDS = (
    "0.01", "0.02", "0.03", "0.04", "0.045", "0.05", "0.055", "0.06", "0.07", "0.085", "0.1", "0.12", "0.13", "0.14", "0.15", "0.16", "0.17", "0.18",
    "0.2", "0.25", "0.5", "1", "5",
)  # fmt: skip
RUNAWAY, SWOLLEN = (31 * HOUR, 31 * HOUR + 50), (33 * HOUR, 33 * HOUR + 50)


def runs() -> Observed:
    """Costs of runs: about two cents, and now and then one of half a dollar and more, with nothing between."""
    chance = random.Random("runs")
    found = []
    for minute in range(MINUTES):
        share = 0.4 if between(minute, *RUNAWAY) else 0.005
        costs = [min(0.09, chance.lognormvariate(math.log(0.018), 0.4)) for _ in range(poisson(chance, 20))]
        found.append([chance.uniform(0.5, 4) if chance.random() < share else cost for cost in costs])
    return found


def jobs() -> Observed:
    """Costs of jobs: of any size, so that many lie near the limit; and for a while most are thirty times as dear."""
    chance = random.Random("jobs")
    found = []
    for minute in range(MINUTES):
        swollen = 0.8 if between(minute, *SWOLLEN) else 0.0
        found.append([chance.lognormvariate(math.log(0.03), 0.8) * (30 if chance.random() < swollen else 1) for _ in range(poisson(chance, 20))])
    return found


@dataclass(frozen=True)
class Beyond:
    """What lies beyond so many times the usual observation of the last six hours."""

    limits: list[float]  # of the step that counts a minute
    events: Events


def beyond(observed: Observed, times: float, quantile: float, hours: int = 6) -> Beyond:
    """From the observations themselves: sorted, and none of them put into a bucket."""
    usual: list[float] = []
    limits, bad = [], []
    for minute, now in enumerate(observed):
        for value in now:
            bisect.insort(usual, value)
        for value in observed[minute - hours * HOUR + 1] if minute >= hours * HOUR - 1 else ():
            del usual[bisect.bisect_left(usual, value)]
        limits.append(times * usual[min(len(usual) - 1, int(quantile * len(usual)))] if usual else math.inf)
        bad.append(sum(value > limits[-1] for value in now))
    return Beyond(limits, Events.of(map(len, observed), bad))


# --- a native histogram, and events by an expression --------------------------------------------------------------------------------

SLUGGISH, RETRIED = (32 * HOUR, 32 * HOUR + 40), (31 * HOUR, 31 * HOUR + 30)


def reranked() -> Observed:
    """Seconds of each minute's calls."""
    chance = random.Random("reranked")
    return [
        [chance.lognormvariate(math.log(1.1 if between(minute, *SLUGGISH) else 0.5), 0.35) for _ in range(poisson(chance, 30))] for minute in range(MINUTES)
    ]


def above(observed: Observed, limit: float) -> Events:
    """The observations, and those above a limit."""
    return Events.of(map(len, observed), (sum(value > limit for value in now) for now in observed))


def routed() -> tuple[list[int], list[int]]:
    """Requests of each minute, and how many of them needed a second attempt."""
    chance = random.Random("routed")
    total = [poisson(chance, 100) for _ in range(MINUTES)]
    return total, [binomial(chance, count, 0.5 if between(minute, *RETRIED) else 0.02) for minute, count in enumerate(total)]


def spread(each: Sequence[int]) -> list[float]:
    """What `rate` over five minutes makes of a count: it sees four of them between its five scrapes, so that each is counted in four steps."""
    return [sum(each[max(minute - 3, 0) : minute + 1]) / 4 for minute in range(len(each))]


def scrapes(observed: Observed) -> list[tuple[float, list[float]]]:
    """Observations by the scrape that shows them."""
    return [(float(START + minute * MINUTE + SCRAPED), now) for minute, now in enumerate([[], *observed])]


def raw() -> list[Series]:
    """All series but the native histogram."""
    total, again = routed()
    attempts = (count + more for count, more in zip(total, again, strict=True))
    return [
        *queues()[0], *pools()[0], counter("tokens_total", tokens()), *classic("run_cost_dollars", RUN_BOUNDS, runs()),
        *classic("job_cost_dollars", JOB_BOUNDS, jobs()), *classic("fine_cost_dollars", FINE_BOUNDS, jobs()),
        counter("routed_total", total), counter("attempts_total", attempts),
    ]  # fmt: skip
