"""What the rules of a service write for one of its promises: its own rules, and the part of the shared ones that its series go through."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from slo_compiler import names
from slo_compiler.ir import AlertRule, RecordingRule, Rule, ServiceRules
from slo_compiler.model import Promise
from slo_compiler.promql import Matcher, selectors_in


def records(promise: Promise, service: ServiceRules) -> tuple[str, ...]:
    """The names of the series that carry the promise's identity, its own ones first."""
    identity = names.identity(promise.id, promise.name, promise.service)
    own = [rule.record for rule in _rules(service) if isinstance(rule, RecordingRule) and rule.where == promise.where]
    found = dict.fromkeys(own)
    for rule in _rules(service):
        if isinstance(rule, RecordingRule) and rule.where is None and _reads_any(rule.expr, found, identity):
            found[rule.record] = None
    return tuple(found)


def alerts(promise: Promise, service: ServiceRules) -> tuple[tuple[str, str], ...]:
    """The promise's alerts: (name, tier), the tier empty where there is none."""
    own = [rule for rule in _rules(service) if isinstance(rule, AlertRule) and rule.where == promise.where]
    return tuple((rule.alert, rule.labels.get("slo_tier", "")) for rule in own)


def _rules(service: ServiceRules) -> Iterator[Rule]:
    return (rule for group in service.groups for rule in group.rules)


def _reads_any(expr: str, found: Mapping[str, None], identity: Mapping[str, str]) -> bool:
    return any(one.metric in found and all(_takes(matcher, identity) for matcher in one.matchers) for one in selectors_in(expr))


def _takes(matcher: Matcher, identity: Mapping[str, str]) -> bool:
    """Whether a matcher of ours takes a series; labels beside the identity are those of `by`, of which any value may be there."""
    if matcher.label not in identity:
        return True
    is_there = re.fullmatch(matcher.value, identity[matcher.label]) is not None if "~" in matcher.op else matcher.value == identity[matcher.label]
    return is_there is not matcher.op.startswith("!")
