"""Spec -> Bundle: every promise becomes rules, and the rules of a service groups by pace: fast, slow, and hours that are over."""

from __future__ import annotations

from slo_compiler import names
from slo_compiler.ir import Bundle, Rule, RuleGroup, ServiceRules
from slo_compiler.lower import alerts, clocks, hours, judgements, spending, tails, windows
from slo_compiler.lower.alerts import Judged
from slo_compiler.lower.counting import deltas
from slo_compiler.lower.shapes import Shapes
from slo_compiler.lower.subjects import Subject, Voice
from slo_compiler.model import SHORT_WINDOW, Check, Slo, Spec, Spending, Tail
from slo_compiler.templating import Templates

__all__ = ["lower"]


def lower(spec: Spec, templates: Templates, most: int | None = None) -> Bundle:
    """All rules of a compilation, also in groups of at most `most` rules where that is given. Raises TemplateFailure where an override cannot be used."""
    shapes = Shapes(templates, spec.prometheus)
    voice = Voice(shapes, spec.severities)
    by_service: dict[str, list[Slo | Spending | Check]] = {}
    for one in spec.promises:
        by_service.setdefault(one.service, []).append(one)
    services = tuple(_service(name, promises, spec, voice) for name, promises in sorted(by_service.items()))
    if most is None:
        return Bundle(services)
    from slo_compiler.lower.limited import limited  # noqa: PLC0415  # late: few rulers have such a limit

    return Bundle(services, tuple(limited(one, by_service[one.service], shapes, most) for one in services))


def _service(service: str, promises: list[Slo | Spending | Check], spec: Spec, voice: Voice) -> ServiceRules:
    shapes = voice.shapes
    slos = [one for one in promises if isinstance(one, Slo)]
    labels = {one.id: names.identity(one.id, one.name, service) for one in promises}
    money = [(Subject(one, labels[one.id]), one) for one in promises if isinstance(one, Spending)]
    judged = [(Subject(one, labels[one.id]), one) for one in promises if isinstance(one, Check)]
    ids = {slo.name: slo.id for slo in slos}
    labelled = [(slo, labels[slo.id]) for slo in slos]
    long = windows.Long.of(service, promises)
    subjects = [Judged(slo, labels) for slo, labels in labelled]
    burns = [burn for subject in subjects for burn in alerts.burns(subject, voice)]
    fast: list[Rule] = [
        *clocks.clocks(service, promises, shapes),
        *(clocks.mask(slo, labels, shapes) for slo, labels in labelled if slo.is_masked),
        *(tails.buckets(slo, slo.sli, labels, shapes) for slo, labels in labelled if isinstance(slo.sli, Tail)),
        *(rule for slo, labels in labelled for rule in deltas(slo, labels, shapes)),
        *(spending.delta(one, subject.labels, shapes) for subject, one in money),
        *(rule for subject, one in judged for rule in judgements.deltas(one, subject.labels, shapes)),
        *windows.short_sums(service, promises, shapes),
        *(rule for longest, rule in burns if longest <= SHORT_WINDOW),
        *(rule for subject in subjects for rule in alerts.missing(subject, voice)),
        *(rule for subject, one in money for rule in spending.missing(subject, one, voice)),
        *(rule for subject, one in judged for rule in judgements.missing(subject, one, ids, voice)),
    ]
    slow: list[Rule] = [
        *(tails.limit(slo, slo.sli, labels, shapes) for slo, labels in labelled if isinstance(slo.sli, Tail)),
        *long.rules(shapes),
        *windows.calendars(promises, shapes),
        *([windows.good_shares(slos, shapes)] if slos else []),
        *(windows.budget(slo, labels, shapes) for slo, labels in labelled if slo.budgeted),
        *(windows.objective(slo, labels, shapes) for slo, labels in labelled),
        *(windows.info(slo, labels) for slo, labels in labelled),
        *(rule for slo, labels in labelled if (rule := windows.target(slo, labels, shapes))),
        *(windows.value(slo, labels, shapes) for slo, labels in labelled),
        *(rule for subject, one in money for rule in spending.recordings(one, subject.labels, shapes)),
        *(rule for subject, one in judged for rule in judgements.recordings(one, subject.labels, ids, shapes)),
        *(rule for longest, rule in burns if longest > SHORT_WINDOW),
        *(alerts.exhausted(subject, voice) for subject in subjects if subject.slo.freezes),
        *(rule for subject, one in money for rule in spending.alerts(subject, one, voice)),
        *(rule for subject, one in judged for rule in judgements.alerts(subject, one, ids, voice)),
    ]
    paces = (("fast", spec.prometheus.step, fast), ("hours", hours.INTERVAL, long.finished_hours(shapes)), ("slow", spec.prometheus.slow_interval, slow))
    groups = [RuleGroup(names.group(service, pace), interval, tuple(rules)) for pace, interval, rules in paces if rules]
    return ServiceRules(service, tuple(groups), spec.sources[service])
