"""The recorded series that come from counting: sums, how much of a window was measured, and values that the rules read from raw series."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache
from statistics import NormalDist

from slo_compiler import names
from slo_compiler.lower.windows import Long, lengths
from slo_compiler.model import Calendar, Check, Gauge, Histogram, Promise, Quantile, Slo, Spending, Tail
from slo_compiler.pages.measures import DAY, HOUR
from slo_compiler.quantities import Duration
from tests.live.recorded import stories
from tests.live.recorded.grid import Grid
from tests.live.recorded.pasts import Past, Sums, cell_of, level
from tests.live.recorded.stories import STEP
from tests.live.replay.store import Series

_NORMAL = NormalDist()
SPREAD = 0.55  # of the logarithm of what a histogram observed
_PART = 60 / STEP  # of five minutes: what a step of the rules counts
_RECORDS = {"total": (names.total_sum, names.TOTAL_DELTA), "bad": (names.bad_sum, names.BAD_DELTA)}

Value = Callable[[int], float | None]


def counted(past: Past, neighbours: list[Promise], grid: Grid) -> Iterator[Series]:
    """All that is not read from other recorded series; the windows are those of all promises of the service."""
    if past.counts:
        yield from _windows(past, neighbours, grid)
    if past.counts and past.promise.calendar:
        yield from _period(past, past.promise.calendar, grid)
    for kind, values in past.counts.items():
        steps = [grid.week[0] - 2, grid.week[0] - 1, *grid.week]
        yield grid.series(_RECORDS[kind][1], past.labels, steps, _measured(past, lambda at, values=values: values[at] * _PART))
    yield from _values(past, grid)


def _windows(past: Past, neighbours: list[Promise], grid: Grid) -> Iterator[Series]:
    """Sums, of all that anybody in the service needs; charts of a month read few of them."""
    measured = Sums(past.measured)
    lasting = {HOUR, past.promise.window, *([DAY] if isinstance(past.promise, Spending) else [])}
    month = grid.fine if isinstance(past.promise, Check) else grid.month
    for kind, values in past.counts.items():
        for window in lengths(neighbours):
            steps = month if window in lasting else grid.week
            yield grid.series(_RECORDS[kind][0](window), past.labels, steps, _sum(Sums(values), measured, window))
    for window in Long.of(past.promise.service, neighbours).covered:
        yield grid.series(names.coverage(window), past.labels, month if window in lasting else grid.week, _coverage(measured, window))


def _sum(values: Sums, measured: Sums, window: Duration) -> Value:
    """A sum as long as there is a sample in its window."""
    steps = int(window.seconds) // STEP
    return lambda at: values.since(at - steps, at) if measured.since(at - steps, at) else None


def _coverage(measured: Sums, window: Duration) -> Value:
    steps = int(window.seconds) // STEP
    return lambda at: measured.since(at - steps, at) / steps or None


def _period(past: Past, calendar: Calendar, grid: Grid) -> Iterator[Series]:
    """Sums since the calendar's period began, and its edges."""
    period, measured = calendar.period, Sums(past.measured)
    spans = {at: grid.period(calendar, at) for at in grid.month}
    for kind, sums in ((kind, Sums(values)) for kind, values in past.counts.items()):
        yield grid.series(_RECORDS[kind][0](period), past.labels, grid.month, lambda at, sums=sums: sums.since(spans[at][0], at))
    yield grid.series(names.coverage(period), past.labels, grid.month, lambda at: measured.since(spans[at][0], at) / spans[at][1])
    clock = {"slo_service": past.promise.service, "slo_zone": calendar.zone.name, "slo_period": period}
    yield grid.series(names.CLOCK_START, clock, grid.month, lambda at: grid.at(spans[at][0]))
    yield grid.series(names.CLOCK_END, clock, grid.month, lambda at: grid.at(sum(spans[at])))


# --- what the rules read from raw series -------------------------------------------------------------------------------------------------


def _values(past: Past, grid: Grid) -> Iterator[Series]:
    match past.promise:
        case Slo(sli=Histogram(step=None)) as slo:
            yield grid.series(names.VALUE_1H, past.labels, grid.month, _quantile(past, slo))
        case Slo(sli=Tail() as tail):
            limit = float(tail.bounds[len(tail.bounds) // 3] * tail.factor)
            yield grid.series(names.limit(tail.baseline), past.labels, grid.month, _measured(past, lambda _: limit))
        case Check(value=Quantile() | Gauge()) as check:
            worth, burns, steps = level(check), Sums(past.burns), int(check.window.seconds) // STEP
            mean = _measured(past, lambda at: worth(burns.since(at - steps, at) / steps))
            yield grid.series(names.CHECK_VALUE, past.labels, grid.fine, mean)


def _measured(past: Past, value: Value) -> Value:
    return lambda at: value(at) if past.measured[at] else None


def _quantile(past: Past, slo: Slo) -> Value:
    """The quantile of the last hour, where there were events."""
    total, bad, cell = Sums(past.counts["total"]), Sums(past.counts["bad"]), cell_of(slo, past.labels)
    assert cell.limit
    limit, budget, sign = float(cell.limit.value), float(cell.objective.budget), 1 if isinstance(slo.sli, Histogram) and slo.sli.at_most else -1

    def value(at: int) -> float | None:
        events = total.since(at - stories.HOUR, at)
        return limit * math.exp(sign * beyond(bad.since(at - stories.HOUR, at) / events, budget)) if events else None

    return value


def beyond(share: float, budget: float) -> float:
    """How far the quantile that a budget speaks of lies beyond the limit, as a logarithm, if a `share` of all lies beyond it."""
    return SPREAD * (normal(1 - budget) - normal(1 - share))


def normal(part: float) -> float:
    """Where the normal distribution has that part of all below it."""
    return _normal(round(min(0.9999, max(0.01, part)), 5))


@cache
def _normal(part: float) -> float:
    return _NORMAL.inv_cdf(part)
