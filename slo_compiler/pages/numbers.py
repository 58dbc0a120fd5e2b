"""The number of an SLO beside its target; of money, beside what is left, too."""

from __future__ import annotations

from decimal import Decimal

from slo_compiler import names
from slo_compiler.dashboards import Panel, Place, Query
from slo_compiler.pages import queries
from slo_compiler.pages.columns import Column
from slo_compiler.pages.measures import Measure
from slo_compiler.pages.words import each, exactly

LEFT = "Left"  # what a number is called
_KINDS = {"value": "the value of the last hour", "share": "the good share", "check": "the value", "money": "what was spent"}


def panel(column: Column, place: Place) -> Panel:
    """Two or three numbers; of a category without an SLO the words that say so."""
    if not column.measures:
        query = Query(f"vector({queries.NOT_MEASURED})", "Now", words=(exactly(queries.NOT_MEASURED, "Not measured"),))
        return Panel("stat", column.title, f"No SLO has the category {column.category}: a constant in place of a number.", place, (query,), small=True)
    return Panel("stat", column.title, _explained(column), place, (*_now(column), *_targets(column), *_left(column)))


def _explained(column: Column) -> str:
    parts = [f"**{one.over}**: {_KINDS[one.kind]}." for one in column.measures]
    parts += [f"**{one.promised.partition(' ')[0]}**: what was promised." for one in _with_target(column)]
    reads = [one.value for one in column.measures] + [one.target for one in _with_target(column)]
    if column.measures[0].kind == "money":
        parts.append(f"**{LEFT}**: the limit less what was spent.")
    return f"{each(parts, ' ')} Reads {each(reads)}."


def _now(column: Column) -> list[Query]:
    """The number itself, or why there is none; where the leader is not known, it may also be nobody."""
    x, words = column.pinned, (exactly(queries.NO_TRAFFIC, "No traffic"), exactly(queries.NOT_MEASURED, "Not measured"))
    found = [Query(column.gated(queries.value_or_why(x, one), one), one.over, one.unit, one.finer, words) for one in column.measures]
    nobody = Query(f"vector({queries.NOT_MEASURED}) unless on () {names.INFO}{{{x}}}", "Now", words=words)
    return found if column.is_known else [*found, nobody]


def _with_target(column: Column) -> list[Measure]:
    return [one for one in column.measures if one.kind != "check" or column.has_bound]


def _targets(column: Column) -> list[Query]:
    found, none = [], exactly(queries.NOTHING, "–")
    for one in _with_target(column):
        expr = queries.else_(queries.target(column.pinned, one), queries.NOTHING)
        found.append(Query(column.gated(expr, one), one.promised, one.unit, one.decimals, (none,)))
    return found


def _left(column: Column) -> list[Query]:
    """What is left of money."""
    x, first = column.pinned, column.measures[0]
    if first.kind != "money":
        return []
    left, none = queries.else_(queries.left(x, first), queries.NOTHING), exactly(queries.NOTHING, "–")
    return [Query(left, LEFT, first.unit, words=(none,), steps=((None, "orange"), (Decimal(0), "text")))]
