"""Sums over windows, shared by all SLOs of a service, and what follows from them: good share, budget, coverage, constants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from slo_compiler import names
from slo_compiler.ir import RecordingRule
from slo_compiler.lower import clocks, hours
from slo_compiler.lower.hours import HOUR, STAGE, Quantity
from slo_compiler.lower.shapes import Shapes, either, objective_cells, own, sum_by
from slo_compiler.model import SHORT_WINDOW, Cell, Check, Histogram, Outages, Promise, Slo, Spending
from slo_compiler.promql import Matcher
from slo_compiler.quantities import Duration, Ratio, plain

_DAY = Duration(Decimal(86400))
_LONGEST = {"month": "31d1h", "week": "7d1h", "quarter": "92d1h"}  # an hour more, because of the end of summer time


def lengths(promises: Sequence[Promise]) -> list[Duration]:
    """All window lengths that the promises of a service need, always 5m and 1h among them, ascending."""
    needed = {STAGE, HOUR, *(one.window for one in promises if not one.calendar)}
    for one in promises:
        for tier in one.alerting.tiers:
            needed |= {tier.long, tier.short} if tier.short else {tier.long}
    if any(isinstance(one, Spending) for one in promises):
        needed.add(_DAY)
    return sorted(needed)


def short_sums(service: str, promises: Sequence[Promise], shapes: Shapes, ids: Sequence[str] = ()) -> list[RecordingRule]:
    """The sums of all SLOs of a service (or of those with these `ids`) up to 6h, two rules a window, from the steps."""
    rules = []
    for window in lengths(promises):
        for record, delta in ((names.bad_sum(window), names.BAD_DELTA), (names.total_sum(window), names.TOTAL_DELTA)):
            if window <= SHORT_WINDOW:
                series, span = hours.of(delta, service, _pin(ids)), hours.less_a_millisecond(window)
                expr = shapes.promql("window", function="sum", series=series, range=span, offset=shapes.recorded)
                rules.append(RecordingRule(record, expr, {}))
    return rules


@dataclass(frozen=True, slots=True)
class Long:
    """The windows of a service beyond 6h, from the 5m sums: two sums a window, and how much of each SLO window has data."""

    service: str
    sums: tuple[Duration, ...]
    covered: tuple[Duration, ...]
    has_calendars: bool  # that begin on full hours

    @classmethod
    def of(cls, service: str, promises: Sequence[Promise]) -> Long:
        """Those that the promises of a service need."""
        covered = {one.window for one in promises if not one.calendar and (not isinstance(one, Check) or isinstance(one.value, Outages))}
        sums = tuple(window for window in lengths(promises) if window > SHORT_WINDOW)
        return cls(service, sums, tuple(sorted(covered)), any(one.calendar and one.calendar.zone.has_full_hours for one in promises))

    def finished_hours(self, shapes: Shapes) -> list[RecordingRule]:
        """What windows of days and periods of the calendar are read from."""
        return [hours.finished(quantity, self.service, shapes) for quantity in self.by_the_hour]

    def rules(self, shapes: Shapes) -> list[RecordingRule]:
        """The sums, and the coverage of the SLO windows."""
        found = [hours.recent(quantity, self.service, shapes) for quantity in self.with_recent]
        for window in self.sums:
            for record, quantity in ((names.bad_sum(window), Quantity.bad()), (names.total_sum(window), Quantity.total())):
                found.append(RecordingRule(record, hours.window(quantity, window, self.service, shapes), {}))
        for window in self.covered:
            measured, pieces = hours.window(Quantity.measured(), window, self.service, shapes), plain(window.seconds / STAGE.seconds)
            found.append(RecordingRule(names.coverage(window), shapes.promql("coverage", measured=measured, pieces=pieces), {}))
        return found

    @property
    def with_recent(self) -> list[Quantity]:
        """What windows of days read from hours."""
        found = [Quantity.bad(), Quantity.total()] if any(map(hours.are_worth_it, self.sums)) else []
        return [*found, Quantity.measured()] if any(map(hours.are_worth_it, self.covered)) else found

    @property
    def by_the_hour(self) -> list[Quantity]:
        """What is written down by the hour, for windows of days or periods of the calendar."""
        return [Quantity.bad(), Quantity.total(), Quantity.measured()] if self.has_calendars else self.with_recent


def good_shares(slos: Sequence[Slo], shapes: Shapes) -> RecordingRule:
    """The good share of every SLO over its own window."""
    by_window: dict[Duration | str, list[str]] = {}
    for slo in slos:
        by_window.setdefault(slo.span, []).append(slo.id)
    parts = []
    for window, ids in by_window.items():
        pinned = _either_of(ids)
        parts.append(shapes.promql("good_share", bad=names.bad_sum(window) + pinned, total=names.total_sum(window) + pinned))
    return RecordingRule(names.SLI_RATIO, either(parts), {})


def _either_of(ids: Sequence[str]) -> str:
    """The matchers that pin several SLOs."""
    return f"{{{_pin(ids)}}}"


def _pin(ids: Sequence[str]) -> str:
    """The matcher of the SLOs with these ids; empty for all."""
    if not ids:
        return ""
    return f'slo_id="{ids[0]}"' if len(ids) == 1 else f'slo_id=~"{"|".join(ids)}"'


def calendars(promises: Sequence[Promise], shapes: Shapes) -> list[RecordingRule]:
    """Sums since the current period began, and how much of the whole period has data; money has no bad events."""
    rules = []
    for period in dict.fromkeys(one.calendar.period for one in promises if one.calendar):
        all_of_it = [one for one in promises if one.calendar and one.calendar.period == period]
        judged = [one for one in all_of_it if not isinstance(one, Spending)]
        wanted = (
            (names.bad_sum(period), Quantity.bad(), judged),
            (names.total_sum(period), Quantity.total(), all_of_it),
            (names.coverage(period), Quantity.measured(), all_of_it),
        )
        rules += [RecordingRule(record, _since(period, quantity, found, shapes), {}) for record, quantity, found in wanted if found]
    return rules


def _since(period: str, quantity: Quantity, promises: Sequence[Promise], shapes: Shapes) -> str:
    """A sum or count since a period began, in the time zone of each promise."""
    zones: dict[str, list[Promise]] = {}
    for one in promises:
        zones.setdefault(one.calendar.zone.name if one.calendar else "", []).append(one)
    parts = []
    for zone, found in zones.items():
        start, end = (clocks.selector(edge, found[0].service, zone, period) for edge in (names.CLOCK_START, names.CLOCK_END))
        pinned = _either_of([one.id for one in found])
        hour = names.hour(quantity.kind) + pinned if found[0].calendar and found[0].calendar.zone.has_full_hours else ""
        parts.append(
            shapes.promql(
                "calendar",
                hour=hour,
                function=quantity.function,
                series=quantity.series + pinned,
                range=_LONGEST[period],
                start=start,
                end=end,
                ends=shapes.ends,
            )
        )
    return either(parts)


def budget(slo: Slo, labels: dict[str, str], shapes: Shapes) -> RecordingRule:
    """What is left of the error budget."""
    window = slo.span
    parts = []
    for cell in objective_cells(slo):
        pinned = own(slo, cell)
        bad, total, measured = (series + pinned for series in (names.bad_sum(window), names.total_sum(window), names.coverage(window)))
        parts.append(shapes.promql("budget", bad=bad, coverage=measured, budget=plain(cell.objective.budget), total=total))
    return RecordingRule(names.BUDGET_REMAINING, either(parts), labels, slo.where)


def objective(slo: Slo, labels: dict[str, str], shapes: Shapes) -> RecordingRule:
    """The objective, once a value of `by`."""
    numbers = [(cell, plain(cell.objective.value)) for cell in objective_cells(slo)]
    return RecordingRule(names.OBJECTIVE, _constants(slo, numbers, shapes), labels, slo.where)


def target(slo: Slo, labels: dict[str, str], shapes: Shapes) -> RecordingRule | None:
    """The bound in the SLI's own unit, where it is not the objective."""
    if slo.kind != "value":
        return None
    limits = {cell.limit.value for cell in slo.cells if cell.limit}
    cells = slo.cells if len(limits) > 1 else (Cell((), slo.objective, slo.cells[0].limit),)
    numbers = [(cell, plain(cell.limit.value)) for cell in cells if cell.limit]
    return RecordingRule(names.VALUE_TARGET, _constants(slo, numbers, shapes), labels, slo.where)


