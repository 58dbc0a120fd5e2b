"""Tests for the rules of a compilation: for every alert of every SLO, as promtool reads them, and what they say in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from slo_compiler import names, policy
from slo_compiler.artifacts import Artifact
from slo_compiler.ir import AlertRule, Bundle, ServiceRules
from slo_compiler.lower.shapes import objective_cells
from slo_compiler.model import Promise, Slo, Spec, TimeSlices
from slo_compiler.quantities import Duration
from slo_compiler.ruletest import budgets, silence, text, tiers, windows
from slo_compiler.ruletest.claims import Claim
from slo_compiler.ruletest.endings import HALF_AN_HOUR

__all__ = ["Tested", "tests"]


@dataclass(frozen=True, slots=True)
class Tested:
    """The tests of one service: what they claim, and their files."""

    service: str
    claims: tuple[Claim, ...]
    files: tuple[Artifact, ...]


def tests(spec: Spec, bundle: Bundle) -> list[Tested]:
    """The tests of all services of a compilation, as the rules stand in `bundle`."""
    return [_service(service, spec) for service in bundle.services]


def _service(service: ServiceRules, spec: Spec) -> Tested:
    promises = [one for one in spec.promises if one.service == service.service]
    rules = [rule for group in service.groups for rule in group.rules if isinstance(rule, AlertRule)]
    claims = [windows.claim(service.service, promises, spec.prometheus.step)]
    for promise in promises:
        own = [rule for rule in rules if rule.labels["slo_id"] == promise.id]
        claims += [_of_alert(promise, rule, spec) for rule in own]
    return Tested(service.service, tuple(claims), tuple(_files(service, claims, spec.prometheus.step)))


def _files(service: ServiceRules, claims: list[Claim], step: Duration) -> Iterator[Artifact]:
    steps = [test for claim in claims for test in claim.steps]
    days = [test for claim in claims for test in claim.days]
    yield text.file(names.tests_file(service.service), service, steps, step)
    if days:
        yield text.file(names.tests_file(f"{service.service}.days"), service, days, HALF_AN_HOUR)


def _of_alert(promise: Promise, rule: AlertRule, spec: Spec) -> Claim:
    step = spec.prometheus.step
    match rule.alert:
        case names.NO_DATA | names.BLIND if _is_always_there(promise):
            return _without(promise, rule, "missing data is bad here, so that it never fires for it")
        case names.NO_DATA:
            return silence.no_data(promise, rule, step)
        case names.DIMENSION_LOST:
            return silence.dimension_lost(promise, rule, step)
        case names.BLIND:
            return silence.blind(promise, rule, step)
        case names.BURN if isinstance(promise, Slo):
            return _of_tier(promise, rule, spec)
        case names.EXHAUSTED if isinstance(promise, Slo):
            return budgets.claim(promise, rule, step)
    return _without(promise, rule, "no test yet")


def _of_tier(slo: Slo, rule: AlertRule, spec: Spec) -> Claim:
    tier = next(tier for tier in slo.alerting.tiers if tier.name == rule.labels["slo_tier"])
    cells = [cell for cell in objective_cells(slo) if policy.can_fire(tier, cell, slo.sli)]
    return tiers.claim(slo, tier, cells, rule, spec)


def _is_always_there(promise: Promise) -> bool:
    return isinstance(promise, Slo) and isinstance(promise.sli, TimeSlices) and promise.sli.missing_is_bad


def _without(promise: Promise, rule: AlertRule, reason: str) -> Claim:
    return Claim(f"{promise.service}/{promise.name}", _name(rule), reason)


def _name(rule: AlertRule) -> str:
    other = {names.EXHAUSTED: "exhausted", names.NO_DATA: "no-data", names.DIMENSION_LOST: "dimension-lost", names.BLIND: "blind"}
    return other.get(rule.alert) or rule.labels.get("slo_tier") or "check-failed"
