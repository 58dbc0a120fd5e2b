"""What rules must state of an SLO, and when its alert must fire: computed from what happened, by the words of docs/language.md."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from tests.live.replay import judged, kinds
from tests.live.replay.kinds import HOUR, Events
from tests.live.replay.traffic import MINUTE, START

Number = Callable[[float], float]
Holds = Callable[[float], bool]

DAY = 24 * HOUR
FAST, SLOW = 60, 150  # seconds between two evaluations
DUST = 1e-9  # of floating-point sums
#: At full 5 minutes; before, in and after what goes wrong.
MOMENTS = tuple(float(START + minute * MINUTE) for minute in range(25 * HOUR, 36 * HOUR, 55))


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One SLO, or one value of its `by`: its numbers, by the series that state them, and the reason of its alert.

    `near` is how far a number may be from the computed one, as a share of it, or of what is bad or spent where a good share is stated.
    An alert comes at the very evaluation, or at most `late` seconds from it.
    """

    kind: str
    slo: str
    numbers: Mapping[str, Number]
    told: str  # the series in the table
    alert: str
    holds: Holds
    every: int = SLOW
    hold: int = 0
    part: Mapping[str, str] = field(default_factory=dict)
    near: float = DUST
    late: int = 0
    moments: tuple[float, ...] = MOMENTS
    since: float = START + 7 * HOUR * MINUTE
    until: float = START + kinds.MINUTES * MINUTE

    @property
    def name(self) -> str:
        """`pools batch`, and what it is."""
        return f"{' '.join((self.slo, *self.part.values()))}: {self.kind}"

    def error(self, series: str, at: float, stated: float) -> float:
        """How far a stated number is from the computed one; nothing, NaN, is as far as can be from anything else."""
        true = self.numbers[series](at)
        if math.isnan(stated) or math.isnan(true):
            return 0.0 if math.isnan(stated) and math.isnan(true) else math.inf
        whole = 1 - true if series in {"slo:sli:ratio", "slo:error_budget:remaining"} else true
        return abs(stated - true) / max(abs(whole), DUST)

    def allows(self, series: str) -> float:
        """How far a number may be off. All events are counted, whatever is an estimate of them."""
        return DUST if ":total:" in series else self.near

    def due(self) -> list[float]:
        """The moments at which the alert must fire: `for` counts from the first evaluation at which its reason holds."""
        found: list[float] = []
        began: float | None = None
        at = -(-self.since // self.every) * self.every
        while at <= self.until:
            began = (at if began is None else began) if self.holds(at) else None
            if began is not None and at - began == self.hold:
                found.append(at)
            at += self.every
        return found


def by_chance(bad: float, total: float, share: float) -> float:
    """The probability of so many bad events or more, if `share` of them is bad: the exact binomial test."""
    count = round(total)

    def log_of(k: int) -> float:
        return math.lgamma(count + 1) - math.lgamma(k + 1) - math.lgamma(count - k + 1) + k * math.log(share) + (count - k) * math.log1p(-share)

    return sum(math.exp(log_of(k)) for k in range(math.ceil(bad - 1e-6), count + 1))


def shares(kind: str, slo: str, events: Events, *, budget: float = 0.05) -> Claim:
    """An SLO over 24h with one tier: four times the budget in 1h, beyond chance, and still in 5m. Slices must be two at least."""
    limit, has_slices = 4 * budget, kind.startswith("timeslices")

    def spent(at: float) -> float:
        covered = events.total.last(at, DAY) / DAY if events.has_gaps else 1
        return events.share(at, DAY) * covered / budget

    def burns(at: float) -> bool:
        bad, total = events.bad.last(at, HOUR), events.total.last(at, HOUR)
        if bad <= limit * total or events.bad.last(at, 5) <= limit * events.total.last(at, 5):
            return False
        return bad >= 2 if has_slices else by_chance(bad, total, limit) <= 0.01

    numbers: dict[str, Number] = {
        "slo:total:sum1h": lambda at: events.total.last(at, HOUR),
        "slo:bad:sum1h": lambda at: events.bad.last(at, HOUR),
        "slo:bad:sum24h": lambda at: events.bad.last(at, DAY),
        "slo:sli:ratio": lambda at: 1 - events.share(at, DAY),
        "slo:error_budget:remaining": lambda at: 1 - spent(at),
    }
    return Claim(kind=kind, slo=slo, numbers=numbers, told="slo:error_budget:remaining", alert="SLOBudgetBurn", holds=burns, every=FAST, since=START + 3600)


def of_slices() -> list[Claim]:
    """Slices of time."""
    worst, pools = kinds.queues()[1], kinds.pools()[1]
    long = [None if value is None else value > kinds.LIMIT for value in worst]
    slow = kinds.slow_slices(kinds.tokens())
    return [
        shares("timeslices", "depth", Events.of_slices(long)),
        shares("timeslices, missing: bad", "depth-or-nothing", Events.of_slices([one is None or one for one in long])),
        shares("timeslices of an expression, slice: 5m", "throughput", Events.of_slices(slow)),
        shares("timeslices, at_least", "target", Events.of_slices([judged.is_down(minute) for minute in range(kinds.MINUTES)])),
        *(
            replace(shares(f"timeslices, at_most {limit} for {pool}", "pools", Events.of_slices([one > limit for one in pools[pool]])), part={"pool": pool})
            for pool, (limit, _, _) in kinds.POOLS.items()
        ),
    ]


def estimated(claim: Claim, *, near: float, late: int = 0) -> Claim:
    """An SLO whose bad events are an estimate: of a day it is so near; of an hour, which has few of them, nothing is said."""
    return replace(without(claim, "slo:bad:sum1h"), near=near, late=late)


def without(claim: Claim, series: str) -> Claim:
    """A claim that does not speak of one of its numbers."""
    return replace(claim, numbers={name: number for name, number in claim.numbers.items() if name != series})


def of_tails() -> list[Claim]:
    """Observations beyond a moving limit. Both the limit and what lies beyond it are estimates between buckets."""
    runs, jobs = kinds.beyond(kinds.runs(), 10, 0.5), kinds.beyond(kinds.jobs(), 3, 0.75)
    return [
        shares("tail, nothing near the limit", "runaways", runs.events),
        estimated(shares("tail, much near the limit, fine buckets", "heavy-fine", jobs.events, budget=0.1), near=0.01),
        estimated(shares("tail, much near the limit, buckets that double", "heavy", jobs.events, budget=0.1), near=0.75, late=60),
    ]


def of_natives() -> list[Claim]:
    """Native histograms; between two bounds, which are 9 % apart, shares are estimates."""
    reranked = kinds.reranked()
    return [
        shares("native histogram, limit at a bound of its own", "native", kinds.above(reranked, 1)),
        estimated(shares("native histogram, limit between two", "native-between", kinds.above(reranked, 1.25)), near=0.08),
    ]


def of_expressions() -> list[Claim]:
    """Events by an expression: `rate` counts each in four steps instead of one, so that an alert may come three steps later."""
    total, again = kinds.routed()
    return [
        without(estimated(shares("events by expression", "failover", Events.of(total, again)), near=0.02, late=180), "slo:total:sum1h"),
        shares("events by expression, each spread over its 5m", "failover", Events.of(kinds.spread(total), kinds.spread(again))),
    ]