def value(slo: Slo, labels: dict[str, str], shapes: Shapes) -> RecordingRule:
    """The SLI over the last hour: the quantile that the objective speaks of, or else the good share."""
    if isinstance(slo.sli, Histogram) and slo.kind == "value":
        expr = either([_quantile(slo, slo.sli, cell, shapes) for cell in objective_cells(slo)])
    else:
        pinned = own(slo)
        expr = shapes.promql("good_share", bad=names.bad_sum(HOUR) + pinned, total=names.total_sum(HOUR) + pinned)
    return RecordingRule(names.VALUE_1H, expr, labels, slo.where)


def info(slo: Slo, labels: dict[str, str]) -> RecordingRule:
    """What people want to know of an SLO, as labels of a series that is always 1."""
    histogram = slo.sli if isinstance(slo.sli, Histogram) else None
    described = {
        "slo_category": slo.category,
        "slo_title": slo.title,
        "slo_owner": slo.owner,
        "slo_window": str(slo.span),
        "slo_kind": slo.kind,
        "slo_unit": histogram.unit if histogram and slo.kind == "value" else "",
        "slo_better": slo.better,
        "slo_policy": slo.alerting.policy,
        "slo_sampled": "yes" if slo.sampled else "no",
        "slo_revision": str(slo.revision),
    }
    if not slo.freezes:
        described["slo_freeze"] = "no"
    if histogram:
        described["slo_histogram"] = (histogram.metric if histogram.native else histogram.metric.suffixed("_bucket")).single_quoted()
    return RecordingRule(names.INFO, "vector(1)", {**labels, **slo.labels, **described}, slo.where)


def _constants(slo: Slo, numbers: list[tuple[Cell, str]], shapes: Shapes) -> str:
    total = names.total_sum(slo.span)
    return either([shapes.promql("constant", split=bool(slo.by), total=total + own(slo, cell), number=number) for cell, number in numbers])


def _quantile(slo: Slo, sli: Histogram, cell: Cell, shapes: Shapes) -> str:
    wanted: Ratio = cell.objective
    mine = tuple(Matcher(label, op, text) for label, op, text in cell.matchers)
    if sli.native:
        of = sli.metric.narrowed(*mine)
        return shapes.promql("native_quantile", quantile=plain(wanted.value if sli.at_most else wanted.budget), by=sum_by(slo.by), series=of)
    bucket, count = sli.metric.suffixed("_bucket"), sli.metric.suffixed("_count")
    return shapes.promql(
        "quantile", quantile=plain(wanted.value if sli.at_most else wanted.budget), le_by=", ".join(("le", *slo.by)), by_labels=", ".join(slo.by),
        bucket=bucket.narrowed(*mine), by=sum_by(slo.by), count=count.narrowed(*mine),
    )  # fmt: skip
