"""What rules must state of values that are judged and of money, and when their alerts must fire: computed from what happened."""

from __future__ import annotations

import math
import statistics
from dataclasses import replace
from itertools import pairwise

from tests.live.replay import judged, kinds
from tests.live.replay.claims import DAY, FAST, SLOW, Claim, Holds, Number, by_chance
from tests.live.replay.judged import Costs
from tests.live.replay.kinds import HOUR, Events, Tally
from tests.live.replay.traffic import MINUTE, START

SIX_HOURS, A_DAY = 6 * 3600, 86_400
Z = 2.5758  # of chance, at 1 % in both directions together


def check(kind: str, slo: str, value: Number, too_far: Holds) -> Claim:
    """A check: its value, and when it is too far off for five minutes."""
    return Claim(kind=f"check: {kind}", slo=slo, numbers={"slo:check:value": value}, told="slo:check:value", alert="SLOCheckFailed", holds=too_far, hold=300)


def quantile_of(observed: kinds.Observed, share: float) -> Number:
    """Of an hour's observations: `rate` sees what its first and its last scrape have between them."""

    def value(at: float) -> float:
        seconds = at - START - kinds.SCRAPED
        first, last = int(seconds - 3600) // MINUTE + 1, int(seconds) // MINUTE
        found = sorted(one for now in observed[max(first, 0) : last] for one in now)
        return found[math.ceil(share * len(found)) - 1]

    return value


def of_quantiles() -> list[Claim]:
    """Estimates between buckets; whether a quantile lies beyond a bucket is none."""

    def times(at: float) -> float:
        return p50(at) / p50(at - SIX_HOURS)

    p90, p50 = (quantile_of(judged.answers(), share) for share in (0.9, 0.5))
    return [
        replace(check("p90 at_most", "slow", p90, lambda at: p90(at) > 1), near=0.05),
        replace(check("p50 at_most 2x, 6h ago", "twice-as-slow", p50, lambda at: times(at) > 2), near=0.05, late=150),
        replace(check("p50 within 60%, 6h ago", "as-slow-as-ever", p50, lambda at: abs(times(at) - 1) > 0.6), near=0.05, late=150),
    ]


def moved(events: Events, at: float, other: Events, then: float, least: float) -> bool:
    """Whether two bad shares of an hour are further apart than `least`, and than chance explains."""
    pair = (events.share(at, HOUR), events.total.last(at, HOUR)), (other.share(then, HOUR), other.total.last(then, HOUR))
    spread = sum(share * (1 - share) / total for share, total in pair)
    return abs(pair[0][0] - pair[1][0]) > max(least, Z * math.sqrt(spread))


def of_ratios() -> list[Claim]:
    """Shares of counted events."""
    answers, judge = judged.refusals(), judged.judged("judge")

    def share(at: float) -> float:
        return answers.share(at, HOUR)

    def is_beyond(at: float, minutes: int, limit: float) -> bool:
        bad, total = answers.bad.last(at, minutes), answers.total.last(at, minutes)
        return total >= 50 and bad > limit * total and by_chance(bad, total, limit) <= 0.01

    return [
        check("bad share at_most", "refused", share, lambda at: is_beyond(at, HOUR, 0.05)),
        check("good share of 2h at_least", "accepted", lambda at: 1 - answers.share(at, 2 * HOUR), lambda at: is_beyond(at, 2 * HOUR, 0.06)),
        check("share changed_by 3pp, 6h ago", "refusals-moved", share, lambda at: moved(answers, at, answers, at - SIX_HOURS, 0.03)),
        check("share at_least 0.5x, 6h ago", "half-as-many", share, lambda at: share(at) < 0.5 * share(at - SIX_HOURS)),
        check("good share within 5pp of an SLO", "accepted-beside-judge", lambda at: 1 - share(at), lambda at: moved(answers, at, judge, at, 0.05)),
    ]


