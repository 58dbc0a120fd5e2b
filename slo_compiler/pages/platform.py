"""The platform page: a column a category, for people who do not run it: a word, the number beside its target, what is behind it, 30 days."""

from __future__ import annotations

from decimal import Decimal

from slo_compiler import names
from slo_compiler.dashboards import Dashboard, Link, Panel, Place, Query, Word
from slo_compiler.model import Spec
from slo_compiler.pages import behind, charts, numbers, sisters, states
from slo_compiler.pages.columns import Column, columns
from slo_compiler.pages.measures import HOUR

_WIDTH = 6  # of a column


def page(spec: Spec) -> Dashboard:
    """The page of a compilation."""
    found = columns(spec)
    return Dashboard(
        uid=spec.grafana.uid("platform"),
        title=spec.grafana.title,
        description="A column a category, for people who do not run the services. Read the four coloured words first.",
        tags=spec.grafana.tags,
        refresh="5m",
        start="now-30d",
        variables=tuple(variable for column in found for variable in column.variables()),
        panels=tuple(panel for number, column in enumerate(found) for panel in _column(spec, column, number * _WIDTH)),
        links=sisters.inside(spec, "platform"),
        sources=tuple(sorted({source for sources in spec.sources.values() for source in sources})),
    )


def _column(spec: Spec, column: Column, x: int) -> list[Panel]:
    panels = [_state(spec, column, Place(x, 0, _WIDTH, 3)), numbers.panel(column, Place(x, 3, _WIDTH, 4))]
    if not column.measures:
        return panels
    return [*panels, behind.panel(column, Place(x, 7, _WIDTH, 5)), *charts.panels(column, Place(x, 12, _WIDTH, 7), Place(x, 19, _WIDTH, 6))]


def _state(spec: Spec, column: Column, place: Place) -> Panel:
    words = tuple(Word(state.word, state.color, Decimal(state.code), Decimal(state.code)) for state in states.STATES)
    query = Query(states.query(column.pinned), column.category.capitalize(), words=words)
    reads = ", ".join(("ALERTS", names.INFO, names.total_sum(HOUR), names.CHECK_VALUE, names.BUDGET_REMAINING))
    links = (Link("What burns and why", sisters.to_category(spec, column.category, f"${column.category}")),) if column.measures else ()
    return Panel("state", query.name, f"The state of the SLO named below. {states.explained()} Reads {reads}.", place, (query,), links=links)
