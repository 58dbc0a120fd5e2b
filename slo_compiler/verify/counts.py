"""Counters: whether they are any, count bad events among all events, are there once, and how many values `by` has."""

from __future__ import annotations

import re

from slo_compiler.diagnostics import Report
from slo_compiler.model import Check, Promise, SelectedEvents, Slo, Spending
from slo_compiler.promql import Selector
from slo_compiler.verify.live import Live, listed
from slo_compiler.verify.readings import Reading, readings

_MANY = 100
_FALLS = 3  # times an hour, each series: more than restarts explain
_MORE = 1.05
_FEW = 20  # events; below, a ratio says nothing
_ALIKE = 0.1
_APART, _LOOK = 60, 600  # seconds: between the scrapes of two observers, and of samples that are looked at
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,}|(?=.*\d)[A-Za-z0-9_-]{20,}|[^@\s]+@[\w-]+\.[\w.-]+")


def check(slo: Slo | Spending | Check, live: Live, report: Report) -> None:
    """The counters of an SLI."""
    found = readings(slo)
    if isinstance(slo, Spending):
        _check_growth(found, live, report)
    elif isinstance(slo, Slo) and isinstance(slo.sli, SelectedEvents):
        _check_growth(found, live, report)
        _check_part(slo, slo.sli, live, report)
    for reading in found[:1]:
        _check_replicas(slo, reading, live, report)
        _check_values(slo, reading, live, report)


def _check_growth(found: list[Reading], live: Live, report: Report) -> None:
    """Counters only grow, but for restarts; told once a metric."""
    for reading in {reading.selector.metric: reading for reading in reversed(found)}.values():
        selector = reading.selector
        kind = live.type_of(selector.metric)
        falls = live.number(f"sum(resets({selector}[1h]))") if kind != "counter" else None
        series = live.number(f"count({selector})")
        if not falls or not series or falls < series * (1 if kind == "gauge" else _FALLS):
            continue
        known = f"a {kind}" if kind not in {"", "unknown"} else "no counter"
        message = f"{selector} went down {falls:.0f} times in the last hour: it is {known}, and events are counted by counters"
        help = "name a counter (mostly *_total or *_count); for a gauge write an expression with $window"
        report.error("live/not-a-counter", reading.where, message, help, cause=selector.metric)


def _check_part(slo: Slo, sli: SelectedEvents, live: Live, report: Report) -> None:
    """More bad (or good) events than events: they count different things."""
    parts = [sli.good] if sli.good else list(sli.bad)
    whole, part = live.number(_slope([sli.total])), live.number(_slope(parts))
    if whole is None or part is None or part * _LOOK < _FEW or part <= whole * _MORE:
        return
    word = "good" if sli.good else "bad"
    message = f"{part * 60:,.0f} {word} events a minute, of {whole * 60:,.0f} in all: {word} is no part of total"
    help = f"let total count all events, the {word} ones too; attempts and answers, for example, are not the same"
    report.warning("live/more-than-all", slo.where / "sli" / "events" / word, message, help, about=slo.where)


def _slope(parts: list[Selector]) -> str:
    """Events a second, of counters that have at least two samples, however young they are; `increase` would call the younger one smaller."""
    return " + ".join(f"sum(deriv({part}[{_LOOK}s]) >= 0)" for part in parts)


def _check_replicas(slo: Promise, reading: Reading, live: Live, report: Report) -> None:
    """The same process seen twice: series that differ in one label only, and count the same."""
    selector = reading.selector
    pinned = {matcher.label for matcher in selector.matchers if matcher.op == "="} | set(slo.by)
    for label in sorted(live.names(str(selector)) - pinned):
        values = live.values(label, str(selector))
        if len(values) > 1 and (label in {"job", "prometheus"} or "replica" in label) and _are_twins(selector, label, live):
            message = f"each process seems to be there {len(values)} times, under {label} {listed(values)}: all events would count {len(values)} times"
            pin = f'add {label}="{values[0]}" to the selectors' if label == "job" else "run the rules where each process is seen once"
            report.warning("live/replicas", reading.where, message, f"{pin}, or let the server drop duplicates", about=slo.where, cause=message)
            return


def _are_twins(selector: Selector, label: str, live: Live) -> bool:
    """Whether the label tells observers apart, not processes: then the values are those of one counter, a scrape apart, and grow alike."""
    without = f"without ({label})"
    grows = f"deriv({selector}[{_LOOK}s])"
    apart = f"max {without} ({selector}) - min {without} ({selector})"
    same = f"{apart} <= {_ALIKE} * max {without} ({selector}) + {_APART} * max {without} ({grows})"
    alike = f"max {without} ({grows}) - min {without} ({grows}) <= {_ALIKE} * max {without} ({grows}) and max {without} ({grows}) > 0"
    pairs = f"count {without} ({selector}) > 1"
    growing = live.number(f"count({pairs} and max {without} ({grows}) > 0)")
    twins = live.number(f"count({pairs} and {same} and {alike})")
    return bool(growing and twins and twins > 0.5 * growing)


def _check_values(slo: Promise, reading: Reading, live: Live, report: Report) -> None:
    if not slo.by:
        return
    groups = live.number(f"count(count by ({', '.join(slo.by)}) ({reading.selector}))") or 0
    ids = [label for label in slo.by if _are_ids(live.values(label, str(reading.selector)))]
    if groups <= _MANY and not ids:
        return
    what = f"{', '.join(slo.by)} has {groups:,.0f} values"
    if ids:
        what = f"{ids[0]} seems to be an identifier, for example {live.values(ids[0], str(reading.selector))[0]}, with {groups:,.0f} values"
    help = "each value has an error budget, alerts and about 25 series of its own; split by what few values tell, such as a model or a tier"
    report.warning("live/many-values", slo.where / "by", what, help, about=slo.where)


def _are_ids(values: tuple[str, ...]) -> bool:
    return len(values) >= 5 and sum(_ID.fullmatch(value) is not None for value in values) > 0.8 * len(values)
