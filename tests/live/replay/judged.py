"""Raw series of values that are judged, and of money; and what they really were. All of it from seeds."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from tests.live.replay.kinds import HOUR, MINUTES, SCRAPED, Events, Observed, Tally, between, classic, counter
from tests.live.replay.store import Points, Series
from tests.live.replay.traffic import MINUTE, START, binomial, poisson

DAY = 24 * HOUR
WEEKS = 33 * DAY
CENT = 1 / 128  # nearly: of money only binary fractions add up exactly

# --- answers: how long they take, whether they are refused, what they cost -----------------------------------------------------------

ANSWER_BOUNDS = ("0.25", "0.5", "1", "2", "4")
EDGES = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
USUAL, SLOW = (30, 40, 25, 4, 1), (5, 10, 20, 40, 25)  # percent of the answers in each bucket
SLOWER, REFUSING = 30 * HOUR, (28 * HOUR, 30 * HOUR)
DEARER, COSTS = 31 * HOUR, {"big": (5, 8), "small": (2, 2)}  # cents an answer, before and after


@cache
def answers() -> Observed:
    """Seconds, evenly spread in each bucket."""
    chance = random.Random("answers")
    found = []
    for minute in range(MINUTES):
        shares = SLOW if minute >= SLOWER else USUAL
        chosen = chance.choices(range(5), shares, k=poisson(chance, 20))
        found.append([chance.uniform(EDGES[bucket], EDGES[bucket + 1]) for bucket in chosen])
    return found


@cache
def refusals() -> Events:
    """Answers, and those that were refused."""
    return _dealt("refusals", 30, lambda minute: 0.1 if between(minute, *REFUSING) else 0.03)[0]


def _dealt(seed: str, mean: float, share: Callable[[int], float]) -> tuple[Events, list[int], list[int]]:
    chance = random.Random(seed)
    total = [poisson(chance, mean) for _ in range(MINUTES)]
    bad = [binomial(chance, count, share(minute)) for minute, count in enumerate(total)]
    return Events.of(total, bad), total, bad


def _counters(metric: str, label: str, values: tuple[str, str], total: list[int], bad: list[int]) -> list[Series]:
    good = [count - worse for count, worse in zip(total, bad, strict=True)]
    return [counter(metric, good, **{label: values[0]}), counter(metric, bad, **{label: values[1]})]


@dataclass(frozen=True)
class Costs:
    """What answers cost, as a histogram's sum and count tell it."""

    count: Tally
    spent: Tally
    series: list[Series]

    def mean(self, at: float, minutes: int) -> float:
        return self.spent.last(at, minutes) / self.count.last(at, minutes)


@cache
def costs(model: str) -> Costs:
    """Of one model, which one of the two becomes dearer."""
    chance = random.Random(f"costs of {model}")
    before, after = COSTS[model]
    count = [poisson(chance, 10) for _ in range(MINUTES)]
    spent = [CENT * sum(chance.choices((-1, 0, 1), k=one)) + CENT * one * (after if minute >= DEARER else before) for minute, one in enumerate(count)]
    series = [counter("answer_cost_dollars_count", count, model=model), counter("answer_cost_dollars_sum", spent, model=model)]
    return Costs(Tally.of(count), Tally.of(spent), series)


# --- judges, gauges, a target that goes down -----------------------------------------------------------------------------------------

FALL = 32 * HOUR
WORSE = 29 * HOUR  # a score of one of two
BATCH = {2 * HOUR * turn: 0.7 if turn >= 14 else 0.9 for turn in range(16)}  # written every two hours, the last time at 30:00
BUSIER = 31 * HOUR
OUTAGES = ((20 * HOUR, 4), (25 * HOUR, 6), (29 * HOUR + 30, 28), (31 * HOUR, 3), (31 * HOUR + 20, 5))


@cache
def judged(who: str) -> Events:
    """What the judge, and what people say; from an hour on the judge finds much worse answers."""
    return _judging(who)[0]


def _judging(who: str) -> tuple[Events, list[int], list[int]]:
    return _dealt(who, 4, lambda minute: 0.2 if who == "judge" and minute >= FALL else 0.05)


