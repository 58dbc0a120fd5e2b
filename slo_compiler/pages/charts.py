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
from slo_compiler.pages.words import each
from slo_compiler.quantities import Duration, plain

_SEVERITY_COLORS = {"page": "red", "ticket": "orange"}


def panels(column: Column, upper: Place, lower: Place) -> list[Panel]:
    """Both charts; what has no budget has one of the height of both."""
    below = _money(column, lower) if isinstance(column.leader, Spending) else _burn(column, lower) if column.has_budget else None
    return [_past(column, upper), below] if below else [_past(column, replace(upper, height=upper.height + lower.height))]


def _past(column: Column, place: Place) -> Panel:
    found = [query for one in column.measures for query in (_relative(column, one) if one.is_uneven else _absolute(column, one))]
    reads = [series for one in column.measures for series in (one.value, *([one.target] if column.has_bound else []))]
    how = f": {_how(column, column.measures[0])}" if column.is_known else ""
    dashed = " with its target as a dashed line" if column.has_bound else ""
    uneven = " Where values have targets of their own: how far the worst is from its own." if any(one.is_uneven for one in column.measures) else ""
    text = f"The value over time{dashed}; a gap is an hour without traffic or without data.{uneven}"
    return Panel("timeseries", f"Last 30 days{how}", f"{text} Reads {each(reads)}.", place, tuple(found), since="30d", interval="1h")


def _absolute(column: Column, one: Measure) -> list[Query]:
    """The number in its own unit, and its target where a number was promised."""
    number = Query(column.gated(queries.value(column.pinned, one), one), _short(column), one.unit, line="blue")
    target = Query(column.gated(queries.target(column.pinned, one), one), one.promised, one.unit, line="text", width=2, dashed=True)
    return [number, target] if column.has_bound else [number]


def _relative(column: Column, one: Measure) -> list[Query]:
    """The number as a part of its target, of a share the bad share as a part of the budget."""
    name = "bad share of its budget" if one.kind == "share" else "worst of its target"
    number = Query(column.gated(queries.against(column.pinned, one), one), name, "percentunit", line="blue")
    return [number, Query(column.gated("vector(1)", one), one.promised, "percentunit", line="text", width=2, dashed=True)]


def _short(column: Column) -> str:
    return column.leader.title.split(",")[0] if column.leader else "Value"


def _how(column: Column, one: Measure) -> str:
    """What a point of the chart is."""
    over, spent = (f"since the {one.span} began",) * 2 if isinstance(one.span, str) else (f"of {one.span.words}", f"in {one.span.words}")
    if one.kind == "value":
        found = {quantile(slo, one) for slo in column.subjects if isinstance(slo, Slo)}
        return f"{found.pop()} of each hour" if len(found) == 1 else "each hour"
    return {"share": f"share {over}", "money": f"spent {spent}"}.get(one.kind, "the value")


# --- how fast the budget is spent ----------------------------------------------------------------------------------------------------


def _burn(column: Column, place: Place) -> Panel:
    tiers = _tiers(column)
    if all(at != 1 for _, at, _ in tiers):
        tiers.append(("on budget", Decimal(1), "text"))
    lines = [_line(f"{name} {plain(at)}", at, color) for name, at, color in tiers]
    query = Query(queries.burn(column.pinned), "burn rate", "none", line="purple")
    text = (
        "How fast the error budget is spent: at 1 it lasts exactly its window, at 2 half of it. Dashed: where the alert tiers begin; a line above one is no "
        "alarm yet, tiers also need other windows and more bad events than chance explains. The bad share of the hour / (1 - objective), the worst of a "
        "split SLO."
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
