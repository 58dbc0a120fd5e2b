"""Tests for the rules of a compilation: for every alert of every SLO, as promtool reads them, and what they say in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from slo_compiler import names, policy
from slo_compiler.artifacts import Artifact
from slo_compiler.ir import AlertRule, Bundle, ServiceRules
from slo_compiler.lower.shapes import objective_cells
from slo_compiler.model import Check, Promise, Slo, Spec, Spending
from slo_compiler.quantities import Duration
from slo_compiler.ruletest import budgets, calendars, counting, judged, money, silence, text, tiers, unjudged, valued, windows
from slo_compiler.ruletest.claims import NATIVE, Claim
from slo_compiler.ruletest.endings import AN_HOUR, HALF_AN_HOUR
from slo_compiler.ruletest.values import identity, is_always_there
from slo_compiler.targets import Job, emit

__all__ = ["Suite", "tests"]

_OF_ANY = {names.NO_DATA: silence.no_data, names.DIMENSION_LOST: silence.dimension_lost, names.BLIND: silence.blind}


@dataclass(frozen=True, slots=True)
class Suite:
    """The tests of one service: what they claim, and their files."""

    service: str
    claims: tuple[Claim, ...]
    files: tuple[Artifact, ...]


def tests(spec: Spec, bundle: Bundle, job: Job) -> list[Suite]:
    """The tests of all services of a compilation, as the rules stand in `bundle`."""
    return [_service(service, spec, job) for service in bundle.services]


def _service(service: ServiceRules, spec: Spec, job: Job) -> Suite:
    promises = [one for one in spec.promises if one.service == service.service]
    rules = [rule for group in service.groups for rule in group.rules if isinstance(rule, AlertRule)]
    claims = [windows.claim(service.service, promises, spec.prometheus.step), *calendars.claims(service.service, promises)]
    for promise in promises:
        own = [rule for rule in rules if rule.labels["slo_id"] == promise.id]
        if isinstance(promise, Slo):
            claims.append(counting.claim(promise, own, spec))
        elif isinstance(promise, Spending):
            claims.append(money.counting(promise, spec.prometheus))
        elif isinstance(promise, Check):
            claims.append(valued.claim(promise, _others(promise, spec), spec.prometheus))
        claims += [_of_alert(promise, rule, spec) for rule in own]
    unread = calendars.unreadable(promises)
    return Suite(service.service, tuple(claims), tuple(_files(service, claims, unread, spec.prometheus.step, job)))


def _files(service: ServiceRules, claims: list[Claim], unread: frozenset[str], step: Duration, job: Job) -> Iterator[Artifact]:
    rules = names.readable_file(service.service) if unread else names.rules_file(service.service)
    if unread:
        (copy,) = emit("prometheus", Bundle((_without_records(service, unread),)), job)
        yield replace(copy, path=rules)
    kinds = (("", step, "steps"), (".days", AN_HOUR, "days"), (".weeks", HALF_AN_HOUR, "weeks"), (f".{NATIVE}", step, "native"))
    for name, every, kind in kinds:
        tests = [test for claim in claims for test in getattr(claim, kind)]
        if tests:
            yield text.file(names.tests_file(f"{service.service}{name}"), rules, service, tests, every, digests=job.digests)


def _without_records(service: ServiceRules, left: frozenset[str]) -> ServiceRules:
    """The rules of a service but for some records."""
    groups = [replace(group, rules=tuple(rule for rule in group.rules if isinstance(rule, AlertRule) or rule.record not in left)) for group in service.groups]
    return replace(service, groups=tuple(group for group in groups if group.rules))


def _of_alert(promise: Promise, rule: AlertRule, spec: Spec) -> Claim:
    if is_always_there(promise) and rule.alert in {names.NO_DATA, names.BLIND}:
        return _without(promise, rule, "missing data is bad here, so that it never fires for it")
    if isinstance(promise, Check) and rule.alert in {names.BLIND, names.CHECK_FAILED}:
        return _of_check(promise, rule, spec)
    if rule.alert in _OF_ANY:
        return _OF_ANY[rule.alert](promise, rule, spec.prometheus.step)
    if isinstance(promise, Slo):
        return _of_tier(promise, rule, spec) if rule.alert == names.BURN else budgets.claim(promise, rule, spec.prometheus.step)
    if isinstance(promise, Spending):
        return money.pace(promise, rule, spec.prometheus) if rule.alert == names.BURN else money.spent(promise, rule, spec.prometheus.step)
    return _without(promise, rule, "no test yet")


def _of_check(check: Check, rule: AlertRule, spec: Spec) -> Claim:
    judge = judged.claim if rule.alert == names.CHECK_FAILED else unjudged.claim
    return judge(check, rule, _others(check, spec), spec.prometheus)


def _others(check: Check, spec: Spec) -> judged.Others:
    return {one.name: identity(one) for one in spec.slos if one.service == check.service}


def _of_tier(slo: Slo, rule: AlertRule, spec: Spec) -> Claim:
    tier = next(tier for tier in slo.alerting.tiers if tier.name == rule.labels["slo_tier"])
    cells = [cell for cell in objective_cells(slo) if policy.can_fire(tier, cell, slo.sli, step=spec.prometheus.step)]
    return tiers.claim(slo, tier, cells, rule, spec)


def _without(promise: Promise, rule: AlertRule, reason: str) -> Claim:
    return Claim(promise.full_name, _name(rule), reason)


def _name(rule: AlertRule) -> str:
    other = {names.EXHAUSTED: "exhausted", names.NO_DATA: "no-data", names.DIMENSION_LOST: "dimension-lost", names.BLIND: "blind"}
    return other.get(rule.alert) or rule.labels.get("slo_tier") or "check-failed"
