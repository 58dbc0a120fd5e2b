"""Rules: whether the server runs exactly those that we would write now, once, without an error and in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from slo_compiler import names, promql
from slo_compiler.diagnostics import Report, Where
from slo_compiler.ir import AlertRule, RecordingRule, Rule, RuleGroup, ServiceRules
from slo_compiler.model import Spec
from slo_compiler.verify.forms import Form, Told
from slo_compiler.verify.live import Live

_MISSED = 3  # evaluations without one, and a group is late
_PUNCTUAL = 2.0  # seconds from the beginning of an evaluation back to the time of its samples
_STEADY = {names.INFO, names.TOTAL_DELTA, names.BAD_DELTA}  # one of them is in each group
_CUT = "its rules are there, in groups that are cut for Mimir: say --target mimir, or `targets: [mimir]` in the project file"


@dataclass(frozen=True, slots=True)
class _Key:
    """What tells two rules of a group apart; a label without a value is none, and not every server tells it."""

    name: str
    labels: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, name: str, labels: Mapping[str, str]) -> _Key:
        return cls(name, frozenset((label, value) for label, value in labels.items() if value))


def check(spec: Spec, services: Sequence[ServiceRules], live: Live, report: Report, form: Form) -> None:
    """All groups of all services: what they say, and how they do."""
    told = form.as_written(live.groups())
    if "loaded rules" in live.untold:
        return
    compare(spec, services, told, report, form)
    for service, group, found in _loaded(services, told):
        if found:
            where = _first(spec)[service.service]
            _check_health(group, found[0], where, live, report)
            if spec.prometheus.delay.seconds and not form.is_late:  # the rules wait, too; vmalert dates its samples back
                _check_offset(service.service, group, found[0], where, live, report, form.waits)


def compare(spec: Spec, services: Sequence[ServiceRules], told: Sequence[Told], report: Report, form: Form) -> None:
    """What they say: whether exactly these rules are loaded, once."""
    first, known = _first(spec), {group.name for service in services for group in service.groups}
    told = form.as_written(told)
    for service, group, found in _loaded(services, told):
        where = first[service.service]
        if not found:
            parts = _parts(group, told) if form.target != "mimir" else set()
            known |= parts
            help = _CUT if parts else form.loading(service.service)
            report.error("live/not-loaded", where, f"the server does not run the group {group.name}", help, cause=help)
            continue
        if len(found) > 1:
            files = ", ".join(sorted(str(one.get("file", "?")) for one in found))
            report.error("live/loaded-twice", where, f"the server runs the group {group.name} {len(found)} times: {files}", "keep one of the files")
        _compare(group, found[0], where, report, form)
    _check_others(spec, known, told, report)


def left_over(spec: Spec, told: Sequence[Told]) -> tuple[str, ...]:
    """Groups that we wrote of SLOs that the files do not have: these were removed, or are another project's."""
    known, services = {promise.id for promise in spec.promises}, {promise.service for promise in spec.promises}
    found = set()
    for group in told:
        name, rules = str(group.get("name")), list(_rules(group))
        ids = {id for rule in rules if (id := _texts(rule, "labels").get("slo_id"))}
        is_ours = ids or any(str(rule.get("name")).startswith("slo:") for rule in rules)
        if is_ours and (service := names.service_of(name)) and (ids.isdisjoint(known) if ids else service not in services):
            found.add(name)
    return tuple(sorted(found))


def _first(spec: Spec) -> dict[str, Where]:
    """The first SLO of each service."""
    return {slo.service: slo.where for slo in reversed(spec.promises)}


def _loaded(services: Sequence[ServiceRules], told: Sequence[Told]) -> Iterator[tuple[ServiceRules, RuleGroup, list[Told]]]:
    """Each group that is expected, and what is loaded under its name."""
    by_name: dict[object, list[Told]] = {}
    for one in told:
        by_name.setdefault(one.get("name"), []).append(one)
    return ((service, group, by_name.get(group.name, [])) for service in services for group in service.groups)


def _parts(group: RuleGroup, told: Sequence[Told]) -> set[str]:
    """The groups into which one was cut for Mimir, as their names tell."""
    return {name for one in told if (name := str(one.get("name"))).removeprefix(f"{group.name}-").isdigit()}


def _check_others(spec: Spec, ours: AbstractSet[str], told: Sequence[Told], report: Report) -> None:
    """Groups of other names that write our series, too: a copy of a file, or one that was renamed and left behind."""
    places = {promise.id: promise.where for promise in reversed(spec.promises)}
    for group in told:
        name = str(group.get("name"))
        writes = [id for rule in _rules(group) if str(rule.get("name")).startswith("slo:") and (id := _texts(rule, "labels").get("slo_id")) in places]
        if name not in ours and writes:
            message = f"the group {name} of {group.get('file', '?')} writes the series of {writes[0]}, too: its events count twice"
            report.error("live/loaded-twice", places[writes[0]], message, "take it out: only the groups that this compiles to may write them")


# --- content -------------------------------------------------------------------------------------------------------------------------


