"""Rule groups as Prometheus writes them: what all rulers read, whatever stands around them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from slo_compiler.ir import AlertRule, RecordingRule, RuleGroup, ServiceRules
from slo_compiler.targets import _yaml

_TEXT = "      "  # the indentation of a rule's multi-line texts
More = Callable[[RuleGroup], str]


def groups(services: Iterable[ServiceRules], more: More = lambda _group: "") -> str:
    """The value of `groups:`, in no column; `more` are lines that a consumer wants in each group."""
    known: dict[int, str] = {}
    return "".join(_group(group, known, more) for service in services for group in service.groups)


def alone(group: RuleGroup) -> str:
    """One group as a document of its own."""
    return "  " + _group(group, {}, lambda _group: "")[2:]


def _group(group: RuleGroup, known: dict[int, str], more: More) -> str:
    rules = "".join(_recording(rule, known) if isinstance(rule, RecordingRule) else _alert(rule) for rule in group.rules)
    return f"- name: {_yaml.scalar(group.name)}\n  interval: {group.interval}\n{more(group)}  rules:\n{rules}"


def _recording(rule: RecordingRule, known: dict[int, str]) -> str:
    """`known` holds the label block of an SLO, which its recording rules share, under its mapping's identity."""
    labels = known.get(id(rule.labels))
    if labels is None:
        labels = known[id(rule.labels)] = f"    labels:\n{_yaml.mapping(rule.labels, _TEXT)}" if rule.labels else ""
    return f"  - record: {rule.record}\n    expr: {_yaml.block(rule.expr, _TEXT)}\n{labels}"


def _alert(rule: AlertRule) -> str:
    hold = f"    for: {rule.hold}\n" if rule.hold else ""
    keep = f"    keep_firing_for: {rule.keep_firing_for}\n" if rule.keep_firing_for else ""
    labels, annotations = _yaml.mapping(rule.labels, _TEXT), _yaml.mapping(rule.annotations, _TEXT)
    expr = _yaml.block(rule.expr, _TEXT)
    return f"  - alert: {rule.alert}\n    expr: {expr}\n{hold}{keep}    labels:\n{labels}    annotations:\n{annotations}"
