"""The rules that a Prometheus runs beside those that the files compile to: there are no promises on that side, but their rules tell enough."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import cast

from slo_compiler import names, promql
from slo_compiler.changes import alerts
from slo_compiler.changes.histories import BEGINS, ENDS, KEPT, forgotten
from slo_compiler.changes.model import Change, Changes, Effect, History, Sentence, State
from slo_compiler.changes.tiers import effect_of_severity
from slo_compiler.ir import AlertRule, RecordingRule, Rule, RuleGroup
from slo_compiler.quantities import Duration, Ratio

Told = Mapping[str, object]
_SERVICE, _ID, _SLO = "slo_service", "slo_id", "slo"
_THRESHOLD = re.compile(r"> ([\d.e+-]+) \* ")
_CONSTANT = re.compile(r"(?:vector\(|\+ )([\d.e+-]+)")
_COUNTS = {names.TOTAL_DELTA, names.BAD_DELTA, names.CHECK_VALUE}
_TOLD = {names.OBJECTIVE, names.INFO, names.BUDGET_REMAINING}  # by what they say
_QUIET = {"slo_title", "slo_owner", "slo_sampled", "slo_unit", "slo_histogram", "slo_better", "slo_kind"}


def compare(told: Sequence[Told], new: State, server: str) -> Changes:
    """What loading the new rules would change; `told` are the groups as the server's API tells them. Services of others are passed over."""
    ours = [group for service in new.bundle.services for group in service.groups]
    loaded = [_group(one) for one in told]
    services = {service.service for service in new.bundle.services}
    before, after = _by_id(loaded, services), _by_id(ours, services)
    found = [change for was, now in _pairs(before, after) if (change := _one(before.get(was, []), after.get(now, [])))]
    unchanged = len(after) - sum(change.kind != "removed" for change in found)
    return Changes(f"what {server} runs", new.name, tuple(_shared(loaded, ours)), tuple(found), unchanged)


def _by_id(groups: Sequence[RuleGroup], services: set[str]) -> dict[str, list[Rule]]:
    """The rules of each promise of these services."""
    found: dict[str, list[Rule]] = defaultdict(list)
    for rule in (rule for group in groups for rule in group.rules):
        if rule.labels.get(_SERVICE) in services and _ID in rule.labels:
            found[rule.labels[_ID]].append(rule)
    return found


def _pairs(before: Mapping[str, list[Rule]], after: Mapping[str, list[Rule]]) -> Iterator[tuple[str, str]]:
    """Ids before and now; another id of the same service and name is the same promise. Empty where there is none."""
    gone = {_name(rules): id for id, rules in before.items() if id not in after}
    for id, rules in after.items():
        yield id if id in before else gone.pop(_name(rules), ""), id
    for id in gone.values():
        yield id, ""


def _name(rules: Sequence[Rule]) -> str:
    labels = rules[0].labels
    return f"{labels[_SERVICE]}/{labels.get(_SLO, '')}"


def _one(old: Sequence[Rule], new: Sequence[Rule]) -> Change | None:
    came, went = alerts.moved(_alerts(old), _alerts(new))
    named = tuple(map(alerts.named, came)), tuple(map(alerts.named, went))
    if not old or not new:
        rules, kind, effect, history = (new, "added", Effect.STRONGER, BEGINS) if new else (old, "removed", Effect.WEAKER, ENDS)
        words = "not loaded yet" if new else "loaded, and no file says it any more"
        return Change(_name(rules), kind, (Sentence(kind, f"{words}; alerts: {alerts.listed(came or went) or 'none'}", effect),), history, "", *named)
    moves = alerts.sentences(came, went, lambda _: Effect.STRONGER, lambda _: Effect.WEAKER)
    told = (*_constants(old, new), *_differences(old, new), *moves)
    if old[0].labels[_ID] != new[0].labels[_ID]:
        told = (*told, forgotten(has_budget=any(_name_of(rule) == names.BUDGET_REMAINING for rule in new), had_alerts=bool(_alerts(old))))
    return Change(_name(new), "changed", told, _history(old, new), "", *named) if told else None