def _compare(group: RuleGroup, told: Told, where: Where, report: Report, form: Form) -> None:
    """One finding an SLO: how the loaded rules of it differ."""
    loaded = {_key_of(rule): rule for rule in _rules(told)}
    differing: dict[Where, list[str]] = {}
    for rule in group.rules:
        other = loaded.pop(_key(rule), None)
        if difference := _difference(rule, other):
            differing.setdefault(rule.where or where, []).append(difference)
    if loaded:
        differing.setdefault(where, []).append(f"{next(iter(loaded)).name} is none of ours")
    if (seconds := _number(told.get("interval"))) is not None and seconds != float(group.interval.seconds):
        differing.setdefault(where, []).append(f"it is evaluated each {seconds:g} s, not each {group.interval}")
    if limit := _number(told.get("limit")):
        differing.setdefault(where, []).append(f"it has a limit of {limit:g} series a rule, beyond which the rule fails")
    if form.minds_order and not differing and [_key_of(rule) for rule in _rules(told)] != [_key(rule) for rule in group.rules]:
        differing[where] = ["its rules stand in another order"]
    for place, found in differing.items():
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        message = f"the group {group.name} on the server is not what this compiles to: {found[0]}{more}"
        report.error("live/rules-differ", place, message, "compile, load the result and reload the server", cause=f"{told.get('file', group.name)}")


def _key(rule: Rule) -> _Key:
    return _Key.of(rule.record if isinstance(rule, RecordingRule) else rule.alert, rule.labels)


def _key_of(told: Told) -> _Key:
    return _Key.of(str(told.get("name")), _texts(told, "labels"))


def _difference(rule: Rule, told: Told | None) -> str:
    name = rule.record if isinstance(rule, RecordingRule) else rule.alert
    if told is None:
        return f"{name} is not there with these labels"
    if promql.canonical(str(told.get("query"))) != promql.canonical(rule.expr):
        return f"{name} has another expression"
    if isinstance(rule, AlertRule):
        if _texts(told, "annotations") != dict(rule.annotations):
            return f"{name} has other annotations"
        if (_number(told.get("duration")) or 0) != (float(rule.hold.seconds) if rule.hold else 0):
            return f"{name} has another `for`"
        if (_number(told.get("keepFiringFor", told.get("keep_firing_for"))) or 0) != (float(rule.keep_firing_for.seconds) if rule.keep_firing_for else 0):
            return f"{name} has another `keep_firing_for`"
    return ""


# --- health --------------------------------------------------------------------------------------------------------------------------


def _check_health(group: RuleGroup, told: Told, where: Where, live: Live, report: Report) -> None:
    places = {_key(rule): rule.where or where for rule in group.rules}
    for rule in _rules(told):
        if rule.get("health") == "err":
            help = "the server's own words; an SLO whose rules fail has no alerts"
            message = f"{rule.get('name')} of {group.name} fails: {rule.get('lastError')}"
            report.error("live/rule-fails", places.get(_key_of(rule), where), message, help, cause=str(rule.get("lastError")))
    took, interval = _duration(told), float(group.interval.seconds)
    if took > interval:
        help = "the server is too busy: give it more processors, or let fewer SLOs run on it"
        report.error("live/rules-late", where, f"the group {group.name} takes {took:.1f} s of its {group.interval}: evaluations are left out", help)
    last = _moment(str(told.get("lastEvaluation", "")))
    if last and live.now - last > _MISSED * interval:
        help = "look into the server's log: it stands still, or its clock does"
        report.error("live/rules-late", where, f"the group {group.name} was last evaluated {live.now - last:.0f} s ago", help)


def _duration(told: Told) -> float:
    """How long an evaluation took; vmalert tells it of rules only."""
    whole = _number(told.get("evaluationTime"))
    return sum(_number(rule.get("evaluationTime")) or 0.0 for rule in _rules(told)) if whole is None else whole


def _check_offset(service: str, group: RuleGroup, told: Told, where: Where, live: Live, report: Report, waits: str) -> None:
    """A group that looks back on its own; servers do not tell it, but its samples are as old."""
    last = _moment(str(told.get("lastEvaluation", "")))
    own = next((rule.record for rule in group.rules if isinstance(rule, RecordingRule) and rule.record in _STEADY), None)
    newest = live.number(f"max(timestamp({own}{{slo_service={names.quoted(service)}}}))") if own else None
    if last is None or newest is None or last > live.now or last - newest < _PUNCTUAL:
        return
    message = f"the group {group.name} is evaluated with an offset of {last - newest:.0f} s: the rules wait for late samples themselves, alerts come late"
    help = f"take query_offset off the group and {waits}; `ingestion_delay` in slo-compiler.yaml says how long to wait"
    report.warning("live/query-offset", where, message, help, about=where)


def _moment(text: str) -> float | None:
    """Epoch seconds of RFC 3339; None where a group has not been evaluated yet, which servers tell as the year 1."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.timestamp() if moment.year > 1970 else None


# --- what the API tells --------------------------------------------------------------------------------------------------------------


def _rules(told: Told) -> Iterator[Told]:
    rules = told.get("rules")
    return (cast(Told, rule) for rule in rules if isinstance(rule, dict)) if isinstance(rules, list) else iter(())


def _texts(told: Told, key: str) -> dict[str, str]:
    found = told.get(key)
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _number(raw: object) -> float | None:
    return float(raw) if isinstance(raw, int | float) else None
