"""The on-call page of a category: its SLOs, worst first, and below them all that is known of the one that was chosen."""

from __future__ import annotations

from dataclasses import replace

from slo_compiler import names
from slo_compiler.dashboards import Dashboard, Heading, Link, Marks, Panel, Place, Query, Table, Variable
from slo_compiler.model import Check, Slo, Spec, Spending
from slo_compiler.pages import chosen, curves, evidence, raw, sisters, tables, tiers
from slo_compiler.pages.alarms import Alarms, firing, since
from slo_compiler.pages.measures import HOUR, Promised
from slo_compiler.pages.readings import Reading, readings
from slo_compiler.pages.scopes import Scope

_TOP, _STATS, _CHARTS, _EVENTS, _FIRING = 8, 4, 8, 6, 8  # heights


def page(spec: Spec, category: str, promises: tuple[Promised, ...]) -> Dashboard:
    """The page of the promises of a category."""
    by = tuple(sorted({label for one in promises for label in one.by}))
    told = f'slo_category="{category}",slo_service=~"$service"'
    everything = Scope(promises, spec.prometheus.step, told=told, ours=_ours(promises), by=by)
    parts = ",".join(f'{label}=~"${_variable_of(label)}"' for label in by)
    one = Scope(promises, spec.prometheus.step, pinned='slo_id="$slo"', parts=parts, by=by)
    alarms = Alarms.of(spec)
    links = (Link("Show below", sisters.to_category(spec, category, "${__data.fields.slo_id}")), *sisters.outside(promises))
    queries, table = tables.of_category(everything, alarms, links)
    text = f"{_ABOUT} Reads {names.INFO}, ALERTS and the recorded series of each SLO."
    worst = Panel("table", f"{category.capitalize()} SLOs, worst first", text, Place(0, 0, 24, _TOP), queries, none="No SLO", table=table)
    return Dashboard(
        uid=spec.grafana.uid(category),
        title=f"{category.capitalize()}: what burns and why",
        description=f"For on-call: the SLOs of the category {category}, worst first; below, the one that is chosen.",
        tags=tuple(dict.fromkeys((*spec.grafana.tags, category))),
        refresh="1m",
        start="now-24h",
        variables=tuple(_variables(everything, one)),
        panels=(worst, *_chosen(one, tuple(sorted({label for promise in spec.promises for label in promise.by})))),
        sources=tuple(sorted({source for promise in promises for source in spec.sources[promise.service]})),
        links=sisters.inside(spec, category),
        marks=(Marks("Alerts of this SLO", f"max by (alertname, slo_tier, severity) ({firing(one)})", "{{alertname}} {{slo_tier}}"),),
    )


def _ours(promises: tuple[Promised, ...]) -> str:
    """What finds the services of the page: SLOs of other compilations may be read in other units."""
    return f"slo_service=~{names.quoted('|'.join(sorted({one.service for one in promises})))}"


_ABOUT = (
    "A row an SLO, or one of its values where it is split. **For**: since the reason for its alert began. **Burn 1 h**: bad share of the last hour / "
    "(1 - objective); at 1 the budget lasts its window. **Empty in**: until the budget is spent at that rate. **Left**: what may still go wrong in the window. "
    "**Good**: share of good events in the last hour, and in the SLO's own window. **Measured**: for how much of the window there is data. A click on an SLO "
    "shows it below."
)


def _variables(everything: Scope, one: Scope) -> list[Variable]:
    """The service, the SLO (the worst one until somebody chooses), the values of its labels, and its histogram."""
    whole = replace(everything, by=())
    state = f"({whole.state()})"
    worst = f"({state} + on (slo_id) clamp_max({whole.burn()}, 900) / 1000 or {state})" if whole.budgeted else state
    named = f"{worst} * on (slo_id) group_left (slo_title, slo_service) {whole.info()}"
    asked = f'sort_desc(label_join({named}, "slo_shown", " · ", "slo_title", "slo_service"))'
    services = f"query_result(count by (slo_service) ({names.selector(names.INFO, everything.told.partition(',')[0], everything.ours)}))"
    found = [
        Variable("service", "", services, _VALUE, label="Service", all=True),
        Variable("slo", everything.promises[0].id, f"query_result({asked})", _NAMED, label="SLO"),
    ]
    found += [_values(label, one) for label in one.by]
    return [*found, raw.variable(one)] if raw.histograms(one) else found


