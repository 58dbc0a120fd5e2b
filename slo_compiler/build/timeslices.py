"""SLIs of time: a value that must hold in each slice."""

from __future__ import annotations

from slo_compiler import units
from slo_compiler.build.entry import Entry, length, refuse, take
from slo_compiler.build.unit import check_metric_unit, unit_of
from slo_compiler.diagnostics import Report, Where
from slo_compiler.model import Limit, TimeSlices
from slo_compiler.promql import Expression, Selector, operand
from slo_compiler.quantities import Duration, Problem, bound, duration

_MINUTE = duration("1m")


def timeslices(entry: Entry, by: tuple[str, ...], about: Where, report: Report) -> TimeSlices | None:
    """The SLI of a value over time."""
    place = entry.get("value")
    read = take(place, operand, report)
    value = read if isinstance(read, Selector | Expression) else None
    key = "at_most" if entry.get("at_most") else "at_least"
    if entry.is_refused:  # of two bounds nobody knows which one is meant
        take(entry.get("at_least"), bound, report)
    at = entry.get(key)
    lost = next((label for label in by if value.loses(label)), None) if isinstance(value, Expression) else None
    if lost and place:
        help = f"aggregate with `by ({', '.join(by)})`, so that each value keeps its own slices"
        report.error("events/by-lost", place.where, f"the expression loses the label {lost}, by which the SLO is split", help)
    if isinstance(value, Selector):
        check_metric_unit(entry, value.metric, about, report)
    limit = value_limit(at, key, entry, value, report) if at else None
    slice_ = take(entry.get("slice"), length, report) if entry.says("slice") else _MINUTE
    missing_is_bad = entry.value("missing", "skip") == "bad"
    if missing_is_bad and by:
        help = "leave `by` out, or leave `missing: bad` out: SLODimensionLost tells of a value that falls silent"
        report.error("timeslices/missing-by", entry.where / "missing", "which values of `by` there ought to be cannot be known", help)
        return None
    if entry.is_refused or lost or value is None or limit is None or not isinstance(slice_, Duration):
        return None
    return TimeSlices(value, key == "at_most", limit, slice_, missing_is_bad)


def value_limit(at: Entry, key: str, entry: Entry, value: Selector | Expression | None, report: Report) -> Limit | None:
    """The bound of a value: in the unit of its metric, or, on an expression, in the unit that it is written in."""
    wanted = take(at, bound, report)
    if wanted is None or value is None:
        return None
    number = wanted.number
    metric = value.metric if isinstance(value, Selector) else ""
    unit = unit_of(entry, units.of_metric(metric))
    if metric or unit:
        found = units.in_unit(wanted, unit, key=key, metric=metric or "the expression")
        if isinstance(found, Problem):
            refuse(at.where, found, report)
            return None
        number = found
    return Limit(number, wanted.text, number, number)
