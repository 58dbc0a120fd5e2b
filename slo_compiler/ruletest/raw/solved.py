"""Expressions of slices, solved for their limit: the pace of one counter, or the value of one gauge, at which they just hold, and just fail."""

from __future__ import annotations

from decimal import Decimal

from slo_compiler.model import Prometheus, Promise, Slo, TimeSlices
from slo_compiler.promql import Expression, Selector, Vector, uses, worth
from slo_compiler.quantities import Duration
from slo_compiler.ruletest.raw.expressed import NOT_UNDERSTOOD, Sources, sources
from slo_compiler.ruletest.raw.flows import SCRAPES, Raw
from slo_compiler.ruletest.raw.labels import takes
from slo_compiler.ruletest.raw.levels import Level, Sliced, bounds

_LATER = 1000.0  # seconds: a value that depends on the time is another one then
_LARGEST, _HALVINGS = 1e12, 200
_SMOOTH = {"avg_over_time", "min_over_time"}  # of a gauge that moves with the time they are not what it holds now


def solved(slo: Slo, sli: TimeSlices, value: Expression, prometheus: Prometheus) -> Sliced | str:
    """The series of an expression: one of them makes it hold or fail, the others stay at one, or grow by one a second."""
    text, limits = value.over(str(sli.slice)), {cell.limit or sli.limit for cell in slo.cells}
    found = sources(slo, [text], prometheus.target_labels)
    if isinstance(found, str):
        return found
    asked = _Asked(found, text)
    if len(limits) > 1 or asked.value(found.raws[0], 1.0, 0.0) is None or asked.gauges & asked.counters:
        return NOT_UNDERSTOOD
    scrape = float(prometheus.step.seconds) / SCRAPES
    wanted = bounds(sli, sli.limit.value, exact=False)
    for one in found.raws:
        holds, fails = (asked.line(one, float(bound), scrape) for bound in wanted)
        if holds and fails:
            others = [asked.still(other, scrape) for other in found.raws if other != one]
            return Sliced((Level(one, holds, fails, grows=one in asked.counters), *others), (found.by,))
    return NOT_UNDERSTOOD


def known(one: Promise, value: Expression, at: Duration, prometheus: Prometheus) -> tuple[Sources, tuple[Level, ...], Decimal] | str:
    """The series of an expression, which all stay at one, or grow by one a second, and what it yields at a moment; or why that is not known."""
    text = value.over(str(one.window))
    found = sources(one, [text], prometheus.target_labels)
    if isinstance(found, str):
        return found
    asked = _Asked(found, text)
    yields = asked.value(found.raws[0], 1.0, float(at.seconds))
    if yields is None or asked.gauges & asked.counters:
        return NOT_UNDERSTOOD
    scrape = float(prometheus.step.seconds) / SCRAPES
    return found, tuple(asked.still(raw, scrape) for raw in found.raws), _number(yields)


class _Asked:
    """An expression of some series, and which of them it reads as counters and as gauges."""

    def __init__(self, found: Sources, text: str) -> None:
        self._sources, self._text = found, text
        self.counters: set[Raw] = set()
        self.gauges: set[Raw] = set()

    def value(self, one: Raw, is_: float, at: float) -> float | None:
        """What it yields at a moment if one series is, or grows by, so much and all others one; None where that is not known."""
        values = dict.fromkeys(self._sources.raws, 1.0) | {one: is_}

        def read(selector: Selector, *, grows: bool) -> Vector:
            mine = {raw for raw in values if raw[0] == selector.metric and takes(selector, dict(raw[1]))}
            (self.counters if grows else self.gauges).update(mine)
            return self._sources.read(selector, values)

        found = worth(self._text, read, at)
        if not found or len(found) > 1:
            return None
        (labels,) = found
        return found[labels] if dict(labels).items() >= self._sources.by.items() else None

    def still(self, one: Raw, scrape: float) -> Level:
        """A series that stays at one, or grows by one a second."""
        grows = one in self.counters
        line = (Decimal(0), _number(scrape)) if grows else (Decimal(1), Decimal(0))
        return Level(one, line, line, grows=grows)

    def line(self, one: Raw, wanted: float, scrape: float) -> tuple[Decimal, Decimal] | None:
        """The first value of a series and what each scrape adds, so that the expression yields what is wanted all the time."""
        now, later = (self._solution(one, wanted, at) for at in (0.0, _LATER))
        if now is None or later is None:
            return None
        pace = (later - now) / _LATER
        if one in self.counters:
            return None if pace else (Decimal(0), _number(now * scrape))
        return None if pace and _SMOOTH & uses(self._text) else (_number(now), _number(pace * scrape))

    def _solution(self, one: Raw, wanted: float, at: float) -> float | None:
        """By halving, because what is monotone needs to be no straight line."""
        low, high = 0.0 if one in self.counters else -_LARGEST, _LARGEST
        ends = [self.value(one, end, at) for end in (low, high)]
        if ends[0] is None or ends[1] is None or not min(ends[0], ends[1]) < wanted < max(ends[0], ends[1]):
            return None
        rises = ends[0] < ends[1]
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            found = self.value(one, middle, at)
            if found is None:
                return None
            low, high = (middle, high) if (found < wanted) is rises else (low, middle)
        return high


def _number(value: float) -> Decimal:
    return Decimal(f"{value:.12g}")
