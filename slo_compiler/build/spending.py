"""Promises of money: what may be spent in a month, for all or for each value of `by`."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from slo_compiler import units
from slo_compiler.build import overrides
from slo_compiler.build.alerting import plain_alerting
from slo_compiler.build.entry import Entry, take
from slo_compiler.build.timeslices import value_limit
from slo_compiler.diagnostics import Report
from slo_compiler.model import Spending
from slo_compiler.promql import Selector, selector

if TYPE_CHECKING:
    from slo_compiler.build.slo import Common

#: The alert about the pace.
TIER = "ticket"


def spending(entry: Entry, spend: Entry, common: Common, report: Report) -> Spending | None:
    """The promise of an entry whose SLI is `spend`."""
    refuse_objective(entry, "money", report)
    how = plain_alerting(entry.get("alerting"), common.category, (TIER, "exhausted"), by=common.by, report=report)
    metric = take(spend.get("metric"), selector, report)
    at = spend.get("at_most")
    limit = value_limit(at, "at_most", spend, metric, report) if isinstance(metric, Selector) and at else None
    if not isinstance(metric, Selector) or limit is None:
        return None

    def own(place: Entry) -> Decimal | None:
        found = value_limit(place, "at_most", spend, metric, report)
        return found.value if found else None

    limits = overrides.limits(entry, common.by, limit.value, own, report)
    unit = units.named(word) if (word := spend.value("unit", "")) else units.of_metric(metric.metric)
    return Spending(**common.fields(), alerting=how, metric=metric, limits=limits, unit=unit.word if unit else "")


def refuse_objective(entry: Entry, what: str, report: Report) -> None:
    """An objective is a share of good events, of which there are none here; one in the defaults is for the others."""
    if "objective" in entry.data and (place := entry.get("objective")):
        help = "leave it out: at_most says what is promised"
        report.error("objective/not-here", place.where.key(), f"{what} has no objective: that is a share of good events", help)