@cache
def scores() -> dict[str, list[float]]:
    """Two scores, one value a minute; one of them falls."""
    chance = random.Random("scores")
    return {name: [chance.randrange(28, 31) / 32 - (0.25 if name == "b" and minute >= WORSE else 0) for minute in range(MINUTES)] for name in "ab"}


@cache
def calls() -> list[int]:
    """Calls of each minute: ten a second, then twelve."""
    chance = random.Random("calls")
    return [poisson(chance, 720 if minute >= BUSIER else 600) for minute in range(MINUTES)]


def is_down(minute: int) -> bool:
    return any(between(minute, begin, begin + minutes) for begin, minutes in OUTAGES)


def _sampled(metric: str, each: Sequence[float], **labels: str) -> Series:
    """A gauge, scraped once a minute: after it, as counters are."""
    return Series({"__name__": metric, "job": "app", "instance": "pod-0:8000", **labels}, _points(each))


def _points(each: Sequence[float]) -> Points:
    return [(float(START + minute * MINUTE + SCRAPED), float(value)) for minute, value in enumerate(each)]


def raw() -> list[Series]:
    """All series of a day and a half."""
    batch = [(float(START + minute * MINUTE + SCRAPED), value) for minute, value in BATCH.items()]
    judging = zip(("judge", "people"), (("judged_total", "verdict"), ("rated_total", "rating")), strict=True)
    return [
        *classic("answer_seconds", ANSWER_BOUNDS, answers()),
        *_counters("answers_total", "refused", ("false", "true"), *_dealt("refusals", 30, lambda minute: 0.1 if between(minute, *REFUSING) else 0.03)[1:]),
        *(one for model in COSTS for one in costs(model).series),
        *(one for who, (metric, label) in judging for one in _counters(metric, label, ("good", "bad"), *_judging(who)[1:])),
        *(_sampled("eval_score", each, suite=suite) for suite, each in scores().items()),
        Series({"__name__": "batch_score", "job": "batch", "instance": "pod-0:8000"}, batch),
        counter("calls_total", calls()),
        _sampled("up", [not is_down(minute) for minute in range(MINUTES)]),
    ]  # fmt: skip


# --- weeks: money, and a mean that is compared with its median ------------------------------------------------------------------------

#: Cents a minute, from which day on.
PACES = {"acme": ((0, 26), (3, 4)), "beta": ((0, 2), (27, 8)), "gamma": ((0, 3), (31, 1))}
STEP_UP = 15 * DAY


@cache
def spending(tenant: str) -> list[float]:
    """Dollars of each minute, by chance a little more or less than the pace."""
    chance = random.Random(f"spending of {tenant}")
    found = []
    for minute in range(WEEKS):
        pace = [cents for day, cents in PACES[tenant] if minute >= day * DAY][-1]
        found.append(CENT * (pace + chance.randrange(-1, 2)))
    return found


@cache
def spent(tenant: str) -> Tally:
    return Tally.of(spending(tenant))


@cache
def weekly() -> Costs:
    """Three answers a minute; from the sixteenth day on they cost half as much again."""
    chance = random.Random("weekly")
    count = [3] * WEEKS
    spent = [CENT * (chance.randrange(11, 14) + (6 if minute >= STEP_UP else 0)) for minute in range(WEEKS)]
    return Costs(Tally.of(count), Tally.of(spent), [counter("answer_cost_dollars_count", count), counter("answer_cost_dollars_sum", spent)])


def median_of_days(at: float) -> float:
    """The median of what a day cost on average, at the midnights of the eight days before the last one, less half a day."""
    midnights = [START + number * 86_400 for number in range(1, 34)]
    return statistics.median(weekly().mean(one, DAY) for one in midnights if at - 8.5 * 86_400 < one <= at - 86_400)


def weeks_raw() -> list[Series]:
    """All series of 33 days."""
    return [*(counter("spend_dollars_total", spending(tenant), tenant=tenant) for tenant in PACES), *weekly().series]
