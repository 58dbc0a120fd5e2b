"""30 days of a category: the number against its target, and how fast the budget was spent."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from slo_compiler import names, policy
from slo_compiler.dashboards import Panel, Place, Query
from slo_compiler.model import Slo, Spending, Tier
from slo_compiler.pages import queries
from slo_compiler.pages.columns import Column
from slo_compiler.pages.measures import DAY, HOUR, Measure, quantile
from slo_compiler.pages.numbers import each
from slo_compiler.quantities import Duration, plain

_SEVERITY_COLORS = {"page": "red", "ticket": "orange"}


def panels(column: Column, upper: Place, lower: Place) -> list[Panel]:
    """Both charts; what has no budget has one of the height of both."""
    below = _money(column, lower) if isinstance(column.leader, Spending) else _burn(column, lower) if column.has_budget else None
    return [_past(column, upper), below] if below else [_past(column, replace(upper, height=upper.height + lower.height))]


def _past(column: Column, place: Place) -> Panel:
    found, reads = [], []
    for one in column.measures:
        digits = None if one.unit == "percentunit" else one.decimals  # of an axis of shares they would mean 0 to 100 %
        found.append(Query(column.gated(queries.value(column.pinned, one), one), _short(column), one.unit, digits, line="blue"))
        reads.append(one.value)
        if one.kind != "check" or column.has_bound:
            found.append(Query(column.gated(queries.target(column.pinned, one), one), one.promised, one.unit, digits, line="text", width=2, dashed=True))
            reads.append(one.target)
    how = f": {_how(column, column.measures[0])}" if column.is_known else ""
    dashed = " with its target as a dashed line" if column.has_bound else ""
    text = f"The value over time{dashed}; a gap is an hour without traffic or without data."
    return Panel("timeseries", f"Last 30 days{how}", f"{text} Reads {each(reads)}.", place, tuple(found), since="30d", interval="1h")


def _short(column: Column) -> str:
    return column.leader.title.split(",")[0] if column.leader else "Value"


def _how(column: Column, one: Measure) -> str:
    """What a point of the chart is."""
    over = f"since the {one.span} began" if isinstance(one.span, str) else f"of {one.span.words}"
    if one.kind == "value":
        found = {quantile(slo, one) for slo in column.subjects if isinstance(slo, Slo)}
        return f"{found.pop()} of each hour" if len(found) == 1 else "each hour"
    return {"share": f"share {over}" if isinstance(one.span, str) else f"rolling share {over}", "money": f"spent {over}"}.get(one.kind, "the value")


# --- how fast the budget is spent ----------------------------------------------------------------------------------------------------


def _burn(column: Column, place: Place) -> Panel:
    lines = [_line(f"{name} {plain(at)}", at, color) for name, at, color in _tiers(column) or [("on budget", Decimal(1), "blue")]]
    query = Query(queries.burn(column.pinned), "burn rate", "none", line="purple")
    text = (
        "How fast the error budget is spent: at 1 it lasts exactly its window, at 2 half of it. Dashed: where the alert tiers begin (they also need a "
        "short window and evidence). The bad share of the hour / (1 - objective), the worst of a split SLO."
    )
    reads = f"Reads {names.bad_sum(HOUR)}, {names.total_sum(HOUR)}, {names.OBJECTIVE}."
    return Panel("timeseries", "Burn rate (1 = on budget)", f"{text} {reads}", place, (query, *lines), from_zero=True, since="30d", interval="1h")


def _line(name: str, at: Decimal, color: str) -> Query:
    return Query(f"vector({plain(at)})", name, "none", line=color, dashed=True)


def _tiers(column: Column) -> list[tuple[str, Decimal, str]]:
    """The tiers that every SLO has which may lead: name, burn rate and colour."""
    own = [_tiers_of(slo, column.step) for slo in column.subjects if isinstance(slo, Slo)]
    return [tier for tier in own[0] if all(tier in others for others in own)] if own else []


def _tiers_of(slo: Slo, step: Duration) -> list[tuple[str, Decimal, str]]:
    cell = slo.cells[-1]
    tiers = [tier for tier in slo.alerting.tiers if tier.name not in slo.alerting.disable and policy.can_fire(tier, cell, slo.sli, step=step)]
    return [(tier.name, Decimal(f"{policy.share(tier, cell.objective) / cell.objective.budget:.3g}"), _color(tier)) for tier in tiers]


def _color(tier: Tier) -> str:
    return "dark-red" if tier.action == "rollback" else _SEVERITY_COLORS.get(tier.severity, "blue")


def _money(column: Column, place: Place) -> Panel:
    """The pace of each day of a promise of money."""
    (one,) = column.measures
    days = plain(column.leader.window.seconds / DAY.seconds) if column.leader else "1"
    query = Query(queries.pace(column.pinned, one, days), "pace of the day", "none", line="purple")
    text = f"How fast money is spent: at 1 a day like the last one, every day, spends the limit exactly. Reads {names.total_sum(DAY)}, {names.VALUE_TARGET}."
    lines = (query, _line("even pace 1", Decimal(1), "text"))
    return Panel("timeseries", "Pace (1 = just enough)", text, place, lines, from_zero=True, since="30d", interval="1h")
