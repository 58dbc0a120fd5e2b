"""Promises of money: what may be spent in a month, for all or for each value of `by`."""

from __future__ import annotations

from decimal import Decimal

from slo_compiler import units
from slo_compiler.build import overrides
from slo_compiler.build.alerting import plain_alerting
from slo_compiler.build.entry import Entry, take
from slo_compiler.build.timeslices import value_limit
from slo_compiler.build.unit import check_metric_unit, unit_of
from slo_compiler.diagnostics import Report
from slo_compiler.model import Common, Spending, Unfinished
from slo_compiler.promql import Selector, selector

#: The alert about the pace.
TIER = "ticket"
_FOREIGN = ("exclude", "only", "sampled", "budgeted", "sla", "expected_rate")


def spending(entry: Entry, spend: Entry, common: Common, report: Report) -> Spending | Unfinished:
    """The promise of an entry whose SLI is `spend`."""
    refuse_foreign(entry, "money", _FOREIGN, report)
    how = plain_alerting(entry, common.category, (TIER, "exhausted"), by=common.by, report=report)
    metric = take(spend.get("metric"), selector, report)
    if isinstance(metric, Selector):
        check_metric_unit(spend, metric.metric, entry.where, report)
    at = spend.get("at_most")
    limit = value_limit(at, "at_most", spend, metric, report) if at else None
    base = limit.value if limit and _is_amount(at, limit.value, report) else None

    def own(place: Entry) -> Decimal | None:
        found = value_limit(place, "at_most", spend, metric, report)
        return found.value if found and _is_amount(place, found.value, report) else None

    limits = overrides.limits(entry, common.by, base or Decimal(1), own, report)
    if not isinstance(metric, Selector) or base is None:
        return Unfinished(**common.keywords(), alerting=how)
    unit = unit_of(spend, units.of_metric(metric.metric))
    return Spending(**common.keywords(), alerting=how, metric=metric, limits=limits, unit=unit.word if unit else "")


def _is_amount(at: Entry | None, number: Decimal, report: Report) -> bool:
    if number > 0:
        return True
    if at:
        report.error("spend/amount", at.where, f"what may be spent must be more than nothing, got {at.data}", "write an amount, for example $500")
    return False


def refuse_foreign(entry: Entry, what: str, keys: tuple[str, ...], report: Report) -> None:
    """Report keys that belong to promises of a share of good events; those in the defaults are for the others."""
    if "objective" in entry.data and (place := entry.get("objective")):
        help = "leave it out: at_most says what is promised"
        report.error("objective/not-here", place.where.key(), f"{what} has no objective: that is a share of good events", help)
    for key in keys:
        if key in entry.data and (place := entry.get(key)):
            help = "leave it out; it belongs to promises with an objective"
            report.error("key/not-here", place.where.key(), f"{key} says nothing about {what}", help)
