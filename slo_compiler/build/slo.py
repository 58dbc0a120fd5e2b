"""One entry of a file, laid over its defaults, becomes a promise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from slo_compiler import clock, names
from slo_compiler.build import hours, texts
from slo_compiler.build.alerting import alerting
from slo_compiler.build.check import check
from slo_compiler.build.entry import Entry, length, take
from slo_compiler.build.overrides import cells
from slo_compiler.build.policies import LONGEST, Policies
from slo_compiler.build.project import Project
from slo_compiler.build.sli import sli
from slo_compiler.build.spending import spending
from slo_compiler.clock import Zone
from slo_compiler.diagnostics import Report, Where
from slo_compiler.model import Calendar, Check, Common, Sla, Slo, Spending, Unfinished
from slo_compiler.quantities import Duration, Ratio, objective

_MONTH = Duration(Decimal(30 * 86400))
_CALENDAR_MONTH = (_MONTH, Calendar("month", Zone("UTC", 0, ())))
_PERIODS = {"month": _MONTH, "week": Duration(Decimal(7 * 86400)), "quarter": Duration(Decimal(90 * 86400))}
_STAND_IN = Ratio(Decimal("0.999"))
_HOUR = Duration(Decimal(3600))


@dataclass(frozen=True, slots=True)
class Service:
    """What a file and the project file say once for all SLOs of the file."""

    name: str
    owner: str
    labels: Mapping[str, Entry]
    annotations: Mapping[str, Entry]
    links: Mapping[str, str]
    policies: Policies


def service(document: Entry, project: Project, report: Report) -> Service:
    """The service of a document."""
    labels = {**project.labels, **texts.labels(document.get("labels"), report)}
    links = {**project.links, **_values(texts.links(document.get("links"), report))}
    return Service(document.value("service", ""), document.value("owner", ""), labels, project.annotations, links, project.policies)


def promise(entry: Entry, of: Service, report: Report) -> Slo | Spending | Check | Unfinished:
    """The promise of an entry; unfinished where something that it cannot do without is missing or wrong, which has been told."""
    measured = entry.get("sli")
    spend, judged = (measured.shape("spend"), measured.shape("check")) if measured else (None, None)
    by_the_month = spend is not None and _is_by_the_month(entry)
    common, is_whole = _common(entry, of, _CALENDAR_MONTH if by_the_month else _span(entry, report), report)
    found: Slo | Spending | Check | Unfinished
    if spend:
        common = replace(common, window_at=entry.where) if by_the_month else common
        found = spending(entry, spend, common, report)
    elif judged:
        over = take(judged.get("over"), length, report) if judged.says("over") else _HOUR
        common = replace(common, window=over or _HOUR, calendar=None, window_at=_place(judged, "over"))
        found, is_whole = check(entry, judged, common, report), is_whole and over is not None
    else:
        found = _slo(entry, measured, common, of.policies, report)
    if is_whole or isinstance(found, Unfinished):
        return found
    return Unfinished(**common.keywords(), alerting=found.alerting, sli=found.sli if isinstance(found, Slo) else None)


def _common(entry: Entry, of: Service, span: tuple[Duration | None, Calendar | None], report: Report) -> tuple[Common, bool]:
    """What all promises say, and whether nothing in it is a stand-in."""
    by = texts.by_labels(entry.get("by"), report)
    labels = {**of.labels, **texts.labels(entry.get("labels"), report)}
    texts.check_collisions(labels, by, report)
    window, calendar = span
    name, category = entry.value("name", ""), entry.value("category", "")
    allow = entry.get("allow")
    if not entry.says("category"):  # may stand in the defaults, so that the schema cannot ask for it
        help = "add `category: latency`, quality, cost or availability (or say it once under `defaults`)"
        report.error("key/missing", entry.where, "key 'category' is missing", help)
    revision = entry.value("revision", 1)
    found = Common(
        id=names.slo_id(of.name, name, revision, by),
        service=of.name,
        name=name,
        category=category,
        title=entry.value("title", name),
        description=entry.value("description", ""),
        owner=entry.value("owner", of.owner),
        window=window or LONGEST,
        calendar=calendar,
        by=by,
        headline=entry.value("headline", False),
        revision=revision,
        labels=_values(labels),
        annotations=_values(of.annotations),
        links={**of.links, **_values(texts.links(entry.get("links"), report))},
        where=entry.where,
        window_at=_place(entry, "window"),
        allow=tuple((place.data, place.where) for place in allow.entries()) if allow else (),
    )
    return found, bool(name and category and window)


def _slo(entry: Entry, measured: Entry | None, common: Common, own: Policies, report: Report) -> Slo | Unfinished:
    """The promise of a share of good events."""
    promised = take(entry.get("objective"), objective, report)
    exclude, only = hours.excluded(entry.get("exclude"), report), hours.included(entry.get("only"), report)
    hours.check(entry, exclude, only, report)
    found = sli(measured, common.by, entry.where, report) if measured else None
    if not entry.says("objective") and _may_be_a_share(entry):
        help = "add `objective: 99.9%`, the share of good events that is promised (or say it once under `defaults`)"
        report.error("key/missing", entry.where, "key 'objective' is missing", help)
    base = promised or _STAND_IN
    parts = cells(entry, common.by, base, found, entry.where, report)
    sampled = entry.value("sampled", False)
    how = alerting(entry.get("alerting"), common.category, base, common.window, parts, by=common.by, sampled=sampled, own=own, report=report)
    sla = _sla(entry.get("sla"), common.window, report)
    rate = entry.get("expected_rate")
    if not promised or not found:
        return Unfinished(**common.keywords(), alerting=how, sli=found)
    return Slo(
        **common.keywords(),
        alerting=how,
        objective=promised,
        cells=parts,
        sli=found,
        sampled=sampled,
        budgeted=entry.value("budgeted", True),
        sla=sla,
        expected_rate=Decimal(rate.data) if rate else None,
        exclude=exclude,
        only=only,
        objective_at=_place(entry, "objective"),
    )


def _may_be_a_share(entry: Entry) -> bool:
    """Whether an SLI, which may have been refused, is none of those that have no objective."""
    kinds = entry.data.get("sli")
    return not (isinstance(kinds, dict) and any(Entry(kinds, entry.where / "sli", entry.bad).says(kind) for kind in ("spend", "check")))


def _place(entry: Entry, key: str) -> Where:
    found = entry.get(key)
    return found.where if found else entry.where


def _values(entries: Mapping[str, Entry]) -> dict[str, str]:
    return {name: entry.data for name, entry in entries.items()}


def _is_by_the_month(money: Entry) -> bool:
    """Bills and budgets go by the calendar, so that a rolling window in the defaults is for the others."""
    said = money.get("window")
    is_others = "window" not in money.data and said is not None and not isinstance(said.data, dict)
    return is_others or not money.says("window")


def _span(entry: Entry, report: Report) -> tuple[Duration | None, Calendar | None]:
    """The window, rolling or of a calendar."""
    said = entry.get("window")
    if not entry.says("window"):
        return _MONTH, None
    if said and str(said.data) in _PERIODS:
        report.error("duration/format", said.where, f"expected a duration, got {said.data!r}", f"write `window: {{calendar: {said.data}}}`, or a duration: 30d")
        return None, None
    if said is None or not isinstance(said.data, dict):
        return _window(said, report), None
    period = said.value("calendar", "")
    zone = take(said.get("timezone"), clock.zone, report) if said.says("timezone") else clock.zone("UTC")
    if period not in _PERIODS or not isinstance(zone, Zone):
        return None, None
    return _PERIODS[period], Calendar(period, zone)


def _window(entry: Entry | None, report: Report) -> Duration | None:
    window = take(entry, length, report)
    if window is None or entry is None:
        return None
    if not _HOUR <= window <= LONGEST:
        help = "30d is usual; 7d and 28d hold each weekday equally often"
        report.error("window/range", entry.where, f"window must be from 1h to 90d, got {window}", help)
        return None
    return window


def _sla(entry: Entry | None, window: Duration, report: Report) -> Sla | None:
    if entry is None:
        return None
    promised = take(entry.get("objective"), objective, report)
    own = _window(entry.get("window"), report) if entry.says("window") else window
    return Sla(promised, own, _place(entry, "objective")) if promised and own else None
