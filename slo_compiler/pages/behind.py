"""What reconciles the number with the word above it: the trend, the budget, the other SLOs of the category, how much of the window has data."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from slo_compiler import names, wording
from slo_compiler.dashboards import Panel, Place, Query, Word
from slo_compiler.model import Check, Outages, Slo
from slo_compiler.pages import queries, trends
from slo_compiler.pages.columns import Column
from slo_compiler.pages.measures import DAY, HOUR
from slo_compiler.pages.words import each, exactly
from slo_compiler.quantities import Duration, plain

#: What the numbers are called; that of a period of the calendar says which.
BUDGET, COMPUTED, FAILS, MEASURED, SAMPLE = "Budget left", "Computed over", "Fails when", "Measured", "Sample"
_ALL = Decimal("0.995")  # of a window: a restart of Prometheus is no gap
_NEVER = 2  # of a coverage: more than all


def panel(column: Column, place: Place) -> Panel:
    """The small numbers, and what each of them is."""
    parts = [part for part in (trends.trend(column), _budget(column), _others(column), _judged(column), _measured(column), _sample(column)) if part]
    return Panel("stat", "Behind the number", " ".join(text for text, _ in parts), place, tuple(query for _, found in parts for query in found), small=True)


def other_slos(count: int) -> str:
    """What the number of the others is called."""
    return f"{count} other SLO{'' if count == 1 else 's'}"


def whole(span: Duration) -> str:
    """The word for a window of which all has data."""
    return f"all {_spaced(span)}"


Part = tuple[str, list[Query]]


def _budget(column: Column) -> Part | None:
    if not column.has_budget:
        return None
    steps: tuple[tuple[Decimal | None, str], ...] = ((None, "orange"), (Decimal(0), "text"))
    query = Query(queries.else_(queries.budget(column.pinned), queries.NOTHING), BUDGET, "percentunit", 0, (exactly(queries.NOTHING, "unknown"),), steps)
    return f"**{BUDGET}**: 100 % is untouched, 0 % is spent ({names.BUDGET_REMAINING}).", [query]


def _others(column: Column) -> Part | None:
    if not column.others:
        return None
    steps: tuple[tuple[Decimal | None, str], ...] = ((None, "text"), (Decimal(1), "orange"))
    label = other_slos(column.others)
    query = Query(queries.others(column.category, column.category), label, "suffix: alerting", 0, (exactly(0, "all quiet"),), steps)
    return f"**{label}** of the category: how many have a firing alert (ALERTS).", [query]


def _judged(column: Column) -> Part | None:
    """Of a check what its value is over, and a bound that is no number but a sentence: what it is held against."""
    check = column.leader
    if not isinstance(check, Check):
        return None
    found = [(COMPUTED, _spaced(check.window))] + ([] if column.has_bound else [(FAILS, wording.too_far(check))])
    text = f"**{COMPUTED}**: the window of the value ({names.CHECK_VALUE}){'' if column.has_bound else '; **Fails when**: it is that far off'}."
    return text, [Query("vector(0)", name, words=(exactly(0, word),)) for name, word in found]


def _spaced(window: Duration) -> str:
    return f"{window.text[:-1]} {window.text[-1]}"


def _sample(column: Column) -> Part | None:
    if not isinstance(column.leader, Slo) or not column.leader.sampled:
        return None
    (one,) = column.measures
    query = Query(queries.else_(queries.sample(column.pinned, one), 0), SAMPLE, "short", 0)
    return f"**{SAMPLE}**: judged events in the window ({names.total_sum(one.span)}).", [query]


# --- how much of the window has data -------------------------------------------------------------------------------------------------


def _measured(column: Column) -> Part | None:
    if isinstance(column.leader, Check) and not isinstance(column.leader.value, Outages):
        return None
    spans = list(dict.fromkeys(one.span for one in column.measures))
    found = [(span, query) for span in spans for query in _of_window(column.pinned, span)]
    if len(spans) > 1:  # each SLO of a service has the series of all its windows
        chosen = f'\nand on () {names.INFO}{{{column.pinned},slo_window="'
        found = [(span, replace(query, expr=f'{query.expr}{chosen}{span}"}}')) for span, query in found]
    series = each(names.coverage(span) for span in spans)
    text = f"**{MEASURED}**: how much of the window has data ({series}); until it is full, budget and state are a first estimate."
    return text, [query for _, query in found]


def _of_window(pinned: str, span: Duration | str) -> list[Query]:
    """The time that was measured of a window, in its own unit; of a period of the calendar, which is under way, its share."""
    measured = f"({queries.else_(queries.coverage(pinned, span), 0)})"
    if isinstance(span, str):
        return [Query(measured, f"{MEASURED} this {span}", "percentunit", 0)]
    days, hours = span.seconds / DAY.seconds, span.seconds / HOUR.seconds
    if hours <= 2:  # minutes
        return [_amount(measured, hours * 60, "min", span)]
    few = _amount(measured, hours, "h", span)
    if days <= 2:
        return [few]
    many = _amount(measured, days, "d", span)
    return [replace(few, expr=f"{few.expr} < 48"), replace(many, expr=f"{many.expr} >= 2", decimals=1)]  # below two days hours say more


def _amount(measured: str, count: Decimal, unit: str, span: Duration) -> Query:
    enough = count * _ALL
    words = (Word(whole(span), "text", enough, count * _NEVER),)
    return Query(f"{plain(count)} * {measured}", MEASURED, f"suffix: {unit} of {_spaced(span)}", 0, words, ((None, "orange"), (enough, "text")))
