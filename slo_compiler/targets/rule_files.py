"""Prometheus rule files, one a service; Thanos, Mimir and VictoriaMetrics read them too."""

from __future__ import annotations

from slo_compiler import names
from slo_compiler.artifacts import Artifact, header
from slo_compiler.ir import AlertRule, Bundle, RecordingRule, RuleGroup, ServiceRules
from slo_compiler.targets import _yaml
from slo_compiler.templating import Templates

_TEXT = "      "  # the indentation of a rule's multi-line texts


def emit(bundle: Bundle, _templates: Templates) -> list[Artifact]:
    """The files of a bundle."""
    return [_file(service) for service in bundle.services]


def _file(service: ServiceRules) -> Artifact:
    known: dict[int, str] = {}
    groups = "".join(_group(group, known) for group in service.groups)
    return Artifact(names.rules_file(service.service), f"{header(service.sources)}groups:\n{groups}", service.sources)


def _group(group: RuleGroup, known: dict[int, str]) -> str:
    rules = "".join(_recording(rule, known) if isinstance(rule, RecordingRule) else _alert(rule) for rule in group.rules)
    return f"- name: {_yaml.scalar(group.name)}\n  interval: {group.interval}\n  rules:\n{rules}"


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
