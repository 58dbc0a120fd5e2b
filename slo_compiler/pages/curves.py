"""The chosen SLO over time: its number against its target, its budget, its events; a line a value where it is split."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from slo_compiler import names
from slo_compiler.dashboards import Panel, Place, Query
from slo_compiler.pages import baselines
from slo_compiler.pages.chosen import half_band, middle
from slo_compiler.pages.measures import DAY, HOUR, grafana_unit
from slo_compiler.pages.readings import Reading
from slo_compiler.pages.scopes import EVENTS, MONEY, SAMPLED, TIME, UNSAMPLED, Scope
from slo_compiler.pages.words import each
from slo_compiler.quantities import Duration, plain

_FIVE = Duration(Decimal(300))
_SILENT = "No traffic, or not measured"


def number(scope: Scope, found: list[Reading], place: Place) -> Panel:
    """The number against its target."""
    lines = [_line(scope, one.lines(scope), one.name, one.measure.unit) for one in found]
    targets = [_target(scope, one) for one in found]
    compared = [replace(_line(scope, expr, name, unit, color="text"), dashed=True) for expr, name, unit in baselines.lines(scope)]
    band, reads = _band(scope), each([one.metric for one in found] + [one.target for one in found])
    text = (
        "The number with its target, or what it is compared with, as a dashed line; a line a value where the SLO is split. Firing alerts are marked. A gap is "
        "time without traffic or data."
    )
    shade = " Shaded: what chance alone explains of a sampled share (95 %, Wilson)." if band else ""
    lowest = all(one.measure.better == "higher" for one in found)
    return Panel(
        "timeseries", "Against the target", f"{text}{shade} Reads {reads}.", place, (*lines, *targets, *compared, *band), interval="1m", none=_SILENT,
        ranked=bool(scope.by), lowest_first=lowest,
    )  # fmt: skip


def _target(scope: Scope, one: Reading) -> Query:
    """A dashed line, or one a value."""
    query = Query(one.targets(scope), one.measure.promised, one.measure.unit, line="text", width=2, dashed=True)
    return replace(query, name=_each_value(scope, query.name)) if one.measure.is_uneven else query


def _each_value(scope: Scope, name: str) -> str:
    return " ".join((name, *(f"{{{{{label}}}}}" for label in scope.by)))


def _line(scope: Scope, expr: str, name: str, unit: str, *, color: str = "blue") -> Query:
    """One line, or one a value of the labels, each in its own colour."""
    if not scope.by:
        return Query(expr, name, unit, line=color)
    return Query(expr, _each_value(scope, name), unit)


def _band(scope: Scope) -> list[Query]:
    """Of sampled shares that are not split: several bands would hide each other."""
    sampled = [slo for slo in scope.slos if slo.sampled and not slo.by]
    if not sampled:
        return []
    share = scope.series(names.SLI_RATIO, *(f'{label}=""' for label in scope.by))
    total = scope.of_windows(sampled, lambda span: scope.beside(names.total_sum(span)), SAMPLED)
    half, center = half_band(share, total), middle(share, total)
    upper, lower = "chance, upper", "chance, lower"
    return [
        Query(f"{center} + {half}", upper, "percentunit", line="super-light-blue", width=0, filled_to=lower),
        Query(f"{center} - {half}", lower, "percentunit", line="super-light-blue", width=0),
    ]


def budget(scope: Scope, place: Place) -> Panel:
    """What was left of the budget at each moment of the longest window."""
    longest = max((one.window for one in scope.budgeted), key=lambda window: window.seconds)
    since = longest if longest > DAY else Duration(DAY.seconds)
    line = _line(scope, scope.series(names.BUDGET_REMAINING), "budget left", "percentunit")
    text = (
        "How much of the budget was left at each moment: 100 % untouched, 0 % spent (dashed). It falls when something burns and rises when an old incident "
        "leaves the window, or when a new period begins."
    )
    zero = f"0 * max by (slo_id) ({scope.series(names.BUDGET_REMAINING)})"
    spent = Query(zero, "spent", "percentunit", line="red", width=2, dashed=True)
    return Panel(
        "timeseries", f"Budget left, last {since.words}", f"{text} Reads {names.BUDGET_REMAINING}.", place, (line, spent), since=str(since),
        interval="1h" if since.seconds > 2 * DAY.seconds else "5m", ranked=bool(scope.by), lowest_first=True, to_one=True, none="No budget, or not measured",
    )  # fmt: skip


def traffic(scope: Scope, left: Place, right: Place) -> list[Panel]:
    """Events and bad events in two charts: on two axes of one, bad looked bigger than all."""
    every = _flow(scope, names.total_sum, "events", "blue")
    every += [
        _line(scope, _where(scope, names.total_sum(HOUR), MONEY, f"slo_unit={names.quoted(unit)}"), "spent an hour", grafana_unit(unit))
        for unit in dict.fromkeys(spend.unit for spend in scope.spendings)
    ]
    bad = _flow(scope, names.bad_sum, "bad events", "red")
    if any(slo.kind == "time" for slo in scope.slos):
        minutes = f"{plain(scope.step.seconds / 60)} * ({_where(scope, names.bad_sum(HOUR), TIME)})"
        bad.append(_line(scope, minutes, "bad minutes an hour", "short", color="red"))
    return [
        *_flowing("Spent and events" if scope.spendings else "Events", "Was there traffic?", names.total_sum, every, left),
        *_flowing("Bad events", "Since when is it bad?", names.bad_sum, bad, right),
    ]


def _flow(scope: Scope, series: Callable[[Duration], str], name: str, color: str) -> list[Query]:
    """Events a second; of sampled ones, which are few, those of an hour."""
    found = []
    counted = [slo for slo in scope.slos if slo.kind != "time"]
    if any(not slo.sampled for slo in counted):
        found.append(_line(scope, f"({_where(scope, series(_FIVE), EVENTS, UNSAMPLED)}) / 300", name, "reqps", color=color))
    if any(slo.sampled for slo in counted):
        found.append(_line(scope, _where(scope, series(HOUR), EVENTS, SAMPLED), f"{name} an hour", "short", color=color))
    return found


def _where(scope: Scope, metric: str, *matchers: str) -> str:
    return f"{scope.series(metric)} and on (slo_id) {scope.info(*matchers)}"


def _flowing(title: str, question: str, series: Callable[[Duration], str], lines: list[Query], place: Place) -> list[Panel]:
    if not lines:
        return []
    text = f"{question} A line a value where the SLO is split. Reads {series(_FIVE)}, {series(HOUR)}."
    return [Panel("timeseries", title, text, place, tuple(lines), from_zero=True, interval="5m", none="None are counted, or there is no data")]