def _name_of(rule: Rule) -> str:
    return rule.record if isinstance(rule, RecordingRule) else ""


def _history(old: Sequence[Rule], new: Sequence[Rule]) -> History:
    ids = old[0].labels[_ID], new[0].labels[_ID]
    if ids[0] != ids[1]:
        return History("anew", f"history starts anew because the identity is {ids[1]}, before: {ids[0]}")
    before = {rule.record: rule for rule in old if isinstance(rule, RecordingRule)}
    if any(rule.record in _COUNTS and rule.record in before and not _is_alike(before[rule.record], rule) for rule in new if isinstance(rule, RecordingRule)):
        return History("mixed", "history is kept under the same name, but counts otherwise from now on: a new `revision` begins anew")
    return KEPT


# --- what one promise says of itself -----------------------------------------------------------------------------------------------


def _constants(old: Sequence[Rule], new: Sequence[Rule]) -> Iterator[Sentence]:
    """The objective, and what `slo:info` says."""
    before, after = _objectives(old), _objectives(new)
    if before != after:
        effect = Effect.OTHER
        if before and after and before[-1] != after[-1]:
            effect = Effect.WEAKER if after[-1].value < before[-1].value else Effect.STRONGER
        yield Sentence("objective", f"objective {_listed(before)} to {_listed(after)}", effect)
    infos = _info(old), _info(new)
    for label in sorted(infos[0] | infos[1]):
        if (was := infos[0].get(label, "")) != (now := infos[1].get(label, "")):
            yield Sentence("info", f"{label.removeprefix('slo_')} {now or 'none'}, before: {was or 'none'}", Effect.SAME if label in _QUIET else Effect.OTHER)


def _objectives(rules: Sequence[Rule]) -> list[Ratio]:
    """Those of single label values first."""
    exprs = [rule.expr for rule in rules if isinstance(rule, RecordingRule) and rule.record == names.OBJECTIVE]
    return [Ratio(Decimal(number)) for expr in exprs for number in _CONSTANT.findall(expr)]


def _listed(objectives: Sequence[Ratio]) -> str:
    return ", ".join(map(str, objectives)) or "none"


def _info(rules: Sequence[Rule]) -> dict[str, str]:
    found = (rule.labels for rule in rules if isinstance(rule, RecordingRule) and rule.record == names.INFO)
    return {label: value for label, value in next(found, {}).items() if label != _ID}


def _alerts(rules: Sequence[Rule]) -> list[alerts.Alert]:
    return [_alert(rule) for rule in rules if isinstance(rule, AlertRule)]


def _alert(rule: AlertRule) -> alerts.Alert:
    return rule.alert, rule.labels.get("slo_tier", "")


def _differences(old: Sequence[Rule], new: Sequence[Rule]) -> Iterator[Sentence]:
    """How single rules differ that are on both sides."""
    before = {_alert(rule): rule for rule in old if isinstance(rule, AlertRule)}
    for rule in new:
        if isinstance(rule, AlertRule) and (was := before.get(_alert(rule))):
            yield from _alert_differs(was, rule)
    retold = [_alert(rule) for rule in new if isinstance(rule, AlertRule) and (was := before.get(_alert(rule))) and was.annotations != rule.annotations]
    if retold:
        yield Sentence("texts", f"other texts: {alerts.listed(retold)}")
    recorded = {rule.record: rule for rule in old if isinstance(rule, RecordingRule) and rule.record not in _TOLD}
    others = [rule.record for rule in new if isinstance(rule, RecordingRule) and rule.record in recorded and not _is_alike(recorded[rule.record], rule)]
    if others:
        yield Sentence("records", f"computed otherwise: {', '.join(others)}", Effect.OTHER)