def of_means() -> list[Claim]:
    """Means by model; the small one never changes."""

    def both(model: str, costs: Costs) -> list[Claim]:
        def mean(at: float) -> float:
            return costs.mean(at, HOUR)

        found = [
            check(f"mean at_most ({model})", "cost", mean, lambda at: mean(at) > 0.05),
            check(f"mean within 20%, 6h ago ({model})", "cost-moved", mean, lambda at: abs(mean(at) / mean(at - SIX_HOURS) - 1) > 0.2),
        ]
        return [replace(one, part={"model": model}) for one in found]

    return [one for model in judged.COSTS for one in both(model, judged.costs(model))]


def of_gauges() -> list[Claim]:
    """Values as they are: the worst of several over an hour, the last one of a batch, and an expression."""
    suites = [Tally.of(each, lag=1) for each in judged.scores().values()]
    calls = Tally.of(judged.calls())

    def each(at: float) -> list[float]:
        return [suite.last(at, HOUR) / HOUR for suite in suites]

    def middle(at: float) -> float:
        return statistics.mean(each(at))

    def written(at: float) -> float:
        """The last score of a batch, as long as it is fresh."""
        late = at - 10 - START - kinds.SCRAPED
        return next((value for minute, value in reversed(judged.BATCH.items()) if 0 <= late - minute * MINUTE < 3 * 3600), math.nan)

    def rate(at: float) -> float:
        return calls.last(at, HOUR - 1) / (HOUR - 1) / MINUTE

    stale = check("too old, fresh: 3h", "score-of-the-batch", written, lambda at: at >= START + HOUR * MINUTE and math.isnan(written(at)))
    return [
        check("worst gauge at_least", "score", lambda at: min(each(at)), lambda at: min(each(at)) < 0.8),
        check("worst gauge at_most", "score-too-good", lambda at: max(each(at)), lambda at: max(each(at)) > 0.92),
        check("mean gauge changed_by 0.1, 6h ago", "score-moved", middle, lambda at: abs(middle(at) - middle(at - SIX_HOURS)) > 0.1),
        check("last gauge at_least, fresh: 3h", "score-of-the-batch", written, lambda at: written(at) < 0.8),
        replace(stale, alert="SLOBlind", hold=3600, every=FAST),
        check("expression changed_by 1.5, 6h ago", "calls", rate, lambda at: abs(rate(at) - rate(at - SIX_HOURS)) > 1.5),
    ]


def of_outages() -> list[Claim]:
    """The mean length of outages, and the mean time between them."""
    down = [judged.is_down(minute) for minute in range(kinds.MINUTES)]
    lost, begun = Tally.of(down, lag=1), Tally.of((now and not before for before, now in pairwise([False, *down])), lag=1)

    def length(at: float) -> float:
        outages = begun.last(at, 6 * HOUR)
        return lost.last(at, 6 * HOUR) * MINUTE / outages if outages else math.nan

    def between(at: float) -> float:
        """Windows above 6h move on every 5 minutes."""
        full = at // 300 * 300
        outages = begun.last(full, 12 * HOUR)
        return (12 * HOUR - lost.last(full, 12 * HOUR)) * MINUTE / outages if outages else math.nan

    apart = check("mtbf at_least", "between", between, lambda at: between(at) < 3 * 3600)
    return [check("mttr at_most", "repair", length, lambda at: length(at) > 600), replace(apart, since=START + 13 * HOUR * MINUTE)]


def of_others() -> list[Claim]:
    """Another SLO, alone and beside a third."""
    judge, people = judged.judged("judge"), judged.judged("people")

    def good(at: float) -> float:
        return 1 - judge.share(at, HOUR)

    def good_2h(at: float) -> float:
        return 1 - judge.share(at, 2 * HOUR)

    def times(at: float) -> float:
        return good(at) / (1 - people.share(at, HOUR))

    return [
        check("slo at_least", "judged-well", good, lambda at: good(at) < 0.9),
        check("slo changed_by 5pp, 6h ago", "judge-moved", good, lambda at: moved(judge, at, judge, at - SIX_HOURS, 0.05)),
        check("slo within 5pp of another", "judge-drift", good, lambda at: moved(judge, at, people, at, 0.05)),
        check("slo within 10% of another", "judge-in-the-band", good, lambda at: abs(times(at) - 1) > 0.1),
        check("slo of 2h at_least 0.95x of another", "judge-beside-people", good_2h, lambda at: good_2h(at) < 0.95 * (1 - people.share(at, 2 * HOUR))),
    ]


