"""Slices of time: gauges at their limit, and expressions of series that are solved for it."""

from __future__ import annotations

from decimal import Decimal

from slo_compiler.model import Cell, Prometheus, Slo, TimeSlices
from slo_compiler.promql import Selector
from slo_compiler.ruletest.raw.flows import raw
from slo_compiler.ruletest.raw.labels import by_values, taken
from slo_compiler.ruletest.raw.levels import Level, Sliced, bounds
from slo_compiler.ruletest.raw.solved import solved


def sliced(slo: Slo, sli: TimeSlices, prometheus: Prometheus) -> Sliced | str:
    """The series of an SLO of slices, or why none are found: of each value of `by` that has a limit of its own."""
    cells = slo.cells if len({cell.limit for cell in slo.cells}) > 1 else slo.cells[-1:]
    levels: list[Level] = []
    found: list[dict[str, str]] = []
    for cell in cells:
        own = _gauges(slo, sli, sli.value, cell, prometheus) if isinstance(sli.value, Selector) else solved(slo, sli, sli.value, prometheus)
        if isinstance(own, str):
            return own
        levels += own.levels
        found += own.by
    return Sliced(tuple(levels), tuple(found))


def _gauges(slo: Slo, sli: TimeSlices, value: Selector, cell: Cell, prometheus: Prometheus) -> Sliced | str:
    """One that decides, and one of another target that is better all the time: of several the worst counts."""
    by = by_values(slo, cell.matchers, [value])
    if isinstance(by, str):
        return by
    both = [taken(value, {**dict.fromkeys(prometheus.target_labels, target), **by}) for target in "ab"]
    worst, better = both
    if isinstance(worst, str) or isinstance(better, str):
        return str(worst)
    holds, fails = bounds(sli, (cell.limit or sli.limit).value, exact=True)
    still = Decimal(0)
    best = holds + 10 * (holds - fails)
    beside = [Level(raw(value.metric, better), (best, still), (best, still))] if better != worst else []
    return Sliced((Level(raw(value.metric, worst), (holds, still), (fails, still)), *beside), (by,))