def _alert_differs(old: AlertRule, new: AlertRule) -> Iterator[Sentence]:
    who = alerts.named(_alert(new))
    severities = old.labels.get("severity", ""), new.labels.get("severity", "")
    if severities[0] != severities[1]:
        yield Sentence("severity", f"{who} has severity {severities[1]}, before: {severities[0]}", effect_of_severity(*severities))
    if not _is_alike(old, new):
        thresholds = [[float(number) for number in _THRESHOLD.findall(rule.expr)] for rule in (old, new)]
        numbers = [f"{found[-1] * 100:.3g}%" if found else "" for found in thresholds]
        words = f"needs {numbers[1]} bad, before: {numbers[0]}" if all(numbers) and numbers[0] != numbers[1] else "has another expression"
        yield Sentence("alert", f"{who} {words}", _effect(*thresholds))
    if old.hold != new.hold:
        effect = Effect.WEAKER if _seconds(new.hold) > _seconds(old.hold) else Effect.STRONGER
        yield Sentence("alert", f"{who} waits {new.hold or 'no time'}, before: {old.hold or 'no time'}", effect)
    if old.keep_firing_for != new.keep_firing_for:
        yield Sentence(
            "alert", f"{who} goes on for {new.keep_firing_for or 'no time'} after recovery, before: {old.keep_firing_for or 'no time'}", Effect.OTHER
        )
    if {**old.labels, "severity": "", _ID: ""} != {**new.labels, "severity": "", _ID: ""}:
        yield Sentence("labels", f"{who} has other labels, which may lead it elsewhere", Effect.OTHER)


def _effect(old: list[float], new: list[float]) -> Effect:
    if len(old) != len(new) or old == new:
        return Effect.OTHER
    both = list(zip(old, new, strict=True))
    return Effect.WEAKER if all(now >= was for was, now in both) else Effect.STRONGER if all(now <= was for was, now in both) else Effect.OTHER


def _seconds(length: Duration | None) -> Decimal:
    return length.seconds if length else Decimal(0)


def _is_alike(old: Rule, new: Rule) -> bool:
    return old.expr == new.expr or promql.canonical(old.expr) == promql.canonical(new.expr)


# --- what is shared, and what the API tells ----------------------------------------------------------------------------------------


def _shared(loaded: Sequence[RuleGroup], ours: Sequence[RuleGroup]) -> Iterator[Sentence]:
    """Groups that are on both sides: how often they run, and the rules that serve all SLOs of a service."""
    known = {group.name: group for group in loaded}
    for group in ours:
        was = known.get(group.name)
        if was and was.interval != group.interval:
            yield Sentence("evaluation_interval", f"the group {group.name} runs each {group.interval}, before: each {was.interval}", Effect.OTHER)
        if was and not _are_alike(_without_id(was), _without_id(group)):
            yield Sentence("rules", f"the group {group.name} has other rules for all SLOs of its service", Effect.OTHER)


def _without_id(group: RuleGroup) -> list[RecordingRule]:
    return [rule for rule in group.rules if isinstance(rule, RecordingRule) and _ID not in rule.labels]


def _are_alike(old: list[RecordingRule], new: list[RecordingRule]) -> bool:
    both = zip(old, new, strict=False)
    return len(old) == len(new) and all(was.record == now.record and _is_alike(was, now) for was, now in both)


def _group(told: Told) -> RuleGroup:
    rules = told.get("rules")
    found = [_rule(cast(Told, rule)) for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []
    return RuleGroup(str(told.get("name")), _duration(told.get("interval")) or Duration(Decimal(60)), tuple(found))


def _rule(told: Told) -> Rule:
    name, expr, labels = str(told.get("name")), str(told.get("query")), _texts(told.get("labels"))
    if told.get("type") == "recording":
        return RecordingRule(name, expr, labels)
    return AlertRule(name, expr, labels, _texts(told.get("annotations")), _duration(told.get("duration")), _duration(told.get("keepFiringFor")))


def _texts(found: object) -> dict[str, str]:
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _duration(raw: object) -> Duration | None:
    return Duration(Decimal(str(raw))) if isinstance(raw, int | float) and raw else None