def day(number: float) -> float:
    return START + number * A_DAY


def of_medians() -> list[Claim]:
    """The mean of a day beside the median of its days."""

    def mean(at: float) -> float:
        return judged.weekly().mean(at // 300 * 300, DAY)

    def times(at: float) -> float:
        return mean(at) / judged.median_of_days(at)

    found = [
        check("mean of 24h within 15%, median: 8d", "cost-of-an-answer", mean, lambda at: abs(times(at) - 1) > 0.15),
        check("mean of 24h at_most 1.25x, median: 8d", "dearer", mean, lambda at: times(at) > 1.25),
    ]
    moments = tuple(day(number / 4) for number in range(57, 82, 2))
    return [replace(one, moments=moments, since=day(14), until=day(20.5)) for one in found]


LIMITS = {"acme": 2000, "beta": 1000, "gamma": 1000}
FEBRUARY = day(31)
MONTHLY = (day(20), day(25), day(28), day(30), FEBRUARY - 300, FEBRUARY, FEBRUARY + 300, FEBRUARY + 3600, day(32))


def of_money() -> list[Claim]:
    """Rolling and by the month: what is left, that all is spent, and the pace."""
    return [one for tenant, limit in LIMITS.items() for one in (*_rolling(tenant, limit), *_monthly(tenant, limit))]


def _rolling(tenant: str, limit: float) -> list[Claim]:
    spent = judged.spent(tenant)

    def left(at: float) -> float:
        return 1 - spent.last(at // 300 * 300, 30 * DAY) / limit

    def too_fast(at: float) -> bool:
        return spent.last(at // 300 * 300, DAY) * 30 > 1.5 * limit

    every = tuple(day(number / 4) for number in range(108, 130, 2))
    numbers: dict[str, Number] = {"slo:error_budget:remaining": left, "slo:total:sum24h": lambda at: spent.last(at, DAY)}
    all_spent = Claim(
        kind=f"spend, rolling 30d ({tenant})", slo="rolling", numbers=numbers, told="slo:error_budget:remaining", alert="SLOBudgetExhausted",
        holds=lambda at: left(at) <= 0, part={"tenant": tenant}, moments=every, since=day(26.5), until=day(32.5),
    )  # fmt: skip
    pace = replace(all_spent, kind=f"spend, pace of 30d ({tenant})", told="slo:total:sum24h", alert="SLOBudgetBurn", holds=too_fast, hold=3600)
    return [all_spent, pace]


def _monthly(tenant: str, limit: float) -> list[Claim]:
    spent = judged.spent(tenant)

    def left(at: float) -> float:
        """The month begins anew on the first of February; the step at midnight still tells of January."""
        full = at // 300 * 300
        begun = day(0) if full <= FEBRUARY else FEBRUARY
        return 1 - spent.last(full, int(full - begun) // MINUTE) / limit

    def too_fast(at: float) -> bool:
        return spent.last(at // 300 * 300, DAY) * (31 if at <= FEBRUARY else 28) > 1.5 * limit

    all_spent = Claim(
        kind=f"spend, calendar month ({tenant})", slo="month", numbers={"slo:error_budget:remaining": left}, told="slo:error_budget:remaining",
        alert="SLOBudgetExhausted", holds=lambda at: left(at) <= 0, part={"tenant": tenant}, moments=MONTHLY, since=day(26.5), until=day(32.5),
    )  # fmt: skip
    pace = Claim(
        kind=f"spend, pace of the month ({tenant})", slo="month", numbers={"slo:total:sum24h": lambda at: spent.last(at, DAY)}, told="slo:total:sum24h",
        alert="SLOBudgetBurn", holds=too_fast, hold=3600, part={"tenant": tenant}, moments=MONTHLY, since=day(26.5), until=day(32.5),
    )  # fmt: skip
    if due := all_spent.due():  # such sums are played at single moments, which are those around this one
        all_spent = replace(all_spent, since=due[0] - 12 * SLOW, until=due[0] + 12 * SLOW)
    return [all_spent, pace]
