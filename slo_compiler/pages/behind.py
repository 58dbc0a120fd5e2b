"""What reconciles the number with the word above it: the budget, the other SLOs of the category, how much of the window has data."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from slo_compiler import names, wording
from slo_compiler.ir import Panel, Place, Query, Word
from slo_compiler.model import Check, Outages, Slo
from slo_compiler.pages import queries
from slo_compiler.pages.columns import Column
from slo_compiler.pages.measures import DAY, HOUR, Measure
from slo_compiler.pages.numbers import each, exactly
from slo_compiler.quantities import plain

_ALL = Decimal("0.995")  # of a window: a restart of Prometheus is no gap
_NEVER = 2  # of a coverage: more than all


def panel(column: Column, place: Place) -> Panel:
    """The small numbers, and what each of them is."""
    parts = [part for part in (_budget(column), _others(column), _bound(column), _measured(column), _sample(column)) if part]
    return Panel("stat", "Behind the number", " ".join(text for text, _ in parts), place, tuple(query for _, found in parts for query in found), small=True)


Part = tuple[str, list[Query]]


def _budget(column: Column) -> Part | None:
    if not column.told.has_budget:
        return None
    steps: tuple[tuple[Decimal | None, str], ...] = ((None, "orange"), (Decimal(0), "text"))
    query = Query(
        queries.else_(queries.budget(column.pinned), queries.NOTHING), "Budget left", "percentunit", 0, (exactly(queries.NOTHING, "no budget"),), steps
    )
    return f"**Budget left**: 100 % is untouched, 0 % is spent ({names.BUDGET_REMAINING}).", [query]


def _others(column: Column) -> Part | None:
    if not column.others:
        return None
    steps: tuple[tuple[Decimal | None, str], ...] = ((None, "text"), (Decimal(1), "orange"))
    label = f"{column.others} other SLO{'' if column.others == 1 else 's'}"
    query = Query(queries.others(column.category, column.category), label, "suffix: alerting", 0, (exactly(0, "all quiet"),), steps)
    return f"**{label}** of the category: how many have a firing alert (ALERTS).", [query]


def _bound(column: Column) -> Part | None:
    """Of a check that is held against its past or another SLO: the sentence, because there is no number."""
    if not isinstance(column.leader, Check) or column.has_bound:
        return None
    text = wording.too_far(column.leader)
    return f"**Fails when**: the value is {text}.", [Query("vector(0)", "Fails when", words=(exactly(0, text),))]


def _sample(column: Column) -> Part | None:
    if not isinstance(column.leader, Slo) or not column.leader.sampled:
        return None
    (one,) = column.measures
    query = Query(queries.else_(queries.sample(column.pinned, one), 0), "Sample", "short")
    return f"**Sample**: judged events in the window ({names.total_sum(one.span)}).", [query]


# --- how much of the window has data -------------------------------------------------------------------------------------------------


def _measured(column: Column) -> Part | None:
    if isinstance(column.leader, Check) and not isinstance(column.leader.value, Outages):
        return None
    spans = list(dict.fromkeys(one.span for one in column.measures))
    by_span = [[one for one in column.measures if one.span == span] for span in spans]
    found = [query for alike in by_span for query in _of_window(column, alike)]
    series = each(names.coverage(span) for span in spans)
    return f"**Measured**: how much of the window has data ({series}); until it is full, budget and state are a first estimate.", found


def _of_window(column: Column, alike: list[Measure]) -> list[Query]:
    """The time that was measured of a window, in its own unit; of a period of the calendar, which is under way, its share."""
    one = alike[0]
    measured = queries.coverage(column.pinned, one)
    if isinstance(one.span, str):
        return [Query(queries.else_(measured, 0) if column.is_known else measured, f"Of this {one.span}", "percentunit", 0)]
    days, hours = one.span.seconds / DAY.seconds, one.span.seconds / HOUR.seconds
    whole = f"{one.span.text[:-1]} {one.span.text[-1]}"
    if hours <= 2:  # minutes
        return [_amount(measured, hours * 60, "min", whole, is_known=column.is_known)]
    few = _amount(measured, hours, "h", whole, is_known=column.is_known)
    if days <= 2:
        return [few]
    many = _amount(measured, days, "d", whole, is_known=False)
    return [replace(few, expr=f"{few.expr} < 48"), replace(many, expr=f"{many.expr} >= 2")]  # below two days hours say more


def _amount(measured: str, count: Decimal, unit: str, whole: str, *, is_known: bool) -> Query:
    """`is_known` tells that this is the window, so that no data is no time at all."""
    enough = count * _ALL
    expr = f"{plain(count)} * ({queries.else_(measured, 0)})" if is_known else f"{plain(count)} * {measured}"
    words = (Word(f"all {whole}", "text", enough, count * _NEVER),)
    return Query(expr, "Measured", f"suffix: {unit} of {whole}", 0, words, ((None, "orange"), (enough, "text")))
