"""All SLOs of a compilation in one table, however many there are: how many are in which state, and whether today is unusual."""

from __future__ import annotations

from slo_compiler import names
from slo_compiler.dashboards import Dashboard, Link, Panel, Place, Query, Variable
from slo_compiler.model import Spec
from slo_compiler.pages import sisters, states, tables
from slo_compiler.pages.alarms import Alarms
from slo_compiler.pages.numbers import exactly
from slo_compiler.pages.scopes import Scope

_CHOSEN = 'slo_service=~"$service",slo_category=~"$category",slo_owner=~"$owner"'
_SEARCHED = 'slo_title=~"(?i).*$search.*"'
_NOBODY = "#2f3237"  # of a state that no SLO is in
_WEEK = "7d"
_KINDS = (
    ("Breached", f"alertname=~{names.quoted(f'{names.EXHAUSTED}|{names.CHECK_FAILED}')}", "dark-red", False),
    ("Burning", f'alertname="{names.BURN}"', "orange", False),
    ("Not measured", f"alertname=~{names.quoted(f'{names.BLIND}|{names.NO_DATA}|{names.DIMENSION_LOST}')}", "text", True),
)


def page(spec: Spec) -> Dashboard:
    """The page; its size does not depend on how many SLOs there are."""
    scope = Scope(spec.promises, spec.prometheus.step, told=f"{_CHOSEN},{_SEARCHED}")
    links = (Link("What burns and why", sisters.to_any(spec, "${__data.fields.slo_id}")), *sisters.outside(spec.promises))
    queries, table = tables.of_fleet(scope, Alarms.of(spec), links)
    all_of = Panel("table", "All SLOs, worst first", _ABOUT, Place(0, 4, 24, 16), queries, none="No SLO is called so", table=table)
    return Dashboard(
        uid=spec.grafana.uid("fleet"),
        title="All SLOs",
        description="Every SLO in one table, worst first, and how many there are in each state.",
        tags=spec.grafana.tags,
        refresh="1m",
        start="now-24h",
        variables=(
            *(Variable(word, "", f"label_values({names.INFO}, slo_{word})", label=word.capitalize(), all=True) for word in ("service", "category", "owner")),
            Variable("search", "", label="Search", is_text=True),
        ),
        panels=(_counts(scope), all_of, _history()),
        sources=tuple(sorted({source for sources in spec.sources.values() for source in sources})),
        links=sisters.inside(spec, "fleet"),
    )


_ABOUT = (
    "A row an SLO, with the worst of its values where it is split. Sort by a click on a heading, filter with the lists above or the funnel in a heading; a "
    "click on an SLO opens the on-call page of its category. **Burn 1 h**: bad share of the last hour / (1 - objective). **Empty in**: until the budget is "
    "spent at that rate. **Good share**: of the SLO's own window. **Measured**: for how much of it there is data. "
    f"Reads {names.INFO}, ALERTS and the recorded series of each SLO."
)


def _counts(scope: Scope) -> Panel:
    """Six tiles; a state that nobody is in is dark."""
    found = [
        Query(
            f"count({scope.among(f'({scope.state()}) == {state.code}')})\nor vector(0)",
            state.word,
            "none",
            0,
            (exactly(0, "0", _NOBODY),),
            ((None, state.color),),
        )
        for state in states.STATES
    ]
    text = f"How many SLOs are in each state; one that is split by a label counts once, with its worst value. {states.explained()}"
    return Panel("states", "SLOs by state", f"{text} Reads ALERTS, {names.INFO} and the recorded series of each SLO.", Place(0, 0, 24, 4), tuple(found))


def _history() -> Panel:
    """Without the titles, which alerts do not carry: joined with them over 7 days it would read a million samples of a large fleet."""
    found = [Query(_firing(matcher), name, "none", 0, line=color, width=1 if dashed else 2, dashed=dashed) for name, matcher, color, dashed in _KINDS]
    text = "Is today unusual? How many SLOs had a firing alert at each moment, by kind. The lists above apply, the search does not. Reads ALERTS."
    title = "SLOs with a firing alert, last 7 days"
    return Panel("timeseries", title, text, Place(0, 20, 24, 6), tuple(found), from_zero=True, since=_WEEK, interval="10m")


def _firing(matcher: str) -> str:
    return f'count(max by (slo_id) (ALERTS{{{matcher},alertstate="firing",{_CHOSEN}}}))\nor vector(0)'
