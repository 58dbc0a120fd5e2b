"""The freeze: the budget is spent, and not by chance."""

from __future__ import annotations

import math

from slo_compiler import names, policy
from slo_compiler.ir import AlertRule
from slo_compiler.lower.shapes import objective_cells
from slo_compiler.model import Cell, Slo, TimeSlices
from slo_compiler.quantities import Duration
from slo_compiler.ruletest import endings
from slo_compiler.ruletest.claims import CASE, Claim, Labels, Series, Test, constant, fires_for, series
from slo_compiler.ruletest.tiers import others
from slo_compiler.ruletest.values import identity, nice, times

_MANY = 3000  # bad events that the budget allows
_HALF = "half of the window measured"


def claim(slo: Slo, rule: AlertRule, step: Duration) -> Claim:
    """What is said of the freeze of an SLO."""
    steps, ends = [], []
    for cell in objective_cells(slo):
        labels = identity(slo, cell)
        name = f"{slo.full_name}{f' ({cell.name})' if cell.name else ''}"
        steps.append(_spent(name, slo, cell, rule, labels, step))
        ends.append(endings.recovery((name, "exhausted"), rule, _ending(slo, cell, step), labels, step))
    quick, slow = endings.by_pace(ends)
    return Claim(slo.full_name, "exhausted", _words(slo, rule, step) + others(len(steps)), (*steps, *quick), slow)


def _total(slo: Slo, cell: Cell, step: Duration) -> int:
    """Events of a window; of slices of time as many as it holds at the most."""
    many = nice(_MANY / float(cell.objective.budget))
    return min(many, int(slo.window.seconds / step.seconds)) if isinstance(slo.sli, TimeSlices) else many


def _edge(slo: Slo, cell: Cell, step: Duration, *, measured: float = 1.0) -> tuple[int, int]:
    """The most bad events that leave something of the budget, and the fewest that do not, in so much of the window."""
    total, budget = _total(slo, cell, step), cell.objective.budget
    allowed = float(budget) * total / measured
    if not slo.is_counted or measured < 1:
        return math.ceil(allowed) - 1, math.floor(allowed) + 1
    at = policy.critical(budget, policy.freeze(slo.window).alpha)
    needed = math.floor(float(at.share) * total + float(at.root) * math.sqrt(total) + float(at.constant or 0))
    return needed, needed + 1


def _inputs(slo: Slo, labels: Labels, *, bad: int, total: int, measured: str) -> list[Series]:
    span = slo.span
    coverage = Series(series(names.coverage(span), labels), f"{measured}x5")
    return [constant(names.bad_sum(span), labels, bad), constant(names.total_sum(span), labels, total), coverage]


def _spent(name: str, slo: Slo, cell: Cell, rule: AlertRule, labels: Labels, step: Duration) -> Test:
    total = _total(slo, cell, step)
    inputs, firing = [], []
    for measured, suffix in ((1.0, ""), (0.5, f", {_HALF}")):
        for bad, fires in zip(_edge(slo, cell, step, measured=measured), (False, True), strict=True):
            if bad > total:
                continue
            case = f"{bad} of {total}{suffix}"
            inputs += _inputs(slo, {**labels, CASE: case}, bad=bad, total=total, measured=f"{measured:g}")
            firing += [case] if fires else []
    inputs += _inputs(slo, {**labels, CASE: "no events"}, bad=0, total=0, measured="1")
    why = "The budget is that of the whole window: with half of it measured, twice as many may be bad."
    return Test(name, "exhausted: the edge of the budget", why, step, tuple(inputs), (fires_for(rule, labels, times(step, 5), firing),))


def _ending(slo: Slo, cell: Cell, step: Duration) -> dict[str, tuple[int, int]]:
    total = _total(slo, cell, step)
    return {names.bad_sum(slo.span): (total, 0), names.total_sum(slo.span): (total, total), names.coverage(slo.span): (1, 1)}


def _words(slo: Slo, rule: AlertRule, step: Duration) -> str:
    cell = objective_cells(slo)[-1]
    silent, fires = _edge(slo, cell, step)
    return f"fires at {fires:,} bad of {_total(slo, cell, step):,} in {_whole(slo)}, silent at {silent:,}; {endings.words(rule)}"


def _whole(slo: Slo) -> str:
    return f"the {slo.span}" if slo.calendar else str(slo.window)
