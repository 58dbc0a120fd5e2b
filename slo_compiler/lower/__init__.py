"""Spec -> Bundle: every SLO becomes rules, and the rules of a service two groups, a fast and a slow one."""

from __future__ import annotations

from slo_compiler import names
from slo_compiler.ir import Bundle, Rule, RuleGroup, ServiceRules
from slo_compiler.lower import alerts, clocks, tails, windows
from slo_compiler.lower.alerts import Subject, Voice
from slo_compiler.lower.counting import deltas
from slo_compiler.lower.shapes import Shapes
from slo_compiler.model import SHORT_WINDOW, Slo, Spec, Tail
from slo_compiler.templating import Templates

__all__ = ["lower"]


def lower(spec: Spec, templates: Templates) -> Bundle:
    """All rules of a compilation. Raises TemplateFailure where the user's override of a leaf cannot be used."""
    shapes = Shapes(templates, spec.prometheus)
    voice = Voice(shapes, spec.severities)
    by_service: dict[str, list[Slo]] = {}
    for slo in spec.slos:
        by_service.setdefault(slo.service, []).append(slo)
    return Bundle(tuple(_service(name, slos, spec, voice) for name, slos in sorted(by_service.items())))


def _service(service: str, slos: list[Slo], spec: Spec, voice: Voice) -> ServiceRules:
    shapes = voice.shapes
    labelled = [(slo, names.identity(slo.id, slo.name, service)) for slo in slos]
    lengths = windows.lengths(slos)
    subjects = [Subject(slo, labels) for slo, labels in labelled]
    burns = [burn for subject in subjects for burn in alerts.burns(subject, voice)]
    fast: list[Rule] = [
        *clocks.clocks(service, slos, shapes),
        *(clocks.mask(slo, labels, shapes) for slo, labels in labelled if slo.is_masked),
        *(tails.buckets(slo, slo.sli, labels, shapes) for slo, labels in labelled if isinstance(slo.sli, Tail)),
        *(rule for slo, labels in labelled for rule in deltas(slo, labels, shapes)),
        *windows.sums(service, [window for window in lengths if window <= SHORT_WINDOW], shapes),
        *(rule for longest, rule in burns if longest <= SHORT_WINDOW),
        *(rule for subject in subjects for rule in alerts.missing(subject, voice)),
    ]
    slow: list[Rule] = [
        *(tails.limit(slo, slo.sli, labels, shapes) for slo, labels in labelled if isinstance(slo.sli, Tail)),
        *windows.sums(service, [window for window in lengths if window > SHORT_WINDOW], shapes),
        *windows.calendars(slos, shapes),
        *windows.coverages(service, slos, shapes),
        windows.good_shares(slos, shapes),
        *(windows.budget(slo, labels, shapes) for slo, labels in labelled if slo.budgeted),
        *(windows.objective(slo, labels, shapes) for slo, labels in labelled),
        *(windows.info(slo, labels) for slo, labels in labelled),
        *(rule for slo, labels in labelled if (rule := windows.target(slo, labels, shapes))),
        *(windows.value(slo, labels, shapes) for slo, labels in labelled),
        *(rule for longest, rule in burns if longest > SHORT_WINDOW),
        *(alerts.exhausted(subject, voice) for subject in subjects if _can_freeze(subject.slo)),
    ]
    groups = (
        RuleGroup(names.group(service, "fast"), spec.prometheus.step, tuple(fast)),
        RuleGroup(names.group(service, "slow"), spec.prometheus.slow_interval, tuple(slow)),
    )
    return ServiceRules(service, groups, spec.sources[service])


def _can_freeze(slo: Slo) -> bool:
    return slo.budgeted and slo.alerting.policy != "none" and "exhausted" not in slo.alerting.disable