_OURS = ("datasource", "histogram", "service")  # variables of the page


def _variable_of(label: str) -> str:
    """What the variable of a label is called: as the label, unless the page has another variable of that name."""
    return f"{label}_of_slo" if label in _OURS else label


def _values(label: str, one: Scope) -> Variable:
    """The values of a label that the chosen SLO has: a share has an objective, money a bound, and a check its value."""
    split = {type(promise) for promise in one.promises if label in promise.by}
    series = [one.beside(name) for kind, name in _TOLD_BY if kind in split]
    return Variable(_variable_of(label), "", f"query_result(count by ({label}) ({' or '.join(series)}))", _VALUE, label=label, all=True)


_TOLD_BY = ((Slo, names.OBJECTIVE), (Spending, names.VALUE_TARGET), (Check, names.CHECK_VALUE))


_VALUE = '/="(.*)"/'
_NAMED = '/slo_id="(?<value>[^"]+)|slo_shown="(?<text>.+? · [a-z0-9-]+)"/g'  # titles may hold quotes, and several services the same title


def _chosen(one: Scope, everywhere: tuple[str, ...]) -> list[Panel]:
    """The panels of one SLO; `everywhere` are the labels that split SLOs of any category."""
    found, groups = readings(one), tiers.groups(one)
    stats, charts = _TOP, _TOP + _STATS
    whole = replace(one, by=())
    tops = charts + _CHARTS
    below = tops + tiers.height(one, groups)
    flows = curves.traffic(one, Place(0, below, 7, _EVENTS), Place(7, below, 7, _EVENTS))
    flows += [evidence.panel(one, groups, Place(14, below, 10, _EVENTS))] if groups else []
    last = below + (_EVENTS if flows else 0)
    panels = [
        *_numbers(whole, found, stats),
        curves.number(one, found, Place(0, charts, 12 if one.budgeted else 24, _CHARTS)),
        *([curves.budget(one, Place(12, charts, 12, _CHARTS))] if one.budgeted else []),
        *tiers.panels(one, groups, tops),
        *flows,
        _firing(everywhere, Place(0, last, 24, _FIRING)),
    ]
    return [*panels, raw.row(whole, found, last + _FIRING)] if raw.histograms(one) else panels


def _numbers(whole: Scope, found: list[Reading], top: int) -> list[Panel]:
    """The state and the numbers of the chosen SLO; where none has a budget, those about it are left out."""
    if not whole.budgeted:
        return [
            chosen.state(whole, Place(0, top, 8, _STATS)),
            chosen.now(whole, found, Place(8, top, 10, _STATS)),
            chosen.events(whole, Place(18, top, 6, _STATS)),
        ]
    return [
        chosen.state(whole, Place(0, top, 5, _STATS)),
        chosen.now(whole, found, Place(5, top, 5, _STATS)),
        chosen.budget(whole, Place(10, top, 5, _STATS)),
        chosen.burn(whole, Place(15, top, 5, _STATS)),
        chosen.events(whole, Place(20, top, 4, _STATS)),
    ]


def _firing(by: tuple[str, ...], place: Place) -> Panel:
    """What else is wrong at this moment, in all categories; of split SLOs, of which value."""
    labels, alerts = "slo_service, slo, slo_category, slo_owner, slo_tier, severity, slo_action, alertname", since(Scope((), HOUR))
    if by:
        labels, alerts = f"{labels}, slo_value", f'label_join({alerts}, "slo_value", " ", {", ".join(map(names.quoted, by))})'
    value = [Heading("slo_value", "Of", none="–")] if by else []
    shown = [
        Heading("Value", "For", 100, unit="s", decimals=0), Heading("slo_service", "Service"), Heading("slo", "SLO"), *value,
        Heading("slo_category", "Category"), Heading("alertname", "Alert"), Heading("slo_tier", "Tier", none="–"), Heading("severity", "Severity"),
        Heading("slo_action", "Action", none="–"), Heading("slo_owner", "Owner", none="–"),
    ]  # fmt: skip
    text = "What else is wrong at this moment, newest first: the same service in another category, or the same provider, often names the cause."
    table = Table(tuple(shown), (("For", False),))
    query = Query(f"max by ({labels}) ({alerts})", "")
    return Panel("table", "Firing now in all categories", f"{text} Reads ALERTS, ALERTS_FOR_STATE.", place, (query,), none="Nothing fires", table=table)
